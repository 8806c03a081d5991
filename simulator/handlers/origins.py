"""Where an AWS::RDS::DBInstance comes from: nothing, a source that it follows, a snapshot, a moment of the past.

Source: the RDS resource handlers of CloudFormation (CreateHandler, UpdateHandler, ImmutabilityHelper).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context

_POINT_IN_TIME = "restore_db_instance_to_point_in_time"

# Properties that choose another call than CreateDBInstance to make the instance.
_CALLS = {
    "SourceDbiResourceId": _POINT_IN_TIME,
    "SourceDBInstanceAutomatedBackupsArn": _POINT_IN_TIME,
    "SourceDBInstanceIdentifier": "create_db_instance_read_replica",
    "DBSnapshotIdentifier": "restore_db_instance_from_db_snapshot",
}
_MOMENT = ("RestoreTime", "UseLatestRestorableTime")
ONLY = (*_CALLS, *_MOMENT, "SourceRegion")

# What a call names the new instance by.
TARGET = {_POINT_IN_TIME: {"DBInstanceIdentifier": "TargetDBInstanceIdentifier"}}


def call(properties: Mapping[str, Any]) -> str:
    """The call that makes an instance with these properties; "" for CreateDBInstance."""
    return next((name for given, name in _CALLS.items() if given in properties), "")


def source(context: Context) -> dict[str, str]:
    """What moto must be told beside the properties: it knows the source of a point in time by its identifier alone.

    Here the ARN of an instance's automated backups ends with its resource ID, `ab-...` for `db-...`.
    """
    backups = str(context.get("SourceDBInstanceAutomatedBackupsArn", "")).rpartition(":ab-")[2]
    wanted = str(context.get("SourceDbiResourceId", "")) or (f"db-{backups.upper()}" if backups else "")
    if not wanted:
        return {}
    for instance in context.call("rds", "describe_db_instances")["DBInstances"]:
        if instance["DbiResourceId"] == wanted:
            return {"SourceDBInstanceIdentifier": instance["DBInstanceIdentifier"]}
    raise ResourceFailure(f"DBInstance {wanted} not found. (Error Code: DBInstanceNotFound)")


def is_replica(context: Context) -> bool:
    """Whether the instance follows another now, whatever its stack says."""
    found = context.call("rds", "describe_db_instances", DBInstanceIdentifier=context.id)["DBInstances"]
    return bool(found[0].get("ReadReplicaSourceDBInstanceIdentifier"))


def promote(context: Context) -> None:
    """Promote a replica whose source is taken out; refuse every other change of an origin but its removal."""
    for name in (*_CALLS, *_MOMENT):
        if name in context.properties and context.changed(name):
            raise ResourceFailure("Resource is immutable (HandlerErrorCode: NotUpdatable)")
    if context.old.get("SourceDBInstanceIdentifier") and not context.get("SourceDBInstanceIdentifier"):
        if not is_replica(context):
            raise ResourceFailure("DB Instance is not a read replica. (Error Code: InvalidDBInstanceState)")
        context.call("rds", "promote_read_replica", DBInstanceIdentifier=context.id)
        moto_mends.end_replication(context.region, context.id)
