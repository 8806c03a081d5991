"""The operations on a stack, from their first status to their last (CloudFormation user guide, "Stack status codes").

Each expects that `note` has given the stack its first, in-progress status, and returns when the stack stands still.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from builder.evaluate import EvaluationError
from simulator import cloud_control
from simulator.engine import undo
from simulator.engine.bring import Failed, bring, outputs_of, require_unused, wanted_attributes
from simulator.engine.engine import Engine, LiveAttributes, with_stack_tags
from simulator.engine.model import Journal, Output, Refused, Resource, ResourceFailure, Source, Stack, now
from simulator.handlers.base import reason

NESTED_ARE_WAITED_FOR = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"


def create(engine: Engine, stack: Stack, source: Source, *, on_failure: str) -> None:
    """CREATE_IN_PROGRESS to CREATE_COMPLETE; on failure, as `on_failure` (ROLLBACK, DELETE, DO_NOTHING) says."""
    stack.source, stack.journal = source, Journal()
    try:
        outputs = bring(engine, stack, source, stack.journal, keep_going=on_failure == "DO_NOTHING")
    except Failed as failure:
        if on_failure == "DO_NOTHING":
            engine.note(stack, "CREATE_FAILED", str(failure))
        elif on_failure == "DELETE":
            engine.note(stack, "DELETE_IN_PROGRESS", f"{failure}Delete requested by user.")
            delete(engine, stack, rollback=True)
        else:
            engine.note(stack, "ROLLBACK_IN_PROGRESS", f"{failure}Rollback requested by user.")
            roll_back_creation(engine, stack)
        return
    _succeed(stack, source, outputs)
    engine.note(stack, "CREATE_COMPLETE")


def update(
    engine: Engine,
    stack: Stack,
    source: Source,
    *,
    disable_rollback: bool,
    policy: str = "",
    parent_waits: bool = False,
) -> None:
    """UPDATE_IN_PROGRESS to UPDATE_COMPLETE; on failure rolled back, or left in UPDATE_FAILED.

    With `parent_waits` a success stops before the clean-up, which then is the parent's to ask for with `finish_update`,
    or to undo with `roll_back_update`.
    """
    stack.journal = stack.journal or Journal()
    stack.source, stack.updated = source, now()
    try:
        outputs = bring(engine, stack, source, stack.journal, keep_going=disable_rollback, policy=policy)
    except Failed as failure:
        if disable_rollback:
            engine.note(stack, "UPDATE_FAILED", str(failure))
        else:
            engine.note(stack, "UPDATE_ROLLBACK_IN_PROGRESS", str(failure))
            roll_back_update(engine, stack)
        return
    stack.outputs = outputs
    engine.note(stack, NESTED_ARE_WAITED_FOR)
    if not parent_waits:
        finish_update(engine, stack)


def finish_update(engine: Engine, stack: Stack) -> None:
    """The clean-up after an update that worked."""
    assert stack.source is not None and stack.journal is not None, stack.id
    live = engine.evaluation(stack, stack.source, LiveAttributes(engine, stack)).live()
    failed = undo.settle(engine, stack, live, stack.journal)
    _succeed(stack, stack.source, stack.outputs)
    why = "Update successful. One or more resources could not be deleted." if failed else ""
    engine.note(stack, "UPDATE_COMPLETE", why)


def roll_back_update(engine: Engine, stack: Stack, skip: Collection[str] = ()) -> None:
    """UPDATE_ROLLBACK_IN_PROGRESS to UPDATE_ROLLBACK_COMPLETE, or _FAILED; `skip` is given up."""
    assert stack.stable is not None and stack.journal is not None, stack.id
    failed = undo.revert(engine, stack, stack.journal, skip)
    if failed:
        engine.note(
            stack, "UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{', '.join(failed)}]. "
        )
        return
    stack.source = stack.stable
    _succeed(stack, stack.stable, _outputs_again(engine, stack))
    engine.note(stack, "UPDATE_ROLLBACK_COMPLETE")


def roll_back_creation(engine: Engine, stack: Stack) -> None:
    """ROLLBACK_IN_PROGRESS to ROLLBACK_COMPLETE, or ROLLBACK_FAILED."""
    for resource in stack.journal.surplus if stack.journal else ():
        undo.remove(engine, stack, resource, "Delete")
    failed = undo.delete_all(engine, stack, rollback=True)
    stack.journal = None
    if failed:
        why = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        engine.note(stack, "ROLLBACK_FAILED", why)
    else:
        engine.note(stack, "ROLLBACK_COMPLETE")


def delete(
    engine: Engine, stack: Stack, *, retain: Collection[str] = (), force: bool = False, rollback: bool = False
) -> None:
    """DELETE_IN_PROGRESS to DELETE_COMPLETE, or DELETE_FAILED with what resists."""
    try:
        for output in stack.outputs:
            if output.export:
                require_unused(engine, stack, output.export, "deleted")
    except Failed as failure:
        engine.note(stack, "DELETE_FAILED", str(failure))
        return
    resources = dict(stack.resources)
    failed = undo.delete_all(engine, stack, retain=retain, force=force, rollback=rollback)
    if failed:
        why = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        engine.note(stack, "DELETE_FAILED", why)
        return
    stack.resources = resources  # ListStackResources shows them for 90 days more (API reference)
    stack.deleted, stack.journal = now(), None
    engine.note(stack, "DELETE_COMPLETE")


def adopt(engine: Engine, stack: Stack, source: Source, imports: Mapping[str, Mapping[str, str]]) -> None:
    """IMPORT_IN_PROGRESS to IMPORT_COMPLETE: take over resources that exist, and apply the template to them.

    On failure they are let go again, nothing deleted: IMPORT_ROLLBACK_COMPLETE.
    """
    previous, stack.source = stack.source, source
    evaluation = engine.evaluation(stack, source, LiveAttributes(engine, stack))
    taken: list[str] = []
    try:
        for logical_id in evaluation.creation_order():
            if logical_id in imports:
                taken.append(logical_id)
                definition = evaluation.resource(logical_id)
                _adopt_one(engine, stack, source, definition, logical_id, imports[logical_id])
                stack.resources[logical_id].needs = evaluation.references(logical_id)
        outputs = outputs_of(evaluation)
    except (ResourceFailure, EvaluationError, Failed) as error:
        engine.note(stack, "IMPORT_ROLLBACK_IN_PROGRESS", str(error))
        for logical_id in taken:
            resource = stack.resources.pop(logical_id, None)
            if resource is not None:
                engine.note_resource(stack, resource, "IMPORT_ROLLBACK_COMPLETE")
        stack.source = previous
        engine.note(stack, "IMPORT_ROLLBACK_COMPLETE")
        return
    _succeed(stack, source, outputs)
    engine.note(stack, "IMPORT_COMPLETE")


def _adopt_one(
    engine: Engine,
    stack: Stack,
    source: Source,
    definition: Mapping[str, Any],
    logical_id: str,
    identifier: Mapping[str, str],
) -> None:
    of_type = str(definition["Type"])
    handler = engine.handler(of_type)
    resource = Resource(logical_id=logical_id, type=of_type, status="IMPORT_IN_PROGRESS", changed=now())
    resource.properties = with_stack_tags(stack.region, of_type, definition.get("Properties", {}), source.tags)
    wanted = wanted_attributes(of_type, definition, resource.properties)
    resource.metadata = wanted["Metadata"]
    resource.deletion_policy, resource.replace_policy = wanted["DeletionPolicy"], wanted["UpdateReplacePolicy"]
    resource.physical_id = "|".join(identifier.values())
    stack.resources[logical_id] = resource
    engine.note_resource(stack, resource, "IMPORT_IN_PROGRESS", "Resource import started.")
    context = engine.context(stack, resource)
    try:
        assert handler.exists is not None, of_type
        handler.exists(context)
        if handler.update:
            handler.update(replace(context, old=_as_found(engine, stack, resource)))
    except Exception as error:
        engine.note_resource(stack, resource, "IMPORT_FAILED", reason(error))
        raise ResourceFailure(f"The following resource(s) failed to import: [{logical_id}]. ") from error
    engine.note_resource(stack, resource, "IMPORT_COMPLETE", "Resource import completed.")


def _as_found(engine: Engine, stack: Stack, resource: Resource) -> Mapping[str, Any]:
    """What an imported resource is before the import; nothing where it cannot be read, and all of the template counts
    as different.
    """
    if not cloud_control.readable(resource.type):
        return {}
    return cloud_control.read(engine.clients, stack.region, resource.type, resource.physical_id)


def _succeed(stack: Stack, source: Source, outputs: tuple[Output, ...]) -> None:
    stack.source = stack.stable = source
    stack.outputs, stack.journal = outputs, None


def _outputs_again(engine: Engine, stack: Stack) -> tuple[Output, ...]:
    """The outputs of the stack's present source, whose resources exist."""
    assert stack.source is not None, stack.id
    return outputs_of(engine.evaluation(stack, stack.source, LiveAttributes(engine, stack)))


def require_updatable(stack: Stack, disable_rollback: bool) -> None:
    """Refuse an update from a state that CloudFormation does not update from."""
    if stack.status in ("CREATE_FAILED", "UPDATE_FAILED"):
        if not disable_rollback:
            raise Refused(
                f"This stack is currently in a non-terminal [{stack.status}] state. To update the stack from this "
                "state, please use the disable-rollback parameter with update-stack API. To rollback to the last known "
                "good state, use the rollback-stack API"
            )
    elif not _stands(stack):
        raise Refused(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _stands(stack: Stack) -> bool:
    return stack.status in (
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    )
