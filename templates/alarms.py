"""What must wake a person: alarms on the database's metrics, sized to its class and storage, and its events.

They carry no tags of their own, as they hold no data, cost next to nothing and are many: the stack's tags reach them.
Thresholds are those that AWS recommends for RDS (CloudWatch user guide, "Best practice alarm recommendations") unless
the alarm says otherwise. Missing data is judged per alarm: a metric that RDS publishes only when there is something to
publish does not alarm by its absence; the one alarm on silence does. What stops the service soon is critical, and the
rest a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from troposphere import Ref, Sub, Template
from troposphere.cloudwatch import Alarm, Metric, MetricDataQuery, MetricDimension, MetricStat
from troposphere.events import Rule, Target
from troposphere.rds import EventSubscription

from templates.alerts import Alerts
from templates.carrier import carrier
from templates.database import Database
from templates.environment import Environment
from templates.incidents import CRITICAL, WARNING, tell_together
from templates.instance_classes import GIB
from templates.parameters import variable

Dimensions: TypeAlias = list[MetricDimension] | Mapping[str, list[MetricDimension]]

MINUTE = 60
MIB = 1024**2

# Normal backups would be a message every day, so `backup` is not among them: failures are told by AWS Backup's events
# and by the alarm on absent backups. (RDS user guide, "Amazon RDS event categories and event messages")
INSTANCE_EVENTS = (
    "availability",
    "configuration change",
    "deletion",
    "failover",
    "failure",
    "low storage",
    "maintenance",
    "notification",
    "recovery",
)


@carrier
class Watch:
    """One alarm. `periods` are minutes, all of which must breach; `what` says what it means and what to do first.

    `expression` stands for a metric-math alarm whose terms are in `terms`, by name; otherwise `metric` is watched with
    `statistic` (such as `Average` or `p90`).
    """

    title: str
    what: str
    threshold: Any
    above: bool = True
    metric: str = ""
    statistic: str = "Average"
    expression: str = ""
    terms: tuple[str, ...] = ()
    periods: int = 5
    missing: str = "notBreaching"
    condition: str | None = None
    severity: str = WARNING


def watch_database(
    t: Template,
    environment: Environment,
    database: Database,
    alerts: Alerts,
    *,
    events: tuple[str, ...] = INSTANCE_EVENTS,
) -> None:
    """Add the alarms, by severity where that is wanted, and the event subscriptions of the database.

    `events` are the categories of the instance's.
    """
    dimensions = [MetricDimension(Name="DBInstanceIdentifier", Value=database.identifier)]
    add_alarms(t, environment, alerts, [(watch, dimensions) for watch in _watches(database)])
    subscribe(t, alerts, "Instance", "db-instance", events, [database.identifier])
    subscribe(
        t,
        alerts,
        "ParameterGroup",
        "db-parameter-group",
        ("configuration change",),
        [database.postgresql.parameter_group],
    )
    subscribe(t, alerts, "SecurityGroup", "db-security-group", ("configuration change", "failure"))


def _watches(database: Database) -> tuple[Watch, ...]:
    sizing, storage = database.sizing, database.storage
    insights = f"DB_PERF_INSIGHTS('RDS', '${{{database.instance.title}.DbiResourceId}}', '%s')"
    return (
        Watch(
            title="DatabaseSilent",
            what="No metrics: it may be down. First: RDS events of the last hour.",
            metric="CPUUtilization",
            statistic="SampleCount",
            threshold=1,
            above=False,
            missing="breaching",
            severity=CRITICAL,
        ),
        Watch(
            title="DatabaseCpuTooHigh",
            what="CPU over 90 %. First: top SQL in Insights.",
            metric="CPUUtilization",
            threshold=90,
        ),
        Watch(
            title="DatabaseLoadTooHigh",
            what="More active sessions than vCPUs. First: top waits in Insights.",
            metric="DBLoad",
            threshold=sizing.of("Vcpus"),
            periods=15,
        ),
        Watch(
            title="DatabaseConnectionsNearLimit",
            what="90 % of max_connections in use. First: pg_stat_activity.",
            metric="DatabaseConnections",
            threshold=sizing.of("ConnectionsHigh"),
            severity=CRITICAL,
        ),
        Watch(
            title="DatabaseMemoryTooLow",
            what="Under a quarter of memory is free. First: connections, work_mem.",
            metric="FreeableMemory",
            threshold=sizing.of("MemoryLow"),
            above=False,
            periods=15,
        ),
        Watch(
            title="DatabaseStorageTooFull",
            what="90 % of today's storage used. First: slots; raise AllocatedStorage.",
            expression=insights % "os.fileSys.usedPercent.avg",
            threshold=90,
            severity=CRITICAL,
        ),
        Watch(
            title="DatabaseStorageNearMaximum",
            what="Autoscaling nears its limit. First: raise MaxAllocatedStorage.",
            # The file system's total is in KiB; it grows with what autoscaling adds.
            expression=f"100 * {insights % 'os.fileSys.total.avg'} / ({variable(storage.most)} * {MIB})",
            threshold=85,
        ),
        Watch(
            title="DatabaseTransactionIdsRunOut",
            what="A billion IDs unvacuumed; writing stops at 2.1. First: oldest transaction.",
            metric="MaximumUsedTransactionIDs",
            statistic="Maximum",
            threshold=1_000_000_000,
            periods=1,
        ),
        Watch(
            title="DatabaseDiskTooSlow",
            what="Reads or writes over 20 ms. First: top SQL; storage tier.",
            expression="MAX([reads, writes])",
            terms=("reads=ReadLatency", "writes=WriteLatency"),
            statistic="p90",
            threshold=0.02,
        ),
        Watch(
            title="DatabaseDiskCreditsLow",
            what="Disk credits under 10 %. First: top SQL; a larger class.",
            expression="MIN([throughput, iops])",
            terms=("throughput=EBSByteBalance%", "iops=EBSIOBalance%"),
            threshold=10,
            above=False,
            periods=3,
        ),
        Watch(
            title="DatabaseCpuCreditsLow",
            what="CPU credits run out. First: a class that is not burstable.",
            metric="CPUCreditBalance",
            threshold=20,
            above=False,
            condition=sizing.is_burstable,
        ),
        Watch(
            title="DatabaseSlotLagsBehind",
            what="A replication slot nears its limit. First: pg_replication_slots.",
            expression=f"100 * lag / ({variable(database.postgresql.slot_retention)} * {MIB})",
            terms=("lag=OldestReplicationSlotLag",),
            statistic="Maximum",
            threshold=50,
        ),
        Watch(
            title="DatabaseTransactionLogsTooLarge",
            what="Logs fill a fifth of AllocatedStorage. First: pg_replication_slots.",
            expression=f"100 * logs / ({variable(storage.allocated)} * {GIB})",
            terms=("logs=TransactionLogsDiskUsage",),
            statistic="Maximum",
            threshold=20,
        ),
    )


def add_alarms(
    t: Template,
    environment: Environment,
    alerts: Alerts,
    watches: Iterable[tuple[Watch, Dimensions]],
    *,
    beginning: str = "{}",
) -> None:
    """Add alarms, each on the dimensions beside it, which tell by severity where that is wanted.

    One under a condition always tells by itself, as it may not be there to be told for. `beginning` as of
    `tell_together`.
    """
    told: dict[str, list[Alarm]] = {CRITICAL: [], WARNING: []}
    for watch, dimensions in watches:
        alarm = add_alarm(t, alerts, watch, dimensions)
        if watch.condition is None:
            told[watch.severity].append(alarm)
    tell_together(t, environment, alerts.topic, critical=told[CRITICAL], warning=told[WARNING], beginning=beginning)


def add_alarm(t: Template, alerts: Alerts, watch: Watch, dimensions: Dimensions) -> Alarm:
    """Add an alarm on RDS's metrics that says so on the topic when it begins and when it is over.

    The dimensions are those of every metric that it reads, or of each term of its expression by the term's name.
    CloudFormation names it after the stack and its logical ID, which is a sentence.
    """
    conditional: dict[str, Any] = {"Condition": watch.condition} if watch.condition else {}
    return t.add_resource(
        Alarm(
            watch.title,
            AlarmDescription=watch.what,
            ComparisonOperator="GreaterThanThreshold" if watch.above else "LessThanThreshold",
            Threshold=watch.threshold,
            EvaluationPeriods=watch.periods,
            TreatMissingData=watch.missing,
            AlarmActions=[alerts.topic],
            OKActions=[alerts.topic],
            **_metrics(watch, dimensions),
            **conditional,
        )
    )


def _metrics(watch: Watch, dimensions: Dimensions) -> dict[str, Any]:
    if not watch.expression:
        # CloudWatch takes percentiles by another property than averages and sums.
        statistic = "ExtendedStatistic" if watch.statistic.startswith("p") else "Statistic"
        return {
            "Namespace": "AWS/RDS",
            "MetricName": watch.metric,
            "Dimensions": dimensions,
            "Period": MINUTE,
            statistic: watch.statistic,
        }
    terms = [
        MetricDataQuery(
            Id=name,
            ReturnData=False,
            MetricStat=MetricStat(
                Metric=Metric(
                    Namespace="AWS/RDS",
                    MetricName=metric,
                    Dimensions=dimensions if isinstance(dimensions, list) else dimensions[name],
                ),
                Period=MINUTE,
                Stat=watch.statistic,
            ),
        )
        for name, metric in (term.split("=") for term in watch.terms)
    ]
    # An expression over terms has their period.
    timed: dict[str, Any] = {} if terms else {"Period": MINUTE}
    expression = Sub(watch.expression) if "${" in watch.expression else watch.expression
    return {"Metrics": [MetricDataQuery(Id="result", Expression=expression, **timed), *terms]}


def watch_health(t: Template, alerts: Alerts) -> None:
    """Pass on what AWS Health says of RDS in this Region and account, in its own words.

    It alone tells of a certificate authority that expires, of versions at their end and of planned maintenance: no
    metric or RDS event does. (AWS Health user guide, "Monitoring events in AWS Health with Amazon EventBridge")
    """
    t.add_resource(
        Rule(
            "RdsHealthEvent",
            EventPattern={"source": ["aws.health"], "detail": {"service": ["RDS"]}},
            Targets=[Target(Id="alerts", Arn=alerts.topic, InputPath="$.detail.eventDescription[0].latestDescription")],
        )
    )


def subscribe(
    t: Template,
    alerts: Alerts,
    title: str,
    source_type: str,
    categories: tuple[str, ...],
    sources: Sequence[Ref | Sub] = (),
) -> None:
    """Pass RDS's events of these categories on to the topic: of the named sources, or of every one of that type."""
    more: dict[str, Any] = {"SourceIds": list(sources)} if sources else {}
    if alerts.policy:
        more["DependsOn"] = alerts.policy  # RDS tries the topic when the subscription is made
    t.add_resource(
        EventSubscription(
            f"{title}Events",
            SnsTopicArn=alerts.topic,
            SourceType=source_type,
            EventCategories=list(categories),
            **more,
        )
    )
