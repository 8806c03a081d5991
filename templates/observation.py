"""How the instance is observed from within: enhanced monitoring, Database Insights, log exports."""

from __future__ import annotations

from typing import Any

from troposphere import Equals, GetAtt, If, Ref, Template
from troposphere.iam import Role

from templates.carrier import carrier
from templates.environment import Environment
from templates.keys import Key
from templates.logs import Logging, add_log_group
from templates.ordering import logical_id
from templates.parameters import Group, add_condition
from templates.policy import SAME_ACCOUNT, arn, aws_policy, from_source, trust

MONITORING_SECONDS = 60

# Free with `standard`, the least that `advanced` takes. (botocore, rds CreateDBInstance)
STANDARD_DAYS = 7
ADVANCED_DAYS = 465

# What RDS for PostgreSQL can export; Security Hub's RDS.9 asks for both.
EXPORTED_LOGS = ("postgresql", "upgrade")


@carrier
class Observed:
    """What is observed: how the names of its log groups call it, and whose metrics its role delivers, by ARN.

    `enabled` and `key` are what its resource type calls two of the properties.
    """

    kind: str
    publishers: tuple[str, ...]
    logs: tuple[str, ...]
    enabled: str
    key: str


INSTANCE = Observed(
    kind="instance",
    publishers=("db:{}",),
    logs=EXPORTED_LOGS,
    enabled="EnablePerformanceInsights",
    key="PerformanceInsightsKMSKeyId",
)


@carrier
class Observation:
    """The instance's properties of observation, and the logical IDs of the log groups that must be there before it."""

    properties: dict[str, Any]
    log_groups: tuple[str, ...]


def log_group_pattern(identifier: str, *, of: Observed = INSTANCE) -> str:
    """The names of the log groups of an instance, or of what else is observed, as a pattern."""
    return f"/aws/rds/{of.kind}/{identifier}/*"


def add_observation(
    t: Template, environment: Environment, key: Key, logging: Logging, identifier: str, *, of: Observed = INSTANCE
) -> Observation:
    """Add the monitoring role, the log groups and the choice of insights for the instance of that identifier.

    AWS's managed policy allows just the one log group that RDS writes to, which the whole account shares.
    """
    group = Group(t, "Observation")
    mode = group.add(
        "DatabaseInsightsMode",
        label="Database Insights",
        description=f"standard keeps {STANDARD_DAYS} days; advanced, billed by vCPU, {ADVANCED_DAYS}.",
        default="standard",
        values=("standard", "advanced"),
    )
    advanced = add_condition(t, "HasAdvancedInsights", Equals(Ref(mode), "advanced"))
    role = t.add_resource(
        Role(
            "MonitoringRole",
            AssumeRolePolicyDocument=trust(
                "monitoring.rds.amazonaws.com",
                when=[
                    SAME_ACCOUNT,
                    from_source(
                        *(arn("rds", environment.text(each.replace("{}", identifier))) for each in of.publishers)
                    ),
                ],
            ),
            ManagedPolicyArns=[aws_policy("AmazonRDSEnhancedMonitoringRole")],
            Tags=environment.tags(),
        )
    )
    groups = [
        add_log_group(
            t, f"{name.capitalize()}LogGroup", logging, log_group_pattern(identifier, of=of).replace("*", name)
        )
        for name in of.logs
    ]
    return Observation(
        properties={
            "MonitoringInterval": MONITORING_SECONDS,
            "MonitoringRoleArn": GetAtt(role, "Arn"),
            of.enabled: True,
            "DatabaseInsightsMode": Ref(mode),
            of.key: key.arn,
            "PerformanceInsightsRetentionPeriod": If(advanced, ADVANCED_DAYS, STANDARD_DAYS),
            "EnableCloudwatchLogsExports": list(of.logs),
        },
        log_groups=tuple(map(logical_id, groups)),
    )
