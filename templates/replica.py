"""A read replica: the source that it follows, what it must not have less of than that, and how far behind it may be.

Source: RDS user guide, "Working with read replicas for Amazon RDS for PostgreSQL"; PostgreSQL documentation, "Hot
Standby", Administrator's Overview.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from troposphere import Equals, If, Parameter, Ref, Select, Split, Template
from troposphere.cloudwatch import MetricDimension

from templates.alarms import INSTANCE_EVENTS, Watch, add_alarm
from templates.alerts import Alerts
from templates.carrier import carrier
from templates.database import Database
from templates.instance_classes import INSTANCE_CLASSES, Sizing
from templates.keys import Key
from templates.nesting import suppress
from templates.origin import Origin
from templates.parameters import NO_VALUE, Group, add_condition, only_if
from templates.postgresql import PostgreSql

EVENTS = (*INSTANCE_EVENTS, "read replica")

# A standby refuses to start, or stops replaying, with fewer of these than its source has. RDS gives every instance
# GREATEST(2 * vCPUs, 8) worker processes; what the largest class on offer has is enough for a source of any.
WORKER_PROCESSES = max(8, *(2 * each.vcpus for each in INSTANCE_CLASSES.values()))


@carrier
class Source:
    """The instance to follow and its Region; `followed` and `here` are the conditions that it still is, and is here."""

    arn: Parameter
    region: Select
    followed: str
    here: str


def add_source(t: Template) -> Source:
    """Add the source and the switch that ends following it."""
    group = Group(t, "Source")
    arn = group.add(
        "SourceDatabaseArn",
        label="Source",
        description="ARN of the instance to follow, in this Region or another. Its secret must not be RDS's. Final.",
        pattern=r"arn:[\w-]+:rds:[\w-]+:\d{12}:db:[a-z](-?[a-z0-9]){0,62}",
        otherwise="must be the ARN of an RDS instance",
    )
    promoted = group.switch(
        "Promoted",
        label="Promoted",
        description="true makes it a database of its own, for ever: see docs/runbooks/promote-a-read-replica.md.",
        default=False,
    )
    region = Select(3, Split(":", Ref(arn)))
    return Source(
        arn=arn,
        region=region,
        followed=add_condition(t, "FollowsSource", Equals(Ref(promoted), "false")),
        here=add_condition(t, "IsInRegionOfSource", Equals(region, Ref("AWS::Region"))),
    )


def follow(source: Source, key: Key, postgresql: PostgreSql) -> Origin:
    """The origin of a replica, which has its source's data, users and encryption.

    A source in this Region is named by its identifier and lends its key; one in another is named by its ARN and its
    Region, with which CloudFormation signs the request that an encrypted one takes, and the key is this Region's
    (CreateDBInstanceReadReplica; AWS::RDS::DBInstance, SourceDBInstanceIdentifier). Without that property
    CloudFormation promotes; Region and key stay stated then, as a change of either would replace the instance.
    """
    identifier = If(source.here, Select(6, Split(":", Ref(source.arn))), Ref(source.arn))
    return Origin(
        properties={
            "SourceDBInstanceIdentifier": only_if(source.followed, identifier),
            "SourceRegion": If(source.here, NO_VALUE, source.region),
            "KmsKeyId": If(source.here, NO_VALUE, key.arn),
        },
        upgrade={"EngineVersion": postgresql.version},
        metadata={
            "Metadata": suppress("E3720", "W9232", reason="a replica is encrypted as its source is, and may not say so")
        },
    )


def connect_as_many_as(t: Template, sizing: Sizing) -> Sizing:
    """Take `max_connections` from the class of the source: a replica that allows fewer does not start."""
    parameter = Group(t, "Source").add(
        "SourceInstanceClass",
        label="Class of the source",
        description="The replica allows as many connections. Change it before the source's; needs a reboot.",
        default="db.m6g.large",
        values=tuple(INSTANCE_CLASSES),
    )
    return replace(sizing, connections_of=parameter)


def standby_settings(t: Template) -> dict[str, Any]:
    """The parameters of PostgreSQL that matter where others' changes are replayed."""
    feedback = Group(t, "PostgreSQL").switch(
        "HotStandbyFeedback",
        label="Hot standby feedback",
        description="Spares long queries here from being cancelled, at the price of bloat in the source.",
        default=False,
    )
    return {
        "hot_standby_feedback": If(add_condition(t, "GivesFeedback", Equals(Ref(feedback), "true")), "1", "0"),
        "max_worker_processes": str(WORKER_PROCESSES),
    }


def watch_replication(t: Template, database: Database, source: Source, alerts: Alerts) -> None:
    """Add the alarms on replication, for as long as there is any.

    RDS for PostgreSQL tells -1, or nothing, where replication does not run. (RDS user guide, "Monitoring read
    replication")
    """
    objective = Group(t, "Source").add(
        "ReplicaLagObjective",
        label="Lag at most, seconds",
        description="An idle source shows up to 300: less is for busy ones.",
        type="Number",
        default=360,
        range=(1, 86400),
    )
    watches = (
        Watch(
            title="ReplicaLagsBehind",
            what="Behind its source by more than ReplicaLagObjective. First: writes there, long queries here.",
            metric="ReplicaLag",
            statistic="Maximum",
            threshold=Ref(objective),
            periods=10,
            condition=source.followed,
        ),
        Watch(
            title="ReplicationStopped",
            what="No replication, as in a new stack. First: RDS events of the replica and its source.",
            expression="FILL(lag, -1)",
            terms=("lag=ReplicaLag",),
            statistic="Minimum",
            threshold=0,
            above=False,
            periods=10,
            missing="breaching",
            condition=source.followed,
        ),
    )
    for watch in watches:
        add_alarm(t, alerts, watch, [MetricDimension(Name="DBInstanceIdentifier", Value=database.identifier)])
