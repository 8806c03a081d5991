"""What the reference says of a resource type: its concern, how people call it, its icon, and whether it is drawn.

Icons are names in the set of AWS architecture icons that the PyPI package `diagrams` carries, below resources/aws.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

NETWORK, DATABASE, ACCESS, KEYS = "Network", "Database", "Access", "Keys"
STORAGE, BACKUP, LOGS = "Storage", "Backup", "Logs"
WATCHING, ALERTS, AUTOMATION = "Watching", "Alerts", "Automation"
OFFER, NESTED, OTHER = "Service Catalog", "Nested stacks", "Other"
# The order in which pages name them.
CONCERNS = (
    DATABASE, NETWORK, OFFER, ACCESS, KEYS, BACKUP, STORAGE, LOGS, WATCHING, ALERTS, AUTOMATION, NESTED, OTHER,
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of resource. `apart`: each is drawn by itself; `drawn` is false for what only joins others."""

    concern: str
    noun: str
    icon: str
    apart: bool = False
    drawn: bool = True


def _part(concern: str, noun: str) -> Kind:
    """A kind that has no picture of its own: it joins, opens or names others."""
    return Kind(concern, noun, "", drawn=False)


_KINDS: Mapping[str, Kind] = {
    "Athena::WorkGroup": Kind(STORAGE, "query workgroup", "analytics/athena"),
    "Backup::BackupPlan": Kind(BACKUP, "backup plan", "storage/backup", apart=True),
    "Backup::BackupSelection": _part(BACKUP, "backup selection"),
    "Backup::BackupVault": Kind(BACKUP, "backup vault", "storage/s3-glacier-vault", apart=True),
    "Backup::RestoreTestingPlan": Kind(BACKUP, "restore testing plan", "storage/backup", apart=True),
    "Backup::RestoreTestingSelection": _part(BACKUP, "restore testing selection"),
    "CloudFormation::Stack": Kind(NESTED, "nested stack", "management/cloudformation-stack", apart=True),
    "CloudFormation::StackSet": Kind(NESTED, "stack set", "management/cloudformation-stack", apart=True),
    "CloudFormation::WaitConditionHandle": _part(OTHER, "wait handle"),
    "CloudWatch::Alarm": Kind(WATCHING, "alarm", "management/cloudwatch-alarm"),
    "CloudWatch::AlarmMuteRule": Kind(WATCHING, "alarm mute rule", "management/cloudwatch-event-time-based"),
    "CloudWatch::CompositeAlarm": Kind(WATCHING, "composite alarm", "management/cloudwatch-alarm"),
    "CloudWatch::Dashboard": Kind(WATCHING, "dashboard", "management/cloudwatch"),
    "DynamoDB::Table": Kind(DATABASE, "table", "database/dynamodb-table", apart=True),
    "EC2::EIP": _part(NETWORK, "public address"),
    "EC2::FlowLog": _part(NETWORK, "flow log"),
    "EC2::Instance": Kind(AUTOMATION, "instance", "compute/ec2-instance", apart=True),
    "EC2::InternetGateway": Kind(NETWORK, "internet gateway", "network/internet-gateway", apart=True),
    "EC2::NatGateway": Kind(NETWORK, "NAT gateway", "network/nat-gateway", apart=True),
    "EC2::NetworkAcl": _part(NETWORK, "network ACL"),
    "EC2::NetworkAclEntry": _part(NETWORK, "network ACL entry"),
    "EC2::Route": _part(NETWORK, "route"),
    "EC2::RouteTable": _part(NETWORK, "route table"),
    "EC2::SecurityGroup": _part(ACCESS, "security group"),
    "EC2::SecurityGroupEgress": _part(ACCESS, "egress rule"),
    "EC2::SecurityGroupIngress": _part(ACCESS, "ingress rule"),
    "EC2::Subnet": _part(NETWORK, "subnet"),
    "EC2::SubnetNetworkAclAssociation": _part(NETWORK, "network ACL association"),
    "EC2::SubnetRouteTableAssociation": _part(NETWORK, "route table association"),
    "EC2::VPC": _part(NETWORK, "VPC"),
    "EC2::VPCEndpoint": Kind(NETWORK, "VPC endpoint", "network/endpoint"),
    "EC2::VPCGatewayAttachment": _part(NETWORK, "gateway attachment"),
    "Events::Rule": Kind(WATCHING, "event rule", "integration/eventbridge-rule"),
    "FIS::ExperimentTemplate": Kind(AUTOMATION, "fault experiment", "management/systems-manager-automation"),
    "Glue::Crawler": Kind(AUTOMATION, "crawler", "analytics/glue-crawlers"),
    "Glue::Database": Kind(STORAGE, "catalogue database", "analytics/glue-data-catalog"),
    "Glue::Table": Kind(STORAGE, "catalogue table", "analytics/glue-data-catalog"),
    "IAM::ManagedPolicy": Kind(ACCESS, "policy", "security/identity-and-access-management-iam-permissions"),
    "IAM::Policy": _part(ACCESS, "inline policy"),
    "IAM::Role": Kind(ACCESS, "role", "security/identity-and-access-management-iam-role"),
    "KMS::Alias": _part(KEYS, "key alias"),
    "KMS::Key": Kind(KEYS, "customer key", "security/key-management-service"),
    "Lambda::EventSourceMapping": _part(AUTOMATION, "event source"),
    "Lambda::Function": Kind(AUTOMATION, "function", "compute/lambda-function", apart=True),
    "Lambda::Permission": _part(ACCESS, "function permission"),
    "Logs::LogGroup": Kind(LOGS, "log group", "management/cloudwatch-logs"),
    "Logs::MetricFilter": _part(WATCHING, "metric filter"),
    "Logs::ResourcePolicy": _part(ACCESS, "log resource policy"),
    "Pipes::Pipe": _part(AUTOMATION, "pipe"),
    "RDS::DBCluster": Kind(DATABASE, "database cluster", "database/rds", apart=True),
    "RDS::DBClusterParameterGroup": _part(DATABASE, "cluster parameter group"),
    "RDS::DBInstance": Kind(DATABASE, "database instance", "database/rds", apart=True),
    "RDS::DBParameterGroup": _part(DATABASE, "parameter group"),
    "RDS::DBProxy": Kind(DATABASE, "database proxy", "database/rds", apart=True),
    "RDS::DBProxyTargetGroup": _part(DATABASE, "proxy target group"),
    "RDS::DBSubnetGroup": _part(DATABASE, "subnet group"),
    "RDS::EventSubscription": Kind(WATCHING, "RDS event subscription", "integration/eventbridge-event"),
    "S3::Bucket": Kind(STORAGE, "bucket", "storage/simple-storage-service-s3-bucket-with-objects", apart=True),
    "S3::BucketPolicy": _part(STORAGE, "bucket policy"),
    "SNS::Subscription": Kind(ALERTS, "subscription", "integration/simple-notification-service-sns", apart=True),
    "SNS::Topic": Kind(ALERTS, "topic", "integration/simple-notification-service-sns-topic", apart=True),
    "SNS::TopicPolicy": _part(ALERTS, "topic policy"),
    "SQS::Queue": Kind(ALERTS, "queue", "integration/simple-queue-service-sqs-queue", apart=True),
    "Scheduler::Schedule": Kind(AUTOMATION, "schedule", "integration/eventbridge-scheduler"),
    "Scheduler::ScheduleGroup": _part(AUTOMATION, "schedule group"),
    "SecretsManager::RotationSchedule": _part(KEYS, "rotation schedule"),
    "SecretsManager::Secret": Kind(KEYS, "secret", "security/secrets-manager"),
    "SecretsManager::SecretTargetAttachment": _part(KEYS, "secret attachment"),
    "ServiceCatalog::AcceptedPortfolioShare": _part(OFFER, "accepted share"),
    "ServiceCatalog::CloudFormationProduct": Kind(OFFER, "product", "management/service-catalog"),
    "ServiceCatalog::LaunchRoleConstraint": _part(OFFER, "launch constraint"),
    "ServiceCatalog::LaunchTemplateConstraint": _part(OFFER, "template constraint"),
    "ServiceCatalog::Portfolio": Kind(OFFER, "portfolio", "management/service-catalog", apart=True),
    "ServiceCatalog::PortfolioPrincipalAssociation": Kind(OFFER, "launcher", "general/user"),
    "ServiceCatalog::PortfolioProductAssociation": _part(OFFER, "product association"),
    "ServiceCatalog::PortfolioShare": Kind(OFFER, "account share", "management/organizations-account"),
    "ServiceCatalog::ServiceAction": Kind(OFFER, "service action", "management/systems-manager-automation"),
    "ServiceCatalog::ServiceActionAssociation": _part(OFFER, "service action association"),
    "ServiceCatalog::TagOption": Kind(OFFER, "tag option", "management/systems-manager-parameter-store"),
    "ServiceCatalog::TagOptionAssociation": _part(OFFER, "tag option association"),
    "SSM::Document": Kind(AUTOMATION, "automation", "management/systems-manager-automation"),
    "StepFunctions::StateMachine": Kind(AUTOMATION, "state machine", "integration/step-functions", apart=True),
}  # fmt: skip

# Types that are not listed go by their service.
_SERVICES: Mapping[str, tuple[str, str]] = {
    "ApiGateway": (NETWORK, "network/api-gateway"),
    "ApiGatewayV2": (NETWORK, "network/api-gateway"),
    "Backup": (BACKUP, "storage/backup"),
    "CloudFront": (NETWORK, "network/cloudfront"),
    "CloudWatch": (WATCHING, "management/cloudwatch"),
    "DynamoDB": (DATABASE, "database/dynamodb"),
    "EC2": (NETWORK, "compute/ec2"),
    "ECS": (AUTOMATION, "compute/elastic-container-service"),
    "ElastiCache": (DATABASE, "database/elasticache"),
    "ElasticLoadBalancingV2": (NETWORK, "network/elastic-load-balancing"),
    "Events": (WATCHING, "integration/eventbridge"),
    "Glue": (STORAGE, "analytics/glue"),
    "IAM": (ACCESS, "security/identity-and-access-management-iam"),
    "KMS": (KEYS, "security/key-management-service"),
    "Kinesis": (AUTOMATION, "analytics/kinesis"),
    "Lambda": (AUTOMATION, "compute/lambda"),
    "Logs": (LOGS, "management/cloudwatch-logs"),
    "RDS": (DATABASE, "database/rds"),
    "Redshift": (DATABASE, "database/redshift"),
    "Route53": (NETWORK, "network/route-53"),
    "S3": (STORAGE, "storage/simple-storage-service-s3"),
    "SNS": (ALERTS, "integration/simple-notification-service-sns"),
    "SSM": (AUTOMATION, "management/systems-manager"),
    "Serverless": (AUTOMATION, "compute/lambda"),
    "Scheduler": (AUTOMATION, "integration/eventbridge-scheduler"),
    "SecretsManager": (KEYS, "security/secrets-manager"),
    "ServiceCatalog": (OTHER, "management/service-catalog"),
    "StepFunctions": (AUTOMATION, "integration/step-functions"),
}
UNKNOWN_ICON = "management/cloudformation-template"
_UNKNOWN = (OTHER, UNKNOWN_ICON)
# What a parameter's name says of the resource that it identifies; the first word that it holds counts.
NAMED_ICONS: Mapping[str, str] = {
    "Topic": "integration/simple-notification-service-sns-topic",
    "Vault": "storage/s3-glacier-vault",
    "Bucket": "storage/simple-storage-service-s3-bucket-with-objects",
    "Function": "compute/lambda-function",
    "Key": "security/key-management-service",
    "Queue": "integration/simple-queue-service-sqs-queue",
    "Database": "database/rds",
    "Instance": "database/rds",
}
RDS_ICON, POSTGRESQL_ICON = "database/rds", "database/rds-postgresql-instance"
CLIENTS_ICON = "general/users"
INTERNET_ICON = "general/internet-alt1"
EMAIL_ICON = "integration/simple-notification-service-sns-email-notification"
HTTP_ICON = "integration/simple-notification-service-sns-http-notification"
ELSEWHERE_ICON = "general/office-building"


def kind_of(type_name: str) -> Kind:
    """The kind of a resource type, AWS's own or custom; a type that is not listed goes by its service."""
    listed = _KINDS.get(type_name.removeprefix("AWS::"))
    if listed is not None:
        return listed
    service, _, name = type_name.removeprefix("AWS::").partition("::")
    if service == "Custom" or type_name == "AWS::CloudFormation::CustomResource":
        return _part(AUTOMATION, "custom resource")
    concern, icon = _SERVICES.get(service, _UNKNOWN)
    return Kind(concern, words(name or service), icon)


def words(name: str) -> str:
    """A PascalCase name in words, acronyms kept: `DatabaseCpuTooHigh` is `database cpu too high`."""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", name)
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def plural(number: int, noun: str) -> str:
    """`1 policy`, `2 policies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{number} {noun}s"
