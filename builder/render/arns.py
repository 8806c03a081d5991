"""Amazon Resource Names of resources that do not exist yet: right service, Region, account and partition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from builder.evaluate import Place
from builder.render.samples import fits, sample
from builder.render.seeds import Seed
from builder.schemas import PropertyPath, Schema

# From the "Resource types" tables of the Service Authorization Reference. {name} is the name given or generated, {id}
# the primary identifier's placeholder, {tail} the six characters that Secrets Manager adds; {Path} and {GroupName} are
# properties of the type.
OWN: Mapping[str, str] = {
    "AWS::Backup::BackupPlan": "backup:{region}:{account}:backup-plan:{id}",
    "AWS::Backup::BackupVault": "backup:{region}:{account}:backup-vault:{name}",
    "AWS::Backup::RestoreTestingPlan": "backup:{region}:{account}:restore-testing-plan:{name}-{uuid}",
    "AWS::CloudFormation::Stack": "cloudformation:{region}:{account}:stack/{name}/{uuid}",
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::CloudWatch::CompositeAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::CloudWatch::Dashboard": "cloudwatch::{account}:dashboard/{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::EC2::SecurityGroup": "ec2:{region}:{account}:security-group/{id}",
    "AWS::ECS::Cluster": "ecs:{region}:{account}:cluster/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::InstanceProfile": "iam::{account}:instance-profile{Path}{name}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy{Path}{name}",
    "AWS::IAM::Role": "iam::{account}:role{Path}{name}",
    "AWS::IAM::User": "iam::{account}:user{Path}{name}",
    "AWS::KMS::Alias": "kms:{region}:{account}:{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{id}",
    "AWS::KMS::ReplicaKey": "kms:{region}:{account}:key/{id}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::RDS::DBCluster": "rds:{region}:{account}:cluster:{name}",
    "AWS::RDS::DBClusterParameterGroup": "rds:{region}:{account}:cluster-pg:{name}",
    "AWS::RDS::DBInstance": "rds:{region}:{account}:db:{name}",
    "AWS::RDS::DBParameterGroup": "rds:{region}:{account}:pg:{name}",
    "AWS::RDS::DBProxy": "rds:{region}:{account}:db-proxy:prx-{hex}",
    "AWS::RDS::DBSubnetGroup": "rds:{region}:{account}:subgrp:{name}",
    "AWS::RDS::EventSubscription": "rds:{region}:{account}:es:{name}",
    "AWS::RDS::GlobalCluster": "rds::{account}:global-cluster:{name}",
    "AWS::RDS::OptionGroup": "rds:{region}:{account}:og:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SSM::Document": "ssm:{region}:{account}:document/{name}",
    "AWS::Scheduler::Schedule": "scheduler:{region}:{account}:schedule/{GroupName}/{name}",
    "AWS::Scheduler::ScheduleGroup": "scheduler:{region}:{account}:schedule-group/{name}",
    "AWS::SecretsManager::Secret": "secretsmanager:{region}:{account}:secret:{name}-{tail}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}
DEFAULTS = {"GroupName": "default", "Path": "/"}

# ARNs of something else than the resource, by the schema's format or the attribute's name.
_OTHERS: Mapping[str, str] = {
    "AWS::ACM::Certificate.Arn": "acm:{region}:{account}:certificate/{uuid}",
    "AWS::IAM::Role.Arn": "iam::{account}:role/{name}",
    "AWS::KMS::Key.Arn": "kms:{region}:{account}:key/{uuid}",
    "AWS::Lambda::Function.Arn": "lambda:{region}:{account}:function:{name}",
    "AWS::SNS::Topic.Arn": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue.Arn": "sqs:{region}:{account}:{name}",
    "KmsKeyArn": "kms:{region}:{account}:key/{uuid}",
    "RoleArn": "iam::{account}:role/{name}",
    "SecretArn": "secretsmanager:{region}:{account}:secret:{name}-{tail}",
}

# The registry calls these "Id", and they are ARNs ("Return values" on their pages).
IDENTIFIED_BY_ARN = frozenset({"AWS::SecretsManager::Secret"})

_ARN = re.compile(r"\^?\(?arn")
_SERVICE = re.compile(r"arn:.{0,60}?:([a-z][a-z0-9-]+):")
# Services whose resources have no Region in their ARN (the same reference).
_GLOBAL = frozenset({"cloudfront", "globalaccelerator", "iam", "organizations", "route53", "shield"})
# Called by the handlers of nearly everything: they say nothing about whose resource it is.
_HELPERS = frozenset({"ec2", "iam", "kms", "logs", "organizations", "s3", "secretsmanager", "sso", "sts", "tag"})


def is_arn(attribute: str, shape: Mapping[str, Any]) -> bool:
    """Whether the attribute of this name and JSON schema is one ARN."""
    text = shape.get("type") in ("string", None)
    by_pattern = bool(_ARN.match(str(shape.get("pattern", "")))) and not attribute.endswith(("Id", "Identifier"))
    named = attribute.lower().endswith("arn") or str(shape.get("format", "")).endswith(".Arn")
    return text and (named or by_pattern)


def arn(
    of: Schema,
    path: PropertyPath,
    shape: Mapping[str, Any],
    place: Place,
    seed: Seed,
    *,
    named: Callable[[str], str | None],
    generated: str,
    identifier: Seed | None,
) -> str:
    """The ARN that an attribute of a resource gives.

    `named` gives the text of a property of the resource, None where it is not given; `generated` is the name that it
    gets without one; `identifier` is the seed of its primary identifier.
    """
    kind = of.type_name.split("::")[2]
    others = _OTHERS.get(path[-1]) if of.type_name not in IDENTIFIED_BY_ARN else None
    form = _OTHERS.get(str(shape.get("format", "")))
    template = others or (OWN.get(of.type_name) if len(path) == 1 else None) or form
    if template is None:
        service = _service(of, str(shape.get("pattern", "")))
        region = "" if service in _GLOBAL else "{region}"
        template = f"{service}:{region}:{{account}}:{kind.lower()}/{{name}}"
    values = {
        "region": place.region,
        "account": place.account,
        "name": _name(of, named) or generated,
        "id": _identifier(of, identifier or seed),
        "uuid": seed.uuid(),
        "hex": seed.hex(17),
        "tail": seed.text(6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        **{name: named(name) or default for name, default in DEFAULTS.items()},
    }
    made = f"arn:{place.partition}:{template.format_map(values)}"
    pattern = str(shape.get("pattern", ""))
    return made if fits(pattern, made) else sampled(pattern, place, seed, service=_service(of, pattern)) or made


def sampled(pattern: str, place: Place, seed: Seed, *, service: str | None = None) -> str | None:
    """An ARN that a pattern matches, in the place of the stack, and of the service given; None for none."""
    found = sample(pattern, seed)
    parts = (found or "").split(":", 5)
    if len(parts) < 6:
        return None
    parts[1] = place.partition
    parts[2] = service or parts[2]
    parts[3] = place.region if parts[3] else ""
    parts[4] = place.account if parts[4] else ""
    moved = ":".join(parts)
    return moved if fits(pattern, moved) else None


def name_properties(of: Schema) -> tuple[str, ...]:
    """The properties under which a type may keep the name that a template gives it, the likeliest first."""
    identifier = of.primary_identifier[0][0] if of.primary_identifier else "Name"
    likely = dict.fromkeys((identifier, f"{of.type_name.split('::')[2]}Name", "Name"))
    return tuple(name for name in likely if name in of.document["properties"])


def _name(of: Schema, named: Callable[[str], str | None]) -> str | None:
    """The name that the template gives the resource, under whatever property its type keeps it."""
    return next((text for name in name_properties(of) if (text := named(name)) is not None), None)


def _identifier(of: Schema, seed: Seed) -> str:
    return f"sg-{seed.hex(17)}" if of.type_name == "AWS::EC2::SecurityGroup" else seed.uuid()


def _service(of: Schema, pattern: str) -> str:
    """The service's name in ARNs: from the attribute's pattern, or from the permissions that creating it takes."""
    if stated := _SERVICE.search(pattern):
        return stated[1]
    namespace = of.type_name.split("::")[1].lower()
    services = Counter(permission.partition(":")[0].lower() for permission in of.permissions.get("create", ()))
    if namespace in services:
        return namespace
    return next((service for service, _ in services.most_common() if service not in _HELPERS), namespace)
