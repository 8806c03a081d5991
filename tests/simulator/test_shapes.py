"""The stacks beside the core, once deployed: alone, beside it, changed, deleted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from simulator import Aws
from tests.simulator.products import launch, outputs, physical

CORE = "rds-high-availability-existing-vpc"
DR = "rds-dr-region"
OWN_SECRET = "rds-high-availability-own-secret"
PROXY = "rds-proxy"
REPLICA = "rds-read-replica"
RESTORE = "rds-restore"


def function(aws: Aws) -> str:
    """The ARN of a function that could rotate."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made = aws.client("lambda").create_function(
        FunctionName="rotation", Runtime="python3.13", Handler="index.handler", Role=role, Code={"ZipFile": b""}
    )
    return str(made["FunctionArn"])


def instance(aws: Aws, identifier: str) -> dict[str, Any]:
    (found,) = aws.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return dict(found)


class TestOwnSecret:
    def test_its_secret_tells_where_the_database_is_and_is_rotated_by_a_function_given_later(self, aws: Aws) -> None:
        assert launch(aws, OWN_SECRET).ok
        secrets, arn = aws.client("secretsmanager"), outputs(aws, "product")["MasterSecretArn"]
        value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
        assert value["username"] == "dbadmin"
        assert len(value["password"]) == 40
        assert value["host"] == outputs(aws, "product")["RdsEndpoint"]
        assert "MasterUserSecret" not in instance(aws, "postgres-tap-dev")

        rotation = function(aws)
        done = launch(aws, OWN_SECRET, RotationFunctionArn=rotation)

        assert done.ok, done.log
        found = secrets.describe_secret(SecretId=arn)
        assert (found["RotationLambdaARN"], found["RotationRules"]["AutomaticallyAfterDays"]) == (rotation, 7)
        assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"]) == value

    def test_deleted_it_leaves_a_final_snapshot_and_the_secret_that_opens_it(self, aws: Aws) -> None:
        assert launch(aws, OWN_SECRET).ok
        secrets, arn = aws.client("secretsmanager"), outputs(aws, "product")["MasterSecretArn"]
        before = secrets.get_secret_value(SecretId=arn)["SecretString"]
        assert delete(aws, "product") == "DELETE_FAILED", "protected"
        unprotect(aws, "postgres-tap-dev")

        assert delete(aws, "product") == "DELETE_COMPLETE"

        (snapshot,) = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        assert snapshot["DBInstanceIdentifier"] == "postgres-tap-dev"
        assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"] in before

    def test_a_function_that_is_not_there_is_refused(self, aws: Aws) -> None:
        arn = "arn:aws:lambda:us-east-1:123456789012:function:nobody"

        done = launch(aws, OWN_SECRET, RotationFunctionArn=arn)

        assert not done.ok


def network_of(aws: Aws, name: str) -> dict[str, str]:
    """The parameters that say where a stack's database lives."""
    source = aws.stack(name).source
    assert source is not None
    return {key: value for key, value in source.given.items() if value.startswith(("vpc-", "subnet-"))}


def delete(aws: Aws, name: str) -> str:
    """DeleteStack; the status that it ends in."""
    stack_id = aws.stack(name).id
    aws.client("cloudformation").delete_stack(StackName=name)
    return str(aws.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"])


def unprotect(aws: Aws, identifier: str) -> None:
    aws.client("rds").modify_db_instance(DBInstanceIdentifier=identifier, DeletionProtection=False)


@pytest.fixture(scope="class")
def beside(simulated: Aws) -> Aws:
    simulated.reset()
    assert launch(simulated, OWN_SECRET, "source").ok
    done = launch(simulated, REPLICA, "replica")
    assert done.ok, done.log
    return simulated


class TestReplica:
    """Beside its source in one Region, under the same suffix; then on its own."""

    SOURCE, NAME = "postgres-tap-dev", "postgres-tap-dev-replica"

    def test_it_follows_its_source_under_names_of_its_own(self, beside: Aws) -> None:
        source, replica = instance(beside, self.SOURCE), instance(beside, self.NAME)
        assert replica["ReadReplicaSourceDBInstanceIdentifier"] == self.SOURCE
        assert replica["DbiResourceId"] != source["DbiResourceId"]
        assert replica["KmsKeyId"] == source["KmsKeyId"]
        group = physical(beside, "replica", "DatabaseParameterGroup")
        assert [each["DBParameterGroupName"] for each in replica["DBParameterGroups"]] == [group]
        assert outputs(beside, "replica")["NotificationTopicArn"].endswith(":rds-alerts-tap-dev-replica")

    def test_it_can_be_changed(self, beside: Aws) -> None:
        done = launch(beside, REPLICA, "replica", LogRetentionDays="90", ReplicaLagObjective="900")

        assert done.ok, done.log
        (alarm,) = [each for each in alarms(beside) if "ReplicaLagsBehind" in each["AlarmName"]]
        assert alarm["Threshold"] == 900

    def test_promotion_makes_it_a_database_of_its_own_for_ever(self, beside: Aws) -> None:
        before = instance(beside, self.NAME)["DbiResourceId"]

        done = launch(beside, REPLICA, "replica", Promoted="true")

        assert done.ok, done.log
        promoted = instance(beside, self.NAME)
        assert not promoted.get("ReadReplicaSourceDBInstanceIdentifier")
        assert promoted["DbiResourceId"] == before
        assert not [each for each in alarms(beside) if "Replica" in each["AlarmName"] and "Lags" in each["AlarmName"]]
        assert not launch(beside, REPLICA, "replica", Promoted="false").ok
        assert instance(beside, self.NAME)["DbiResourceId"] == before

    def test_deleted_after_its_promotion_it_leaves_a_final_snapshot(self, beside: Aws) -> None:
        # Promoted here, too: tests of a class may be shared out among processes.
        done = launch(beside, REPLICA, "replica", options=("--no-fail-on-empty-changeset",), Promoted="true")
        assert done.ok, done.log
        unprotect(beside, self.NAME)

        assert delete(beside, "replica") == "DELETE_COMPLETE"

        (snapshot,) = beside.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        assert snapshot["DBInstanceIdentifier"] == self.NAME


def alarms(aws: Aws) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return found


def test_a_replica_in_another_region_is_under_a_key_of_that_region_and_leaves_no_snapshot(aws: Aws) -> None:
    elsewhere = replace(aws, region="us-west-2")

    done = launch(elsewhere, REPLICA, "replica", env="prod")

    assert done.ok, done.log
    replica = instance(elsewhere, "postgres-tap-prod-replica")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"].endswith("postgres-tap-prod")
    assert replica["KmsKeyId"] == outputs(elsewhere, "replica")["DatabaseKeyArn"]
    unprotect(elsewhere, "postgres-tap-prod-replica")
    assert delete(elsewhere, "replica") == "DELETE_COMPLETE"
    assert not elsewhere.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]


def test_a_replica_in_another_region_is_promoted_in_place(aws: Aws) -> None:
    """Its Region and key stay stated: a change of either would replace it."""
    elsewhere = replace(aws, region="us-west-2")
    assert launch(elsewhere, REPLICA, "replica", env="prod").ok
    before = instance(elsewhere, "postgres-tap-prod-replica")

    done = launch(elsewhere, REPLICA, "replica", env="prod", Promoted="true")

    assert done.ok, done.log
    promoted = instance(elsewhere, "postgres-tap-prod-replica")
    assert promoted["DbiResourceId"] == before["DbiResourceId"]
    assert not promoted.get("ReadReplicaSourceDBInstanceIdentifier")


class TestRestore:
    def test_each_origin_is_restored(self, aws: Aws) -> None:
        """dev restores a snapshot, staging retained backups, prod a moment of an instance that is there."""
        for env in ("dev", "staging", "prod"):
            done = launch(aws, RESTORE, f"restored-{env}", env=env)

            assert done.ok, done.log
            restored = instance(aws, f"postgres-tap-{env}-restored")
            assert restored["MasterUserSecret"]["SecretArn"] == outputs(aws, f"restored-{env}")["MasterSecretArn"]

    def test_it_is_changed_in_place_and_leaves_a_final_snapshot(self, aws: Aws) -> None:
        assert launch(aws, RESTORE, "restored").ok
        name = "postgres-tap-dev-restored"
        before = instance(aws, name)["DbiResourceId"]

        done = launch(aws, RESTORE, "restored", QuietHours="utc-11", NotifyBy="composite")

        assert done.ok, done.log
        assert instance(aws, name)["DbiResourceId"] == before
        assert instance(aws, name)["PreferredBackupWindow"] == "11:00-11:30"
        assert not launch(aws, RESTORE, "restored", SnapshotIdentifier="another").ok, "another origin is another one"
        assert instance(aws, name)["DbiResourceId"] == before
        unprotect(aws, name)
        assert delete(aws, "restored") == "DELETE_COMPLETE"
        snapshots = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        assert name in {each["DBInstanceIdentifier"] for each in snapshots}

    def test_it_takes_the_place_of_the_main_stacks_instance_as_the_runbook_says(self, aws: Aws) -> None:
        """docs/runbooks/restore-and-move-over.md, step by step."""
        rds = aws.client("rds")
        launch(aws, CORE, "main")
        main, lost = outputs(aws, "main"), instance(aws, "postgres-tap-dev")
        network = network_of(aws, "main")
        changed = {"SnapshotIdentifier": "", "SourceResourceId": lost["DbiResourceId"], **network}
        done = launch(aws, RESTORE, "restored", SubnetGroupName=main["DatabaseSubnetGroupName"], **changed)
        assert done.ok, done.log

        def rename(old: str, new: str) -> None:
            rds.modify_db_instance(DBInstanceIdentifier=old, NewDBInstanceIdentifier=new, ApplyImmediately=True)

        rename("postgres-tap-dev", "postgres-tap-dev-lost")
        rename("postgres-tap-dev-restored", "postgres-tap-dev")
        role = aws.client("iam").get_role(RoleName=physical(aws, "main", "MonitoringRole"))["Role"]["Arn"]
        rds.modify_db_instance(
            DBInstanceIdentifier="postgres-tap-dev",
            DBParameterGroupName=main["DatabaseParameterGroupName"],
            VpcSecurityGroupIds=[main["DatabaseSecurityGroupId"]],
            MonitoringRoleArn=role,
            ApplyImmediately=True,
        )
        done = launch(aws, CORE, "main", QuietHours="utc-11")

        assert done.ok, done.log
        taken = instance(aws, "postgres-tap-dev")
        assert taken["PreferredBackupWindow"] == "11:00-11:30"
        assert taken["DbiResourceId"] == outputs(aws, "main")["DatabaseResourceId"] != lost["DbiResourceId"]
        assert delete(aws, "restored") == "DELETE_COMPLETE"
        assert instance(aws, "postgres-tap-dev")["DBInstanceStatus"] == "available"


class TestProxy:
    def test_it_stands_between_the_clients_and_the_database_of_the_core(self, aws: Aws) -> None:
        launch(aws, CORE, "main")
        main, network = outputs(aws, "main"), network_of(aws, "main")
        named = ("ClientSecurityGroupId", "DatabaseResourceId", "DatabaseSecurityGroupId", "NotificationTopicArn")
        given: dict[str, Any] = {**network, **{name: main[name] for name in named}}

        done = launch(aws, PROXY, "proxy", **given)

        assert done.ok, done.log
        rds, ec2 = aws.client("rds"), aws.client("ec2")
        (proxy,) = rds.describe_db_proxies()["DBProxies"]
        assert (proxy["RequireTLS"], proxy["Auth"]) == (True, [])
        assert outputs(aws, "proxy")["ProxyEndpoint"] == proxy["Endpoint"]
        (target,) = rds.describe_db_proxy_targets(DBProxyName="postgres-tap-dev-proxy")["Targets"]
        assert target["RdsResourceId"] == "postgres-tap-dev"
        groups = ec2.describe_security_groups(GroupIds=[main["DatabaseSecurityGroupId"]])["SecurityGroups"]
        admitted = [pair["GroupId"] for rule in groups[0]["IpPermissions"] for pair in rule["UserIdGroupPairs"]]
        assert set(admitted) == {main["ClientSecurityGroupId"], physical(aws, "proxy", "ProxySecurityGroup")}

        changed = launch(aws, PROXY, "proxy", MaxConnectionsPercent="50", IdleClientTimeout="60", **given)

        assert changed.ok, changed.log
        (proxy,) = rds.describe_db_proxies()["DBProxies"]
        assert proxy["IdleClientTimeout"] == 60
        (pool,) = rds.describe_db_proxy_target_groups(DBProxyName="postgres-tap-dev-proxy")["TargetGroups"]
        assert pool["ConnectionPoolConfig"]["MaxConnectionsPercent"] == 50
        assert delete(aws, "proxy") == "DELETE_COMPLETE"
        assert rds.describe_db_proxies()["DBProxies"] == []
        left = ec2.describe_security_groups(GroupIds=[main["DatabaseSecurityGroupId"]])["SecurityGroups"][0]
        admitted = [pair["GroupId"] for rule in left["IpPermissions"] for pair in rule["UserIdGroupPairs"]]
        assert admitted == [main["ClientSecurityGroupId"]], "the direct way is as it was"


class TestSecondRegion:
    def test_it_is_deployed_before_the_source_names_it_and_can_be_changed_and_deleted(self, aws: Aws) -> None:
        elsewhere = replace(aws, region="us-west-2")
        done = launch(elsewhere, DR, "copies")
        assert done.ok, done.log
        told = outputs(elsewhere, "copies")
        policy = json.loads(elsewhere.recorded("copies", "BackupVault", "put_backup_vault_access_policy")["Policy"])
        assert policy["Statement"][0]["Principal"] == {"AWS": "123456789012"}

        names = {"CopyVaultArn": told["BackupVaultArn"], "ReplicationRegion": "us-west-2"}
        done = launch(aws, CORE, "main", ReplicationKmsKeyArn=told["DatabaseKeyArn"], **names)  # type: ignore[arg-type]

        assert done.ok, done.log
        plan = aws.client("backup").get_backup_plan(BackupPlanId=physical(aws, "main", "BackupPlan"))["BackupPlan"]
        (copy,) = [action for rule in plan["Rules"] for action in rule.get("CopyActions", [])]
        assert copy["DestinationBackupVaultArn"] == told["BackupVaultArn"]
        asked = aws.recorded("main", "Database", "start_db_instance_automated_backups_replication")
        assert asked["KmsKeyId"] == told["DatabaseKeyArn"]
        changed = launch(elsewhere, DR, "copies", SourceAccountId="210987654321", VaultLock="none")
        assert changed.ok, changed.log
        assert delete(elsewhere, "copies") == "DELETE_COMPLETE"
        vaults = elsewhere.client("backup").list_backup_vaults()["BackupVaultList"]
        assert [each["BackupVaultName"] for each in vaults] == ["rds-backup-vault-tap-dev-dr"], "the copies stay"
