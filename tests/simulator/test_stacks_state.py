"""What rds-high-availability is, once deployed by the AWS CLI: read back from every service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator import Aws
from tests.simulator.products import launch, outputs, physical, publishers, statements

STACK = "rds-high-availability"
NAME = "product"
KEY = "arn:aws:kms:us-west-2:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000"
TAGS = {"CostCenter": "engineering", "Environment": "dev", "Project": "tap", "ManagedBy": "CloudFormation"}


@pytest.fixture(scope="module")
def product(simulated: Aws) -> Iterator[Aws]:
    simulated.reset()
    done = launch(
        simulated,
        STACK,
        NAME,
        options=("--tags", "Team=data"),
        NatGateways="1",
        VaultLock="governance",
        ReplicationRegion="us-west-2",
        ReplicationKmsKeyArn=KEY,
        ReplicationRetentionDays="14",
    )
    assert done.ok, done.log
    yield simulated


@pytest.fixture(scope="module")
def instance(product: Aws) -> dict[str, Any]:
    (found,) = product.client("rds").describe_db_instances()["DBInstances"]
    return dict(found)


def arn_of_key(aws: Aws, logical_id: str) -> str:
    return str(aws.client("kms").describe_key(KeyId=physical(aws, NAME, logical_id))["KeyMetadata"]["Arn"])


def hours(cron: str) -> set[int]:
    """The hours of a cron expression whose hours are a list of numbers and ranges."""
    found: set[int] = set()
    for part in cron.split()[1].split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def tags_of(tags: list[dict[str, str]]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags}


def test_only_what_moto_lacks_is_recorded(product: Aws) -> None:
    assert [name for name, each in product.resources(NAME).items() if not each.held] == ["BackupSelection"]


class TestDatabase:
    def test_it_has_a_standby_and_no_public_address(self, instance: dict[str, Any]) -> None:
        assert (instance["MultiAZ"], instance["PubliclyAccessible"]) == (True, False)

    def test_it_is_encrypted_with_its_own_key(self, product: Aws, instance: dict[str, Any]) -> None:
        assert instance["StorageEncrypted"] is True
        assert instance["KmsKeyId"] == arn_of_key(product, "DatabaseKey")

    def test_its_master_password_is_managed_and_under_its_key(self, product: Aws, instance: dict[str, Any]) -> None:
        secret = instance["MasterUserSecret"]
        assert secret["KmsKeyId"] == arn_of_key(product, "DatabaseKey")
        assert outputs(product, NAME)["MasterSecretArn"] == secret["SecretArn"]
        product.client("secretsmanager").describe_secret(SecretId=secret["SecretArn"])

    def test_it_is_protected_and_keeps_what_recovery_needs(self, product: Aws, instance: dict[str, Any]) -> None:
        assert instance["DeletionProtection"] is True
        assert instance["CopyTagsToSnapshot"] is True
        assert instance["BackupRetentionPeriod"] == 35
        assert product.resources(NAME)["Database"].properties["DeleteAutomatedBackups"] is False

    def test_its_windows_follow_the_quiet_hours(self, instance: dict[str, Any]) -> None:
        assert instance["PreferredBackupWindow"] == "03:00-03:30"
        assert instance["PreferredMaintenanceWindow"] == "sun:04:00-sun:04:30"

    def test_it_is_of_the_engine_and_class_asked_for(self, instance: dict[str, Any]) -> None:
        assert (instance["Engine"], instance["EngineVersion"]) == ("postgres", "17")
        assert instance["DBInstanceClass"] == "db.t4g.medium"
        assert instance["AutoMinorVersionUpgrade"] is True
        assert instance["EngineLifecycleSupport"] == "open-source-rds-extended-support-disabled"
        assert instance["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"

    def test_its_storage_grows_and_is_gp3_without_iops(self, instance: dict[str, Any]) -> None:
        assert (instance["StorageType"], instance["AllocatedStorage"], instance["MaxAllocatedStorage"]) == (
            "gp3",
            50,
            200,
        )
        assert "Iops" not in instance
        assert "StorageThroughput" not in instance

    def test_it_is_watched_from_within(self, product: Aws, instance: dict[str, Any]) -> None:
        assert instance["MonitoringInterval"] == 60
        assert instance["MonitoringRoleArn"].endswith(physical(product, NAME, "MonitoringRole"))
        assert sorted(instance["EnabledCloudwatchLogsExports"]) == ["postgresql", "upgrade"]
        assert instance["DatabaseInsightsMode"] == "standard"
        assert instance["PerformanceInsightsEnabled"] is True
        assert instance["PerformanceInsightsRetentionPeriod"] == 7
        assert instance["PerformanceInsightsKMSKeyId"] == arn_of_key(product, "DatabaseKey")

    def test_applications_connect_as_iam_roles(self, product: Aws, instance: dict[str, Any]) -> None:
        assert instance["IAMDatabaseAuthenticationEnabled"] is True
        policy = product.client("iam").get_policy_version(
            PolicyArn=outputs(product, NAME)["ConnectPolicyArn"], VersionId="v1"
        )["PolicyVersion"]["Document"]
        (statement,) = policy["Statement"]
        user = f"arn:aws:rds-db:us-east-1:123456789012:dbuser:{instance['DbiResourceId']}/application"
        assert statement["Action"] == ["rds-db:connect"]
        assert statement["Resource"] == [user]

    def test_its_backups_are_replicated_to_the_other_region(self, product: Aws, instance: dict[str, Any]) -> None:
        asked = product.recorded(NAME, "Database", "start_db_instance_automated_backups_replication")

        assert asked == {
            "SourceDBInstanceArn": instance["DBInstanceArn"],
            "KmsKeyId": KEY,
            "BackupRetentionPeriod": 14,
        }

    def test_its_parameters_keep_secrets_out_of_logs(self, product: Aws, instance: dict[str, Any]) -> None:
        (group,) = instance["DBParameterGroups"]
        pages = product.client("rds").get_paginator("describe_db_parameters")
        found = {
            each["ParameterName"]: each.get("ParameterValue")
            for page in pages.paginate(DBParameterGroupName=group["DBParameterGroupName"])
            for each in page["Parameters"]
        }
        assert (found["log_statement"], found["pgaudit.log"]) == ("none", "ddl,role")
        assert (found["rds.force_ssl"], found["track_activity_query_size"]) == ("1", "4096")
        assert found["shared_preload_libraries"] == "pg_stat_statements,pgaudit"

    def test_its_subnets_are_in_three_zones(self, instance: dict[str, Any]) -> None:
        zones = {each["SubnetAvailabilityZone"]["Name"] for each in instance["DBSubnetGroup"]["Subnets"]}
        assert len(zones) == 3

    def test_its_log_groups_were_there_before_it(self, product: Aws) -> None:
        """Made by the stack, so encrypted and limited; the one that RDS shares by the account is not the stack's."""
        found = {each["logGroupName"]: each for each in product.client("logs").describe_log_groups()["logGroups"]}
        for name in ("postgresql", "upgrade"):
            group = found[f"/aws/rds/instance/postgres-tap-dev/{name}"]
            assert group["kmsKeyId"] == arn_of_key(product, "LogsKey")
            assert group["retentionInDays"] == 30
        assert "RDSOSMetrics" in found
        assert "RDSOSMetrics" not in [each.physical_id for each in product.resources(NAME).values()]


class TestNetwork:
    def test_database_subnets_have_no_way_out(self, product: Aws) -> None:
        ec2 = product.client("ec2")
        for number in (1, 2, 3):
            subnet = physical(product, NAME, f"DatabaseSubnet{number}")
            (table,) = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])[
                "RouteTables"
            ]
            destinations = {
                each.get("DestinationCidrBlock") for each in table["Routes"] if "DestinationCidrBlock" in each
            }
            assert destinations == {"10.0.0.0/16"}

    def test_their_acl_admits_the_database_port_only(self, product: Aws) -> None:
        acl = product.client("ec2").describe_network_acls(
            NetworkAclIds=[physical(product, NAME, "DatabaseNetworkAcl")]
        )["NetworkAcls"][0]
        mine = {physical(product, NAME, f"DatabaseSubnet{number}") for number in (1, 2, 3)}
        assert {each["SubnetId"] for each in acl["Associations"]} == mine
        (inward,) = [each for each in acl["Entries"] if not each["Egress"] and each["RuleAction"] == "allow"]
        assert (inward["CidrBlock"], inward["PortRange"]) == ("10.0.0.0/16", {"From": 5432, "To": 5432})

    def test_private_subnets_leave_through_the_one_gateway_asked_for(self, product: Aws) -> None:
        ec2 = product.client("ec2")
        (gateway,) = ec2.describe_nat_gateways()["NatGateways"]
        for number in (1, 2, 3):
            table = ec2.describe_route_tables(RouteTableIds=[physical(product, NAME, f"PrivateRouteTable{number}")])
            routes = {each.get("NatGatewayId") for each in table["RouteTables"][0]["Routes"]}
            assert gateway["NatGatewayId"] in routes

    def test_only_clients_and_the_private_tier_reach_the_database(self, product: Aws) -> None:
        found = outputs(product, NAME)
        (group,) = product.client("ec2").describe_security_groups(GroupIds=[found["DatabaseSecurityGroupId"]])[
            "SecurityGroups"
        ]
        groups, ranges = set(), set()
        for each in group["IpPermissions"]:
            assert (each["IpProtocol"], each["FromPort"], each["ToPort"]) == ("tcp", 5432, 5432)
            groups |= {pair["GroupId"] for pair in each["UserIdGroupPairs"]}
            ranges |= {block["CidrIp"] for block in each["IpRanges"]}
        private = product.client("ec2").describe_subnets(
            SubnetIds=[physical(product, NAME, f"PrivateSubnet{number}") for number in (1, 2, 3)]
        )["Subnets"]
        assert groups == {found["ClientSecurityGroupId"]}
        assert ranges == {each["CidrBlock"] for each in private}

    def test_nothing_leaves_the_database(self, product: Aws) -> None:
        group = product.client("ec2").describe_security_groups(
            GroupIds=[outputs(product, NAME)["DatabaseSecurityGroupId"]]
        )["SecurityGroups"][0]
        (rule,) = group["IpPermissionsEgress"]
        assert [each["CidrIp"] for each in rule["IpRanges"]] == ["255.255.255.255/32"]

    def test_traffic_is_logged_into_an_encrypted_group(self, product: Aws) -> None:
        (flow_log,) = product.client("ec2").describe_flow_logs()["FlowLogs"]
        assert flow_log["ResourceId"] == physical(product, NAME, "Vpc")
        assert flow_log["TrafficType"] == "ALL"
        (group,) = product.client("logs").describe_log_groups(logGroupNamePrefix=flow_log["LogGroupName"])["logGroups"]
        assert group["kmsKeyId"] == arn_of_key(product, "LogsKey")

    def test_s3_is_reached_without_the_internet(self, product: Aws) -> None:
        (endpoint,) = product.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
        assert endpoint["VpcEndpointType"] == "Gateway"
        assert endpoint["ServiceName"] == "com.amazonaws.us-east-1.s3"
        assert len(endpoint["RouteTableIds"]) >= 3


class TestArchive:
    def test_it_is_versioned_encrypted_and_closed(self, product: Aws) -> None:
        s3, bucket = product.client("s3"), outputs(product, NAME)["BackupBucketName"]
        assert bucket == "rds-backups-tap-dev-123456789012-us-east-1"
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["BucketKeyEnabled"] is True
        assert rule["ApplyServerSideEncryptionByDefault"] == {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": arn_of_key(product, "ArchiveKey"),
        }
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
        (owner,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        assert owner["ObjectOwnership"] == "BucketOwnerEnforced"

    def test_it_moves_to_colder_storage_and_ends(self, product: Aws) -> None:
        bucket = outputs(product, NAME)["BackupBucketName"]
        (rule,) = product.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        moves = [(each["Days"], each["StorageClass"]) for each in rule["Transitions"]]
        assert moves == [(30, "STANDARD_IA"), (90, "GLACIER"), (365, "DEEP_ARCHIVE")]
        assert rule["Expiration"]["Days"] == 2555
        assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] > 0
        assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] > 0

    def test_it_takes_tls_only(self, product: Aws) -> None:
        for bucket in ("BackupBucket", "ArchiveLogBucket"):
            policy = product.client("s3").get_bucket_policy(Bucket=physical(product, NAME, bucket))["Policy"]
            denied = [each for each in statements(policy) if each["Effect"] == "Deny"]
            assert {"Bool": {"aws:SecureTransport": "false"}} in [each["Condition"] for each in denied]

    def test_its_access_is_logged_into_a_bucket_that_s3_can_write_to(self, product: Aws) -> None:
        s3 = product.client("s3")
        logging = s3.get_bucket_logging(Bucket=outputs(product, NAME)["BackupBucketName"])["LoggingEnabled"]
        log_bucket = physical(product, NAME, "ArchiveLogBucket")
        assert logging["TargetBucket"] == log_bucket
        (rule,) = s3.get_bucket_encryption(Bucket=log_bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert publishers(s3.get_bucket_policy(Bucket=log_bucket)["Policy"]) == {"logging.s3.amazonaws.com"}


class TestKeys:
    @pytest.mark.parametrize("name", ["Alerts", "Archive", "Database", "Logs"])
    def test_each_rotates_and_stays_with_its_account(self, product: Aws, name: str) -> None:
        kms, key = product.client("kms"), physical(product, NAME, f"{name}Key")
        assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
        policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        root = [each for each in statements(policy) if each["Action"] == ["kms:*"]]
        assert [each["Principal"] for each in root] == [{"AWS": "123456789012"}]
        aliases = kms.list_aliases(KeyId=key)["Aliases"]
        assert [each["AliasName"] for each in aliases] == [physical(product, NAME, f"{name}KeyAlias")]

    def test_the_database_key_admits_no_service_by_itself(self, product: Aws) -> None:
        policy = product.client("kms").get_key_policy(
            KeyId=physical(product, NAME, "DatabaseKey"), PolicyName="default"
        )
        assert publishers(policy["Policy"]) == set()

    def test_whoever_publishes_alerts_can_use_their_key(self, product: Aws) -> None:
        kms, sns = product.client("kms"), product.client("sns")
        topic = sns.get_topic_attributes(TopicArn=outputs(product, NAME)["NotificationTopicArn"])["Attributes"]
        key = kms.get_key_policy(KeyId=physical(product, NAME, "AlertsKey"), PolicyName="default")["Policy"]
        wanted = {
            "cloudwatch.amazonaws.com",
            "events.rds.amazonaws.com",
            "events.amazonaws.com",
            "backup.amazonaws.com",
        }
        assert publishers(topic["Policy"]) == publishers(key) == wanted
        assert topic["KmsMasterKeyId"] in (arn_of_key(product, "AlertsKey"), physical(product, NAME, "AlertsKey"))


class TestAlerts:
    def test_every_alarm_tells_the_topic_of_trouble_and_of_its_end(self, product: Aws) -> None:
        alarms = product.client("cloudwatch").describe_alarms()["MetricAlarms"]
        topic = [outputs(product, NAME)["NotificationTopicArn"]]
        assert len(alarms) >= 13
        assert all(each["AlarmActions"] == topic for each in alarms)
        assert all(each["OKActions"] == topic for each in alarms)
        assert all(each["AlarmDescription"] for each in alarms)

    def test_alarms_on_rds_watch_this_instance(self, product: Aws) -> None:
        for alarm in product.client("cloudwatch").describe_alarms()["MetricAlarms"]:
            stats = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
            for metric in [alarm, *stats]:
                if metric.get("Namespace") == "AWS/RDS":
                    assert metric["Dimensions"] == [{"Name": "DBInstanceIdentifier", "Value": "postgres-tap-dev"}]

    def test_rds_events_reach_the_topic(self, product: Aws) -> None:
        found = product.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
        by_type = {each["SourceType"]: each for each in found}
        assert set(by_type) == {"db-instance", "db-parameter-group", "db-security-group"}
        assert {each["SnsTopicArn"] for each in found} == {outputs(product, NAME)["NotificationTopicArn"]}
        assert {each["Enabled"] for each in found} == {True}
        assert by_type["db-instance"]["SourceIdsList"] == ["postgres-tap-dev"]
        assert {"maintenance", "configuration change", "failure"} <= set(by_type["db-instance"]["EventCategoriesList"])

    def test_rules_reach_the_topic(self, product: Aws) -> None:
        events = product.client("events")
        for rule in events.list_rules()["Rules"]:
            targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            assert [each["Arn"] for each in targets] == [outputs(product, NAME)["NotificationTopicArn"]]

    def test_the_administrator_is_subscribed(self, product: Aws) -> None:
        (found,) = product.client("sns").list_subscriptions()["Subscriptions"]
        assert (found["Protocol"], found["Endpoint"]) == ("email", "database-dev@example.com")


class TestBackup:
    def test_the_vault_is_locked(self, product: Aws) -> None:
        vault = product.client("backup").describe_backup_vault(BackupVaultName=physical(product, NAME, "BackupVault"))
        assert vault["Locked"] is True
        assert vault["MinRetentionDays"] == 7
        assert "LockDate" not in vault
        assert vault["EncryptionKeyArn"].startswith("arn:aws:kms:")

    def test_the_plan_stays_out_of_the_quiet_hours(self, product: Aws) -> None:
        plan = product.client("backup").get_backup_plan(BackupPlanId=physical(product, NAME, "BackupPlan"))[
            "BackupPlan"
        ]
        rules = {each["RuleName"]: each for each in plan["Rules"]}
        frequent, daily = rules["FrequentBackups"], rules["DailyBackups"]
        assert hours(frequent["ScheduleExpression"]).isdisjoint({2, 3, 4})
        assert (frequent["Lifecycle"]["DeleteAfterDays"], daily["Lifecycle"]["DeleteAfterDays"]) == (7, 35)
        assert {each["StartWindowMinutes"] for each in plan["Rules"]} == {60}
        assert {each["TargetBackupVaultName"] for each in plan["Rules"]} == {physical(product, NAME, "BackupVault")}

    def test_the_plan_names_this_instance(self, product: Aws, instance: dict[str, Any]) -> None:
        selection = product.recorded(NAME, "BackupSelection")
        assert selection["BackupPlanId"] == physical(product, NAME, "BackupPlan")
        assert selection["BackupSelection"]["Resources"] == [instance["DBInstanceArn"]]
        assert selection["BackupSelection"]["IamRoleArn"].endswith(physical(product, NAME, "BackupRole"))


class TestTags:
    def test_what_costs_money_carries_the_common_tags_and_the_stacks(
        self, product: Aws, instance: dict[str, Any]
    ) -> None:
        bucket = outputs(product, NAME)["BackupBucketName"]
        key = product.client("kms").list_resource_tags(KeyId=physical(product, NAME, "DatabaseKey"))["Tags"]
        vault = product.client("backup").list_tags(ResourceArn=outputs(product, NAME)["BackupVaultArn"])["Tags"]
        found = [
            tags_of(instance["TagList"]),
            tags_of(product.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]),
            tags_of(product.client("ec2").describe_vpcs(VpcIds=[physical(product, NAME, "Vpc")])["Vpcs"][0]["Tags"]),
            {each["TagKey"]: each["TagValue"] for each in key},
            vault,
        ]
        for tags in found:
            assert TAGS.items() <= tags.items()
            assert tags["Team"] == "data"

    def test_what_has_no_tags_of_its_own_takes_the_stacks(self, product: Aws) -> None:
        (alarm, *_) = product.client("cloudwatch").describe_alarms()["MetricAlarms"]
        tags = product.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        assert tags_of(tags)["Team"] == "data"


def test_outputs_are_exported_under_the_suffix(product: Aws) -> None:
    exported = {each["Name"]: each["Value"] for each in product.client("cloudformation").list_exports()["Exports"]}
    assert exported["RdsEndpoint-dev"] == outputs(product, NAME)["RdsEndpoint"]
    assert {"RdsEndpoint-dev", "RdsPort-dev", "BackupBucketName-dev", "NotificationTopicArn-dev"} <= exported.keys()
