"""Questions about RDS instances and clusters. What a member takes from its cluster is asked of the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from builder.docs.details import is_true
from builder.docs.network import subnets_of
from builder.docs.network import way_out as way_out_of
from builder.docs.reading import Reading, Resource

INSTANCE = "AWS::RDS::DBInstance"
CLUSTER = "AWS::RDS::DBCluster"
_PORTS = {"postgres": "5432", "mysql": "3306", "mariadb": "3306", "oracle": "1521", "sqlserver": "1433"}
_USUAL_NAMES = ("admin", "postgres", "root", "sa")


Asked: TypeAlias = Callable[[Reading], Iterator[tuple[str, bool]]]


def _each(
    test: Callable[[Resource, Reading], bool], *, of: str = INSTANCE, members: bool = False, engine: str = ""
) -> Asked:
    """The same question to all of a type; of instances to the `members` of clusters only where asked to."""

    def ask(reading: Reading) -> Iterator[tuple[str, bool]]:
        for found in reading.of_type(of):
            is_member = of == INSTANCE and "DBClusterIdentifier" in found.properties
            if (members or not is_member) and engine in ("", found.properties.get("Engine")):
                yield found.logical_id, test(found, reading)

    return ask


def _true(name: str, *, of: str = INSTANCE) -> Asked:
    return _each(lambda found, _: is_true(found.properties.get(name)), of=of)


def _exported(instance: Resource) -> list[Any]:
    return list(instance.properties.get("EnableCloudwatchLogsExports", []))


def _told(source_type: str, categories: set[str], *, of: Sequence[str] = (INSTANCE,)) -> Asked:
    """Whether one enabled subscription tells of all these categories; none named are all."""

    def ask(reading: Reading) -> Iterator[tuple[str, bool]]:
        told = [
            set(each.properties.get("EventCategories") or categories)
            for each in reading.of_type("AWS::RDS::EventSubscription")
            if each.properties.get("SourceType") == source_type and is_true(each.properties.get("Enabled", True))
        ]
        for found in (each for of_type in of for each in reading.of_type(of_type)):
            yield found.logical_id, any(categories <= each for each in told)

    return ask


def _number(value: object) -> int:
    return int(str(value)) if str(value).isdigit() else 0


is_not_public = _each(
    lambda instance, _: str(instance.properties.get("PubliclyAccessible")).lower() == "false", members=True
)
is_encrypted = _true("StorageEncrypted")
is_multi_az = _true("MultiAZ")


def is_monitored(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Asked of instances, where a member's cluster may state it, and of clusters whose members RDS makes."""

    def states(found: Resource) -> bool:
        return _number(found.properties.get("MonitoringInterval")) > 0 and "MonitoringRoleArn" in found.properties

    for instance in reading.of_type(INSTANCE):
        clusters = reading.mentioned(instance.properties.get("DBClusterIdentifier"))
        yield (
            instance.logical_id,
            any(states(each) for each in (instance, *map(reading.resources.get, clusters)) if each),
        )
    for cluster in reading.of_type(CLUSTER):
        if "DBClusterInstanceClass" in cluster.properties:
            yield cluster.logical_id, states(cluster)


is_protected = _true("DeletionProtection")
exports_logs = _each(lambda instance, _: {"postgresql", "upgrade"} <= set(_exported(instance)))
exports_postgresql = _each(lambda instance, _: "postgresql" in _exported(instance))
admits_by_iam = _true("EnableIAMDatabaseAuthentication")
is_backed_up = _each(lambda instance, _: _number(instance.properties.get("BackupRetentionPeriod")) >= 7)
follows_minors = _each(
    lambda instance, _: is_true(instance.properties.get("AutoMinorVersionUpgrade", True)), members=True
)
copies_tags = _true("CopyTagsToSnapshot")
tells_of_instances = _told("db-instance", {"maintenance", "configuration change", "failure"})
tells_of_parameters = _told("db-parameter-group", {"configuration change"}, of=(INSTANCE, CLUSTER))
tells_of_groups = _told("db-security-group", {"configuration change", "failure"}, of=(INSTANCE, CLUSTER))
has_own_administrator = _each(
    lambda instance, _: str(instance.properties.get("MasterUsername", "admin")) not in _USUAL_NAMES
)


def _in_zones(cluster: Resource, reading: Reading) -> bool:
    """RDS makes a Multi-AZ DB cluster's members in three zones; of Aurora's there must be another to fail over to."""
    members = [each for each in reading.of_type(INSTANCE) if "DBClusterIdentifier" in each.properties]
    return "DBClusterInstanceClass" in cluster.properties or len(members) > 1


cluster_is_protected = _true("DeletionProtection", of=CLUSTER)
cluster_admits_by_iam = _true("EnableIAMDatabaseAuthentication", of=CLUSTER)
cluster_is_in_zones = _each(_in_zones, of=CLUSTER)
cluster_copies_tags = _true("CopyTagsToSnapshot", of=CLUSTER)
tells_of_clusters = _told("db-cluster", {"maintenance", "failure"}, of=(CLUSTER,))
cluster_has_own_administrator = _each(
    lambda cluster, _: str(cluster.properties.get("MasterUsername", "admin")) not in _USUAL_NAMES, of=CLUSTER
)
cluster_is_encrypted = _true("StorageEncrypted", of=CLUSTER)
cluster_follows_minors = _each(
    lambda cluster, _: is_true(cluster.properties.get("AutoMinorVersionUpgrade", True)), of=CLUSTER
)
aurora_exports_postgresql = _each(
    lambda cluster, _: "postgresql" in _exported(cluster), of=CLUSTER, engine="aurora-postgresql"
)


def _own_port(instance: Resource, _: Reading) -> bool:
    usual = next((port for name, port in _PORTS.items() if name in str(instance.properties.get("Engine"))), "")
    return str(instance.properties.get("Port", usual)) != usual


def _inside(instance: Resource, reading: Reading) -> bool:
    """Given subnets cannot be asked about: their routes are not of this template."""
    return all(way_out_of(subnet, reading) != "public" for subnet in subnets_of(instance, reading))


has_own_port = _each(_own_port)
is_inside = _each(_inside)
