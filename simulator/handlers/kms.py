"""AWS::KMS: keys and aliases."""

from __future__ import annotations

import json
from collections.abc import Mapping

from simulator.handlers.base import Context, Handler

_RENAME = {"KeyPolicy": "Policy"}
_APART = ("EnableKeyRotation", "Enabled", "PendingWindowInDays", "RotationPeriodInDays")


def _create_key(context: Context) -> str:
    made = context.send("kms", "create_key", context.properties, rename=_RENAME, leave=_APART)
    key = context.made(made["KeyMetadata"]["KeyId"])
    _settings(context)
    return key


def _update_key(context: Context) -> None:
    key = context.id
    if context.changed("KeyPolicy"):
        context.call(
            "kms", "put_key_policy", KeyId=key, PolicyName="default", Policy=json.dumps(context.get("KeyPolicy"))
        )
    if context.changed("Description"):
        context.call("kms", "update_key_description", KeyId=key, Description=context.get("Description", ""))
    context.retag("kms", key)
    _settings(context)


def _settings(context: Context) -> None:
    """What has calls of its own, after a creation and in an update."""
    if context.changed("EnableKeyRotation", "RotationPeriodInDays"):
        if context.true("EnableKeyRotation"):
            period = {"RotationPeriodInDays": int(days)} if (days := context.get("RotationPeriodInDays")) else {}
            context.call("kms", "enable_key_rotation", KeyId=context.id, **period)
        else:
            context.call("kms", "disable_key_rotation", KeyId=context.id)
    if context.changed("Enabled"):
        enabled = context.true("Enabled", default=True)
        context.call("kms", "enable_key" if enabled else "disable_key", KeyId=context.id)


def _delete_key(context: Context) -> None:
    days = int(context.get("PendingWindowInDays", 30))  # the default of the registry schema
    context.call("kms", "schedule_key_deletion", KeyId=context.id, PendingWindowInDays=days)


def _key_attributes(context: Context) -> Mapping[str, object]:
    return {"Arn": context.arn("kms", f"key/{context.id}"), "KeyId": context.id}


def _create_alias(context: Context) -> str:
    context.send("kms", "create_alias", context.properties)
    return str(context.get("AliasName"))


def _update_alias(context: Context) -> None:
    context.send("kms", "update_alias", context.properties)


def _delete_alias(context: Context) -> None:
    context.call("kms", "delete_alias", AliasName=context.id)


HANDLERS: Mapping[str, Handler] = {
    "AWS::KMS::Key": Handler(
        create=_create_key,
        update=_update_key,
        delete=_delete_key,
        attributes=_key_attributes,
        exists=lambda context: context.call("kms", "describe_key", KeyId=context.id),
    ),
    "AWS::KMS::Alias": Handler(
        create=_create_alias,
        update=_update_alias,
        delete=_delete_alias,
        name="AliasName",
        exists=lambda context: context.find("kms", "list_aliases", "Aliases", AliasName=context.id),
    ),
}
