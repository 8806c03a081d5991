"""AWS::CloudFormation::Stack: a stack of its own, created, updated and deleted as a resource of its parent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.engine import operations, sources, template
from simulator.engine.changes import UNKNOWN
from simulator.engine.engine import Engine
from simulator.engine.model import Refused, ResourceFailure, Source, Stack
from simulator.engine.names import new_stack
from simulator.engine.plan import changes_outputs, plan
from simulator.handlers.base import Context, Handler, random_text
from simulator.handlers.translate import tags_from

_NAME_LIMIT = 128


def handler(engine: Engine) -> Handler:
    """The handler of nested stacks; it works on the engine itself, not on an API of moto's."""

    def create(context: Context) -> str:
        parent = context.stack
        child = shell(parent, context.resource.logical_id)
        engine.store.add(child)
        context.made(child.id)
        fill(context, child)
        return child.id

    def fill(context: Context, child: Stack) -> None:
        child.disable_rollback = context.stack.disable_rollback
        source = _made(engine, context, None)
        plan(engine, child, source, {})
        engine.note(child, "CREATE_IN_PROGRESS")
        on_failure = "DO_NOTHING" if child.disable_rollback else "ROLLBACK"
        operations.create(engine, child, source, on_failure=on_failure)
        _require(child, "created", "CREATE_COMPLETE")

    def update(context: Context) -> None:
        child = engine.store.find(context.id, context.region)
        if child.status == "REVIEW_IN_PROGRESS":  # its first creation was refused, and is tried again
            fill(context, child)
            return
        source = _made(engine, context, child.source)
        disable_rollback = context.stack.disable_rollback
        # After a failure elsewhere in the parent, which goes on from there, it may still wait for the clean-up.
        if child.status != operations.NESTED_ARE_WAITED_FOR:
            operations.require_updatable(child, disable_rollback)
        if not child.status.endswith("_FAILED") and not _differs(engine, child, source):
            return
        child.disable_rollback = disable_rollback
        engine.note(child, "UPDATE_IN_PROGRESS")
        operations.update(
            engine, child, source, disable_rollback=disable_rollback, policy=child.policy, parent_waits=True
        )
        _require(child, "updated", operations.NESTED_ARE_WAITED_FOR)

    def delete(context: Context) -> None:
        child = engine.store.find(context.id, context.region)
        if child.status == "DELETE_COMPLETE":
            return
        if child.protected:
            raise ResourceFailure(f"Stack [{child.name}] cannot be deleted while TerminationProtection is enabled")
        engine.note(child, "DELETE_IN_PROGRESS")
        operations.delete(engine, child)
        _require(child, "deleted", "DELETE_COMPLETE")

    def settle(context: Context) -> None:
        child = engine.store.find(context.id, context.region)
        if child.status == operations.NESTED_ARE_WAITED_FOR:
            operations.finish_update(engine, child)

    def restore(context: Context) -> None:
        child = engine.store.find(context.id, context.region)
        if child.status in (operations.NESTED_ARE_WAITED_FOR, "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"):
            engine.note(child, "UPDATE_ROLLBACK_IN_PROGRESS")
            operations.roll_back_update(engine, child)
            _require(child, "updated", "UPDATE_ROLLBACK_COMPLETE")

    def attributes(context: Context) -> Mapping[str, object]:
        child = engine.store.find(context.id, context.region)
        return {f"Outputs.{output.key}": output.value for output in child.outputs}

    return Handler(
        create=create,
        update=update,
        delete=delete,
        attributes=attributes,
        settle=settle,
        restore=restore,
        resumes=True,
        exists=lambda context: engine.store.find(context.id, context.region),
    )


def shell(parent: Stack, logical_id: str) -> Stack:
    """A stack in REVIEW_IN_PROGRESS, not stored yet, to be nested in another under a logical ID."""
    tail = f"-{logical_id}-{random_text(12)}"
    child = new_stack(parent.name[: _NAME_LIMIT - len(tail)] + tail, parent.region)
    child.parent_id, child.root_id = parent.id, parent.root_id or parent.id
    return child


def source_of(
    engine: Engine, region: str, parent: Source, properties: Mapping[str, Any], previous: Source | None
) -> Source:
    """The child's source: its template from S3, its parameters written in the parent, the parent's acknowledgements.

    Parameters whose values are not known before the parent's change are not judged. Raises Refused.
    """
    parameters = [
        {"ParameterKey": name, "ParameterValue": _text(value)}
        for name, value in properties.get("Parameters", {}).items()
    ]
    tags = {key: value for key, value in tags_from(properties.get("Tags")).items() if not key.startswith("aws:")}
    return sources.make(
        engine,
        region,
        body=template.fetch(engine.clients, region, "", str(properties.get("TemplateURL", ""))),
        parameters=parameters,
        previous=previous,
        acknowledged=parent.capabilities,
        tags=tags,
        notification_arns=properties.get("NotificationARNs", ()),
        unknown=UNKNOWN,
    )


def _made(engine: Engine, context: Context, previous: Source | None) -> Source:
    parent = context.stack.source
    assert parent is not None, context.stack.id
    try:
        return source_of(engine, context.region, parent, context.properties, previous)
    except Refused as refused:
        raise ResourceFailure(refused.message) from refused


def _differs(engine: Engine, child: Stack, source: Source) -> bool:
    return (
        bool(plan(engine, child, source, {}))
        or child.source is None
        or source.tags != child.source.tags
        or changes_outputs(engine, child, source)
    )


def _text(value: Any) -> str:
    """A parameter's value for a child: a list is joined, as CloudFormation does for CommaDelimitedList."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _require(child: Stack, done: str, status: str) -> None:
    if child.status != status:
        # The stack's last status may be that of a rollback, which says nothing of its cause.
        reasons = [event.reason for event in child.events if event.physical_id == child.id and event.reason]
        why = reasons[-1] if reasons else f"it is in {child.status}"
        raise ResourceFailure(f"Embedded stack {child.id} was not successfully {done}: {why}")
