"""AWS::CloudFormation: what is nothing but a name, and StackSets, which are recorded: there is one account here.

Nested stacks and custom resources are the engine's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import to_request


def _url(context: Context) -> str:
    return f"{context.clients.endpoint}/_simulator/wait/{context.name('')}"


_INSTANCES = ("StackInstancesGroup", "OperationPreferences")


def _send_stack_set(context: Context, operation: str, **extra: Any) -> None:
    shape = context.input_of("cloudformation", operation)
    context.record("cloudformation", operation, {**to_request(context.properties, shape, leave=_INSTANCES), **extra})


def _create_stack_set(context: Context) -> str:
    _send_stack_set(context, "create_stack_set")
    for group in context.get("StackInstancesGroup", []):
        _send_instances(context, "create_stack_instances", group)
    return context.made(f"{context.get('StackSetName')}:{uuid4()}")


def _update_stack_set(context: Context) -> None:
    """The stack set itself; then whatever instances are no longer wanted, and those that are new."""
    _send_stack_set(context, "update_stack_set")
    before, after = context.old.get("StackInstancesGroup", []), context.get("StackInstancesGroup", [])
    for group in (each for each in before if each not in after):
        _send_instances(context, "delete_stack_instances", group, RetainStacks=False)
    for group in (each for each in after if each not in before):
        _send_instances(context, "create_stack_instances", group)


def _delete_stack_set(context: Context) -> None:
    for group in context.get("StackInstancesGroup", []):
        _send_instances(context, "delete_stack_instances", group, RetainStacks=False)
    context.record("cloudformation", "delete_stack_set", _called(context))


def _send_instances(context: Context, operation: str, group: Mapping[str, Any], **extra: Any) -> None:
    preferences = {name: context.get(name) for name in ("OperationPreferences",) if context.get(name)}
    request = to_request({**group, **preferences}, context.input_of("cloudformation", operation))
    context.record("cloudformation", operation, {**request, **_called(context), **extra})


def _called(context: Context) -> dict[str, Any]:
    return {name: context.get(name) for name in ("StackSetName", "CallAs") if context.get(name)}


HANDLERS: Mapping[str, Handler] = {
    "AWS::CloudFormation::WaitConditionHandle": Handler(
        create=_url,
        update=lambda _: None,
        delete=lambda _: None,
        attributes=lambda context: {"Id": context.id},
    ),
    "AWS::CloudFormation::StackSet": Handler(
        create=_create_stack_set,
        update=_update_stack_set,
        delete=_delete_stack_set,
        attributes=lambda context: {"StackSetId": context.id},
        name="StackSetName",
    ),
}
