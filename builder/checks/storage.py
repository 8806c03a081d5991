"""Storage of RDS instances and clusters: what the API refuses and cfn-lint lets pass.

Source: RDS user guide, "Amazon RDS DB instance storage" and "Managing capacity automatically with storage autoscaling".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.checks.check import Check, Finding, at, number
from builder.render import Rendered

_GUIDE = "RDS user guide, CHAP_Storage"
_PROVISIONED = frozenset({"io1", "io2"})
# From this size on gp3 is striped over four volumes, and IOPS and throughput can be given; by engine, in GiB.
_STRIPED = {"postgres": 400, "mysql": 400, "mariadb": 400, "db2-se": 400, "db2-ae": 400, "oracle": 200}
_GP3_IOPS = (12000, 64000)
_GP3_THROUGHPUT = (500, 4000)


def _engine(properties: Mapping[str, Any]) -> str:
    """The engine, as the tables of the user guide group them; PostgreSQL's where a source or snapshot decides."""
    engine = str(properties.get("Engine", "postgres"))
    return "oracle" if engine.startswith("oracle") else "sqlserver" if engine.startswith("sqlserver") else engine


def _standalone(rendered: Rendered) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """DB instances that have storage of their own: not members of a cluster, nor Aurora."""
    for logical_id, properties in rendered.of_type("AWS::RDS::DBInstance"):
        if "DBClusterIdentifier" not in properties and not str(properties.get("Engine")).startswith("aurora"):
            yield logical_id, properties


def gp3_too_small(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _standalone(rendered):
        size, smallest = number(properties.get("AllocatedStorage")), _STRIPED.get(_engine(properties))
        if properties.get("StorageType") != "gp3" or size is None or smallest is None:
            continue
        for name in ("Iops", "StorageThroughput"):
            if size < smallest and name in properties:
                yield Finding(
                    path=at(logical_id, name),
                    what=f"cannot be given for gp3 under {smallest} GiB, and AllocatedStorage is {size:g}",
                    fix=f"leave {name} out, or allocate {smallest} GiB",
                )


def gp3_out_of_range(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _standalone(rendered):
        size, smallest = number(properties.get("AllocatedStorage")), _STRIPED.get(_engine(properties))
        if properties.get("StorageType") != "gp3" or size is None or smallest is None or size < smallest:
            continue
        ranges = (("Iops", _GP3_IOPS), ("StorageThroughput", _GP3_THROUGHPUT))
        for name, (low, high) in ranges:
            value = number(properties.get(name))
            if value is not None and not low <= value <= high:
                what = f"{value:g} is outside {low} to {high}, what gp3 takes from {smallest} GiB on"
                yield Finding(path=at(logical_id, name), what=what, fix=f"give {low} to {high}")
        iops, throughput = number(properties.get("Iops")), number(properties.get("StorageThroughput"))
        if throughput is not None and throughput > 0.25 * (iops or _GP3_IOPS[0]):
            what = f"{throughput:g} MiB/s is more than a quarter of {iops or _GP3_IOPS[0]:g} IOPS"
            yield Finding(path=at(logical_id, "StorageThroughput"), what=what, fix="give more Iops")
        if throughput is not None and iops is None:
            what = "is given without Iops, and the API takes the two together"
            yield Finding(path=at(logical_id, "StorageThroughput"), what=what, fix="give Iops too")


def iops_missing(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in [*_standalone(rendered), *rendered.of_type("AWS::RDS::DBCluster")]:
        kind = str(properties.get("StorageType"))
        if kind in _PROVISIONED and "Iops" not in properties:
            yield Finding(path=at(logical_id, "StorageType"), what=f"{kind} needs Iops", fix="give Iops")
        if rendered.resources[logical_id]["Type"] == "AWS::RDS::DBCluster" and "DBClusterInstanceClass" in properties:
            for name in ("AllocatedStorage", "Iops"):
                if name not in properties:
                    what = f"a Multi-AZ DB cluster needs {name}, also with gp3"
                    yield Finding(path=at(logical_id), what=what, fix=f"give {name}")


def iops_without_need(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _standalone(rendered):
        if properties.get("StorageType") in ("gp2", "standard") and "Iops" in properties:
            what = f"cannot be given for {properties['StorageType']}"
            yield Finding(path=at(logical_id, "Iops"), what=what, fix="leave Iops out, or take gp3 or io2")


def autoscaling_too_tight(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _standalone(rendered):
        size, most = number(properties.get("AllocatedStorage")), number(properties.get("MaxAllocatedStorage"))
        if size is not None and most is not None and most < 1.1 * size:
            yield Finding(
                path=at(logical_id, "MaxAllocatedStorage"),
                what=f"{most:g} is under 110 % of the {size:g} GiB allocated, which RDS refuses",
                fix=f"give at least {-(-11 * size // 10):g}, better {-(-126 * size // 100):g}",
            )


CHECKS = (
    Check(
        id="E9121",
        reason="gp3 under its striping size takes no Iops and no StorageThroughput",
        source=_GUIDE,
        find=gp3_too_small,
    ),
    Check(id="E9122", reason="io1, io2 and Multi-AZ DB clusters need Iops", source=_GUIDE, find=iops_missing),
    Check(id="E9123", reason="gp2 and magnetic storage take no Iops", source=_GUIDE, find=iops_without_need),
    Check(
        id="E9124",
        reason="storage autoscaling needs 10 % above what is allocated",
        source="RDS user guide, USER_PIOPS.Autoscaling",
        find=autoscaling_too_tight,
    ),
    Check(
        id="E9125", reason="gp3 has a range of IOPS and throughput, and a ratio", source=_GUIDE, find=gp3_out_of_range
    ),
)
