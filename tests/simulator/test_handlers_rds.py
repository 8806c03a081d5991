"""The database instance and what it stands on: what users of RDS count on, and what RDS refuses."""

from __future__ import annotations

from json import dumps, loads
from typing import Any

import pytest

from simulator import Aws, moto_mends
from tests.simulator.stacks import (
    TAKEN,
    create,
    delete,
    group,
    groups,
    outputs,
    physical_id,
    take,
    template,
    update,
    why,
)

MONITOR = "arn:aws:iam::123456789012:role/monitor"
INSTANCE: dict[str, Any] = {
    "AllocatedStorage": "50",
    "DBInstanceClass": "db.r6g.large",
    "DBInstanceIdentifier": "mine",
    "DBParameterGroupName": {"Ref": "Parameters"},
    "DBSubnetGroupName": {"Ref": "Subnets"},
    "Engine": "postgres",
    "EngineVersion": "17",
    "ManageMasterUserPassword": True,
    "MasterUsername": "dbadmin",
    "Port": "5433",
    "StorageType": "gp3",
    "VPCSecurityGroups": [{"Ref": "Group"}],
}
KEEP = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}


def subnet(number: int, zone: str) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::Subnet",
        "Properties": {
            "VpcId": {"Ref": "Vpc"},
            "CidrBlock": f"10.0.{number}.0/24",
            "AvailabilityZone": f"us-east-1{zone}",
        },
    }


def parameter_group(family: str = "postgres17", **parameters: str) -> dict[str, Any]:
    return {
        "Type": "AWS::RDS::DBParameterGroup",
        "Properties": {"Family": family, "Description": "d", "Parameters": parameters},
    }


def database(policies: dict[str, str] = KEEP, resources: dict[str, Any] | None = None, **changed: Any) -> str:
    """A template of an instance in a network of its own; a property that is None is left out."""
    properties = {key: value for key, value in {**INSTANCE, **changed}.items() if value is not None}
    return template(
        {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "A": subnet(1, "a"),
            "B": subnet(2, "b"),
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "d", "VpcId": {"Ref": "Vpc"}},
            },
            "Subnets": {
                "Type": "AWS::RDS::DBSubnetGroup",
                "Properties": {"DBSubnetGroupDescription": "d", "SubnetIds": [{"Ref": "A"}, {"Ref": "B"}]},
            },
            "Parameters": parameter_group(),
            "Database": {"Type": "AWS::RDS::DBInstance", "Properties": properties, **policies},
            **(resources or {}),
        },
        Outputs={
            name: {"Value": {"Fn::GetAtt": ["Database", attribute]}}
            for name, attribute in {
                "Address": "Endpoint.Address",
                "Port": "Endpoint.Port",
                "ResourceId": "DbiResourceId",
                "Arn": "DBInstanceArn",
            }.items()
        },
    )


def instance(aws: Aws) -> dict[str, Any]:
    (found,) = aws.client("rds").describe_db_instances()["DBInstances"]
    return dict(found)


def refused(aws: Aws, **changed: Any) -> str:
    """Why an instance with these properties is not made."""
    assert create(aws, database(**changed)) == "ROLLBACK_COMPLETE"
    return why(aws, "Database")


def test_an_instance_tells_how_to_reach_it(aws: Aws) -> None:
    assert create(aws, database()) == "CREATE_COMPLETE", why(aws, "Database")

    found, told = instance(aws), outputs(aws)
    assert told["Address"] == found["Endpoint"]["Address"]
    assert told["Port"] == "5433"
    assert told["ResourceId"] == found["DbiResourceId"]
    assert told["Arn"] == found["DBInstanceArn"]
    assert physical_id(aws, "Database") == "mine"


def test_every_instance_has_a_resource_id_of_its_own(aws: Aws) -> None:
    create(aws, database())
    first = outputs(aws)["ResourceId"]
    delete(aws)

    create(aws, database())

    assert outputs(aws)["ResourceId"] != first


def test_the_managed_secret_can_be_referred_to(aws: Aws) -> None:
    secret = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"DisplayName": {"Fn::GetAtt": ["Database", "MasterUserSecret.SecretArn"]}},
    }
    create(aws, database(resources={"Show": secret}))

    arn = instance(aws)["MasterUserSecret"]["SecretArn"]
    shown = aws.client("sns").get_topic_attributes(TopicArn=physical_id(aws, "Show"))["Attributes"]["DisplayName"]
    assert shown == arn
    assert loads(aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])["password"]


SETTINGS: dict[str, tuple[Any, Any, str, Any]] = {
    "AutoMinorVersionUpgrade": (True, False, "AutoMinorVersionUpgrade", False),
    "BackupRetentionPeriod": (35, "30", "BackupRetentionPeriod", 30),
    "CACertificateIdentifier": ("rds-ca-rsa2048-g1", "rds-ca-ecc384-g1", "CACertificateIdentifier", "rds-ca-ecc384-g1"),
    "CopyTagsToSnapshot": (True, False, "CopyTagsToSnapshot", False),
    "DatabaseInsightsMode": ("standard", "advanced", "DatabaseInsightsMode", "advanced"),
    "DBInstanceClass": ("db.r6g.large", "db.r6g.xlarge", "DBInstanceClass", "db.r6g.xlarge"),
    "DedicatedLogVolume": (False, True, "DedicatedLogVolume", True),
    "EnableIAMDatabaseAuthentication": (True, False, "IAMDatabaseAuthenticationEnabled", False),
    "EnablePerformanceInsights": (False, True, "PerformanceInsightsEnabled", True),
    "MaxAllocatedStorage": (200, 300, "MaxAllocatedStorage", 300),
    "MultiAZ": (False, True, "MultiAZ", True),
    "PerformanceInsightsRetentionPeriod": (7, "465", "PerformanceInsightsRetentionPeriod", 465),
    "PreferredBackupWindow": ("03:00-03:30", "05:00-05:30", "PreferredBackupWindow", "05:00-05:30"),
}


def test_settings_change_in_place(aws: Aws) -> None:
    create(aws, database(**{name: before for name, (before, *_) in SETTINGS.items()}))
    first = instance(aws)["DbiResourceId"]

    body = database(**{name: after for name, (_, after, *_) in SETTINGS.items()}, Port="5434")
    assert update(aws, body) == "UPDATE_COMPLETE", why(aws, "Database")

    found = instance(aws)
    assert {name: found[name] for *_, name, _ in SETTINGS.values()} == {
        name: now for *_, name, now in SETTINGS.values()
    }
    assert (found["Endpoint"]["Port"], outputs(aws)["Port"]) == (5434, "5434")
    assert found["DbiResourceId"] == first


def test_log_exports_are_turned_on_and_off(aws: Aws) -> None:
    create(aws, database(EnableCloudwatchLogsExports=["postgresql"]))

    update(aws, database(EnableCloudwatchLogsExports=["upgrade"]))

    assert instance(aws)["EnabledCloudwatchLogsExports"] == ["upgrade"]


def test_rds_makes_the_log_groups_that_are_not_there(aws: Aws) -> None:
    """One that the stack makes afterwards is in the way; made before, it is used."""
    name = "/aws/rds/instance/mine/postgresql"
    late = {**group(name), "DependsOn": "Database"}
    exported: dict[str, Any] = {"EnableCloudwatchLogsExports": ["postgresql"]}
    assert create(aws, database(resources={"Logs": late}, **exported)) == "ROLLBACK_COMPLETE"
    assert "already exists" in why(aws, "Logs")
    delete(aws)
    assert groups(aws) == [name]  # RDS leaves it behind
    aws.client("logs").delete_log_group(logGroupName=name)

    body = database(resources={"Logs": group(name)}, **exported)
    early = loads(body)
    early["Resources"]["Database"]["DependsOn"] = "Logs"
    assert create(aws, dumps(early)) == "CREATE_COMPLETE"


def test_deletion_protection_refuses_a_deletion(aws: Aws) -> None:
    create(aws, database(DeletionProtection=True))

    assert delete(aws) == "DELETE_FAILED"
    assert "Cannot delete protected DB Instance" in why(aws, "Database")
    assert aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"] == []


@pytest.mark.parametrize(("policy", "snapshots"), [({}, 1), ({"DeletionPolicy": "Snapshot"}, 1), (KEEP, 0)])
def test_a_final_snapshot_is_made_unless_the_policy_is_to_delete(
    aws: Aws, policy: dict[str, str], snapshots: int
) -> None:
    create(aws, database(policies=policy))

    assert delete(aws) == "DELETE_COMPLETE"

    found = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert len(found) == snapshots
    assert aws.client("rds").describe_db_instances()["DBInstances"] == []


def test_automated_backups_outlive_the_instance_if_asked_to(aws: Aws) -> None:
    for keeps in (True, False):
        create(aws, database(DeleteAutomatedBackups=not keeps))
        before = len(aws.client("rds").describe_db_snapshots(SnapshotType="automated")["DBSnapshots"])
        delete(aws)
        after = len(aws.client("rds").describe_db_snapshots(SnapshotType="automated")["DBSnapshots"])
        assert (after == before) is keeps


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"Iops": 3000}, "You can't specify Iops for engine postgres and a storage size less than 400"),
        ({"StorageThroughput": 125}, "You can't specify StorageThroughput"),
        ({"MasterUserPassword": "x" * 8}, "You can't specify MasterUserPassword when ManageMasterUserPassword is on"),
        ({"EngineVersion": "18"}, "Use a parameter group with DBParameterGroupFamily postgres18"),
        ({"MonitoringInterval": 60}, "A MonitoringRoleARN value is required"),
        ({"MaxAllocatedStorage": 40}, "Max storage size must be greater than storage size"),
        ({"DBParameterGroupName": "nobody"}, "DB Parameter Group nobody not found"),
        ({"Nope": 1}, "unsupported property Nope"),
    ],
)
def test_what_rds_refuses_fails_the_instance(aws: Aws, changed: dict[str, Any], message: str) -> None:
    assert message in refused(aws, **changed)


def test_a_security_group_of_another_vpc_is_refused(aws: Aws) -> None:
    elsewhere = {
        "Vpc2": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "Group2": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "d", "VpcId": {"Ref": "Vpc2"}},
        },
    }

    message = refused(aws, resources=elsewhere, VPCSecurityGroups=[{"Ref": "Group2"}])

    assert "are in different VPCs" in message


def test_an_identifier_that_is_taken_is_refused(aws: Aws) -> None:
    create(aws, database())

    assert create(aws, database(), "second") == "ROLLBACK_COMPLETE"
    assert "DB instance already exists" in why(aws, "Database", "second")
    assert instance(aws)["DBInstanceStatus"] == "available"


def test_subnets_must_be_in_two_zones(aws: Aws) -> None:
    assert create(aws, database().replace("us-east-1b", "us-east-1a")) == "ROLLBACK_COMPLETE"

    assert "doesn't meet Availability Zone (AZ) coverage requirement" in why(aws, "Subnets")


def test_a_major_upgrade_must_be_allowed_and_needs_its_parameters(aws: Aws) -> None:
    """An unnamed parameter group is replaced first, and the old one deleted once the instance has left it."""
    newer = {"Parameters": parameter_group("postgres18")}
    create(aws, database())
    old = physical_id(aws, "Parameters")

    assert update(aws, database(resources=newer, EngineVersion="18")) == "UPDATE_ROLLBACK_COMPLETE"
    assert "AllowMajorVersionUpgrade flag must be present" in why(aws, "Database")
    assert update(aws, database(EngineVersion="18", AllowMajorVersionUpgrade=True)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "DBParameterGroupFamily postgres17 can't be used" in why(aws, "Database")

    body = database(resources=newer, EngineVersion="18", AllowMajorVersionUpgrade=True)
    assert update(aws, body) == "UPDATE_COMPLETE"

    assert instance(aws)["EngineVersion"] == "18"
    names = [
        each["DBParameterGroupName"] for each in aws.client("rds").describe_db_parameter_groups()["DBParameterGroups"]
    ]
    assert old not in names


def test_a_downgrade_is_refused(aws: Aws) -> None:
    create(aws, database(EngineVersion="17.6"))

    update(aws, database(EngineVersion="17.4"))
    assert "Cannot upgrade postgres from 17.6 to 17.4" in why(aws, "Database")


@pytest.mark.parametrize("changed", [{"DBName": "other"}, {"StorageEncrypted": True}, {"MasterUsername": "else"}])
def test_a_named_instance_is_never_replaced(aws: Aws, changed: dict[str, Any]) -> None:
    create(aws, database())
    before = instance(aws)["DbiResourceId"]

    assert update(aws, database(**changed)) == "UPDATE_ROLLBACK_COMPLETE"

    assert "custom-named resource requires replacing. Rename mine" in why(aws, "Database")
    assert instance(aws)["DbiResourceId"] == before


def test_an_unnamed_instance_is_replaced_and_its_policy_says_what_stays(aws: Aws) -> None:
    snapshot = {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
    create(aws, database(snapshot, DBInstanceIdentifier=None))
    before = outputs(aws)

    assert update(aws, database(snapshot, DBInstanceIdentifier=None, DBName="other")) == "UPDATE_COMPLETE"

    assert outputs(aws)["Address"] != before["Address"]
    (found,) = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert found["DBInstanceIdentifier"] == before["Address"].split(".")[0]


def test_a_rolled_back_update_gives_the_instance_its_settings_back(aws: Aws) -> None:
    take(aws)
    create(aws, database(BackupRetentionPeriod=35, MultiAZ=False))

    fails = {"Taken": {**TAKEN, "DependsOn": "Database"}}
    update(aws, database(resources=fails, BackupRetentionPeriod=7, MultiAZ=True))

    assert (instance(aws)["BackupRetentionPeriod"], instance(aws)["MultiAZ"]) == (35, False)


def test_an_instance_is_restored_from_a_snapshot(aws: Aws) -> None:
    create(aws, database({"DeletionPolicy": "Snapshot"}))
    delete(aws)
    (snapshot,) = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]

    body = database(
        DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"],
        DBInstanceIdentifier="restored",
        MasterUsername=None,
        ManageMasterUserPassword=None,
        BackupRetentionPeriod=20,
    )
    assert create(aws, body, "again") == "CREATE_COMPLETE", why(aws, "Database", "again")

    assert instance(aws)["DBInstanceIdentifier"] == "restored"
    assert instance(aws)["BackupRetentionPeriod"] == 20


def test_backups_are_replicated_to_another_region_and_no_more(aws: Aws) -> None:
    replicated: dict[str, Any] = {
        "AutomaticBackupReplicationRegion": "us-west-2",
        "AutomaticBackupReplicationRetentionPeriod": "14",
    }
    create(aws, database(**replicated))
    asked = aws.recorded("stack", "Database", "start_db_instance_automated_backups_replication")
    assert asked == {"SourceDBInstanceArn": instance(aws)["DBInstanceArn"], "BackupRetentionPeriod": 14}

    update(aws, database())

    assert aws.recorded("stack", "Database")["SourceDBInstanceArn"] == instance(aws)["DBInstanceArn"]
    assert aws.resources("stack")["Database"].requests[-1].operation.startswith("stop_")


def test_parameters_are_set_changed_and_reset(aws: Aws) -> None:
    many = {f"custom.p{number}": "1" for number in range(25)}  # more than one call takes

    def values() -> dict[str, str]:
        pages = aws.client("rds").get_paginator("describe_db_parameters")
        found = pages.paginate(DBParameterGroupName=physical_id(aws, "P"))
        return {each["ParameterName"]: each["ParameterValue"] for page in found for each in page["Parameters"]}

    create(aws, template({"P": parameter_group(**many, log_statement="all")}))
    assert values() == {**many, "log_statement": "all"}

    update(aws, template({"P": parameter_group(log_statement="none")}))
    assert values() == {"log_statement": "none"}


def test_groups_in_use_resist_their_deletion(aws: Aws) -> None:
    create(aws, database({"DeletionPolicy": "Retain"}))

    assert delete(aws) == "DELETE_FAILED"

    assert "still using" in why(aws, "Parameters")
    assert "still using it" in why(aws, "Subnets")


def test_event_subscriptions_change_in_place(aws: Aws) -> None:
    def body(categories: list[str], **more: Any) -> str:
        properties = {
            "SnsTopicArn": {"Ref": "Topic"},
            "SourceType": "db-instance",
            "EventCategories": categories,
            **more,
        }
        return template(
            {
                "Topic": {"Type": "AWS::SNS::Topic"},
                "Events": {"Type": "AWS::RDS::EventSubscription", "Properties": properties},
            }
        )

    create(aws, body(["failover"], SourceIds=["a"]))
    name = physical_id(aws, "Events")

    assert update(aws, body(["failure"], SourceIds=["b"], Enabled=False)) == "UPDATE_COMPLETE"

    (found,) = aws.client("rds").describe_event_subscriptions(SubscriptionName=name)["EventSubscriptionsList"]
    assert (found["EventCategoriesList"], found["SourceIdsList"], found["Enabled"]) == (["failure"], ["b"], False)
    asked = aws.recorded("stack", "Events", "modify_event_subscription")
    assert (asked["EventCategories"], asked["Enabled"]) == (["failure"], False)
    assert delete(aws) == "DELETE_COMPLETE"


def test_a_secret_of_the_stacks_own_is_told_where_its_database_is(aws: Aws) -> None:
    secret = {
        "Type": "AWS::SecretsManager::Secret",
        "Properties": {
            "GenerateSecretString": {"SecretStringTemplate": '{"username": "u"}', "GenerateStringKey": "password"}
        },
    }
    attachment = {
        "Type": "AWS::SecretsManager::SecretTargetAttachment",
        "Properties": {
            "SecretId": {"Ref": "Secret"},
            "TargetId": {"Ref": "Database"},
            "TargetType": "AWS::RDS::DBInstance",
        },
    }
    own: dict[str, Any] = {
        "ManageMasterUserPassword": None,
        "MasterUserPassword": {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"},
    }

    assert create(aws, database(resources={"Secret": secret, "Attachment": attachment}, **own)) == "CREATE_COMPLETE"

    value = loads(aws.client("secretsmanager").get_secret_value(SecretId=physical_id(aws, "Secret"))["SecretString"])
    assert (value["username"], value["engine"], value["port"]) == ("u", "postgres", 5433)
    assert value["host"] == instance(aws)["Endpoint"]["Address"]


SOURCED: dict[str, Any] = {"MasterUsername": None, "ManageMasterUserPassword": None, "EngineVersion": None}


def sourced(name: str, **changed: Any) -> str:
    """A template of an instance that comes from another."""
    return database(**{**SOURCED, "DBInstanceIdentifier": name, **changed})


def test_a_replica_has_parameters_of_its_own_and_is_promoted_when_its_source_is_taken_out(aws: Aws) -> None:
    create(aws, database(BackupRetentionPeriod=7))
    follows = sourced("follower", SourceDBInstanceIdentifier="mine")
    assert create(aws, follows, "replica") == "CREATE_COMPLETE", why(aws, "Database", "replica")

    assert update(aws, sourced("follower"), "replica") == "UPDATE_COMPLETE", why(aws, "Database", "replica")

    found = {each["DBInstanceIdentifier"]: each for each in aws.client("rds").describe_db_instances()["DBInstances"]}
    assert "ReadReplicaSourceDBInstanceIdentifier" not in found["follower"]
    assert found["mine"]["ReadReplicaDBInstanceIdentifiers"] == []
    assert update(aws, follows, "replica") == "UPDATE_ROLLBACK_COMPLETE"
    assert "Resource is immutable" in why(aws, "Database", "replica")


def test_what_was_promoted_by_hand_cannot_be_promoted_by_its_stack(aws: Aws) -> None:
    create(aws, database(BackupRetentionPeriod=7))
    create(aws, sourced("follower", SourceDBInstanceIdentifier="mine"), "replica")
    aws.client("rds").promote_read_replica(DBInstanceIdentifier="follower")
    moto_mends.end_replication(aws.region, "follower")

    assert update(aws, sourced("follower"), "replica") == "UPDATE_ROLLBACK_COMPLETE"

    assert "not a read replica" in why(aws, "Database", "replica")


def test_a_moment_is_restored_by_resource_id_or_automated_backups(aws: Aws) -> None:
    create(aws, database(BackupRetentionPeriod=7))
    resource_id = outputs(aws)["ResourceId"]
    backups = f"arn:aws:rds:us-east-1:123456789012:auto-backup:ab-{resource_id.removeprefix('db-').lower()}"
    for name, origin in (
        ("first", {"SourceDbiResourceId": resource_id, "UseLatestRestorableTime": True}),
        ("second", {"SourceDBInstanceAutomatedBackupsArn": backups, "RestoreTime": "2026-11-01T12:00:00Z"}),
    ):
        assert create(aws, sourced(name, **origin), name) == "CREATE_COMPLETE", why(aws, "Database", name)
        assert outputs(aws, name)["ResourceId"] != resource_id


def test_a_moment_of_an_instance_that_is_not_there_is_refused(aws: Aws) -> None:
    body = sourced("restored", SourceDbiResourceId="db-NOBODY", UseLatestRestorableTime=True)

    assert create(aws, body) == "ROLLBACK_COMPLETE"

    assert "db-NOBODY not found" in why(aws, "Database")


def test_a_parameter_group_must_fit_the_version_that_a_source_brings(aws: Aws) -> None:
    create(aws, database(BackupRetentionPeriod=7))
    body = sourced("follower", SourceDBInstanceIdentifier="mine")
    other = loads(body)
    other["Resources"]["Parameters"] = parameter_group("postgres16")

    assert create(aws, dumps(other), "replica") == "ROLLBACK_COMPLETE"

    assert "Use a parameter group with DBParameterGroupFamily postgres17" in why(aws, "Database", "replica")


def proxied(targets: list[str], **changed: Any) -> str:
    """A template of an instance with a proxy that leads to these targets."""
    proxy = {
        "DBProxyName": "pool",
        "EngineFamily": "POSTGRESQL",
        "DefaultAuthScheme": "IAM_AUTH",
        "RoleArn": MONITOR,
        "VpcSubnetIds": [{"Ref": "A"}, {"Ref": "B"}],
        **changed,
    }
    group = {"DBProxyName": {"Ref": "Proxy"}, "TargetGroupName": "default", "DBInstanceIdentifiers": targets}
    return database(
        resources={
            "Proxy": {
                "Type": "AWS::RDS::DBProxy",
                "Properties": {key: value for key, value in proxy.items() if value is not None},
            },
            "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": group, "DependsOn": "Database"},
        }
    )


def led_to(aws: Aws) -> list[str]:
    return [
        each["RdsResourceId"] for each in aws.client("rds").describe_db_proxy_targets(DBProxyName="pool")["Targets"]
    ]


def test_a_proxys_targets_follow_their_group(aws: Aws) -> None:
    assert create(aws, proxied(["mine"])) == "CREATE_COMPLETE", why(aws, "Targets")
    assert led_to(aws) == ["mine"]

    secret = {"AuthScheme": "SECRETS", "SecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:a"}
    assert update(aws, proxied([], Auth=[secret], RequireTLS=True)) == "UPDATE_COMPLETE", why(aws, "Proxy")
    assert aws.client("rds").describe_db_proxies()["DBProxies"][0]["RequireTLS"] is True

    assert led_to(aws) == []


def test_a_target_that_is_not_there_is_refused(aws: Aws) -> None:
    assert create(aws, proxied(["nobody"])) == "ROLLBACK_COMPLETE"

    assert "nobody not found" in why(aws, "Targets")


def test_a_proxy_without_any_authentication_is_refused(aws: Aws) -> None:
    assert create(aws, proxied(["mine"], DefaultAuthScheme=None)) == "ROLLBACK_COMPLETE"

    assert "specify Auth" in why(aws, "Proxy")
