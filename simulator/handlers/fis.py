"""AWS::FIS: experiment templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from


def _create(context: Context) -> str:
    answer = context.send("fis", "create_experiment_template", context.properties, **_given(context))
    return str(answer["experimentTemplate"]["id"])


def _given(context: Context) -> dict[str, Any]:
    return {"tags": tags_from(context.get("Tags")), "clientToken": context.resource.logical_id}


def _arn(context: Context) -> str:
    return context.arn("fis", f"experiment-template/{context.id}")


def _update(context: Context) -> None:
    leave = ("Tags", "ExperimentReportConfiguration")
    context.send("fis", "update_experiment_template", context.properties, leave=leave, id=context.id)
    context.retag("fis", _arn(context))


HANDLERS: Mapping[str, Handler] = {
    "AWS::FIS::ExperimentTemplate": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("fis", "delete_experiment_template", id=context.id),
        attributes=lambda context: {"Id": context.id},
        exists=lambda context: context.call("fis", "get_experiment_template", id=context.id),
    ),
}
