"""Handlers, service by service: what a resource becomes, what an update makes of it, and that it can be deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from json import dumps, loads
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import create, delete, physical_id, template, update, why

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}
ROLE_ARN = {"Fn::GetAtt": ["Role", "Arn"]}
TOPIC = {"Type": "AWS::SNS::Topic"}
KEY = {"Type": "AWS::KMS::Key"}
KEY_ARN = {"Fn::GetAtt": ["Key", "Arn"]}
FUNCTION: dict[str, Any] = {
    "Code": {"ZipFile": "def handler(event, context): pass\n"},
    "Handler": "index.handler",
    "Runtime": "python3.13",
    "Role": ROLE_ARN,
}
DEFINITION = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Word}", "End": True}}}

EXPERIMENT: dict[str, Any] = {
    "RoleArn": ROLE_ARN,
    "StopConditions": [{"Source": "none"}],
    "Targets": {
        "Database": {
            "ResourceType": "aws:rds:db",
            "ResourceArns": ["arn:aws:rds:us-east-1:123456789012:db:a"],
            "SelectionMode": "ALL",
        }
    },
    "Actions": {
        "Reboot": {
            "ActionId": "aws:rds:reboot-db-instances",
            "Parameters": {"forceFailover": "true"},
            "Targets": {"DBInstances": "Database"},
        }
    },
}
RESTORED: dict[str, Any] = {
    "Algorithm": "LATEST_WITHIN_WINDOW",
    "IncludeVaults": ["*"],
    "RecoveryPointTypes": ["SNAPSHOT"],
}

Read = Callable[[Aws, str], Any]


def policy(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def own(found: Any, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Tags without CloudFormation's own."""
    pairs = found.items() if isinstance(found, dict) else [(each[key], each[value]) for each in found]
    return {name: text for name, text in pairs if not name.startswith("aws:")}


def asked_for(aws: Aws, what: str) -> dict[str, Any]:
    """The last request to AWS Backup that made or changed something that moto lacks."""
    try:
        return dict(aws.recorded("stack", "Thing", f"update_{what}"))
    except LookupError:
        return dict(aws.recorded("stack", "Thing", f"create_{what}"))


@dataclass(frozen=True)
class Case:
    """Properties before and after an update in place, and how to read back what they say."""

    type: str
    before: dict[str, Any]
    after: dict[str, Any]
    read: Read
    was: Any
    now: Any
    beside: dict[str, Any] = field(default_factory=dict)

    def body(self, properties: dict[str, Any]) -> str:
        resource = {"Type": self.type, "Properties": properties}
        return template({"Thing": resource, "Role": ROLE, "Topic": TOPIC, "Key": KEY, **self.beside})


CASES = [
    Case(
        "AWS::KMS::Key",
        {"Description": "a", "EnableKeyRotation": True, "Tags": tags(A="1", B="2")},
        {"Description": "b", "EnableKeyRotation": False, "Enabled": False, "Tags": tags(A="2")},
        lambda aws, key: (
            (found := aws.client("kms").describe_key(KeyId=key)["KeyMetadata"])["Description"],
            found["Enabled"],
            aws.client("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
            own(aws.client("kms").list_resource_tags(KeyId=key)["Tags"], "TagKey", "TagValue"),
        ),
        ("a", True, True, {"A": "1", "B": "2"}),
        ("b", False, False, {"A": "2"}),
    ),
    Case(
        "AWS::KMS::Alias",
        {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "Key"}},
        {"AliasName": "alias/mine", "TargetKeyId": {"Ref": "Other"}},
        lambda aws, name: [
            each["TargetKeyId"] == physical_id(aws, "Key")
            for each in aws.client("kms").list_aliases()["Aliases"]
            if each["AliasName"] == name
        ],
        [True],
        [False],
        {"Other": KEY},
    ),
    Case(
        "AWS::SNS::Topic",
        {"DisplayName": "a", "Subscription": [{"Protocol": "email", "Endpoint": "a@example.com"}], "Tags": tags(A="1")},
        {"DisplayName": "b", "Subscription": [{"Protocol": "email", "Endpoint": "b@example.com"}], "Tags": tags(B="1")},
        lambda aws, arn: (
            aws.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"],
            [each["Endpoint"] for each in aws.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]],
            own(aws.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]),
        ),
        ("a", ["a@example.com"], {"A": "1"}),
        ("b", ["b@example.com"], {"B": "1"}),
    ),
    Case(
        "AWS::SNS::TopicPolicy",
        {"Topics": [{"Ref": "Topic"}], "PolicyDocument": policy("sns:Publish")},
        {"Topics": [{"Ref": "Topic"}], "PolicyDocument": policy("sns:Subscribe")},
        lambda aws, _: loads(
            aws.client("sns").get_topic_attributes(TopicArn=physical_id(aws, "Topic"))["Attributes"]["Policy"]
        )["Statement"][0]["Action"],
        "sns:Publish",
        "sns:Subscribe",
    ),
    Case(
        "AWS::SNS::Subscription",
        {"TopicArn": {"Ref": "Topic"}, "Protocol": "https", "Endpoint": "https://example.com"},
        {
            "TopicArn": {"Ref": "Topic"},
            "Protocol": "https",
            "Endpoint": "https://example.com",
            "RawMessageDelivery": True,
            "FilterPolicy": {"a": ["b"]},
        },
        lambda aws, arn: (
            (found := aws.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]).get(
                "RawMessageDelivery", "false"
            ),
            found.get("FilterPolicy"),
        ),
        ("false", None),
        ("true", '{"a": ["b"]}'),
    ),
    Case(
        "AWS::Logs::LogGroup",
        {"RetentionInDays": 7, "KmsKeyId": KEY_ARN, "Tags": tags(A="1")},
        {"Tags": tags(A="2")},
        lambda aws, name: (
            (found := aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]).get(
                "retentionInDays"
            ),
            "kmsKeyId" in found,
            own(aws.client("logs").list_tags_for_resource(resourceArn=found["logGroupArn"])["tags"]),
        ),
        (7, True, {"A": "1"}),
        (None, False, {"A": "2"}),
    ),
    Case(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": TRUST,
            "Description": "a",
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
            "Policies": [
                {"PolicyName": "p", "PolicyDocument": policy("s3:GetObject")},
                {"PolicyName": "q", "PolicyDocument": policy("s3:*")},
            ],
            "Tags": tags(A="1"),
        },
        {
            "AssumeRolePolicyDocument": TRUST,
            "Description": "b",
            "MaxSessionDuration": 7200,
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/SecurityAudit"],
            "Policies": [{"PolicyName": "p", "PolicyDocument": policy("s3:PutObject")}],
            "Tags": tags(A="2"),
        },
        lambda aws, name: (
            (found := aws.client("iam").get_role(RoleName=name)["Role"])["Description"],
            found["MaxSessionDuration"],
            own(found["Tags"]),
            [
                each["PolicyName"]
                for each in aws.client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            ],
            aws.client("iam").list_role_policies(RoleName=name)["PolicyNames"],
            aws.client("iam").get_role_policy(RoleName=name, PolicyName="p")["PolicyDocument"]["Statement"][0][
                "Action"
            ],
        ),
        ("a", 3600, {"A": "1"}, ["ReadOnlyAccess"], ["p", "q"], "s3:GetObject"),
        ("b", 7200, {"A": "2"}, ["SecurityAudit"], ["p"], "s3:PutObject"),
    ),
    Case(
        "AWS::IAM::Policy",
        {"PolicyName": "p", "PolicyDocument": policy("s3:GetObject"), "Roles": [{"Ref": "Role"}]},
        {"PolicyName": "q", "PolicyDocument": policy("s3:PutObject"), "Roles": [{"Ref": "Role"}]},
        lambda aws, _: aws.client("iam").list_role_policies(RoleName=physical_id(aws, "Role"))["PolicyNames"],
        ["p"],
        ["q"],
    ),
    Case(
        "AWS::IAM::ManagedPolicy",
        {"PolicyDocument": policy("s3:GetObject"), "Roles": [{"Ref": "Role"}]},
        {"PolicyDocument": policy("s3:PutObject")},
        lambda aws, arn: (
            (found := aws.client("iam").get_policy(PolicyArn=arn)["Policy"])["AttachmentCount"],
            aws.client("iam").get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"][
                "Document"
            ]["Statement"][0]["Action"],
        ),
        (1, "s3:GetObject"),
        (0, "s3:PutObject"),
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        {
            "MetricName": "M",
            "Namespace": "N",
            "Dimensions": [{"Name": "D", "Value": {"Ref": "Topic"}}],
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Period": 60,
            "Statistic": "Average",
            "Threshold": 1,
            "AlarmActions": [{"Ref": "Topic"}],
            "Tags": tags(A="1"),
        },
        {
            "ComparisonOperator": "LessThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 2,
            "Metrics": [{"Id": "e", "Expression": "1 + 1", "Period": 60}],
            "Tags": tags(B="1"),
        },
        lambda aws, name: (
            (found := aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0])["Threshold"],
            len(found["AlarmActions"]),
            [each["Expression"] for each in found.get("Metrics", [])],
            own(aws.client("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]),
        ),
        (1.0, 1, [], {"A": "1"}),
        (2.0, 0, ["1 + 1"], {"B": "1"}),
    ),
    Case(
        "AWS::CloudWatch::CompositeAlarm",
        {"AlarmRule": "TRUE", "Tags": tags(A="1")},
        {"AlarmRule": "FALSE", "Tags": tags(A="2")},
        lambda aws, _: aws.recorded("stack", "Thing", "put_composite_alarm")["AlarmRule"],
        "TRUE",
        "FALSE",
    ),
    Case(
        "AWS::CloudWatch::AlarmMuteRule",
        {"Rule": {"Schedule": {"Expression": "cron(0 4 * * SUN)", "Duration": "PT1H"}}, "Tags": tags(A="1")},
        {"Rule": {"Schedule": {"Expression": "cron(0 4 * * MON)", "Duration": "PT1H"}}, "Tags": tags(A="1")},
        lambda aws, _: aws.recorded("stack", "Thing", "put_alarm_mute_rule")["Rule"]["Schedule"]["Expression"],
        "cron(0 4 * * SUN)",
        "cron(0 4 * * MON)",
    ),
    Case(
        "AWS::CloudWatch::Dashboard",
        {"DashboardBody": dumps({"widgets": []})},
        {"DashboardBody": dumps({"widgets": [], "start": "-PT3H"})},
        lambda aws, name: loads(aws.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]),
        {"widgets": []},
        {"widgets": [], "start": "-PT3H"},
    ),
    Case(
        "AWS::Events::Rule",
        {
            "EventPattern": {"source": ["a"]},
            "Targets": [{"Id": "1", "Arn": {"Ref": "Topic"}}, {"Id": "2", "Arn": {"Ref": "Topic"}}],
            "Tags": tags(A="1"),
        },
        {
            "ScheduleExpression": "rate(5 minutes)",
            "State": "DISABLED",
            "Targets": [{"Id": "1", "Arn": {"Ref": "Topic"}, "Input": "{}"}],
            "Tags": tags(A="2"),
        },
        lambda aws, name: (
            (found := aws.client("events").describe_rule(Name=name))["State"],
            found.get("ScheduleExpression"),
            [
                (each["Id"], each.get("Input"))
                for each in aws.client("events").list_targets_by_rule(Rule=name)["Targets"]
            ],
            own(aws.client("events").list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]),
        ),
        ("ENABLED", None, [("1", None), ("2", None)], {"A": "1"}),
        ("DISABLED", "rate(5 minutes)", [("1", "{}")], {"A": "2"}),
    ),
    Case(
        "AWS::Lambda::Function",
        {**FUNCTION, "Timeout": 5, "Tags": tags(A="1")},
        {
            **FUNCTION,
            "Code": {"ZipFile": "def handler(event, context): return 1\n"},
            "Timeout": 9,
            "ReservedConcurrentExecutions": 2,
            "Tags": tags(A="2"),
        },
        lambda aws, name: (
            (found := aws.client("lambda").get_function(FunctionName=name))["Configuration"]["Timeout"],
            found["Configuration"]["CodeSize"],
            found.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            own(found["Tags"]),
        ),
        (5, 148, None, {"A": "1"}),
        (9, 152, 2, {"A": "2"}),
    ),
    Case(
        "AWS::SecretsManager::Secret",
        {
            "Description": "a",
            "GenerateSecretString": {
                "SecretStringTemplate": '{"username": "u"}',
                "GenerateStringKey": "password",
                "PasswordLength": 20,
                "ExcludePunctuation": True,
            },
            "Tags": tags(A="1"),
        },
        {"Description": "b", "SecretString": '{"username": "v", "password": "x"}', "Tags": tags(A="2")},
        lambda aws, arn: (
            (found := aws.client("secretsmanager").describe_secret(SecretId=arn))["Description"],
            own(found["Tags"]),
            (value := loads(aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]))["username"],
            len(value["password"]),
        ),
        ("a", {"A": "1"}, "u", 20),
        ("b", {"A": "2"}, "v", 1),
    ),
    Case(
        "AWS::Scheduler::Schedule",
        {
            "GroupName": {"Ref": "Group"},
            "ScheduleExpression": "rate(5 minutes)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": {"Ref": "Topic"}, "RoleArn": ROLE_ARN, "RetryPolicy": {"MaximumRetryAttempts": 0}},
        },
        {
            "GroupName": {"Ref": "Group"},
            "ScheduleExpression": "rate(1 hour)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "DISABLED",
            "Target": {"Arn": {"Ref": "Topic"}, "RoleArn": ROLE_ARN},
        },
        lambda aws, name: (
            (found := aws.client("scheduler").get_schedule(Name=name, GroupName=physical_id(aws, "Group")))[
                "ScheduleExpression"
            ],
            found["State"],
        ),
        ("rate(5 minutes)", "ENABLED"),
        ("rate(1 hour)", "DISABLED"),
        {"Group": {"Type": "AWS::Scheduler::ScheduleGroup"}},
    ),
    Case(
        "AWS::Scheduler::ScheduleGroup",
        {"Tags": tags(A="1")},
        {"Tags": tags(A="2")},
        lambda aws, name: own(
            aws.client("scheduler").list_tags_for_resource(
                ResourceArn=aws.client("scheduler").get_schedule_group(Name=name)["Arn"]
            )["Tags"]
        ),
        {"A": "1"},
        {"A": "2"},
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        {"Definition": DEFINITION, "DefinitionSubstitutions": {"Word": "a"}, "RoleArn": ROLE_ARN, "Tags": tags(A="1")},
        {"DefinitionString": dumps(DEFINITION), "RoleArn": ROLE_ARN, "Tags": tags(A="2")},
        lambda aws, arn: (
            loads(aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"])["States"]["A"][
                "Result"
            ],
            own(aws.client("stepfunctions").list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"),
        ),
        ("a", {"A": "1"}),
        ("${Word}", {"A": "2"}),
    ),
    Case(
        "AWS::Backup::BackupVault",
        {"LockConfiguration": {"MinRetentionDays": 1}, "BackupVaultTags": {"A": "1"}},
        {"AccessPolicy": policy("backup:CopyIntoBackupVault"), "BackupVaultTags": {"A": "2"}},
        lambda aws, name: (
            (found := aws.client("backup").describe_backup_vault(BackupVaultName=name)).get("Locked"),
            own(aws.client("backup").list_tags(ResourceArn=found["BackupVaultArn"])["Tags"]),
        ),
        (True, {"A": "1"}),
        (False, {"A": "2"}),
    ),
    Case(
        "AWS::Backup::BackupPlan",
        {
            "BackupPlan": {
                "BackupPlanName": "p",
                "BackupPlanRule": [
                    {"RuleName": "r", "TargetBackupVault": "v", "Lifecycle": {"DeleteAfterDays": "7"}},
                ],
            },
            "BackupPlanTags": {"A": "1"},
        },
        {
            "BackupPlan": {
                "BackupPlanName": "p",
                "BackupPlanRule": [
                    {"RuleName": "r", "TargetBackupVault": "w", "Lifecycle": {"DeleteAfterDays": 9}},
                ],
            },
            "BackupPlanTags": {"A": "2"},
        },
        lambda aws, plan: [
            (each["TargetBackupVaultName"], each["Lifecycle"]["DeleteAfterDays"])
            for each in aws.client("backup").get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"]
        ],
        [("v", 7)],
        [("w", 9)],
    ),
    Case(
        "AWS::Backup::RestoreTestingPlan",
        {
            "RestoreTestingPlanName": "weekly",
            "ScheduleExpression": "cron(0 8 ? * SAT *)",
            "RecoveryPointSelection": RESTORED,
            "Tags": tags(A="1"),
        },
        {
            "RestoreTestingPlanName": "weekly",
            "ScheduleExpression": "cron(0 9 ? * SUN *)",
            "RecoveryPointSelection": {**RESTORED, "SelectionWindowDays": "3"},
            "Tags": tags(A="2"),
        },
        lambda aws, name: (
            name,
            (asked := asked_for(aws, "restore_testing_plan")["RestoreTestingPlan"])["ScheduleExpression"],
            asked["RecoveryPointSelection"].get("SelectionWindowDays"),
        ),
        ("weekly", "cron(0 8 ? * SAT *)", None),
        ("weekly", "cron(0 9 ? * SUN *)", 3),
    ),
    Case(
        "AWS::Backup::RestoreTestingSelection",
        {
            "RestoreTestingPlanName": {"Ref": "Plan"},
            "RestoreTestingSelectionName": "database",
            "ProtectedResourceType": "RDS",
            "ProtectedResourceArns": ["*"],
            "IamRoleArn": ROLE_ARN,
            "ValidationWindowHours": 4,
        },
        {
            "RestoreTestingPlanName": {"Ref": "Plan"},
            "RestoreTestingSelectionName": "database",
            "ProtectedResourceType": "RDS",
            "ProtectedResourceArns": ["*"],
            "IamRoleArn": ROLE_ARN,
            "ValidationWindowHours": 8,
            "RestoreMetadataOverrides": {"multiAz": "false"},
        },
        lambda aws, name: (
            name,
            (asked := asked_for(aws, "restore_testing_selection"))["RestoreTestingPlanName"],
            asked["RestoreTestingSelection"]["ValidationWindowHours"],
            asked["RestoreTestingSelection"].get("RestoreMetadataOverrides"),
        ),
        ("weekly|database", "weekly", 4, None),
        ("weekly|database", "weekly", 8, {"multiAz": "false"}),
        {
            "Plan": {
                "Type": "AWS::Backup::RestoreTestingPlan",
                "Properties": {
                    "RestoreTestingPlanName": "weekly",
                    "ScheduleExpression": "cron(0 8 ? * SAT *)",
                    "RecoveryPointSelection": RESTORED,
                },
            }
        },
    ),
    Case(
        "AWS::FIS::ExperimentTemplate",
        {**EXPERIMENT, "Description": "a", "Tags": {"A": "1"}},
        {
            **EXPERIMENT,
            "Description": "b",
            "StopConditions": [{"Source": "aws:cloudwatch:alarm", "Value": "arn:aws:cloudwatch:us-east-1:1:alarm:a"}],
            "Tags": {"A": "2"},
        },
        lambda aws, name: (
            (found := aws.client("fis").get_experiment_template(id=name)["experimentTemplate"])["description"],
            found["stopConditions"][0]["source"],
            found["actions"]["Reboot"]["parameters"],
            own(found["tags"]),
        ),
        ("a", "none", {"forceFailover": "true"}, {"A": "1"}),
        ("b", "aws:cloudwatch:alarm", {"forceFailover": "true"}, {"A": "2"}),
    ),
    Case(
        "AWS::Glue::Database",
        {"CatalogId": "123456789012", "DatabaseInput": {"Name": "exports", "Description": "a"}},
        {"CatalogId": "123456789012", "DatabaseInput": {"Name": "exports", "Description": "b"}},
        lambda aws, name: (name, aws.client("glue").get_database(Name=name)["Database"]["Description"]),
        ("exports", "a"),
        ("exports", "b"),
    ),
    Case(
        "AWS::Glue::Crawler",
        {"Role": ROLE_ARN, "Targets": {"S3Targets": [{"Path": "s3://a/"}]}, "TablePrefix": "a_", "Tags": {"A": "1"}},
        {"Role": ROLE_ARN, "Targets": {"S3Targets": [{"Path": "s3://b/"}]}, "TablePrefix": "b_", "Tags": {"A": "2"}},
        lambda aws, name: (
            (found := aws.client("glue").get_crawler(Name=name)["Crawler"]).get("TablePrefix"),
            found["Targets"]["S3Targets"],
            own(aws.client("glue").get_tags(ResourceArn=f"arn:aws:glue:us-east-1:123456789012:crawler/{name}")["Tags"]),
        ),
        ("a_", [{"Path": "s3://a/"}], {"A": "1"}),
        ("b_", [{"Path": "s3://b/"}], {"A": "2"}),
    ),
    Case(
        "AWS::Athena::WorkGroup",
        {
            "Name": "exports",
            "RecursiveDeleteOption": True,
            "WorkGroupConfiguration": {"ManagedQueryResultsConfiguration": {"Enabled": True}},
            "Tags": tags(A="1"),
        },
        {
            "Name": "exports",
            "Description": "b",
            "WorkGroupConfiguration": {"ManagedQueryResultsConfiguration": {"Enabled": False}},
            "Tags": tags(A="2"),
        },
        lambda aws, name: (
            aws.client("athena").get_work_group(WorkGroup=name)["WorkGroup"]["Configuration"][
                "ManagedQueryResultsConfiguration"
            ]["Enabled"],
            own(
                aws.client("athena").list_tags_for_resource(
                    ResourceARN=f"arn:aws:athena:us-east-1:123456789012:workgroup/{name}"
                )["Tags"]
            ),
        ),
        (True, {"A": "1"}),
        (False, {"A": "2"}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.type)
def test_a_resource_is_made_changed_in_place_and_deleted(aws: Aws, case: Case) -> None:
    iam: dict[str, Any] = {"Capabilities": ["CAPABILITY_IAM"]}
    assert create(aws, case.body(case.before), **iam) == "CREATE_COMPLETE", why(aws, "Thing")
    thing = physical_id(aws, "Thing")
    assert case.read(aws, thing) == case.was

    assert update(aws, case.body(case.after), **iam) == "UPDATE_COMPLETE", why(aws, "Thing")
    assert physical_id(aws, "Thing") == thing
    assert case.read(aws, thing) == case.now

    assert delete(aws) == "DELETE_COMPLETE", why(aws, "Thing")


def test_a_deleted_key_is_only_scheduled_for_it(aws: Aws) -> None:
    create(aws, template({"Key": {"Type": "AWS::KMS::Key", "Properties": {"PendingWindowInDays": 7}}}))
    key = physical_id(aws, "Key")

    delete(aws)

    assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_topic_without_its_policy_has_the_default_one(aws: Aws) -> None:
    resource = {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": policy("sns:Publish")},
    }
    create(aws, template({"Topic": TOPIC, "Policy": resource}))

    update(aws, template({"Topic": TOPIC}))

    attributes = aws.client("sns").get_topic_attributes(TopicArn=physical_id(aws, "Topic"))["Attributes"]
    assert loads(attributes["Policy"])["Id"] == "__default_policy_ID"


@pytest.mark.parametrize(
    ("of_type", "name", "more"),
    [
        ("AWS::CloudWatch::Alarm", "AlarmName", CASES[9].after),
        ("AWS::Logs::LogGroup", "LogGroupName", {}),
        ("AWS::IAM::Role", "RoleName", {"AssumeRolePolicyDocument": TRUST}),
        ("AWS::S3::Bucket", "BucketName", {}),
        ("AWS::Backup::BackupVault", "BackupVaultName", {}),
        ("AWS::Lambda::Function", "FunctionName", FUNCTION),
    ],
)
def test_a_name_that_is_taken_fails_the_creation(aws: Aws, of_type: str, name: str, more: dict[str, Any]) -> None:
    """Also where the API would overwrite what is there."""
    more = {key: value for key, value in more.items() if key not in ("Tags",)}
    body = template({"Thing": {"Type": of_type, "Properties": {**more, name: "mine"}}, "Role": ROLE})
    capability: dict[str, Any] = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
    assert create(aws, body, "first", **capability) == "CREATE_COMPLETE", why(aws, "Thing", "first")

    assert create(aws, body, "second", **capability) == "ROLLBACK_COMPLETE"

    assert "exist" in why(aws, "Thing", "second")


def test_permission_to_invoke_a_function_is_given_and_taken(aws: Aws) -> None:
    function = {"Type": "AWS::Lambda::Function", "Properties": FUNCTION}
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
            "SourceArn": {"Ref": "Topic"},
        },
    }
    both = {"Function": function, "Role": ROLE, "Topic": TOPIC}
    iam: dict[str, Any] = {"Capabilities": ["CAPABILITY_IAM"]}
    create(aws, template({**both, "Permission": permission}), **iam)
    name = physical_id(aws, "Function")
    (statement,) = loads(aws.client("lambda").get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}

    assert update(aws, template(both), **iam) == "UPDATE_COMPLETE"

    with pytest.raises(ClientError, match="does not exist"):
        aws.client("lambda").get_policy(FunctionName=name)


def test_a_vault_keeps_what_moto_does_not_take_in_the_record(aws: Aws) -> None:
    notifications = {"BackupVaultEvents": ["BACKUP_JOB_COMPLETED"], "SNSTopicArn": {"Ref": "Topic"}}
    vault = {
        "Type": "AWS::Backup::BackupVault",
        "Properties": {"AccessPolicy": policy("backup:*"), "Notifications": notifications},
    }

    create(aws, template({"Vault": vault, "Topic": TOPIC}))

    assert loads(aws.recorded("stack", "Vault", "put_backup_vault_access_policy")["Policy"]) == policy("backup:*")
    asked = aws.recorded("stack", "Vault", "put_backup_vault_notifications")
    assert asked["SNSTopicArn"] == physical_id(aws, "Topic")
    with pytest.raises(LookupError, match="read it through the service's own API"):
        aws.recorded("stack", "Topic")


def test_what_is_recorded_is_validated_by_the_sdks_model(aws: Aws) -> None:
    selection = {
        "Type": "AWS::Backup::BackupSelection",
        "Properties": {"BackupPlanId": "p", "BackupSelection": {"IamRoleArn": ROLE_ARN}},
    }

    create(aws, template({"Selection": selection, "Role": ROLE}), Capabilities=["CAPABILITY_IAM"])

    assert 'Missing required parameter in BackupSelection: "SelectionName"' in why(aws, "Selection")
