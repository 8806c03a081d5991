"""What holds for every stack that ships, in every environment and Region that it is meant for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from builder import layout, schemas
from templates.environment import LONGEST_PROJECT, LONGEST_SUFFIX
from tests.templates.rendering import (
    DATABASES,
    ENVIRONMENTS,
    EXISTING_VPC,
    OFFSPRING,
    PROTECTED,
    STACKS,
    Rendered,
    built,
    parameter_file,
    rendered,
)

EVERY_STACK = pytest.mark.parametrize("stack", STACKS)
EVERY_DATABASE = pytest.mark.parametrize("stack", DATABASES)
EVERY_INSTANCE = pytest.mark.parametrize("stack", (*DATABASES, *OFFSPRING))

# What holds data, or what data cannot be read without.
STATEFUL = {
    "AWS::Backup::BackupVault",
    "AWS::CloudFormation::Stack",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}

# A renamed logical ID is a new resource, and the old one is deleted, or kept and in the way: these stay as they are.
FROZEN = {
    "rds-high-availability": {
        "AlertsKey",
        "ArchiveKey",
        "ArchiveLogBucket",
        "BackupBucket",
        "BackupVault",
        "Database",
        "DatabaseKey",
        "FlowLogGroup",
        "LogsKey",
        "PostgresqlLogGroup",
        "UpgradeLogGroup",
    },
    "rds-archive": {"ExportLogsKey", "SnapshotExportLogGroup"},
    "rds-alert-path": {"AlertHeartbeatLogGroup", "AlertPathLogsKey"},
    "rds-read-replica": {
        "AlertsKey",
        "Database",
        "DatabaseKey",
        "LogsKey",
        "PostgresqlLogGroup",
        "UpgradeLogGroup",
    },
    "aurora-high-availability": {
        "AuroraAlertsKey",
        "AuroraKey",
        "AuroraLogsKey",
        "BackupVault",
        "DatabaseCluster",
        "Member1",
        "Member2",
        "Member3",
        "PostgresqlLogGroup",
    },
    "rds-cluster": {
        "BackupVault",
        "ClusterAlertsKey",
        "ClusterKey",
        "ClusterLogsKey",
        "DatabaseCluster",
        "PostgresqlLogGroup",
        "UpgradeLogGroup",
    },
    "rds-operations": {
        "AbsenceWatchLogGroup",
        "ExperimentLogGroup",
        "FailoverDrillLogGroup",
        "OperationsLogsKey",
        "RecoveryPointWatchLogGroup",
    },
    "rds-dr-region": {"AlertsKey", "BackupVault", "DatabaseKey"},
    "rds-proxy": {"LogsKey", "ProxyLogGroup"},
    "rds-restore-tests": {"RestoreTestLogGroup", "RestoreTestLogsKey"},
    "service-catalog": set(),
    "service-catalog-fleet": set(),
    "service-catalog-spoke": set(),
    "tap-stack": {
        "DatabaseAlertPath",
        "DatabaseArchive",
        "DatabaseInExistingVpc",
        "DatabaseInOwnVpc",
        "DatabaseOperations",
        "DatabaseRestoreTests",
    },
}
FROZEN["rds-restore"] = FROZEN["rds-read-replica"]
FROZEN["rds-high-availability-existing-vpc"] = FROZEN["rds-high-availability"] - {"FlowLogGroup"}
FROZEN["rds-high-availability-own-secret"] = FROZEN["rds-high-availability-existing-vpc"] | {"MasterSecret"}
FROZEN["rds-high-availability-disposable"] = FROZEN["rds-high-availability"] | {"EmptierLogGroup"}

# An edition for an existing VPC has no room for their tags below 51,200 bytes: the stack's own tags, which
# `make deploy` passes, reach them.
TAGGED_BY_THE_STACK = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Events::Rule",
    "AWS::RDS::EventSubscription",
}

# Actions that take no resource, and what they are needed for. (service authorization reference)
ONLY_ON_EVERYTHING = {
    "backup:DescribeRestoreJob": "judging a restore",
    "backup:PutRestoreValidationResult": "reporting a restore test",
    "cloudwatch:GetMetricData": "seeing when something last succeeded, and whether messages were delivered",
    "cloudwatch:PutMetricData": "publishing, held to one namespace by a condition",
    "logs:CreateLogDelivery": "delivering vended logs",
    "logs:DeleteLogDelivery": "delivering vended logs",
    "logs:DescribeLogGroups": "delivering vended logs",
    "logs:DescribeResourcePolicies": "delivering vended logs",
    "logs:GetLogDelivery": "delivering vended logs",
    "logs:ListLogDeliveries": "delivering vended logs",
    "logs:PutResourcePolicy": "delivering vended logs",
    "logs:UpdateLogDelivery": "delivering vended logs",
    "rds:DescribeDBInstances": "FIS, which lists instances to find its target",
    "rds:DescribeEvents": "measuring a drill",
    "rds:DescribeExportTasks": "finding the exports of a month",
}

# Roles whose actions stand as the service's guide has them, with wildcards.
AS_DOCUMENTED = {
    "SnapshotExportTaskRole": "RDS, whose user guide names the actions so; which of them it calls is not told"
}

# The services' own limits of the names that we choose, in characters.
LONGEST_NAMES = {
    "BackupPlanName": 50,
    "SelectionName": 50,
    "BackupVaultName": 50,
    "AliasName": 256,
    "FunctionName": 64,
    "LogGroupName": 512,
    "DBInstanceIdentifier": 63,
    ("AWS::S3::Bucket", "BucketName"): 63,
    "TopicName": 256,
}


@pytest.mark.parametrize(("stack", "environment"), [*product(STACKS, ENVIRONMENTS)])
def test_every_stack_renders_in_every_environment_and_region_that_it_is_meant_for(stack: str, environment: str) -> None:
    for region in STACKS[stack].regions:
        r = rendered(stack, environment, region)
        assert r.resources, region
        assert r.outputs or not built(stack).get("Outputs"), region


def test_a_template_that_makes_no_vpc_and_no_launch_roles_deploys_without_a_bucket() -> None:
    large = {stack for stack in STACKS if len(layout.text(built(stack)).encode()) > 51_200}
    with_vpc = {stack for stack in STACKS if "AWS::EC2::VPC" in {r["Type"] for r in built(stack)["Resources"].values()}}
    assert large == with_vpc | {"service-catalog", "service-catalog-spoke"}


@EVERY_STACK
def test_what_holds_data_states_what_happens_to_it(stack: str) -> None:
    for name, resource in built(stack)["Resources"].items():
        if resource["Type"] in STATEFUL:
            assert {"DeletionPolicy", "UpdateReplacePolicy"} <= set(resource), name


@pytest.mark.parametrize("stack", (*PROTECTED, *OFFSPRING, "rds-dr-region"))
def test_a_protected_edition_keeps_what_holds_data_whatever_its_parameters(stack: str) -> None:
    for name, resource in built(stack)["Resources"].items():
        if resource["Type"] in STATEFUL:
            policies = (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
            is_database = resource["Type"] == "AWS::RDS::DBInstance"
            assert policies == (("Snapshot", "Snapshot") if is_database else ("RetainExceptOnCreate", "Retain")), name
            assert "Condition" not in resource, f"{name}: a parameter could remove it"
    if stack == "rds-dr-region":
        return
    database = built(stack)["Resources"]["Database"]["Properties"]
    assert database["DeletionProtection"] is True
    assert database["DeleteAutomatedBackups"] is False
    if stack in PROTECTED:
        assert database["MultiAZ"] is True


def test_a_disposable_edition_keeps_nothing() -> None:
    resources = built("rds-high-availability-disposable")["Resources"]
    for name, resource in resources.items():
        assert resource.get("DeletionPolicy", "Delete") == "Delete", name
        assert resource.get("UpdateReplacePolicy", "Delete") == "Delete", name
    assert resources["Database"]["Properties"]["DeletionProtection"] is False


def test_nested_databases_outlive_a_change_of_mind_about_the_vpc() -> None:
    for name, resource in built("tap-stack")["Resources"].items():
        kept = "Retain" if name.startswith("DatabaseIn") else "Delete"
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (kept, kept), name


@EVERY_STACK
def test_stateful_logical_ids_are_frozen(stack: str) -> None:
    stateful = {name for name, each in built(stack)["Resources"].items() if each["Type"] in STATEFUL}
    assert stateful == FROZEN[stack]


@EVERY_INSTANCE
def test_data_is_encrypted_under_keys_of_our_own(stack: str) -> None:
    r = rendered(stack)
    keys = {f"<{name}.Arn>" for name in r.of_type("KMS::Key")}
    instance = r.only("RDS::DBInstance")
    if stack in DATABASES:  # the others are encrypted as what they come from
        assert instance["StorageEncrypted"] is True
        assert instance["KmsKeyId"] == "<DatabaseKey.Arn>"
    used = [instance[name] for name in ("KmsKeyId", "PerformanceInsightsKMSKeyId") if name in instance]
    secrets = [*r.of_type("SecretsManager::Secret").values(), instance.get("MasterUserSecret", {})]
    used += [each["KmsKeyId"] for each in secrets if each]
    used += [r.only("SNS::Topic")["KmsMasterKeyId"]]
    used += [each["KmsKeyId"] for each in r.of_type("Logs::LogGroup").values()]
    used += [each["EncryptionKeyArn"] for each in r.of_type("Backup::BackupVault").values()]
    for name, bucket in r.of_type("S3::Bucket").items():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        if name == "ArchiveLogBucket":  # access logs can only be delivered under S3's own keys
            assert default == {"SSEAlgorithm": "AES256"}
        else:
            assert default["SSEAlgorithm"] == "aws:kms"
            assert rule["BucketKeyEnabled"] is True
            used.append(default["KMSMasterKeyID"])
    assert set(used) == keys, "every key is used, and nothing is under another"


@EVERY_INSTANCE
def test_keys_rotate_and_are_ruled_by_the_account(stack: str) -> None:
    for key in rendered(stack).of_type("KMS::Key").values():
        assert key["EnableKeyRotation"] is True
        assert key.get("PendingWindowInDays", 30) == 30, "the default of the registry schema"
        account = key["KeyPolicy"]["Statement"][0]
        assert (account["Principal"], account["Action"]) == ({"AWS": "123456789012"}, ["kms:*"])


@EVERY_INSTANCE
def test_the_databases_key_admits_no_service_by_itself(stack: str) -> None:
    statements = rendered(stack).resources["DatabaseKey"]["Properties"]["KeyPolicy"]["Statement"]
    assert not [each for each in statements if "Service" in each["Principal"]]
    assert statements[1]["Condition"]["StringEquals"]["kms:ViaService"] == "rds.eu-west-1.amazonaws.com"


@EVERY_DATABASE
def test_buckets_are_closed(stack: str) -> None:
    r = rendered(stack)
    for name, bucket in r.of_type("S3::Bucket").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}], name
        (policy,) = [each for each in r.of_type("S3::BucketPolicy").values() if each["Bucket"] == f"<{name}>"]
        plain_http = policy["PolicyDocument"]["Statement"][0]
        assert (plain_http["Effect"], plain_http["Principal"]) == ("Deny", "*")
        assert plain_http["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@EVERY_DATABASE
def test_the_archive_grows_cheaper_and_ends_after_seven_years(stack: str) -> None:
    bucket = rendered(stack).resources["BackupBucket"]["Properties"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    moves = [(each["StorageClass"], each["TransitionInDays"]) for each in rule["Transitions"]]
    assert moves == [("STANDARD_IA", 30), ("GLACIER", 90), ("DEEP_ARCHIVE", 365)]
    assert rule["ExpirationInDays"] == 2555
    assert {"NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"} <= set(rule)
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["LoggingConfiguration"]["DestinationBucketName"] == "<ArchiveLogBucket>"


@pytest.mark.parametrize(("stack", "environment"), [*product(STACKS, ENVIRONMENTS)])
def test_everything_taggable_carries_the_common_tags(stack: str, environment: str) -> None:
    common = {"CostCenter": "engineering", "Environment": environment, "ManagedBy": "CloudFormation", "Project": "tap"}
    for name, resource in rendered(stack, environment).resources.items():
        schema = schemas.schema(resource["Type"], "us-east-1")
        if schema is None or not schema.tagging.taggable or resource["Type"] in TAGGED_BY_THE_STACK:
            continue
        tags = resource["Properties"].get("Tags") or next(
            value for key, value in resource["Properties"].items() if key.endswith("Tags")
        )
        flat = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
        assert common.items() <= flat.items(), name


def test_recovery_points_carry_the_common_tags_and_their_kind() -> None:
    rules = rendered("rds-high-availability").only("Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    assert [rule["RecoveryPointTags"]["BackupType"] for rule in rules] == ["Frequent", "Daily"]
    assert all(rule["RecoveryPointTags"]["Environment"] == "prod" for rule in rules)
    assert rendered("rds-high-availability").only("RDS::DBInstance")["CopyTagsToSnapshot"] is True


@EVERY_STACK
def test_nothing_is_allowed_on_everything_but_what_takes_no_resource(stack: str) -> None:
    """A key's or vault's policy's `*` is the key or vault itself; the account may do everything with its own keys."""
    for name, statement in _statements(rendered(stack)):
        # What launch roles allow is derived, and judged in tests/builder/permissions.
        if statement["Effect"] != "Allow" or re.search(r"LaunchPolicy\d+$", name):
            continue
        assert statement.get("Principal") != "*", name
        if not name.endswith("Key"):
            if name != "BackupVault" and "*" in statement.get("Resource", []):
                assert set(statement["Action"]) <= set(ONLY_ON_EVERYTHING), name
            wildcards = [action for action in statement["Action"] if action.endswith("*")]
            assert not wildcards or name in AS_DOCUMENTED, name


@EVERY_INSTANCE
def test_services_assume_roles_only_for_this_account_where_they_say_whom_they_serve(stack: str) -> None:
    for name, role in (
        rendered(stack, AwsBackup="true").of_type("IAM::Role").items()
        if "disposable" in stack
        else (rendered(stack).of_type("IAM::Role").items())
    ):
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        # Neither AWS Backup nor Lambda documents source conditions for the roles that it assumes.
        if statement["Principal"]["Service"] in {"backup.amazonaws.com", "lambda.amazonaws.com"}:
            continue
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}, name
        assert "aws:SourceArn" in statement["Condition"]["ArnLike"], name


@EVERY_STACK
def test_no_partition_account_or_zone_order_is_written_down(stack: str) -> None:
    text = json.dumps(built(stack))
    assert not re.search(r"arn:aws[a-z-]*:", text)
    assert not re.search(r"\b\d{12}\b", text)
    assert "Fn::GetAZs" not in text
    assert not re.search(r"\b(us|eu|ap|sa|ca|af|me|il|cn)-[a-z-]+-\d\b", _without_zone_ids(stack))


@pytest.mark.parametrize("region", ["us-gov-west-1", "eu-west-1"])
@EVERY_STACK
def test_arns_are_of_the_partition_deployed_in(stack: str, region: str) -> None:
    text = json.dumps(rendered(stack, region=region).resources)
    for given in parameter_file(stack, "prod").values():
        text = text.replace(given, "") if given.startswith("arn:") else text
    partitions = set(re.findall(r"arn:([a-z-]+):", text))
    assert partitions <= {"aws-us-gov" if region.startswith("us-gov") else "aws"}


@EVERY_STACK
def test_every_parameter_is_grouped_labelled_described_and_its_constraints_explained(stack: str) -> None:
    template = built(stack)
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])
    labels = {name: each["default"] for name, each in interface["ParameterLabels"].items()}
    assert set(labels) <= set(template["Parameters"])
    assert not [name for name, label in labels.items() if label.replace(" ", "").lower() == name.lower()]
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"], name
        constrained = {"AllowedPattern", "AllowedValues", "MaxLength", "MaxValue", "MinValue"} & set(parameter)
        if constrained & {"AllowedPattern", "MaxLength"}:
            assert parameter["ConstraintDescription"].startswith("must be "), name
        if parameter["Type"] in {"String", "Number"}:
            assert constrained, f"{name}: takes anything"
        if parameter.get("Default") == "":
            assert parameter["Description"].startswith("Optional. "), name


@EVERY_STACK
def test_only_who_is_told_and_which_network_must_be_given(stack: str) -> None:
    if stack not in DATABASES and stack != "tap-stack":
        pytest.skip("an add-on must be told what it attaches to")
    required = {name for name, each in built(stack)["Parameters"].items() if "Default" not in each}
    network = {"DatabaseSubnet1", "DatabaseSubnet2", "VpcId"} if stack in EXISTING_VPC else set()
    assert required == {"AdminEmail"} | network


@EVERY_INSTANCE
def test_every_alarm_tells_when_it_begins_and_ends_and_what_to_do_first(stack: str) -> None:
    for name, alarm in rendered(stack).of_type("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["<NotificationTopic>"], name
        assert " First: " in alarm["AlarmDescription"], name
        assert alarm["TreatMissingData"] == (
            "breaching" if name in {"BackupAbsent", "DatabaseSilent", "ReplicationStopped"} else "notBreaching"
        )


@EVERY_INSTANCE
def test_what_aws_health_says_of_rds_is_passed_on(stack: str) -> None:
    """Nothing else tells that a certificate authority expires."""
    rule = rendered(stack).resources["RdsHealthEvent"]["Properties"]
    assert rule["EventPattern"] == {"source": ["aws.health"], "detail": {"service": ["RDS"]}}
    assert [target["Arn"] for target in rule["Targets"]] == ["<NotificationTopic>"]


@EVERY_INSTANCE
def test_names_stay_within_their_limits_at_the_longest_project_suffix_and_region(stack: str) -> None:
    longest = {"Project": "p" * LONGEST_PROJECT, "EnvironmentSuffix": "s" * LONGEST_SUFFIX}
    region = max(STACKS[stack].regions, key=len)
    found = list(_properties(dict(rendered(stack, region=region, **longest).resources)))
    assert {key for key, _ in found} & set(LONGEST_NAMES)
    for key, value in found:
        if key in LONGEST_NAMES:
            assert len(value) <= LONGEST_NAMES[key], value


@EVERY_INSTANCE
def test_the_instance_waits_for_everything_that_can_be_made_before_it(stack: str) -> None:
    """A stack that fails after the quarter of an hour that an instance takes has cost it."""
    resources = built(stack)["Resources"]
    needs = {name: set(_named(each)) & set(resources) for name, each in resources.items()}
    before, after = _closure("Database", needs), {name for name in resources if "Database" in _closure(name, needs)}
    unconditional = {name for name, each in resources.items() if "Condition" not in each}
    assert unconditional - after - {"Database"} <= before


def _statements(r: Rendered) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy statement of a stack, with the logical ID of its resource."""

    def find(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "Effect" in node:
                yield node
            for value in node.values():
                yield from find(value)
        elif isinstance(node, list):
            for value in node:
                yield from find(value)

    for name, resource in r.resources.items():
        for statement in find(resource.get("Properties", {})):
            yield name, statement


def _properties(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, str):
                yield key, value
            yield from _properties(value)
    elif isinstance(node, list):
        for value in node:
            yield from _properties(value)


def _without_zone_ids(stack: str) -> str:
    template = {**built(stack), "Mappings": {}}
    return json.dumps(template)


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"Ref", "DependsOn"}:
                yield from [value] if isinstance(value, str) else value
            elif key == "Fn::GetAtt":
                yield value[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", value)
            else:
                yield from _named(value)
    elif isinstance(node, list):
        for value in node:
            yield from _named(value)


def _closure(name: str, needs: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = set(needs[name])
    while waiting:
        found |= waiting
        waiting = set().union(*(needs[each] for each in waiting)) - found
    return found
