"""What flows between resources."""

from __future__ import annotations

from typing import Any

import pytest

from builder.docs.flows import Flow, flows
from tests.builder.docs.templates import POSTGRES, TWO_ZONES, att, of, reading, ref

DATABASE = TWO_ZONES | POSTGRES
ALARM = of(
    "CloudWatch::Alarm",
    Namespace="AWS/RDS",
    Dimensions=[{"Name": "DBInstanceIdentifier", "Value": ref("Shop")}],
    AlarmActions=[ref("Topic")],
)


def found(resources: dict[str, Any], given: dict[str, str] | None = None, **sections: Any) -> set[tuple[str, str, str]]:
    return {(each.source, each.label, each.target) for each in flows(reading(resources, given, **sections))}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (
            {"Topic": "SNS::Topic", "Alarm": ALARM},
            {("Shop", "metrics", "Alarm"), ("Alarm", "alarms", "Topic")},
        ),
        (
            {
                "Topic": "SNS::Topic",
                "Told": of("RDS::EventSubscription", SourceIds=[ref("Shop")], SnsTopicArn=ref("Topic")),
            },
            {("Shop", "events", "Told"), ("Told", "events", "Topic")},
        ),
        (
            {"Topic": "SNS::Topic", "Mail": of("SNS::Subscription", TopicArn=ref("Topic"), Protocol="email")},
            {("Topic", "messages", "Mail")},
        ),
        (
            {
                "Vault": of("Backup::BackupVault", BackupVaultName="v"),
                "Plan": of(
                    "Backup::BackupPlan",
                    BackupPlan={
                        "BackupPlanName": "p",
                        "BackupPlanRule": [
                            {"TargetBackupVault": ref("Vault"), "CopyActions": [{"DestinationBackupVaultArn": "arn"}]}
                        ],
                    },
                ),
                "Chosen": of(
                    "Backup::BackupSelection",
                    BackupPlanId=ref("Plan"),
                    BackupSelection={"Resources": [att("Shop", "DBInstanceArn")]},
                ),
                "Tests": of(
                    "Backup::RestoreTestingPlan",
                    RecoveryPointSelection={"IncludeVaults": [att("Vault", "BackupVaultArn")]},
                ),
            },
            {("Shop", "backups", "Vault"), ("Vault", "copies", "elsewhere"), ("Vault", "restores", "Tests")},
        ),
        (
            {
                "Log": of("Logs::LogGroup", LogGroupName="/aws/rds/instance/shop/postgresql"),
                "Other": of("Logs::LogGroup", LogGroupName="/aws/rds/instance/workshop/postgresql"),
                "Unnamed": "Logs::LogGroup",
            },
            {("Shop", "logs", "Log")},
        ),
        (
            {
                "Nodes": of("RDS::DBCluster", DBClusterIdentifier="nodes"),
                "Door": of("RDS::DBProxy", DBProxyName="door"),
                "Targets": of("RDS::DBProxyTargetGroup", DBProxyName=ref("Door"), DBClusterIdentifiers=[ref("Nodes")]),
                "NodesLog": of("Logs::LogGroup", LogGroupName="/aws/rds/cluster/nodes/postgresql"),
                "DoorLog": of("Logs::LogGroup", LogGroupName="/aws/rds/proxy/door"),
                "OtherLog": of("Logs::LogGroup", LogGroupName="/aws/rds/proxy/doorbell"),
            },
            {("Door", "connections", "Nodes"), ("Nodes", "logs", "NodesLog"), ("Door", "logs", "DoorLog")},
        ),
        (
            {"Set": "CloudFormation::StackSet"},
            {("Set", "makes stacks", "elsewhere")},
        ),
        (
            {
                "Log": "Logs::LogGroup",
                "Flow": of("EC2::FlowLog", ResourceId=ref("Net"), LogGroupName=ref("Log")),
                "Given": of("EC2::FlowLog", ResourceId="vpc-1", LogDestination=att("Log", "Arn")),
            },
            {("Net", "flow log", "Log"), ("internet", "flow log", "Log")},
        ),
        (
            {
                "Run": of("Lambda::Function", FunctionName="empty"),
                "Log": of("Logs::LogGroup", LogGroupName="/aws/lambda/empty"),
                "Bucket": "S3::Bucket",
                "Emptied": of("Custom::EmptyOnDelete", ServiceToken=att("Run", "Arn"), Bucket=ref("Bucket")),
            },
            {("Run", "logs", "Log"), ("Run", "empty on delete", "Bucket")},
        ),
        (
            {
                "Queue": "SQS::Queue",
                "Run": "Lambda::Function",
                "Feed": of("Lambda::EventSourceMapping", EventSourceArn=att("Queue", "Arn"), FunctionName=ref("Run")),
            },
            {("Queue", "events", "Run")},
        ),
        (
            {
                "Table": "DynamoDB::Table",
                "Key": "KMS::Key",
                "Role": "IAM::Role",
                "Run": of(
                    "Lambda::Function",
                    Environment={"Variables": {"T": ref("Table"), "G": ref("Guard")}},
                    Role=att("Role", "Arn"),
                    KmsKeyArn=att("Key", "Arn"),
                ),
            },
            {("Run", "uses", "Table")},
        ),
    ],
)
def test_a_property_means_an_arrow(resources: dict[str, Any], expected: set[tuple[str, str, str]]) -> None:
    assert found(DATABASE | resources) == expected


def test_backups_replicated_by_the_database_itself_go_elsewhere() -> None:
    shop = of("RDS::DBInstance", AutomaticBackupReplicationRegion="eu-central-1")
    assert found({"Shop": shop}) == {("Shop", "automated backups", "elsewhere")}


def test_metrics_of_ones_own_come_from_the_state_machine_that_publishes_them() -> None:
    machine = of("StepFunctions::StateMachine", DefinitionString='{"Namespace":"Own","MetricName":"Age"}')
    alarm = of(
        "CloudWatch::Alarm",
        Namespace="Own",
        MetricName="Age",
        Dimensions=[{"Name": "DBInstanceIdentifier", "Value": ref("Shop")}],
    )
    other = of("CloudWatch::Alarm", Namespace="Own", MetricName="Size")
    assert found(DATABASE | {"Watch": machine, "TooOld": alarm, "Other": other}) == {("Watch", "metrics", "TooOld")}


def test_what_a_parameter_names_is_an_end_too() -> None:
    parameters = {"TopicArn": {"Type": "String"}}
    alarm = of("CloudWatch::Alarm", AlarmActions=[ref("TopicArn")])
    given = {"TopicArn": "arn:aws:sns:eu-west-1:1:alerts"}
    assert found({"Alarm": alarm}, given, Parameters=parameters) == {("Alarm", "alarms", "given TopicArn")}


def test_a_proxy_reaches_the_database_that_a_parameter_names() -> None:
    targets = of("RDS::DBProxyTargetGroup", DBProxyName=ref("Door"), DBInstanceIdentifiers=[ref("DatabaseIdentifier")])
    parameters = {"DatabaseIdentifier": {"Type": "String"}}
    made = found({"Door": "RDS::DBProxy", "Targets": targets}, {"DatabaseIdentifier": "orders"}, Parameters=parameters)
    assert made == {("Door", "connections", "given DatabaseIdentifier")}


def test_nothing_flows_to_itself_and_nothing_twice() -> None:
    bucket = of("S3::Bucket", LoggingConfiguration={"DestinationBucketName": ref("Logs")})
    itself = of("S3::Bucket", ReplicationConfiguration={"Role": ref("Logs")})
    assert flows(reading({"A": bucket, "Logs": itself})) == (
        Flow(source="A", target="Logs", label="access log", sort="log"),
    )
