"""The restore: one origin, stated as RDS takes it, and nothing that the backup brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from builder.evaluate import Evaluation, Place, parameter_values
from tests.templates.rendering import Unknown, built, parameter_file, rendered

STACK = "rds-restore"
NONE = {"SnapshotIdentifier": "", "SourceResourceId": "", "AutomatedBackupsArn": "", "RestoreTime": ""}
SNAPSHOT = {"SnapshotIdentifier": "awsbackup:job-0d1e"}
INSTANCE = {"SourceResourceId": "db-ABCDEFGHIJKLMNOPQRSTUVWXZZ"}
BACKUPS = {"AutomatedBackupsArn": "arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-abcdefghijklmnop"}
MOMENT = {"RestoreTime": "2026-11-01T12:00:00Z"}
ORIGINS = {
    "DBSnapshotIdentifier",
    "RestoreTime",
    "SourceDBInstanceAutomatedBackupsArn",
    "SourceDbiResourceId",
    "UseLatestRestorableTime",
}


def instance(values: Mapping[str, str], **more: str) -> dict[str, Any]:
    return rendered(STACK, **{**NONE, **values, **more}).only("RDS::DBInstance")


@pytest.mark.parametrize(
    ("values", "stated"),
    [
        (SNAPSHOT, {"DBSnapshotIdentifier": "awsbackup:job-0d1e"}),
        (INSTANCE, {"SourceDbiResourceId": INSTANCE["SourceResourceId"], "UseLatestRestorableTime": True}),
        (INSTANCE | MOMENT, {"SourceDbiResourceId": INSTANCE["SourceResourceId"], **MOMENT}),
        (
            BACKUPS,
            {
                "SourceDBInstanceAutomatedBackupsArn": BACKUPS["AutomatedBackupsArn"],
                "UseLatestRestorableTime": True,
            },
        ),
        (BACKUPS | MOMENT, {"SourceDBInstanceAutomatedBackupsArn": BACKUPS["AutomatedBackupsArn"], **MOMENT}),
    ],
    ids=["a snapshot", "an instance, now", "an instance, then", "backups, now", "backups, then"],
)
def test_an_origin_is_stated_as_its_call_takes_it(values: Mapping[str, str], stated: dict[str, object]) -> None:
    restored = instance(values)
    assert {name: restored[name] for name in ORIGINS & set(restored)} == stated


@pytest.mark.parametrize("values", [SNAPSHOT, INSTANCE, BACKUPS], ids=["snapshot", "instance", "backups"])
def test_what_the_backup_brings_is_not_stated(values: Mapping[str, str]) -> None:
    brought = {
        "CharacterSetName",
        "DBName",
        "EngineVersion",
        "KmsKeyId",
        "MasterUserPassword",
        "MasterUsername",
        "SourceDBInstanceIdentifier",
        "SourceRegion",
        "StorageEncrypted",
        "Timezone",
    }
    assert not brought & set(instance(values))


def test_the_master_user_gets_a_new_password_that_rds_manages() -> None:
    restored = instance(SNAPSHOT)
    assert restored["ManageMasterUserPassword"] is True
    assert restored["MasterUserSecret"] == {"KmsKeyId": "<DatabaseKey.Arn>"}


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ({}, "RestoresFromOneOrigin"),
        (SNAPSHOT | INSTANCE, "RestoresFromOneOrigin"),
        (INSTANCE | BACKUPS, "RestoresFromOneOrigin"),
        (SNAPSHOT | MOMENT, "RestoreTimeIsOfNoSnapshot"),
    ],
    ids=["nothing", "two", "two others", "a snapshot of another moment"],
)
def test_anything_but_one_origin_is_refused_before_anything_is_made(values: Mapping[str, str], broken: str) -> None:
    given = parameter_values(built(STACK), {**parameter_file(STACK, "prod"), **NONE, **values}, file="a test")
    evaluation = Evaluation(built(STACK), given.values, Place(region="eu-west-1", stack_name="restored"), Unknown())
    assert broken in str(evaluation.broken_rules())


def test_it_is_made_in_the_group_of_the_instance_whose_place_it_is_to_take() -> None:
    r = rendered(STACK, SubnetGroupName="database-group")
    assert r.only("RDS::DBInstance")["DBSubnetGroupName"] == "database-group"
    assert r.outputs["DatabaseSubnetGroupName"]["Value"] == "database-group"
    assert not r.of_type("RDS::DBSubnetGroup")
    assert rendered(STACK).only("RDS::DBInstance")["DBSubnetGroupName"] == "<DatabaseSubnetGroup>"
