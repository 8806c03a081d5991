"""How the instance is observed from within: enhanced monitoring, Database Insights, log exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troposphere import Equals, GetAtt, If, Ref, Template
from troposphere.iam import Role

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


@dataclass(frozen=True, kw_only=True)
class Observation:
    """The instance's properties of observation, and the logical IDs of the log groups that must be there before it."""

    properties: dict[str, Any]
    log_groups: tuple[str, ...]


def log_group_pattern(identifier: str) -> str:
    """The names of an instance's log groups, as a pattern."""
    return f"/aws/rds/instance/{identifier}/*"


def add_observation(t: Template, environment: Environment, key: Key, logging: Logging, identifier: str) -> Observation:
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
                when=[SAME_ACCOUNT, from_source(arn("rds", f"db:{environment.text(identifier)}"))],
            ),
            ManagedPolicyArns=[aws_policy("AmazonRDSEnhancedMonitoringRole")],
            Tags=environment.tags(),
        )
    )
    groups = [
        add_log_group(t, f"{name.capitalize()}LogGroup", logging, log_group_pattern(identifier).replace("*", name))
        for name in EXPORTED_LOGS
    ]
    return Observation(
        properties={
            "MonitoringInterval": MONITORING_SECONDS,
            "MonitoringRoleArn": GetAtt(role, "Arn"),
            "EnablePerformanceInsights": True,
            "DatabaseInsightsMode": Ref(mode),
            "PerformanceInsightsKMSKeyId": key.arn,
            "PerformanceInsightsRetentionPeriod": If(advanced, ADVANCED_DAYS, STANDARD_DAYS),
            "EnableCloudwatchLogsExports": list(EXPORTED_LOGS),
        },
        log_groups=tuple(map(logical_id, groups)),
    )
