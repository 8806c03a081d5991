"""The handlers of every resource type that the simulator knows, by type."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.handlers import (
    athena,
    backup,
    cloudformation,
    cloudwatch,
    ec2,
    ec2_security,
    events,
    fis,
    functions,
    glue,
    iam,
    kms,
    logs,
    rds,
    rds_cluster,
    rds_instance,
    rds_proxy,
    restore_testing,
    s3,
    scheduler,
    secrets,
    servicecatalog,
    sns,
    ssm,
    stepfunctions,
)
from simulator.handlers.base import Handler

HANDLERS: Mapping[str, Handler] = {
    **athena.HANDLERS,
    **backup.HANDLERS,
    **cloudformation.HANDLERS,
    **cloudwatch.HANDLERS,
    **ec2.HANDLERS,
    **ec2_security.HANDLERS,
    **events.HANDLERS,
    **fis.HANDLERS,
    **functions.HANDLERS,
    **glue.HANDLERS,
    **iam.HANDLERS,
    **kms.HANDLERS,
    **logs.HANDLERS,
    **rds.HANDLERS,
    **rds_cluster.HANDLERS,
    **rds_instance.HANDLERS,
    **rds_proxy.HANDLERS,
    **restore_testing.HANDLERS,
    **s3.HANDLERS,
    **scheduler.HANDLERS,
    **secrets.HANDLERS,
    **servicecatalog.HANDLERS,
    **sns.HANDLERS,
    **ssm.HANDLERS,
    **stepfunctions.HANDLERS,
}
