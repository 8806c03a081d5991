"""The second Region or account: who may copy into its vault, and who hears when copies fail or do not come."""

from __future__ import annotations

from typing import Any

import pytest

from tests.templates.rendering import PROTECTED, rendered

STACK = "rds-dr-region"
HOUR = 3600


@pytest.mark.parametrize(("given", "admitted"), [("", "123456789012"), ("210987654321", "210987654321")])
def test_one_account_may_copy_into_the_vault_and_do_nothing_else(given: str, admitted: str) -> None:
    policy = rendered(STACK, SourceAccountId=given).only("Backup::BackupVault")["AccessPolicy"]
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": admitted}
    assert statement["Action"] == ["backup:CopyIntoBackupVault"]


def test_copies_are_under_a_key_of_the_stack_and_locked_as_at_the_source() -> None:
    vault = rendered(STACK).only("Backup::BackupVault")
    assert vault["EncryptionKeyArn"] == "<DatabaseKey.Arn>"
    assert vault["LockConfiguration"] == {"MinRetentionDays": 7}


@pytest.mark.parametrize("stack", PROTECTED)
def test_its_vault_is_one_that_a_database_can_name(stack: str) -> None:
    name = rendered(STACK).only("Backup::BackupVault")["BackupVaultName"]
    arn = f"arn:aws:backup:eu-central-1:210987654321:backup-vault:{name}"
    (_, daily) = rendered(stack, CopyVaultArn=arn).only("Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    assert daily["CopyActions"][0]["DestinationBackupVaultArn"] == arn


def alarm(name: str) -> dict[str, Any]:
    found: dict[str, Any] = rendered(STACK).resources[name]["Properties"]
    assert found["Dimensions"] == [{"Name": "BackupVaultName", "Value": "<BackupVault>"}]
    assert found["AlarmActions"] == found["OKActions"] == ["<NotificationTopic>"]
    return found


def test_a_day_without_a_copy_is_told() -> None:
    """AWS Backup publishes no zeros, and CloudWatch looks back a week at most."""
    absent = alarm("CopyAbsent")
    assert (absent["MetricName"], absent["TreatMissingData"]) == ("NumberOfCopyJobsCompleted", "breaching")
    assert 24 * HOUR < absent["Period"] * absent["EvaluationPeriods"] <= 7 * 24 * HOUR


def test_a_copy_that_fails_is_told_by_its_metric_and_in_words() -> None:
    failing = alarm("CopiesFail")
    assert (failing["MetricName"], failing["TreatMissingData"]) == ("NumberOfCopyJobsFailed", "notBreaching")
    assert failing["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    pattern = rendered(STACK).resources["CopyJobFailed"]["Properties"]["EventPattern"]
    assert pattern["detail-type"] == ["Copy Job State Change"]
    assert pattern["detail"] == {
        "destinationBackupVaultArn": ["<BackupVault.BackupVaultArn>"],
        "state": ["FAILED"],
    }
