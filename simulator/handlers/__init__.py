"""The handlers of every resource type that the simulator knows, by type."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.handlers import (
    backup,
    cloudformation,
    cloudwatch,
    ec2,
    ec2_security,
    events,
    fis,
    functions,
    iam,
    kms,
    logs,
    rds,
    rds_cluster,
    rds_instance,
    restore_testing,
    s3,
    scheduler,
    secrets,
    sns,
    stepfunctions,
)
from simulator.handlers.base import Handler

HANDLERS: Mapping[str, Handler] = {
    **backup.HANDLERS,
    **cloudformation.HANDLERS,
    **cloudwatch.HANDLERS,
    **ec2.HANDLERS,
    **ec2_security.HANDLERS,
    **events.HANDLERS,
    **fis.HANDLERS,
    **functions.HANDLERS,
    **iam.HANDLERS,
    **kms.HANDLERS,
    **logs.HANDLERS,
    **rds.HANDLERS,
    **rds_cluster.HANDLERS,
    **rds_instance.HANDLERS,
    **restore_testing.HANDLERS,
    **s3.HANDLERS,
    **scheduler.HANDLERS,
    **secrets.HANDLERS,
    **sns.HANDLERS,
    **stepfunctions.HANDLERS,
}
