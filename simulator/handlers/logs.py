"""AWS::Logs: log groups."""

from __future__ import annotations

from collections.abc import Mapping

from simulator import moto_mends
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from

_KNOWN = ("KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags")


def _create(context: Context) -> str:
    context.refuse_unknown(*_KNOWN)
    request = {"kmsKeyId": context.get("KmsKeyId"), "logGroupClass": context.get("LogGroupClass")}
    request = {name: value for name, value in request.items() if value is not None}
    if tags := tags_from(context.get("Tags")):
        request["tags"] = tags
    name = context.name("LogGroupName", limit=512)
    context.call("logs", "create_log_group", logGroupName=name, **request)
    context.made(name)
    _retain(context)
    return name


def _retain(context: Context) -> None:
    if context.changed("RetentionInDays"):
        if days := context.get("RetentionInDays"):
            context.call("logs", "put_retention_policy", logGroupName=context.id, retentionInDays=int(days))
        else:
            context.call("logs", "delete_retention_policy", logGroupName=context.id)


def _update(context: Context) -> None:
    _retain(context)
    if context.changed("KmsKeyId"):
        key = context.get("KmsKeyId")
        if key:
            context.call("logs", "associate_kms_key", logGroupName=context.id, kmsKeyId=key)
        else:
            context.call("logs", "disassociate_kms_key", logGroupName=context.id)
        moto_mends.set_log_group_key(context.region, context.id, key)
    context.retag("logs", context.arn("logs", f"log-group:{context.id}"))


HANDLERS: Mapping[str, Handler] = {
    "AWS::Logs::LogGroup": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("logs", "delete_log_group", logGroupName=context.id),
        attributes=lambda context: {"Arn": context.arn("logs", f"log-group:{context.id}:*")},
        name="LogGroupName",
        exists=lambda context: context.find("logs", "describe_log_groups", "logGroups", logGroupName=context.id),
    ),
}
