"""Log groups: made before whatever writes to them, encrypted, and kept for a stated time.

A service that finds no group makes one that is unencrypted and never expires, and the stack can then no longer make it.
"""

from __future__ import annotations

from troposphere import Ref, Sub, Template
from troposphere.logs import LogGroup

from templates.carrier import carrier
from templates.environment import Environment
from templates.keys import Key
from templates.parameters import Group
from templates.policy import arn
from templates.retention import Retention

# What CloudWatch Logs accepts, from a week on. (botocore, logs PutRetentionPolicy)
RETENTION_DAYS = (7, 30, 90, 180, 365, 731, 1827, 2557, 3653)


@carrier
class Logging:
    """How every log group of a stack is kept."""

    environment: Environment
    key: Key
    days: Ref
    retention: Retention


def add_logging(t: Template, environment: Environment, key: Key, retention: Retention, *, default_days: int) -> Logging:
    """Add the parameter that says how long logs are kept."""
    days = Group(t, "Observation").add(
        "LogRetentionDays",
        label="Days of logs",
        description="Audits may ask for 365.",
        type="Number",
        default=default_days,
        values=RETENTION_DAYS,
    )
    return Logging(environment=environment, key=key, days=Ref(days), retention=retention)


def add_log_group(t: Template, title: str, logging: Logging, name: str) -> LogGroup:
    """Add a log group; `name` has `{}` for `<project>-<suffix>`."""
    return t.add_resource(
        LogGroup(
            title,
            LogGroupName=logging.environment.name(name),
            KmsKeyId=logging.key.arn,
            RetentionInDays=logging.days,
            Tags=logging.environment.tags(),
            **logging.retention.stateful,
        )
    )


def log_group_arn(group: LogGroup) -> Sub:
    """The ARN that policies grant writing to: the group and its streams."""
    return arn("logs", f"log-group:${{{group.title}}}:*")
