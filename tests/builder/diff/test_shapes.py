"""What it would do to deploy one of the project's own templates over a stack of another."""

from __future__ import annotations

from builder.diff.model import Diff, Fate, ResourceChange, Verdict
from tests.builder.diff.comparing import change, compared
from tests.templates.rendering import built, parameter_file

INSTANCE = "rds-high-availability-existing-vpc"


def over(old: str, new: str) -> Diff:
    return compared(built(old), built(new), given=parameter_file(old, "prod"), changed=parameter_file(new, "prod"))


def changed(diff: Diff, logical_id: str) -> dict[str, tuple[object, object]]:
    return {each.path: (each.old, each.new) for each in change(diff, logical_id).properties}


def lost(diff: Diff) -> tuple[ResourceChange, ...]:
    return tuple(each for each in diff.resources if each.loses)


def test_a_managed_secret_becomes_the_stacks_own_in_place() -> None:
    """And back: whoever wants replicas later changes the template, not the database."""
    for old, new in ((INSTANCE, "rds-high-availability-own-secret"), ("rds-high-availability-own-secret", INSTANCE)):
        diff = over(old, new)
        assert not diff.of(Verdict.REPLACE, Verdict.MAY_REPLACE, Verdict.WILL_FAIL)
        assert not lost(diff)
        assert {"ManageMasterUserPassword", "MasterUserPassword"} <= set(changed(diff, "Database"))
        assert [each.where for each in diff.exports] == ["MasterSecretArn"], (
            "importers of the old secret stand in its way"
        )


def test_an_instance_turned_into_a_replica_fails_before_it_loses_its_databases() -> None:
    """What is kept: everything that holds data. What goes: the exports, the backups' plan, the alarms on them."""
    diff = over("rds-high-availability-own-secret", "rds-read-replica")
    assert change(diff, "Database").verdict is Verdict.WILL_FAIL
    assert {"DBInstanceIdentifier", "SourceDBInstanceIdentifier"} <= set(changed(diff, "Database"))
    assert not lost(diff)
    assert {each.logical_id for each in diff.of(Verdict.ORPHAN)} == {
        *("ArchiveKey", "ArchiveLogBucket", "BackupBucket", "BackupVault", "MasterSecret")
    }
    assert {"BackupPlan", "BackupSelection"} <= {each.logical_id for each in diff.of(Verdict.REMOVE)}
    assert {"MasterSecretArn", "RdsEndpoint", "RdsPort"} <= {each.where for each in diff.exports}


def test_an_instance_turned_into_a_restored_one_is_replaced_after_a_snapshot() -> None:
    diff = over(INSTANCE, "rds-restore")
    database = change(diff, "Database")
    assert database.verdict is Verdict.REPLACE
    assert database.fate is Fate.SNAPSHOTTED
    assert not lost(diff)


def test_a_promotion_changes_the_replica_in_place() -> None:
    given = parameter_file("rds-read-replica", "prod")
    template = built("rds-read-replica")
    diff = compared(template, template, given=given, changed={**given, "Promoted": "true"})
    assert change(diff, "Database").verdict is Verdict.UPDATE
    assert set(changed(diff, "Database")) == {"SourceDBInstanceIdentifier"}
    assert {each.logical_id for each in diff.of(Verdict.REMOVE)} == {"ReplicaLagsBehind", "ReplicationStopped"}


def test_another_source_would_replace_a_replica() -> None:
    given = parameter_file("rds-read-replica", "prod")
    template = built("rds-read-replica")
    other = given["SourceDatabaseArn"].replace("tap-prod", "tap-other")
    diff = compared(template, template, given=given, changed={**given, "SourceDatabaseArn": other})
    assert change(diff, "Database").verdict in (Verdict.REPLACE, Verdict.WILL_FAIL)
    assert not lost(diff)
