"""AWS::Scheduler: schedules and their groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.base import Context, Handler


def _create(context: Context) -> str:
    name = context.name("Name", limit=64)
    context.send("scheduler", "create_schedule", {**context.properties, "Name": name})
    return name


def _update(context: Context) -> None:
    context.send("scheduler", "update_schedule", {**context.properties, "Name": context.id})


def _named(context: Context) -> dict[str, Any]:
    return {"Name": context.id, "GroupName": context.get("GroupName", "default")}


def _create_group(context: Context) -> str:
    name = context.name("Name", limit=64)
    context.send("scheduler", "create_schedule_group", {**context.properties, "Name": name})
    return name


def _group_arn(context: Context) -> str:
    return context.arn("scheduler", f"schedule-group/{context.id}")


HANDLERS: Mapping[str, Handler] = {
    "AWS::Scheduler::Schedule": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("scheduler", "delete_schedule", **_named(context)),
        attributes=lambda context: {
            "Arn": context.arn("scheduler", f"schedule/{_named(context)['GroupName']}/{context.id}")
        },
        name="Name",
        exists=lambda context: context.call("scheduler", "get_schedule", **_named(context)),
    ),
    "AWS::Scheduler::ScheduleGroup": Handler(
        create=_create_group,
        update=lambda context: context.retag("scheduler", _group_arn(context)),
        delete=lambda context: context.call("scheduler", "delete_schedule_group", Name=context.id),
        attributes=lambda context: {"Arn": _group_arn(context)},
        name="Name",
        exists=lambda context: context.call("scheduler", "get_schedule_group", Name=context.id),
    ),
}
