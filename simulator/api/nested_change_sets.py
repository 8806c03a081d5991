"""Change sets of a hierarchy of stacks: one for each nested stack, beneath that of the stack around it.

Source: "Change sets for nested stacks" in the CloudFormation user guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from simulator.engine import nested
from simulator.engine.engine import STACK_TYPE, Engine
from simulator.engine.model import Change, ChangeSet, Refused, Stack, now
from simulator.engine.names import arn
from simulator.engine.plan import plan


def include(engine: Engine, stack: Stack, change_set: ChangeSet) -> None:
    """Make a change set for each nested stack that this one creates or changes, and for those in them.

    A stack that is still to be created gets a shell in REVIEW_IN_PROGRESS. Raises Refused, late, for one that fails.
    """
    for change in change_set.changes:
        if change.type == STACK_TYPE and change.after is not None:
            _include_one(engine, stack, change_set, change)


def _include_one(engine: Engine, stack: Stack, above: ChangeSet, change: Change) -> None:
    assert change.after is not None, change.logical_id
    known = engine.store.get(change.physical_id, stack.region) if change.physical_id else None
    child = known or nested.shell(stack, change.logical_id)
    if known is None:
        engine.store.add(child)
        engine.note(child, "REVIEW_IN_PROGRESS", "User Initiated")
    name = f"{above.name}-{change.logical_id}"
    made = ChangeSet(
        id=arn(stack.region, f"changeSet/{name}/{uuid4()}"),
        name=name,
        type="UPDATE" if child.source else "CREATE",
        created=now(),
        source=child.source or above.source,
        with_nested=True,
        parent_id=above.id,
        root_id=above.root_id or above.id,
    )
    child.change_sets[made.id] = made
    above.nested[change.logical_id] = made.id
    try:
        made.source = nested.source_of(engine, stack.region, above.source, change.after, child.source)
        made.changes = plan(engine, child, made.source, {})
        include(engine, child, made)
    except Refused as refused:
        made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", refused.message
        why = f"Nested change set {made.id} was not successfully created: Currently in FAILED."
        raise Refused(why, late=True) from refused


def withdraw(engine: Engine, stack: Stack, change_set: ChangeSet) -> None:
    """Delete a change set, those beneath it, and the shells that were made for them."""
    for owner, each in list(_hierarchy(engine, stack, change_set)):
        del owner.change_sets[each.id]
        if owner is not stack and owner.status == "REVIEW_IN_PROGRESS":
            engine.note(owner, "DELETE_COMPLETE")


def _hierarchy(engine: Engine, stack: Stack, change_set: ChangeSet) -> Iterator[tuple[Stack, ChangeSet]]:
    yield stack, change_set
    for child in engine.store.of(stack.region):
        for below in list(child.change_sets.values()):
            if below.parent_id == change_set.id:
                yield from _hierarchy(engine, child, below)
