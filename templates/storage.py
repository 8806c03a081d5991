"""How much the database can hold, how fast, and how far it may grow by itself."""

from __future__ import annotations

from typing import Any

from troposphere import Condition, Equals, If, Not, Or, Ref, Template

from templates.carrier import carrier
from templates.parameters import Group, add_condition, only_if

BASELINE = "gp3"
PROVISIONED = "gp3-from-400-gib"
FASTEST = "io2"
FASTEST_WITH_LOG_VOLUME = "io2-dedicated-log"

# What a Multi-AZ DB cluster offers beside PROVISIONED.
FASTER = "io1"

# The least that gp3 takes from 400 GiB on.
PROVISIONED_THROUGHPUT = 500


@carrier
class Storage:
    """The storage properties of the instance; `allocated` and `most` are in GiB."""

    properties: dict[str, Any]
    allocated: Ref
    most: Ref


def add_storage(t: Template, *, default_allocated: int, default_most: int) -> Storage:
    """Add the choice of size and tier.

    gp3 below 400 GiB has a fixed 3,000 IOPS and 125 MiB/s, and the API refuses either to be stated; from 400 GiB on
    12,000 / 500 is the least. Conditions cannot compare numbers, so the tier is a choice of its own. A dedicated log
    volume comes with Provisioned IOPS only. (RDS user guide, "Amazon RDS DB instance storage")
    """
    group = Group(t, "Storage")
    allocated = group.add(
        "AllocatedStorage",
        label="Storage, GiB",
        description="At first. It can be raised, never lowered.",
        type="Number",
        default=default_allocated,
        range=(20, 65536),
    )
    most = group.add(
        "MaxAllocatedStorage",
        label="Storage autoscaling limit, GiB",
        description="RDS grows it up to this: at least 10 % more, better 26 %.",
        type="Number",
        default=default_most,
        range=(22, 65536),
    )
    tier = group.add(
        "StorageTier",
        label="Storage tier",
        description="gp3 below 400 GiB has 3,000 IOPS; others those below.",
        default=BASELINE,
        values=(BASELINE, PROVISIONED, FASTEST, FASTEST_WITH_LOG_VOLUME),
    )
    iops = group.add(
        "ProvisionedIops",
        label="IOPS",
        description="gp3 from 400 GiB: 12,000 to 64,000; io2: 1,000 to 256,000.",
        type="Number",
        default=12000,
        range=(1000, 256000),
    )
    states_iops = add_condition(t, "ProvisionsIops", Not(Equals(Ref(tier), BASELINE)))
    states_throughput = add_condition(t, "ProvisionsThroughput", Equals(Ref(tier), PROVISIONED))
    has_log_volume = add_condition(t, "HasLogVolume", Equals(Ref(tier), FASTEST_WITH_LOG_VOLUME))
    is_fastest = add_condition(t, "UsesIo2", Or(Equals(Ref(tier), FASTEST), Condition(has_log_volume)))
    return Storage(
        properties={
            "AllocatedStorage": Ref(allocated),
            "MaxAllocatedStorage": Ref(most),
            "StorageType": If(is_fastest, "io2", "gp3"),
            "Iops": only_if(states_iops, Ref(iops)),
            "StorageThroughput": only_if(states_throughput, PROVISIONED_THROUGHPUT),
            "DedicatedLogVolume": If(has_log_volume, True, False),
        },
        allocated=Ref(allocated),
        most=Ref(most),
    )


def add_cluster_storage(t: Template) -> Storage:
    """Add the choice of size and tier for each member of a Multi-AZ DB cluster; it does not grow by itself.

    A cluster must state IOPS whatever its tier (botocore, rds CreateDBCluster), which gp3 below 400 GiB refuses: that
    one is not on offer.
    """
    group = Group(t, "Storage")
    allocated = group.add(
        "AllocatedStorage",
        label="Storage, GiB",
        description="Of each member. It never grows by itself, and can never be lowered.",
        type="Number",
        default=400,
        range=(100, 65536),
    )
    tier = group.add(
        "StorageTier",
        label="Storage tier",
        description="Below 400 GiB it must be io1.",
        default=PROVISIONED,
        values=(PROVISIONED, FASTER),
    )
    iops = group.add(
        "ProvisionedIops",
        label="IOPS",
        description="gp3: 12,000 to 64,000; io1: half to fifty times the GiB.",
        type="Number",
        default=12000,
        range=(1000, 256000),
    )
    is_gp3 = add_condition(t, "UsesGp3", Equals(Ref(tier), PROVISIONED))
    return Storage(
        properties={
            "AllocatedStorage": Ref(allocated),
            "StorageType": If(is_gp3, "gp3", FASTER),
            "Iops": Ref(iops),
        },
        allocated=Ref(allocated),
        most=Ref(allocated),
    )
