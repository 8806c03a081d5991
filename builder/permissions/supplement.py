"""What a deployment needs and no registry schema tells, each with where AWS says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Extra:
    """Actions beside those of the handlers, what for, and the source of that."""

    actions: tuple[str, ...]
    why: str
    source: str


# Asked for by every template.
ALWAYS = (
    Extra(
        actions=(
            "cloudformation:CreateStack",
            "cloudformation:DeleteStack",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplateSummary",
            "cloudformation:SetStackPolicy",
            "cloudformation:UpdateStack",
            "cloudformation:ValidateTemplate",
        ),
        why="the stack itself",
        source="Service Catalog administrator guide, constraints-launch",
    ),
    Extra(
        actions=("cloudformation:TagResource", "cloudformation:UntagResource"),
        why="the stack's tags: Service Catalog gives it those of the portfolio, of the product and of the launch",
        source="AWS managed policy AWSServiceCatalogEndUserFullAccess",
    ),
    Extra(
        actions=("s3:GetObject",),
        why="the template, which Service Catalog keeps in a bucket of its own",
        source="Service Catalog administrator guide, constraints-launch",
    ),
)
TEMPLATE_READS = frozenset({"s3:getobject", "s3:getobjectversion"})
TEMPLATE_TAG = "s3:ExistingObjectTag/servicecatalog:provisioning"

# Types that the registry knows without handlers, or whose resources a function of the template makes.
CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
_ROLE_FOR_RDS = Extra(
    actions=("iam:CreateServiceLinkedRole",),
    why="the first RDS resource of an account makes the service's role",
    source="RDS user guide, UsingWithRDS.IAM.ServiceLinkedRoles",
)
_ROTATION = Extra(
    actions=("secretsmanager:RotateSecret",),
    why="a change of the master user's secret",
    source="Service Authorization Reference, dependent actions of rds:ModifyDBInstance",
)
BY_TYPE: Mapping[str, tuple[Extra, ...]] = {
    CUSTOM_RESOURCE: (
        Extra(
            actions=("lambda:InvokeFunction",),
            why="CloudFormation calls the function of the service token as whoever deploys",
            source="CloudFormation user guide, template-custom-resources-lambda",
        ),
    ),
    "AWS::CloudFormation::WaitCondition": (),
    "AWS::CloudFormation::WaitConditionHandle": (),
    "AWS::EC2::NatGateway": (
        Extra(
            actions=("iam:CreateServiceLinkedRole",),
            why="the first NAT gateway of an account makes the service's role",
            source="VPC user guide, nat-gateway-service-linked-roles",
        ),
    ),
    "AWS::EC2::VPCEndpoint": (
        Extra(
            actions=("route53:AssociateVPCWithHostedZone",),
            why="an interface endpoint with private DNS names",
            source="Service Authorization Reference, dependent actions of ec2:CreateVpcEndpoint",
        ),
    ),
    "AWS::RDS::DBCluster": (_ROLE_FOR_RDS, _ROTATION),
    "AWS::RDS::DBInstance": (_ROTATION,),
    "AWS::RDS::DBProxy": (_ROLE_FOR_RDS,),
    "AWS::RDS::EventSubscription": (
        Extra(
            actions=("sns:Publish",),
            why="RDS may refuse a topic that whoever subscribes it may not publish to",
            source="RDS API reference, CreateEventSubscription, SNSNoAuthorization; managed policy AmazonRDSFullAccess",
        ),
    ),
}

# A property that names a KMS key, whatever its type calls it: KmsKeyId, KMSMasterKeyID, EncryptionKeyArn.
NAMES_A_KEY = re.compile(r"(kms.*key(id|arn)?|encryptionkeyarn)", re.IGNORECASE)
KEY_USE = Extra(
    actions=("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
    why="services use a key of ours, and RDS keeps using it by a grant, with the permissions of whoever deploys",
    source="RDS user guide, Overview.Encryption.Keys and rds-secrets-manager; KMS developer guide, grants",
)

# CloudFormation looks the value of such a parameter up before it begins, as whoever deploys.
_PARAMETERS = "CloudFormation user guide, cloudformation-supplied-parameter-types"
BY_PARAMETER: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::AvailabilityZone::Name": ("ec2:DescribeAvailabilityZones",),
    "AWS::EC2::Image::Id": ("ec2:DescribeImages",),
    "AWS::EC2::Instance::Id": ("ec2:DescribeInstances",),
    "AWS::EC2::KeyPair::KeyName": ("ec2:DescribeKeyPairs",),
    "AWS::EC2::SecurityGroup::GroupName": ("ec2:DescribeSecurityGroups",),
    "AWS::EC2::SecurityGroup::Id": ("ec2:DescribeSecurityGroups",),
    "AWS::EC2::Subnet::Id": ("ec2:DescribeSubnets",),
    "AWS::EC2::VPC::Id": ("ec2:DescribeVpcs",),
    "AWS::EC2::Volume::Id": ("ec2:DescribeVolumes",),
    "AWS::Route53::HostedZone::Id": ("route53:GetHostedZone",),
}
FROM_PARAMETER_STORE = ("ssm:GetParameters",)


def of_parameter(declared_type: str) -> Extra | None:
    """What a parameter of a type needs; None for text and numbers."""
    item = declared_type.removeprefix("List<").removesuffix(">")
    stored = item.startswith("AWS::SSM::Parameter::")
    actions = FROM_PARAMETER_STORE if stored else BY_PARAMETER.get(item, ())
    return Extra(actions=actions, why="the parameter's value is looked up", source=_PARAMETERS) if actions else None


IMPORTS = Extra(
    actions=("cloudformation:ListExports",),
    why="the template imports what another stack exports",
    source="CloudFormation user guide, using-cfn-stack-exports",
)

# Whose role the services make: the longest beginning of the type's name counts. ("AWS services that work with IAM" in
# the IAM user guide, and the page on service-linked roles of each service)
_SERVICE_LINKED: Mapping[str, str] = {
    "AWS::Backup::": "backup.amazonaws.com",
    "AWS::Backup::RestoreTesting": "restore-testing.backup.amazonaws.com",
    "AWS::EC2::FlowLog": "delivery.logs.amazonaws.com",
    "AWS::EC2::NatGateway": "natgateway.amazonaws.com",
    "AWS::RDS::": "rds.amazonaws.com",
}


def service_linked(type_name: str) -> str:
    """The service whose service-linked role a type may make."""
    known = [prefix for prefix in _SERVICE_LINKED if type_name.startswith(prefix)]
    return _SERVICE_LINKED[max(known, key=len)] if known else principal(type_name)


# To whom a type passes a role where that is not its own service. (the user guides' pages on these roles)
_PASSED_TO: Mapping[str, str] = {
    "AWS::EC2::FlowLog": "vpc-flow-logs.amazonaws.com",
    "AWS::StepFunctions::": "states.amazonaws.com",
}
_PASSED_BY: Mapping[str, str] = {"MonitoringRoleArn": "monitoring.rds.amazonaws.com"}


def principal(type_name: str, property_name: str = "") -> str:
    """The service that a role goes to which a resource of a type is given by a property."""
    if property_name in _PASSED_BY:
        return _PASSED_BY[property_name]
    known = (service for prefix, service in _PASSED_TO.items() if type_name.startswith(prefix))
    return next(known, f"{type_name.split('::')[1].lower()}.amazonaws.com")


# Whom IAM takes a role to be passed to, where that need not be the service that the role trusts: both are allowed. The
# first is what monitoring roles and exports are passed to, the second what may test restores. (Service Authorization
# Reference, API operations of Amazon RDS and AWS Backup, iam:PassedToService; AWS managed policy AWSBackupFullAccess)
_JUDGED_AS: Mapping[str, str] = {
    "AWS::RDS::": "rds.amazonaws.com",
    "AWS::Backup::RestoreTestingSelection": "restore-testing.backup.amazonaws.com",
}


def judged_as(type_name: str) -> tuple[str, ...]:
    """The service that IAM takes a role to be passed to that a resource of a type is given, beside whom it trusts."""
    return tuple(service for prefix, service in _JUDGED_AS.items() if type_name.startswith(prefix))


# What a service makes beside a resource, under names of its own. (RDS user guide, rds-secrets-manager)
MADE_BESIDE: Mapping[str, tuple[str, ...]] = {
    "AWS::RDS::DBCluster": ("secretsmanager:{region}:{account}:secret:rds!*",),
    "AWS::RDS::DBInstance": ("secretsmanager:{region}:{account}:secret:rds!*",),
}


@dataclass(frozen=True, kw_only=True)
class Use:
    """The ARN, in which `{name}` stands for what a property names, and the actions that are asked for on it."""

    arn: str
    actions: re.Pattern[str]


_MAKES_A_DATABASE = re.compile(
    r"rds:(createdb(cluster|instance|instancereadreplica)|modifydb(cluster|instance)"
    r"|restoredb(cluster|instance)(from.*|topointintime))"
)

# Properties that name another resource, which need not be of the template. (RDS user guide, "Identity-based policy
# examples for Amazon RDS"; CloudWatch API reference, PutAlarmMuteRule)
NAMES_ANOTHER: Mapping[str, Use] = {
    "AlarmNames": Use(
        arn="cloudwatch:{region}:{account}:alarm:{name}", actions=re.compile("cloudwatch:putalarmmuterule")
    ),
    "DBClusterParameterGroupName": Use(arn="rds:{region}:{account}:cluster-pg:{name}", actions=_MAKES_A_DATABASE),
    "DBParameterGroupName": Use(arn="rds:{region}:{account}:pg:{name}", actions=_MAKES_A_DATABASE),
    "DBSubnetGroupName": Use(arn="rds:{region}:{account}:subgrp:{name}", actions=_MAKES_A_DATABASE),
    "OptionGroupName": Use(arn="rds:{region}:{account}:og:{name}", actions=_MAKES_A_DATABASE),
}

# Properties that name a source outside of the template, and the actions that take it beside what they make.
NAMES_A_SOURCE = frozenset(
    {
        "ReplicationSourceIdentifier",
        "SourceDBClusterIdentifier",
        "SourceDBInstanceAutomatedBackupsArn",
        "SourceDBInstanceIdentifier",
        "SourceDbClusterResourceId",
        "SourceDbiResourceId",
    }
)
TAKES_A_SOURCE = re.compile(r"rds:(createdb(cluster|instancereadreplica)|restoredb(cluster|instance)topointintime)")

# By resource type of IAM: the property by which policies name those that they are attached to.
NAMES_IDENTITIES: Mapping[str, str] = {"group": "Groups", "user": "Users"}

# Properties that name another Region, and what is then done there too. (RDS user guide, USER_ReplicateAutomatedBackups)
NAMES_A_REGION = frozenset({"AutomaticBackupReplicationRegion", "SourceRegion"})
CROSSES_REGIONS = re.compile(
    r"rds:(createdb(cluster|instancereadreplica)|(start|stop|describe)dbinstanceautomatedbackups.*)"
    r"|kms:(creategrant|decrypt|describekey|generatedatakey)"
)
