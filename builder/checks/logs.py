"""Log groups: made before what writes to them, and under a key that admits CloudWatch Logs.

Source: RDS user guide, "Publishing database logs to Amazon CloudWatch Logs"; CloudWatch Logs user guide, "Encrypt log
data using AWS KMS".
"""

from __future__ import annotations

from collections.abc import Iterator

from builder.checks import lookup
from builder.checks.check import Check, Finding, at, listed
from builder.checks.policies import Request, allows
from builder.render import Rendered

_GROUP = "AWS::Logs::LogGroup"


def _writers(rendered: Rendered) -> Iterator[tuple[str, str, str]]:
    """What writes to a log group of a known name: the resource, the group's name, and where it is asked for."""
    for logical_id, properties in rendered.of_type("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        kind = "instance" if rendered.resources[logical_id]["Type"].endswith("DBInstance") else "cluster"
        if "DBInstanceIdentifier" in properties or (kind == "cluster" and "DBClusterIdentifier" in properties):
            name = lookup.ref(rendered, logical_id)
            for log in listed(properties.get("EnableCloudwatchLogsExports")):
                yield logical_id, f"/aws/rds/{kind}/{name}/{log}", "EnableCloudwatchLogsExports"
    for logical_id, properties in rendered.of_type("AWS::Lambda::Function"):
        if "FunctionName" in properties and "LoggingConfig" not in properties:
            yield logical_id, f"/aws/lambda/{properties['FunctionName']}", "FunctionName"


def made_too_late(rendered: Rendered) -> Iterator[Finding]:
    groups = {lookup.ref(rendered, group): group for group, _ in rendered.of_type(_GROUP)}
    for writer, name, prop in _writers(rendered):
        group = groups.get(name)
        if group is not None and group not in lookup.needs(rendered, writer):
            yield Finding(
                path=at(writer, prop),
                what=f"writes to {name}, which it makes itself when {group} is not there yet: {group} then fails",
                fix=f"add DependsOn: {group}",
            )


def kept_for_ever(rendered: Rendered) -> Iterator[Finding]:
    groups = {lookup.ref(rendered, group) for group, _ in rendered.of_type(_GROUP)}
    for writer, name, prop in _writers(rendered):
        if name not in groups:
            yield Finding(
                path=at(writer, prop),
                what=f"{name} is made on first use: unencrypted by your key, and kept for ever",
                fix="make the log group in the template, with RetentionInDays, before what writes to it",
            )
    for group, properties in rendered.of_type(_GROUP):
        if "RetentionInDays" not in properties:
            yield Finding(path=at(group), what="keeps its logs for ever", fix="give RetentionInDays")


def key_refuses(rendered: Rendered) -> Iterator[Finding]:
    place = rendered.place
    for group, properties in rendered.of_type(_GROUP):
        key = lookup.key(rendered, properties.get("KmsKeyId"))
        if key is None:
            continue
        arn = lookup.get_att(rendered, group, "Arn").removesuffix(":*")
        context = {
            "kms:EncryptionContext:aws:logs:arn": arn,
            "aws:SourceAccount": place.account,
            "aws:SourceArn": arn,
        }
        document = rendered.resources[key].get("Properties", {}).get("KeyPolicy")
        own = lookup.get_att(rendered, key, "Arn")
        services = (f"logs.{place.region}.{place.url_suffix}", "logs.amazonaws.com")
        missing = [
            action
            for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
            if not any(
                allows(document, Request(action=action, resource=own, service=service, context=context))
                for service in services
            )
        ]
        if missing:
            yield Finding(
                path=at(group, "KmsKeyId"),
                what=f"the policy of {key} does not let CloudWatch Logs {', '.join(missing)} for {arn}",
                fix=f"allow it to {services[0]}, conditioned on kms:EncryptionContext:aws:logs:arn",
            )


CHECKS = (
    Check(
        id="E9181",
        reason="a log group that its writer has made already cannot be created",
        find=made_too_late,
        source="RDS user guide, USER_LogAccess.Procedural.UploadtoCloudWatch",
    ),
    Check(
        id="W9182",
        reason="a log group without retention keeps its logs for ever",
        find=kept_for_ever,
        source="CloudWatch Logs user guide, Working-with-log-groups-and-streams",
    ),
    Check(
        id="E9183",
        reason="an encrypted log group needs a key that admits CloudWatch Logs",
        find=key_refuses,
        source="CloudWatch Logs user guide, encrypt-log-data-kms",
    ),
)
