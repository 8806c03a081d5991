"""The control matrix: every control is asked of every template that ships, and can be failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.docs import matrix
from builder.docs.control_questions.statements import is_for_all, listed, statements
from builder.docs.controls import CONTROLS, Control
from builder.docs.source import Source, of_stack
from builder.load import discover
from builder.problems import Failure
from tests.builder.docs.templates import POSTGRES, TWO_ZONES, of, reading, ref
from tests.conftest import REPOSITORY

SOURCES: dict[str, Source] = {name: of_stack(REPOSITORY, name, ()) for name in discover(REPOSITORY)}
STATEMENTS = matrix.statements(REPOSITORY)
BY_ID = {control.id: control for control in CONTROLS}


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_is_met(control: Control) -> None:
    """By every template with every shipped environment, or the exception is stated with its reason."""
    for name, source in SOURCES.items():
        found = matrix.verdict(control, source)
        if (control.id, name) in STATEMENTS.reasons:
            assert found.unmet, f"{name} meets it: the exception in {matrix.STATEMENTS} is none"
        else:
            assert not found.unmet, f"{name}: {found.unmet}"


def test_every_control_applies_to_something_that_ships() -> None:
    for control in CONTROLS:
        assert any(matrix.verdict(control, source).applies for source in SOURCES.values()), control.id


def test_exceptions_are_of_controls_and_templates_that_exist() -> None:
    for control, template in STATEMENTS.reasons:
        assert control in BY_ID
        assert template in SOURCES


def shop(**properties: Any) -> dict[str, Any]:
    return {"Shop": of("RDS::DBInstance", Engine="postgres", **properties)}


def flock(**properties: Any) -> dict[str, Any]:
    return {"Flock": of("RDS::DBCluster", Engine="aurora-postgresql", **properties)}


def member(name: str, **properties: Any) -> dict[str, Any]:
    return {name: of("RDS::DBInstance", DBClusterIdentifier=ref("Flock"), **properties)}


def told(kind: str, *categories: str, **properties: Any) -> dict[str, Any]:
    return {"Told": of("RDS::EventSubscription", SourceType=kind, EventCategories=list(categories), **properties)}


def role(action: str, resource: str) -> dict[str, Any]:
    policy = {"PolicyDocument": {"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}}
    return {"Role": of("IAM::Role", Policies=[policy])}


def policy(action: str, resource: str) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", "Action": [action], "Resource": [resource]}]}
    return {"Policy": of("IAM::ManagedPolicy", PolicyDocument=document)}


def topic(principal: Any, **extra: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", **extra}
    admits = of("SNS::TopicPolicy", Topics=[ref("Topic")], PolicyDocument={"Statement": [statement]})
    return {"Topic": "SNS::Topic", "Admits": admits}


def guard(**rule: Any) -> dict[str, Any]:
    return {"Guard": of("EC2::SecurityGroup", SecurityGroupIngress=[rule])}


def acl(**entry: Any) -> dict[str, Any]:
    return {"Entry": of("EC2::NetworkAclEntry", RuleAction="allow", CidrBlock="0.0.0.0/0", **entry)}


def secure(action: str, secure: str) -> dict[str, Any]:
    statement = {"Effect": "Deny", "Action": action, "Condition": {"Bool": {"aws:SecureTransport": secure}}}
    document = {"Statement": [statement]}
    return {"B": "S3::Bucket", "P": of("S3::BucketPolicy", Bucket=ref("B"), PolicyDocument=document)}


BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
INSTANCE_EVENTS = ("maintenance", "configuration change", "failure")
OPEN_SHOP = TWO_ZONES | POSTGRES | {
    "Places": of("RDS::DBSubnetGroup", DBSubnetGroupDescription="x", SubnetIds=[ref("Open1"), ref("Open2")])
}  # fmt: skip
MET: list[tuple[str, Mapping[str, Any]]] = [
    ("RDS.2", shop(PubliclyAccessible="false")),
    ("RDS.3", shop(StorageEncrypted=True)),
    ("RDS.5", shop(MultiAZ="true")),
    ("RDS.6", shop(MonitoringInterval="60", MonitoringRoleArn="arn")),
    ("RDS.6", flock(MonitoringInterval=60, MonitoringRoleArn="arn") | member("A")),
    ("RDS.6", flock() | member("A", MonitoringInterval=60, MonitoringRoleArn="arn")),
    ("RDS.6", flock(DBClusterInstanceClass="db.m6gd.large", MonitoringInterval=60, MonitoringRoleArn="arn")),
    ("RDS.7", flock(DeletionProtection=True)),
    ("RDS.8", shop(DeletionProtection=True)),
    ("RDS.12", flock(EnableIAMDatabaseAuthentication="true")),
    ("RDS.15", flock(DBClusterInstanceClass="db.m6gd.large")),
    ("RDS.15", flock() | member("A") | member("B")),
    ("RDS.16", flock(CopyTagsToSnapshot=True)),
    ("RDS.19", flock() | told("db-cluster", "maintenance", "failure")),
    ("RDS.24", flock(MasterUsername="dbadmin")),
    ("RDS.27", flock(StorageEncrypted=True)),
    ("RDS.35", flock()),
    ("RDS.37", flock(EnableCloudwatchLogsExports=["postgresql"])),
    ("RDS.9", shop(EnableCloudwatchLogsExports=["upgrade", "postgresql"])),
    ("RDS.10", shop(EnableIAMDatabaseAuthentication=True)),
    ("RDS.11", shop(BackupRetentionPeriod=7)),
    ("RDS.13", shop()),
    ("RDS.17", shop(CopyTagsToSnapshot=True)),
    ("RDS.20", shop() | told("db-instance", *INSTANCE_EVENTS, "failover")),
    ("RDS.20", shop() | told("db-instance")),
    ("RDS.21", shop() | told("db-parameter-group", "configuration change")),
    ("RDS.22", shop() | told("db-security-group", "configuration change", "failure")),
    ("RDS.23", shop(Port="6000")),
    ("RDS.25", shop(MasterUsername="dbadmin")),
    ("RDS.36", shop(EnableCloudwatchLogsExports=["postgresql"])),
    ("RDS.46", TWO_ZONES | POSTGRES),
    ("SecretsManager.1", shop(ManageMasterUserPassword=True)),
    (
        "SecretsManager.1",
        {"Secret": "SecretsManager::Secret", "T": of("SecretsManager::RotationSchedule", SecretId=ref("Secret"))},
    ),
    (
        "SecretsManager.1",
        shop(MasterUserPassword={"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"})
        | {
            "Secret": "SecretsManager::Secret",
            "A": of("SecretsManager::SecretTargetAttachment", SecretId=ref("Secret"), TargetId=ref("Shop")),
            "T": of("SecretsManager::RotationSchedule", SecretId=ref("A")),
        },
    ),
    ("Backup.1", {"Vault": of("Backup::BackupVault", EncryptionKeyArn="arn")}),
    ("S3.1", {"B": of("S3::Bucket", PublicAccessBlockConfiguration=BLOCKED)}),
    ("S3.5", secure("s3:*", "false")),
    ("S3.8", {"B": of("S3::Bucket", PublicAccessBlockConfiguration=BLOCKED)}),
    ("S3.9", {"B": of("S3::Bucket", LoggingConfiguration={"DestinationBucketName": ref("L")}), "L": "S3::Bucket"}),
    ("S3.12", {"B": of("S3::Bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})}),
    ("S3.13", {"B": of("S3::Bucket", LifecycleConfiguration={"Rules": [{"Status": "Enabled"}]})}),
    ("SNS.4", topic({"Service": "rds.amazonaws.com"})),
    ("SNS.4", topic("*", Condition={"StringEquals": {"aws:SourceAccount": "1"}})),
    ("KMS.1", policy("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/1")),
    ("KMS.2", role("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/1")),
    ("KMS.4", {"Key": of("KMS::Key", EnableKeyRotation=True)}),
    ("KMS.5", {"Key": of("KMS::Key", KeyPolicy={"Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"}}]})}),
    ("IAM.1", role("*", "arn:aws:s3:::x")),
    ("IAM.21", role("s3:*", "arn:aws:s3:::x")),
    ("EC2.6", TWO_ZONES | {"Log": of("EC2::FlowLog", ResourceId=ref("Net"))}),
    ("EC2.15", {"S": "EC2::Subnet"}),
    ("EC2.18", guard(CidrIp="0.0.0.0/0", FromPort=443, ToPort="443")),
    ("EC2.19", guard(CidrIp="10.0.0.0/8", FromPort=22, ToPort=22)),
    ("EC2.21", acl(PortRange={"From": 443, "To": 443})),
    ("EC2.21", acl(Egress=True)),
    ("StepFunctions.1", {"M": of("StepFunctions::StateMachine", LoggingConfiguration={"Level": "ERROR"})}),
]
UNMET: list[tuple[str, Mapping[str, Any]]] = [
    ("RDS.2", shop()),
    ("RDS.3", shop(StorageEncrypted="false")),
    ("RDS.5", shop()),
    ("RDS.6", shop(MonitoringInterval=60)),
    ("RDS.6", flock() | member("A")),
    ("RDS.6", flock(DBClusterInstanceClass="db.m6gd.large", MonitoringInterval=60)),
    ("RDS.6", shop(MonitoringInterval=0, MonitoringRoleArn="arn")),
    ("RDS.2", flock() | member("A", PubliclyAccessible=True)),
    ("RDS.7", flock()),
    ("RDS.8", shop()),
    ("RDS.12", flock()),
    ("RDS.13", flock() | member("A", AutoMinorVersionUpgrade=False)),
    ("RDS.15", flock() | member("A")),
    ("RDS.16", flock()),
    ("RDS.19", flock() | told("db-cluster", "failure")),
    ("RDS.24", flock(MasterUsername="postgres")),
    ("RDS.27", flock()),
    ("RDS.35", flock(AutoMinorVersionUpgrade=False)),
    ("RDS.37", flock(EnableCloudwatchLogsExports=["instance"])),
    ("RDS.9", shop(EnableCloudwatchLogsExports=["postgresql"])),
    ("RDS.10", shop()),
    ("RDS.11", shop(BackupRetentionPeriod=6)),
    ("RDS.11", shop()),
    ("RDS.13", shop(AutoMinorVersionUpgrade=False)),
    ("RDS.17", shop()),
    ("RDS.20", shop() | told("db-instance", "failure")),
    ("RDS.20", shop() | told("db-instance", *INSTANCE_EVENTS, Enabled=False)),
    ("RDS.21", shop() | told("db-instance", "configuration change")),
    ("RDS.22", shop() | told("db-security-group", "failure")),
    ("RDS.23", shop(Port=5432)),
    ("RDS.23", shop()),
    ("RDS.25", shop(MasterUsername="postgres")),
    ("RDS.25", shop()),
    ("RDS.36", shop(EnableCloudwatchLogsExports=["upgrade"])),
    ("RDS.46", OPEN_SHOP),
    ("SecretsManager.1", shop(MasterUserPassword="x")),
    ("SecretsManager.1", {"Secret": "SecretsManager::Secret"}),
    ("Backup.1", {"Vault": "Backup::BackupVault"}),
    ("S3.1", {"B": of("S3::Bucket", PublicAccessBlockConfiguration={**BLOCKED, "IgnorePublicAcls": False})}),
    ("S3.5", secure("s3:GetObject", "false")),
    ("S3.5", secure("s3:*", "true")),
    ("S3.5", {**secure("s3:*", "false"), "Other": "S3::Bucket"}),
    ("S3.8", {"B": "S3::Bucket"}),
    ("S3.9", {"B": "S3::Bucket"}),
    ("S3.12", {"B": of("S3::Bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})}),
    ("S3.13", {"B": of("S3::Bucket", LifecycleConfiguration={"Rules": [{"Status": "Disabled"}]})}),
    ("SNS.4", topic("*")),
    ("SNS.4", topic({"AWS": ["*"]})),
    ("KMS.1", policy("kms:Decrypt", "*")),
    ("KMS.2", role("kms:*", "arn:aws:kms:eu-west-1:1:key/*")),
    ("KMS.4", {"Key": "KMS::Key"}),
    ("KMS.5", {"Key": of("KMS::Key", KeyPolicy={"Statement": [{"Effect": "Allow", "Principal": "*"}]})}),
    ("IAM.1", role("*", "*")),
    ("IAM.1", policy("*", "*")),
    ("IAM.21", policy("s3:*", "*")),
    ("EC2.6", TWO_ZONES),
    ("EC2.15", {"S": of("EC2::Subnet", MapPublicIpOnLaunch=True)}),
    ("EC2.18", guard(CidrIp="0.0.0.0/0", FromPort=8080, ToPort=8080)),
    ("EC2.18", guard(CidrIp="0.0.0.0/0", IpProtocol="-1", FromPort="-1", ToPort="-1")),
    ("EC2.18", guard() | {"R": of("EC2::SecurityGroupIngress", GroupId=ref("Guard"), CidrIpv6="::/0")}),
    ("EC2.19", guard(CidrIpv6="::/0", FromPort=22, ToPort=22)),
    ("EC2.21", acl()),
    ("EC2.21", acl(PortRange={"From": "20", "To": "30"})),
    ("StepFunctions.1", {"M": "StepFunctions::StateMachine"}),
]  # fmt: skip


@pytest.mark.parametrize(("control", "resources"), MET, ids=lambda value: value if isinstance(value, str) else "")
def test_a_template_that_meets_a_control_is_found_to(control: str, resources: dict[str, Any]) -> None:
    answers = list(BY_ID[control].question(reading(resources)))
    assert answers and all(meets for _, meets in answers)


@pytest.mark.parametrize(("control", "resources"), UNMET, ids=lambda value: value if isinstance(value, str) else "")
def test_a_template_that_does_not_is_found_out(control: str, resources: dict[str, Any]) -> None:
    assert not all(meets for _, meets in BY_ID[control].question(reading(resources)))


def test_every_control_has_an_example_either_way() -> None:
    assert {control for control, _ in MET} == {control for control, _ in UNMET} == set(BY_ID)


def test_keys_that_cannot_rotate_are_not_asked_to() -> None:
    assert list(BY_ID["KMS.4"].question(reading({"Key": of("KMS::Key", KeySpec="RSA_2048")}))) == []


def test_policies_are_read_whatever_form_they_have() -> None:
    statement = {"Effect": "Allow"}
    assert (
        list(statements({"Statement": statement})) == list(statements({"Statement": [statement, "x"]})) == [statement]
    )
    assert list(statements("{}")) == []
    assert [listed(None), listed("a"), listed(["a"])] == [[], ["a"], ["a"]]
    assert not is_for_all({"Effect": "Deny", "Principal": "*"})


class TestStatements:
    """docs/controls.toml."""

    def test_a_project_without_the_file_states_nothing(self, tmp_path: Path) -> None:
        assert matrix.statements(tmp_path) == matrix.Statements(reasons={}, elsewhere=())

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[[exception", "is not TOML"),
            ('[[exception]]\ncontrol = "RDS.2"\ntemplates = ["a"]', "exception 1: has no reason"),
            ('[[elsewhere]]\ncontrol = "X"\nby = "Y"', "elsewhere 1: has no title"),
        ],
    )
    def test_a_wrong_file_is_refused(self, tmp_path: Path, text: str, told: str) -> None:
        (tmp_path / "docs").mkdir()
        (tmp_path / matrix.STATEMENTS).write_text(text)
        with pytest.raises(Failure, match=told):
            matrix.statements(tmp_path)


def test_the_matrix_is_of_what_applies() -> None:
    parts = matrix.sections(list(SOURCES.values()), STATEMENTS)
    assert set(parts) == {"matrix", "exceptions", "elsewhere"}
    assert "| in prod, staging |" in parts["matrix"][1]
    assert "tap-stack" not in parts["matrix"][1].splitlines()[2], "it has no resource that a control asks about"
    assert "CloudFormation.3" in parts["elsewhere"][1]
    nothing = matrix.sections([SOURCES["tap-stack"]], matrix.Statements(reasons={}, elsewhere=()))
    assert set(nothing) == {"matrix"}


def test_what_is_not_met_without_a_reason_is_a_problem_and_so_is_a_reason_without_need() -> None:
    sources = list(SOURCES.values())
    silent = matrix.Statements(reasons={}, elsewhere=())
    told = [str(problem) for problem in matrix.problems(sources, silent)]
    assert any(
        line.startswith("dist/rds-high-availability.json: RDS.23: Not the engine's default port: not so")
        for line in told
    )
    needless = matrix.Statements(reasons={**STATEMENTS.reasons, ("RDS.2", "tap-stack"): "x"}, elsewhere=())
    (problem,) = matrix.problems(sources, needless)
    assert str(problem).startswith("docs/controls.toml: RDS.2: is met by tap-stack, or does not apply")
