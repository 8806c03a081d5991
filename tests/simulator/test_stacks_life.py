"""The lives of the stacks that hold a database: deployed by the AWS CLI, changed, defended, deleted, made again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.products import STACKS, built, launch, outputs, physical
from tests.simulator.stacks import events, reason, status, why

PROTECTED = "rds-high-availability"
NAME = "product"
STATEFUL = ("Update:Replace", "Update:Delete")

# Parameters of the parent for a VPC that exists; stand-ins take the place of these IDs.
EXISTING: dict[str, Any] = {
    "VpcId": "vpc-0d123456789abcde1",
    "DatabaseSubnet1": "subnet-0d123456789abcd10",
    "DatabaseSubnet2": "subnet-0d123456789abcd20",
    "ClientCidrs": "10.0.16.0/20",
}


def instance(aws: Aws) -> dict[str, Any]:
    (found,) = aws.client("rds").describe_db_instances()["DBInstances"]
    return dict(found)


def delete(aws: Aws, name: str = NAME) -> str:
    """DeleteStack; the status that it ends in."""
    stack_id = aws.stack(name).id
    aws.client("cloudformation").delete_stack(StackName=name)
    return status(aws, stack_id)


def unprotect(aws: Aws) -> None:
    identifier = instance(aws)["DBInstanceIdentifier"]
    aws.client("rds").modify_db_instance(DBInstanceIdentifier=identifier, DeletionProtection=False)


def fill(aws: Aws, vault: str) -> None:
    """Put a recovery point into a vault, as a backup job would."""
    from simulator import recovery_points

    recovery_points.add(aws.region, vault, "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1")


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_is_made_and_made_once(aws: Aws, stack: str) -> None:
    done = launch(aws, stack)
    again = launch(aws, stack, options=("--no-fail-on-empty-changeset",))

    assert done.ok, done.log
    assert again.ok, again.log
    assert aws.stack(NAME).status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert outputs(aws, NAME)["RdsEndpoint"] == instance(aws)["Endpoint"]["Address"]
    assert not [each for each in aws.stack(NAME).events if each.status.endswith("_FAILED")]


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_is_made_for_production(aws: Aws, stack: str) -> None:
    done = launch(aws, stack, env="prod")

    assert done.ok, done.log
    assert instance(aws)["DBInstanceIdentifier"] == "postgres-tap-prod"


def test_another_partition_takes_the_stack(aws: Aws) -> None:
    """ARNs are of that partition, zones of that Region."""
    elsewhere = replace(aws, region="us-gov-west-1")

    done = launch(elsewhere, PROTECTED)

    assert done.ok, done.log
    assert outputs(elsewhere, NAME)["NotificationTopicArn"].startswith("arn:aws-us-gov:sns:us-gov-west-1:")


@pytest.fixture(scope="class")
def standing(simulated: Aws) -> Aws:
    simulated.reset()
    done = launch(simulated, PROTECTED)
    assert done.ok, done.log
    return simulated


class TestDefences:
    """One protected stack, attacked in several ways; each leaves it as it was."""

    def test_a_replacing_change_fails_instead_of_losing_the_database(self, standing: Aws) -> None:
        before = instance(standing)["DbiResourceId"]

        done = launch(standing, PROTECTED, DatabaseName="other")

        assert not done.ok
        assert "custom-named resource requires replacing" in why(standing, "Database", NAME)
        assert status(standing, NAME) == "UPDATE_ROLLBACK_COMPLETE"
        assert instance(standing)["DbiResourceId"] == before

    def test_a_stack_policy_keeps_the_network_from_being_replaced(self, standing: Aws) -> None:
        everything = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
        no_loss = {"Effect": "Deny", "Action": list(STATEFUL), "Principal": "*", "Resource": "*"}
        policy = json.dumps({"Statement": [everything, no_loss]})
        standing.client("cloudformation").set_stack_policy(StackName=NAME, StackPolicyBody=policy)

        done = launch(standing, PROTECTED, VpcCidr="10.1.0.0/16")

        assert not done.ok
        assert "denies [Update:Replace]" in why(standing, "Vpc", NAME)

    def test_termination_protection_refuses_a_deletion(self, standing: Aws) -> None:
        protect = standing.client("cloudformation").update_termination_protection
        protect(StackName=NAME, EnableTerminationProtection=True)

        done = standing.cli(["cloudformation", "delete-stack", "--stack-name", NAME])

        assert done.returncode != 0
        assert "cannot be deleted while TerminationProtection is enabled" in done.stderr
        assert instance(standing)["DBInstanceStatus"] == "available"
        protect(StackName=NAME, EnableTerminationProtection=False)

    def test_parameters_that_break_a_constraint_are_refused(self, standing: Aws) -> None:
        done = launch(standing, PROTECTED, VaultLock="forever")

        assert not done.ok
        assert "Parameter VaultLock failed to satisfy constraint" in done.log


def test_an_update_changes_the_instance_in_place(aws: Aws) -> None:
    launch(aws, PROTECTED)
    before = instance(aws)

    done = launch(aws, PROTECTED, QuietHours="utc-11", InstanceClass="db.r8g.xlarge", LogRetentionDays="90")

    after = instance(aws)
    assert done.ok, done.log
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert after["DBInstanceClass"] == "db.r8g.xlarge"
    assert after["PreferredBackupWindow"] == "11:00-11:30"
    retention = {
        each["retentionInDays"]
        for each in aws.client("logs").describe_log_groups()["logGroups"]
        if "retentionInDays" in each
    }
    assert retention == {90}


def test_a_major_upgrade_brings_its_own_parameter_group(aws: Aws) -> None:
    launch(aws, PROTECTED)
    before = physical(aws, NAME, "DatabaseParameterGroup")

    refused = launch(aws, PROTECTED, EngineVersion="18")
    assert not refused.ok
    assert "AllowMajorVersionUpgrade flag must be present" in why(aws, "Database", NAME)
    assert status(aws, NAME) == "UPDATE_ROLLBACK_COMPLETE"

    done = launch(aws, PROTECTED, EngineVersion="18", AllowMajorVersionUpgrade="true", ApplyImmediately="true")

    assert done.ok, done.log
    group = physical(aws, NAME, "DatabaseParameterGroup")
    assert group != before
    assert instance(aws)["EngineVersion"] == "18"
    assert [each["DBParameterGroupName"] for each in instance(aws)["DBParameterGroups"]] == [group]


def test_deletion_protection_stops_a_deletion_before_anything_is_lost(aws: Aws) -> None:
    launch(aws, PROTECTED)

    assert delete(aws) == "DELETE_FAILED"

    assert "Cannot delete protected DB Instance" in why(aws, "Database", NAME)
    assert "Database" in reason(aws, NAME)
    assert instance(aws)["DBInstanceStatus"] == "available"
    assert physical(aws, NAME, "DatabaseSubnetGroup")


def test_what_a_protected_stack_leaves_when_it_is_deleted(aws: Aws) -> None:
    launch(aws, PROTECTED)
    held = {name: each.physical_id for name, each in aws.resources(NAME).items()}
    unprotect(aws)
    stack_id = aws.stack(NAME).id

    assert delete(aws) == "DELETE_COMPLETE"

    (snapshot,) = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"].startswith(f"{NAME}-snapshot-database-")
    skipped = {name for name, each in events(aws, stack_id) if each == "DELETE_SKIPPED"}
    assert skipped == {
        *("AlertsKey", "ArchiveKey", "DatabaseKey", "LogsKey", "BackupBucket", "ArchiveLogBucket"),
        *("BackupVault", "FlowLogGroup", "PostgresqlLogGroup", "UpgradeLogGroup"),
    }
    aws.client("s3").head_bucket(Bucket=held["BackupBucket"])
    assert aws.client("kms").describe_key(KeyId=held["DatabaseKey"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_stack_is_made_again_over_what_was_retained_by_importing_it(aws: Aws) -> None:
    """Otherwise the retained names are in the way of the new stack."""
    launch(aws, PROTECTED)
    parameters = dict(aws.stack(NAME).stable.given) if aws.stack(NAME).stable else {}  # type: ignore[union-attr]
    unprotect(aws)
    kept = {name: each for name, each in aws.resources(NAME).items() if each.deletion_policy == "RetainExceptOnCreate"}
    delete(aws)
    assert not launch(aws, PROTECTED, "collides").ok
    taken = [each for each in aws.stack("collides").events if each.status == "CREATE_FAILED"]
    assert "already exists" in taken[0].reason

    template = built(PROTECTED)
    part = {
        "Parameters": template["Parameters"],
        "Mappings": template["Mappings"],
        "Conditions": template["Conditions"],
        "Resources": {name: _alone(template["Resources"][name]) for name in kept},
    }
    identifiers = {
        "AWS::KMS::Key": "KeyId",
        "AWS::S3::Bucket": "BucketName",
        "AWS::Logs::LogGroup": "LogGroupName",
        "AWS::Backup::BackupVault": "BackupVaultName",
    }
    aws.client("s3").put_object(Bucket="simulator-artifacts", Key="part", Body=json.dumps(part))
    cloudformation = aws.client("cloudformation")
    made = cloudformation.create_change_set(
        StackName="again",
        ChangeSetName="adopt",
        ChangeSetType="IMPORT",
        TemplateURL=f"{aws.endpoint}/simulator-artifacts/part",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        ResourcesToImport=[
            {
                "ResourceType": each.type,
                "LogicalResourceId": name,
                "ResourceIdentifier": {identifiers[each.type]: each.physical_id},
            }
            for name, each in kept.items()
        ],
    )
    cloudformation.execute_change_set(ChangeSetName=made["Id"])
    assert status(aws, "again") == "IMPORT_COMPLETE", reason(aws, "again")

    done = launch(aws, PROTECTED, "again")

    assert done.ok, done.log
    assert physical(aws, "again", "DatabaseKey") == kept["DatabaseKey"].physical_id
    assert instance(aws)["KmsKeyId"].endswith(kept["DatabaseKey"].physical_id)


def _alone(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource without what needs others that are not imported: S3 logs only into a bucket whose policy admits it."""
    properties = {name: value for name, value in resource["Properties"].items() if name != "LoggingConfiguration"}
    return {**{key: value for key, value in resource.items() if key != "DependsOn"}, "Properties": properties}


def test_a_failed_first_creation_is_mended_and_repeated(aws: Aws) -> None:
    """Without rollback: what was made stays, and nothing half-made is stuck behind the instance's protection."""
    aws.client("s3").create_bucket(Bucket="rds-backups-tap-dev-123456789012-us-east-1")

    failed = launch(aws, PROTECTED, options=("--disable-rollback",))

    assert not failed.ok
    assert status(aws, NAME) == "CREATE_FAILED"
    assert "already exists" in why(aws, "BackupBucket", NAME)
    before = physical(aws, NAME, "DatabaseKey")
    aws.client("s3").delete_bucket(Bucket="rds-backups-tap-dev-123456789012-us-east-1")

    repeated = launch(aws, PROTECTED, options=("--disable-rollback",))

    assert repeated.ok, repeated.log
    assert status(aws, NAME) == "UPDATE_COMPLETE"
    assert physical(aws, NAME, "DatabaseKey") == before
    assert instance(aws)["DBInstanceStatus"] == "available"


def test_a_disposable_stack_leaves_nothing_and_is_made_again(aws: Aws) -> None:
    disposable = "rds-high-availability-disposable"
    launch(aws, disposable)
    bucket = outputs(aws, NAME)["BackupBucketName"]
    s3 = aws.client("s3")
    for body in (b"one", b"two"):  # two versions
        s3.put_object(Bucket=bucket, Key="export/part", Body=body)
    s3.delete_object(Bucket=bucket, Key="export/part")
    s3.create_multipart_upload(Bucket=bucket, Key="export/unfinished")

    assert delete(aws) == "DELETE_COMPLETE"

    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["simulator-artifacts"]
    assert aws.client("rds").describe_db_instances()["DBInstances"] == []
    assert aws.client("rds").describe_db_snapshots()["DBSnapshots"] == []
    keys = [aws.client("kms").describe_key(KeyId=each["KeyId"]) for each in aws.client("kms").list_keys()["Keys"]]
    customers = [each["KeyMetadata"] for each in keys if each["KeyMetadata"]["KeyManager"] == "CUSTOMER"]
    assert {each["KeyState"] for each in customers} == {"PendingDeletion"}
    again = launch(aws, disposable)
    assert again.ok, again.log


def test_a_disposable_stack_empties_the_vault_that_it_was_asked_for(aws: Aws) -> None:
    launch(aws, "rds-high-availability-disposable", AwsBackup="true")
    vault = physical(aws, NAME, "BackupVault")
    fill(aws, vault)

    assert delete(aws) == "DELETE_COMPLETE"

    assert aws.client("backup").list_backup_vaults()["BackupVaultList"] == []


def test_a_vault_that_holds_recovery_points_resists_its_deletion(aws: Aws) -> None:
    backup = aws.client("backup")
    backup.create_backup_vault(BackupVaultName="vault")
    fill(aws, "vault")

    with pytest.raises(ClientError, match="contains 1 recovery points"):
        backup.delete_backup_vault(BackupVaultName="vault")


def test_the_parent_takes_an_existing_vpc(aws: Aws) -> None:
    done = launch(aws, "tap-stack", **EXISTING)

    assert done.ok, done.log
    assert list(aws.resources(NAME)) == ["DatabaseInExistingVpc", "DatabaseOperations", "DatabaseAlertPath"]


def test_the_parent_refuses_subnets_without_their_vpc(aws: Aws) -> None:
    done = launch(aws, "tap-stack", DatabaseSubnet1="subnet-0d123456789abcd10")

    assert not done.ok
    assert "VpcId must be given with DatabaseSubnet1" in done.log


def test_the_parent_never_deletes_the_database(aws: Aws) -> None:
    """Neither when VpcId changes later, nor when the parent itself goes: both children are retained."""
    launch(aws, "tap-stack")
    assert list(aws.resources(NAME)) == ["DatabaseInOwnVpc", "DatabaseOperations", "DatabaseAlertPath"]
    first = physical(aws, NAME, "DatabaseInOwnVpc")
    before = instance(aws)["DbiResourceId"]

    launch(aws, "tap-stack", **EXISTING)

    assert instance(aws)["DbiResourceId"] == before
    assert status(aws, first) in ("CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE")
    assert delete(aws) == "DELETE_COMPLETE"
    assert instance(aws)["DbiResourceId"] == before
