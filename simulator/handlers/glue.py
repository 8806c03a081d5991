"""AWS::Glue: databases and crawlers. The type of a database takes no tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.handlers.base import Context, Handler


def _create_database(context: Context) -> str:
    name = str(context.get("DatabaseInput", {}).get("Name") or context.name("DatabaseName", lower=True))
    _send_database(context, "create_database", name)
    return name


def _update_database(context: Context) -> None:
    _send_database(context, "update_database", context.id, Name=context.id)


def _send_database(context: Context, operation: str, name: str, **parameters: Any) -> None:
    properties = {**context.properties, "DatabaseInput": {**context.get("DatabaseInput", {}), "Name": name}}
    context.send("glue", operation, properties, leave=("DatabaseName", "Tags"), **parameters)


def _create_crawler(context: Context) -> str:
    name = context.name("Name")
    context.send("glue", "create_crawler", {**context.properties, "Name": name})
    return name


def _update_crawler(context: Context) -> None:
    context.send("glue", "update_crawler", {**context.properties, "Name": context.id}, leave=("Tags",))
    moto_mends.change_crawler(context.region, context.id, context.resource.requests[-1].parameters)
    context.retag("glue", context.arn("glue", f"crawler/{context.id}"))


HANDLERS: Mapping[str, Handler] = {
    "AWS::Glue::Database": Handler(
        create=_create_database,
        update=_update_database,
        delete=lambda context: context.call("glue", "delete_database", Name=context.id),
        exists=lambda context: context.call("glue", "get_database", Name=context.id),
    ),
    "AWS::Glue::Crawler": Handler(
        create=_create_crawler,
        update=_update_crawler,
        delete=lambda context: context.call("glue", "delete_crawler", Name=context.id),
        name="Name",
        exists=lambda context: context.call("glue", "get_crawler", Name=context.id),
    ),
}
