"""AWS::Events: rules with their targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.base import Context, Handler

_LEAVE = ("Targets",)


def _bus(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}


def _create(context: Context) -> str:
    name = context.name("Name", limit=64)
    context.send("events", "put_rule", {**context.properties, "Name": name}, leave=_LEAVE)
    context.made(name)
    _set_targets(context)
    return name


def _set_targets(context: Context) -> None:
    rule = {"Rule": context.id, **_bus(context.properties)}
    before = {each["Id"]: each for each in context.old.get("Targets", [])}
    after = {each["Id"]: each for each in context.get("Targets", [])}
    if gone := [name for name in before if name not in after]:
        context.call("events", "remove_targets", **rule, Ids=gone)
    if fresh := [each for name, each in after.items() if before.get(name) != each]:
        context.send("events", "put_targets", {**rule, "Targets": fresh})


def _update(context: Context) -> None:
    properties = {"State": "ENABLED", **context.properties, "Name": context.id}
    context.send("events", "put_rule", properties, leave=(*_LEAVE, "Tags"))
    _set_targets(context)
    context.retag("events", _arn(context))


def _delete(context: Context) -> None:
    rule = {"Rule": context.id, **_bus(context.properties)}
    if targets := context.get("Targets"):
        context.call("events", "remove_targets", **rule, Ids=[each["Id"] for each in targets])
    context.call("events", "delete_rule", Name=context.id, **_bus(context.properties))


def _arn(context: Context) -> str:
    bus = str(context.get("EventBusName", "default")).rpartition("/")[2]
    return context.arn("events", f"rule/{context.id}" if bus == "default" else f"rule/{bus}/{context.id}")


HANDLERS: Mapping[str, Handler] = {
    "AWS::Events::Rule": Handler(
        create=_create,
        update=_update,
        delete=_delete,
        attributes=lambda context: {"Arn": _arn(context), "RuleName": context.id},
        name="Name",
        exists=lambda context: context.call("events", "describe_rule", Name=context.id, **_bus(context.properties)),
    )
}
