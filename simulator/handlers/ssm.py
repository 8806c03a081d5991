"""AWS::SSM: documents."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import text

_LONGEST_NAME = 128


def _create(context: Context) -> str:
    name = context.name("Name", limit=_LONGEST_NAME)
    properties = {**context.properties, "Name": name, "Content": text(context.get("Content"))}
    context.send("ssm", "create_document", properties, leave=("UpdateMethod",))
    return name


def _update(context: Context) -> None:
    if context.changed("Content", "Attachments", "DocumentFormat", "VersionName"):
        raise ResourceFailure("A document without UpdateMethod NewVersion is replaced under another name")
    context.retag("ssm", context.id, tag="add_tags_to_resource", untag="remove_tags_from_resource")


HANDLERS: Mapping[str, Handler] = {
    "AWS::SSM::Document": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("ssm", "delete_document", Name=context.id),
        name="Name",
        exists=lambda context: context.call("ssm", "describe_document", Name=context.id),
    )
}
