"""The few words about a resource, and what it costs by."""

from __future__ import annotations

from typing import Any

import pytest

from builder.docs.catalogue import kind_of, plural, words
from builder.docs.costs import charges
from builder.docs.details import details, frequency
from tests.builder.docs.templates import att, of, reading, ref


def told(kind: str, **properties: Any) -> tuple[str, ...]:
    read = reading({"It": of(kind, **properties)})
    return details(read.resources["It"], read)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("cron(0 * * * ? *)", "hourly"),
        ("cron(0 0-1,5,7-23 * * ? *)", "20 times a day"),
        ("cron(0 0/6 * * ? *)", "4 times a day"),
        ("cron(0 6 * * ? *)", "daily"),
        ("cron(0 6 ? * SUN *)", "weekly"),
        ("cron(0 6 1 * ? *)", "monthly"),
        ("cron(0 6 1 1 ? *)", "cron(0 6 1 1 ? *)"),
        ("cron(0 x * * ? *)", "daily"),
        ("cron(0 6 *)", "cron(0 6 *)"),
        ("rate(5 minutes)", "every 5 minutes"),
        ("at(2026-01-01T00:00:00)", "at(2026-01-01T00:00:00)"),
    ],
)
def test_a_schedule_is_told_in_words_where_it_has_short_ones(expression: str, words: str) -> None:
    assert frequency(expression) == words


@pytest.mark.parametrize(
    ("kind", "properties", "lines"),
    [
        ("RDS::DBInstance", {"Engine": "mysql"}, ("MySQL", "one instance, no standby")),
        ("RDS::DBInstance", {"Engine": "aurora-postgresql", "DBClusterIdentifier": "c"}, ("Aurora PostgreSQL",)),
        (
            "RDS::DBCluster",
            {"Engine": "postgres", "EngineVersion": "17", "DBClusterInstanceClass": "db.m6gd.large"},
            ("PostgreSQL 17, db.m6gd.large", "a writer and two readable standbys"),
        ),
        ("RDS::DBCluster", {"Engine": "aurora-postgresql", "EngineVersion": "17"}, ("Aurora PostgreSQL 17",)),
        (
            "RDS::DBInstance",
            {"Engine": "postgres", "MultiAZ": "true", "AllocatedStorage": "20", "BackupRetentionPeriod": "0"},
            ("PostgreSQL", "20 GiB"),
        ),
        ("S3::Bucket", {}, ()),
        (
            "S3::Bucket",
            {
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}],
                            "ExpirationInDays": 2555,
                        },
                        {"Transitions": [{"StorageClass": "NEW", "TransitionInDays": 9}, {"StorageClass": "X"}]},
                    ]
                }
            },
            ("Glacier after 90, NEW after 9", "deleted after 2,555 days"),
        ),
        ("Backup::BackupVault", {}, ("no lock",)),
        ("Backup::BackupVault", {"LockConfiguration": {"MaxRetentionDays": 7}}, ("governance lock",)),
        ("Backup::BackupVault", {"LockConfiguration": {"MinRetentionDays": 7}}, ("governance lock, at least 7 days",)),
        (
            "Backup::BackupVault",
            {"LockConfiguration": {"MinRetentionDays": 7, "ChangeableForDays": 3}},
            ("locked for ever, at least 7 days",),
        ),
        (
            "Backup::BackupPlan",
            {
                "BackupPlan": {
                    "BackupPlanRule": [
                        {"ScheduleExpression": "cron(0 6 * * ? *)", "Lifecycle": {"DeleteAfterDays": 35}},
                        {"ScheduleExpression": "cron(0 6 ? * SUN *)"},
                    ]
                }
            },
            ("daily, kept 35 days", "weekly"),
        ),
        ("Logs::LogGroup", {}, ("kept for ever",)),
        ("SNS::Topic", {}, ("not encrypted",)),
        ("RDS::EventSubscription", {"SourceType": "db-parameter-group"}, ("parameter group",)),
        ("EC2::VPCEndpoint", {"ServiceName": "com.amazonaws.eu-west-1.s3"}, ("s3",)),
        ("Lambda::Function", {"Runtime": "python3.13"}, ("python3.13",)),
        ("Scheduler::Schedule", {"ScheduleExpression": "rate(1 day)"}, ("every 1 day",)),
        ("CloudFormation::Stack", {"TemplateURL": "child.json"}, ("child.json",)),
        ("SNS::Subscription", {"Endpoint": "a@example.com"}, ("a@example.com",)),
        ("EC2::VPC", {}, ()),
    ],
)
def test_a_resource_is_told_of_by_its_properties(kind: str, properties: dict[str, Any], lines: tuple[str, ...]) -> None:
    assert told(kind, **properties) == lines


def test_a_key_is_told_of_by_what_it_encrypts() -> None:
    resources = {
        "Key": "KMS::Key",
        "Other": of("KMS::Key", KeyPolicy=ref("Key")),
        "Alias": of("KMS::Alias", AliasName="alias/a", TargetKeyId=ref("Key")),
        "Role": of("IAM::Role", Policies=[att("Key", "Arn")]),
        "One": of("Logs::LogGroup", KmsKeyId=att("Key", "Arn")),
        "Two": of("Logs::LogGroup", KmsKeyId=att("Key", "Arn")),
        "Topic": of("SNS::Topic", KmsMasterKeyId=ref("Key")),
    }
    read = reading(resources)
    assert details(read.resources["Key"], read) == ("2 log groups", "topic")


@pytest.mark.parametrize(
    ("kind", "concern", "noun"),
    [
        ("AWS::RDS::DBInstance", "Database", "database instance"),
        ("AWS::RDS::OptionGroup", "Database", "option group"),
        ("AWS::New::Thing", "Other", "thing"),
        ("Custom::Emptied", "Automation", "custom resource"),
        ("AWS::CloudFormation::CustomResource", "Automation", "custom resource"),
        ("", "Other", ""),
    ],
)
def test_a_type_that_is_not_listed_goes_by_its_service(kind: str, concern: str, noun: str) -> None:
    assert (kind_of(kind).concern, kind_of(kind).noun) == (concern, noun)


def test_a_stack_set_says_what_it_makes_and_for_whom() -> None:
    units = {"DeploymentTargets": {"OrganizationalUnitIds": [ref("Unit")], "Accounts": ["111122223333"]}}
    accounts = {"DeploymentTargets": {"Accounts": ["111122223333", "444455556666"]}}
    made = reading(
        {
            "Units": of("CloudFormation::StackSet", TemplateURL=ref("Url"), StackInstancesGroup=[units]),
            "Accounts": of("CloudFormation::StackSet", TemplateURL="https://x/y.json", StackInstancesGroup=[accounts]),
            "Nowhere": "CloudFormation::StackSet",
        },
        {"Unit": "ou-1", "Url": "https://x/z.json"},
        Parameters={"Unit": {"Type": "String"}, "Url": {"Type": "String"}},
    )
    told = {name: tuple(filter(None, details(each, made))) for name, each in made.resources.items()}
    assert told == {
        "Units": ("Url", "in the accounts of Unit"),
        "Accounts": ("https://x/y.json", "in 111122223333, 444455556666"),
        "Nowhere": (),
    }


def test_names_and_numbers_read_as_words() -> None:
    assert words("DatabaseCpuTooHigh2") == "database cpu too high 2"
    assert words("DBInstance") == "DB instance"
    assert [plural(1, "policy"), plural(2, "policy"), plural(2, "key"), plural(3, "role")] == [
        "1 policy", "2 policies", "2 keys", "3 roles",
    ]  # fmt: skip


def test_what_costs_alike_is_one_row_and_what_costs_nothing_is_none() -> None:
    resources = {
        "Shop": of(
            "RDS::DBInstance",
            MultiAZ=True,
            ManageMasterUserPassword=True,
            DatabaseInsightsMode="advanced",
            AutomaticBackupReplicationRegion="eu-central-1",
        ),
        "Spare": "RDS::DBInstance",
        "One": of("CloudWatch::Alarm", MetricName="m"),
        "Two": of("CloudWatch::Alarm", MetricName="n"),
        "Sum": of("CloudWatch::Alarm", Metrics=[{"Expression": "a+b"}]),
        "Free": of("EC2::VPCEndpoint", VpcEndpointType="Gateway"),
        "Paid": of("EC2::VPCEndpoint", VpcEndpointType="Interface"),
        "Role": "IAM::Role",
        "Rule": "Events::Rule",
    }
    found = dict(charges(reading(resources)))
    assert set(found) == {
        "1 database instance", "1 secret that RDS manages", "2 alarms", "1 alarm", "1 VPC endpoint",
    }  # fmt: skip
    rows = [charge.hour for what, charge in charges(reading(resources)) if what == "1 database instance"]
    assert rows == ["the instance, twice: the standby too, Database Insights by vCPU", "the instance"]
