"""AWS::SSM: documents."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from, text

_LONGEST_NAME = 128


def _create(context: Context) -> str:
    name = context.name("Name", limit=_LONGEST_NAME)
    properties = {**context.properties, "Name": name, "Content": text(context.get("Content"))}
    context.send("ssm", "create_document", properties, leave=("UpdateMethod",))
    return name


def _update(context: Context) -> None:
    if context.changed("Content", "Attachments", "DocumentFormat", "VersionName"):
        raise ResourceFailure("A document without UpdateMethod NewVersion is replaced under another name")
    before, after = tags_from(context.old.get("Tags")), tags_from(context.get("Tags"))
    document = {"ResourceType": "Document", "ResourceId": context.id}
    if gone := [key for key in before if key not in after]:
        context.call("ssm", "remove_tags_from_resource", **document, TagKeys=gone)
    if fresh := [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]:
        context.call("ssm", "add_tags_to_resource", **document, Tags=fresh)


HANDLERS: Mapping[str, Handler] = {
    "AWS::SSM::Document": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("ssm", "delete_document", Name=context.id),
        name="Name",
        exists=lambda context: context.call("ssm", "describe_document", Name=context.id),
    )
}
