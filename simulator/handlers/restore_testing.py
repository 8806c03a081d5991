"""AWS::Backup's restore testing: plans and selections, which moto lacks, validated and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from, to_request

_PLAN, _SELECTION = "RestoreTestingPlan", "RestoreTestingSelection"


def _nested(context: Context, operation: str, member: str, leave: tuple[str, ...]) -> dict[str, Any]:
    """The properties as the API takes them: within one member."""
    return to_request(context.properties, context.input_of("backup", operation).members[member], leave=leave)


def _create_plan(context: Context) -> str:
    plan = _nested(context, "create_restore_testing_plan", _PLAN, ("Tags",))
    tags = tags_from(context.get("Tags"))
    context.call("backup", "create_restore_testing_plan", RestoreTestingPlan=plan, Tags=tags)
    return str(context.get("RestoreTestingPlanName"))


def _update_plan(context: Context) -> None:
    leave = ("RestoreTestingPlanName", "Tags")
    plan = _nested(context, "update_restore_testing_plan", _PLAN, leave)
    name = {"RestoreTestingPlanName": context.id}
    context.call("backup", "update_restore_testing_plan", **name, RestoreTestingPlan=plan)
    context.retag("backup", _plan_arn(context))


def _plan_arn(context: Context) -> str:
    return context.arn("backup", f"restore-testing-plan:{context.id}")


def _create_selection(context: Context) -> str:
    selection = _nested(context, "create_restore_testing_selection", _SELECTION, ("RestoreTestingPlanName",))
    plan = {"RestoreTestingPlanName": context.get("RestoreTestingPlanName")}
    context.call("backup", "create_restore_testing_selection", **plan, RestoreTestingSelection=selection)
    return f"{context.get('RestoreTestingPlanName')}|{context.get('RestoreTestingSelectionName')}"


def _named(context: Context) -> dict[str, Any]:
    plan, _, selection = context.id.partition("|")
    return {"RestoreTestingPlanName": plan, "RestoreTestingSelectionName": selection}


def _update_selection(context: Context) -> None:
    leave = ("ProtectedResourceType", "RestoreTestingPlanName", "RestoreTestingSelectionName")
    selection = _nested(context, "update_restore_testing_selection", _SELECTION, leave)
    context.call("backup", "update_restore_testing_selection", **_named(context), RestoreTestingSelection=selection)


HANDLERS: Mapping[str, Handler] = {
    "AWS::Backup::RestoreTestingPlan": Handler(
        create=_create_plan,
        update=_update_plan,
        delete=lambda context: context.call("backup", "delete_restore_testing_plan", RestoreTestingPlanName=context.id),
        attributes=lambda context: {"RestoreTestingPlanArn": _plan_arn(context)},
        name="RestoreTestingPlanName",
    ),
    "AWS::Backup::RestoreTestingSelection": Handler(
        create=_create_selection,
        update=_update_selection,
        delete=lambda context: context.call("backup", "delete_restore_testing_selection", **_named(context)),
        name="RestoreTestingSelectionName",
    ),
}
