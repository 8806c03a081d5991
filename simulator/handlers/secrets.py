"""AWS::SecretsManager: secrets, their attachment to a database, and their rotation, which is scheduled, but not run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import text, to_request

_LEAVE = ("GenerateSecretString", "ReplicaRegions")
_TEMPLATE = ("GenerateStringKey", "SecretStringTemplate")


def _value(context: Context) -> str:
    """The secret's text: given, or generated into the template's key."""
    if "SecretString" in context.properties:
        return text(context.get("SecretString"))
    rule: dict[str, Any] = context.get("GenerateSecretString", {})
    shape = context.input_of("secretsmanager", "get_random_password")
    request = to_request(rule, shape, leave=_TEMPLATE)
    password = str(context.call("secretsmanager", "get_random_password", **request)["RandomPassword"])
    if "SecretStringTemplate" not in rule:
        return password
    return json.dumps({**json.loads(rule["SecretStringTemplate"]), rule["GenerateStringKey"]: password})


def _create(context: Context) -> str:
    properties = {**context.properties, "Name": context.name("Name", limit=512)}
    value: dict[str, Any] = {}
    if {"SecretString", "GenerateSecretString"} & properties.keys():
        value["SecretString"] = _value(context)
    replicas = {"AddReplicaRegions": given} if (given := context.get("ReplicaRegions")) else {}
    leave = (*_LEAVE, "SecretString")
    answer = context.send("secretsmanager", "create_secret", properties, leave=leave, **value, **replicas)
    return str(answer["ARN"])


def _update(context: Context) -> None:
    """A changed rule of generation makes a new password, as on AWS."""
    request: dict[str, Any] = {}
    if context.changed("SecretString", "GenerateSecretString"):
        request["SecretString"] = _value(context)
    for name in ("Description", "KmsKeyId"):
        if context.changed(name):
            request[name] = context.get(name, "")
    if request:
        context.call("secretsmanager", "update_secret", SecretId=context.id, **request)
    context.retag("secretsmanager", context.id)


def _attach(context: Context) -> str:
    """Adds where the database is to the secret's text (CloudFormation reference, SecretTargetAttachment)."""
    secret, target = context.get("SecretId"), context.get("TargetId")
    client = {"SecretId": secret}
    value = json.loads(context.call("secretsmanager", "get_secret_value", **client)["SecretString"])
    found = context.call("rds", "describe_db_instances", DBInstanceIdentifier=target)["DBInstances"][0]
    value |= {
        "dbInstanceIdentifier": target,
        "engine": found["Engine"],
        "host": found["Endpoint"]["Address"],
        "port": found["Endpoint"]["Port"],
    }
    if name := found.get("DBName"):
        value["dbname"] = name
    context.call("secretsmanager", "put_secret_value", **client, SecretString=json.dumps(value))
    return str(secret)


def _rotate(context: Context) -> str:
    secret, function = context.get("SecretId"), context.get("RotationLambdaARN")
    context.refuse_unknown("SecretId", "RotationLambdaARN", "RotationRules")
    context.call("lambda", "get_function", FunctionName=function)
    days = int(context.get("RotationRules", {}).get("AutomaticallyAfterDays", 0))
    moto_mends.schedule_rotation(context.region, secret, function, days)
    return str(secret)


HANDLERS: Mapping[str, Handler] = {
    "AWS::SecretsManager::RotationSchedule": Handler(
        create=_rotate,
        update=_rotate,
        delete=lambda context: context.call("secretsmanager", "cancel_rotate_secret", SecretId=context.id),
        attributes=lambda context: {"Id": context.id},
    ),
    "AWS::SecretsManager::Secret": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call(
            "secretsmanager", "delete_secret", SecretId=context.id, ForceDeleteWithoutRecovery=True
        ),
        attributes=lambda context: {"Id": context.id},
        name="Name",
        exists=lambda context: context.call("secretsmanager", "describe_secret", SecretId=context.id),
    ),
    "AWS::SecretsManager::SecretTargetAttachment": Handler(
        create=_attach, update=_attach, delete=lambda _: None, attributes=lambda context: {"Id": context.id}
    ),
}
