"""What must wake a person of a cluster: alarms on its members, and its events.

RDS publishes per member, and any of them may be the writer, today or after a failover. What is to be done on one of
them is watched on each; what is the cluster's own is watched as the worst of them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from troposphere import Template
from troposphere.cloudwatch import MetricDimension

from templates.alarms import INSTANCE_EVENTS, Dimensions, Watch, add_alarms, subscribe
from templates.alerts import Alerts
from templates.aurora import Aurora
from templates.clusters import Cluster, Kind, Member
from templates.foundation import Base
from templates.incidents import CRITICAL
from templates.instance_classes import GIB, Sizing
from templates.parameters import variable
from templates.storage import Storage

# What RDS tells of a cluster and a person should know. (RDS user guide, "Amazon RDS event categories and messages")
CLUSTER_EVENTS = ("configuration change", "failover", "failure", "maintenance", "notification")


def watch_multi_az_cluster(
    t: Template, kind: Kind, base: Base, cluster: Cluster, *, sizing: Sizing, storage: Storage
) -> None:
    """Add the alarms of the members, and the events of the cluster and of what surrounds it."""
    allocated = f"({variable(storage.allocated)} * {GIB})"
    watches: list[tuple[Watch, Dimensions]] = [
        (watch, _of(member))
        for member in cluster.members
        for watch in (*server_watches(member, sizing), _standby_watch(member))
    ]
    watches += [
        _worst_of(cluster.members, watch, metric)
        for watch, metric in (*cluster_watches(sizing), *_disk_watches(allocated))
    ]
    add_alarms(t, base.environment, base.alerts, watches, beginning=kind.beginning)
    watch_cluster_events(t, cluster, base.alerts)


def watch_aurora(t: Template, kind: Kind, base: Base, aurora: Aurora, *, sizing: Sizing) -> None:
    """Add the alarms of the members and of the cluster, for which Aurora publishes too, and the events of both."""
    cluster, sized = aurora.cluster, aurora.is_provisioned
    of_cluster = [MetricDimension(Name="DBClusterIdentifier", Value=cluster.identifier)]
    watches: list[tuple[Watch, Dimensions]] = [
        (watch, _of(member)) for member in cluster.members for watch in server_watches(member, sizing, sized=sized)
    ]
    watches += [
        (replace(watch, expression="", metric=metric, statistic="Maximum"), of_cluster)
        for watch, metric in cluster_watches(sizing, sized=sized)
    ]
    watches += [(watch, of_cluster) for watch in _aurora_watches(aurora.is_serverless)]
    add_alarms(t, base.environment, base.alerts, watches, beginning=kind.beginning)
    watch_cluster_events(t, cluster, base.alerts)
    subscribe(
        t, base.alerts, "Member", "db-instance", INSTANCE_EVENTS, [member.identifier for member in cluster.members]
    )


def _worst_of(members: Sequence[Member], watch: Watch, metric: str) -> tuple[Watch, Dimensions]:
    """A watch on the most, or the least, that any member has of a metric: `worst` in the watch's expression."""
    names = [member.title.lower() for member in members]
    extreme = "MAX" if watch.above else "MIN"
    worst = replace(
        watch,
        expression=watch.expression.replace("worst", f"{extreme}([{', '.join(names)}])"),
        terms=tuple(f"{name}={metric}" for name in names),
    )
    return worst, {name: _of(member) for name, member in zip(names, members, strict=True)}


def _of(member: Member) -> list[MetricDimension]:
    return [MetricDimension(Name="DBInstanceIdentifier", Value=member.identifier)]


def watch_cluster_events(t: Template, cluster: Cluster, alerts: Alerts) -> None:
    """Pass on the events of the cluster, and those of parameter and security groups, which RDS tells of all alike."""
    subscribe(t, alerts, "Cluster", "db-cluster", CLUSTER_EVENTS, [cluster.identifier])
    subscribe(t, alerts, "ParameterGroup", "db-parameter-group", ("configuration change",))
    subscribe(t, alerts, "SecurityGroup", "db-security-group", ("configuration change", "failure"))


def server_watches(member: Member, sizing: Sizing, *, sized: str | None = None) -> Iterator[Watch]:
    """What can go wrong with a server, whatever its storage; thresholds as of an instance.

    `sized` is the condition under which the class says how large it is; None where it always does.
    """
    yield Watch(
        title=f"{member.title}Silent",
        what="No metrics: it may be down, or called otherwise. First: the cluster's events.",
        metric="CPUUtilization",
        statistic="SampleCount",
        threshold=1,
        above=False,
        missing="breaching",
        severity=CRITICAL,
    )
    yield Watch(
        title=f"{member.title}CpuTooHigh",
        what="CPU over 90 %. First: top SQL in Insights.",
        metric="CPUUtilization",
        threshold=90,
    )
    yield Watch(
        title=f"{member.title}ConnectionsNearLimit",
        what="90 % of max_connections in use. First: pg_stat_activity.",
        metric="DatabaseConnections",
        threshold=sizing.of("ConnectionsHigh"),
        condition=sized,
        severity=CRITICAL,
    )
    yield Watch(
        title=f"{member.title}MemoryTooLow",
        what="Memory is low for its class. First: connections, work_mem.",
        metric="FreeableMemory",
        threshold=sizing.of("MemoryLow"),
        above=False,
        periods=15,
        condition=sized,
    )


def cluster_watches(sizing: Sizing, *, sized: str | None = None) -> Iterator[tuple[Watch, str]]:
    """What can go wrong with the writer, whichever member it is, and the metric that tells; `sized` as of a server."""
    yield (
        Watch(
            title="ClusterLoadTooHigh",
            what="A member has more active sessions than vCPUs. First: top waits in Insights.",
            expression="worst",
            threshold=sizing.of("Vcpus"),
            periods=15,
            condition=sized,
        ),
        "DBLoad",
    )
    yield (
        Watch(
            title="ClusterTransactionIdsRunOut",
            what="A billion IDs unvacuumed; writing stops at 2.1. First: oldest transaction.",
            expression="worst",
            statistic="Maximum",
            threshold=1_000_000_000,
            periods=1,
        ),
        "MaximumUsedTransactionIDs",
    )


def _standby_watch(member: Member) -> Watch:
    """What can go wrong with what a member receives of the writer."""
    return Watch(
        title=f"{member.title}ReplicaLagsBehind",
        what="Over a minute behind the writer. First: writes, long queries on this member.",
        metric="ReplicaLag",
        statistic="Maximum",
        threshold=60,
        periods=10,
    )


def _disk_watches(allocated: str) -> Iterator[tuple[Watch, str]]:
    """What can go wrong with the members' disks, which hold the same and are of one size."""
    yield (
        Watch(
            title="ClusterStorageTooFull",
            what="A member's storage is 90 % full and never grows by itself. First: raise AllocatedStorage.",
            expression=f"100 * worst / {allocated}",
            statistic="Minimum",
            threshold=10,
            above=False,
            severity=CRITICAL,
        ),
        "FreeStorageSpace",
    )
    yield (
        Watch(
            title="ClusterDiskTooSlow",
            what="Writes of a member over 20 ms. First: IOPS against ProvisionedIops; top SQL.",
            expression="worst",
            statistic="p90",
            threshold=0.02,
        ),
        "WriteLatency",
    )
    yield (
        Watch(
            title="ClusterTransactionLogsTooLarge",
            what="Logs fill a fifth of AllocatedStorage. First: pg_replication_slots.",
            expression=f"100 * worst / {allocated}",
            statistic="Maximum",
            threshold=20,
        ),
        "TransactionLogsDiskUsage",
    )


def _aurora_watches(is_serverless: str) -> Iterator[Watch]:
    """What can go wrong with Aurora alone: of whichever member has the most, or the least, of it.

    (Aurora user guide, "Amazon CloudWatch metrics for Amazon Aurora")
    """
    yield Watch(
        title="ClusterReplicaLagsBehind",
        what="A reader is over two seconds behind. First: writes, long queries on the readers.",
        metric="AuroraReplicaLag",  # in milliseconds
        statistic="Maximum",
        threshold=2000,
    )
    yield Watch(
        title="ClusterCommitTooSlow",
        what="Commits take over 20 ms. First: top waits in Insights, large transactions.",
        metric="CommitLatency",  # in milliseconds
        threshold=20,
    )
    yield Watch(
        title="ClusterLocalStorageTooLow",
        what="A member has under 1 GiB for sorts and temporary tables. First: top SQL; a larger class.",
        metric="FreeLocalStorage",
        statistic="Minimum",
        threshold=GIB,
        above=False,
    )
    yield Watch(
        title="ClusterCapacityNearMaximum",
        what="A member takes 90 % of MaxCapacity. First: top SQL; raise MaxCapacity.",
        metric="ACUUtilization",
        statistic="Maximum",
        threshold=90,
        periods=15,
        condition=is_serverless,
    )
    yield Watch(
        title="ClusterVolumeTooLarge",
        what="90 % of 128 TiB used, where older versions' volumes end. First: largest tables; upgrade.",
        metric="VolumeBytesUsed",
        statistic="Maximum",
        threshold=int(0.9 * 128 * 1024 * GIB),
        periods=1,  # published every five minutes: five in a row there never are
    )
