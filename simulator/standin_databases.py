"""Stand-ins for the databases that parameters presuppose: what a replica follows, what a restore begins from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from simulator import moto_mends
from simulator.aws import Aws

_NAME = "stand-in-source"


def stand_in_databases(aws: Aws, parameters: Mapping[str, str]) -> dict[str, str]:
    """Make what parameters of known names presuppose and is not there: a parameter's value -> what was made for it."""
    made = {}
    for name, make in _MAKERS.items():
        value = parameters.get(name, "")
        if value and (found := make(aws, value, parameters)):
            made[value] = found
    return made


def _instance(aws: Aws, identifier: str, parameters: Mapping[str, str]) -> str:
    """An instance of that identifier, with as much storage and of the version that the parameters say."""
    rds = aws.client("rds")
    try:
        rds.describe_db_instances(DBInstanceIdentifier=identifier)
    except ClientError:
        rds.create_db_instance(
            DBInstanceIdentifier=identifier,
            AllocatedStorage=int(parameters.get("AllocatedStorage", "20")),
            BackupRetentionPeriod=7,
            DBInstanceClass="db.m6g.large",
            Engine="postgres",
            EngineVersion=parameters.get("EngineVersion", "17"),
            MasterUsername="dbadmin",
            MasterUserPassword="not-a-secret",
            StorageEncrypted=True,
        )
        return f"instance {identifier}"
    return ""


def _source(aws: Aws, arn: str, parameters: Mapping[str, str]) -> str:
    region, identifier = arn.split(":")[3], arn.split(":")[6]
    return _instance(replace(aws, region=region), identifier, parameters)


def _by_resource_id(aws: Aws, resource_id: str, parameters: Mapping[str, str]) -> str:
    known = [each["DbiResourceId"] for each in aws.client("rds").describe_db_instances()["DBInstances"]]
    if resource_id in known:
        return ""
    made = _instance(aws, _NAME, parameters)
    moto_mends.identify_instance(aws.region, _NAME, resource_id)
    return made


def _by_backups(aws: Aws, arn: str, parameters: Mapping[str, str]) -> str:
    return _by_resource_id(aws, f"db-{arn.rpartition(':ab-')[2].upper()}", parameters)


def _snapshot(aws: Aws, identifier: str, parameters: Mapping[str, str]) -> str:
    rds: Any = aws.client("rds")
    try:
        rds.describe_db_snapshots(DBSnapshotIdentifier=identifier)
    except ClientError:
        _instance(aws, _NAME, parameters)
        rds.create_db_snapshot(DBInstanceIdentifier=_NAME, DBSnapshotIdentifier=identifier)
        return f"snapshot {identifier}"
    return ""


_MAKERS: Mapping[str, Callable[[Aws, str, Mapping[str, str]], str]] = {
    "AutomatedBackupsArn": _by_backups,
    "DatabaseIdentifier": _instance,
    "SnapshotIdentifier": _snapshot,
    "SourceDatabaseArn": _source,
    "SourceResourceId": _by_resource_id,
}
