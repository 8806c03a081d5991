"""Questions about RDS instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from builder.docs.details import is_true
from builder.docs.network import subnets_of
from builder.docs.network import way_out as way_out_of
from builder.docs.reading import Reading, Resource

INSTANCE = "AWS::RDS::DBInstance"
_PORTS = {"postgres": "5432", "mysql": "3306", "mariadb": "3306", "oracle": "1521", "sqlserver": "1433"}
_USUAL_NAMES = ("admin", "postgres", "root", "sa")


def _each(test: Callable[[Resource, Reading], bool]) -> Callable[[Reading], Iterator[tuple[str, bool]]]:
    def ask(reading: Reading) -> Iterator[tuple[str, bool]]:
        for instance in reading.of_type(INSTANCE):
            yield instance.logical_id, test(instance, reading)

    return ask


def _true(name: str) -> Callable[[Reading], Iterator[tuple[str, bool]]]:
    return _each(lambda instance, _: is_true(instance.properties.get(name)))


def _exported(instance: Resource) -> list[Any]:
    return list(instance.properties.get("EnableCloudwatchLogsExports", []))


def _told(source_type: str, categories: set[str]) -> Callable[[Reading], Iterator[tuple[str, bool]]]:
    """Whether one enabled subscription tells of all these categories; none named are all."""

    def ask(reading: Reading) -> Iterator[tuple[str, bool]]:
        told = [
            set(each.properties.get("EventCategories") or categories)
            for each in reading.of_type("AWS::RDS::EventSubscription")
            if each.properties.get("SourceType") == source_type and is_true(each.properties.get("Enabled", True))
        ]
        for instance in reading.of_type(INSTANCE):
            yield instance.logical_id, any(categories <= each for each in told)

    return ask


def _number(value: object) -> int:
    return int(str(value)) if str(value).isdigit() else 0


is_not_public = _each(lambda instance, _: str(instance.properties.get("PubliclyAccessible")).lower() == "false")
is_encrypted = _true("StorageEncrypted")
is_multi_az = _true("MultiAZ")
is_monitored = _each(
    lambda instance, _: (
        _number(instance.properties.get("MonitoringInterval")) > 0 and "MonitoringRoleArn" in instance.properties
    )
)
is_protected = _true("DeletionProtection")
exports_logs = _each(lambda instance, _: {"postgresql", "upgrade"} <= set(_exported(instance)))
exports_postgresql = _each(lambda instance, _: "postgresql" in _exported(instance))
admits_by_iam = _true("EnableIAMDatabaseAuthentication")
is_backed_up = _each(lambda instance, _: _number(instance.properties.get("BackupRetentionPeriod")) >= 7)
follows_minors = _each(lambda instance, _: is_true(instance.properties.get("AutoMinorVersionUpgrade", True)))
copies_tags = _true("CopyTagsToSnapshot")
tells_of_instances = _told("db-instance", {"maintenance", "configuration change", "failure"})
tells_of_parameters = _told("db-parameter-group", {"configuration change"})
tells_of_groups = _told("db-security-group", {"configuration change", "failure"})
has_own_administrator = _each(
    lambda instance, _: str(instance.properties.get("MasterUsername", "admin")) not in _USUAL_NAMES
)


def _own_port(instance: Resource, _: Reading) -> bool:
    usual = next((port for name, port in _PORTS.items() if name in str(instance.properties.get("Engine"))), "")
    return str(instance.properties.get("Port", usual)) != usual


def _inside(instance: Resource, reading: Reading) -> bool:
    """Given subnets cannot be asked about: their routes are not of this template."""
    return all(way_out_of(subnet, reading) != "public" for subnet in subnets_of(instance, reading))


has_own_port = _each(_own_port)
is_inside = _each(_inside)
