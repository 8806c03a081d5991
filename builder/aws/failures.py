"""Why an operation on a stack failed: its first failures, in nested stacks too, the cause before the effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builder.aws.account import Account
from builder.aws.errors import one_line
from builder.aws.stacks import STACK_TYPE, name_of
from builder.problems import Problem

# An operation begins with one of these; what follows it, a rollback included, belongs to it.
_BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"})
# Said of resources that were given up because another one failed.
_EFFECTS = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class _Event:
    time: datetime
    stack: str
    logical_id: str
    id: str
    type: str
    status: str
    reason: str


def problems(account: Account, stack_id: str, fix: str) -> tuple[Problem, ...]:
    """The first failures of the newest operation on a stack, oldest first; `fix` says what to do then."""
    found = list(_causes(account, stack_id))
    found.reverse()  # of events at one instant, the one that is listed last came first
    found.sort(key=lambda event: event.time)
    return tuple(
        Problem(
            file=event.stack,
            key=event.logical_id,
            what=f"{event.type} is {event.status}: {one_line(event.reason) or 'no reason is given'}",
            fix=fix,
        )
        for event in found[:_SHOWN]
    )


def _causes(account: Account, stack_id: str, until: datetime | None = None) -> Iterator[_Event]:
    for event in _operation(account, stack_id, until):
        if not event.status.endswith("_FAILED") or event.reason.startswith(_EFFECTS) or event.id == stack_id:
            continue
        is_nested = event.type == STACK_TYPE and event.id
        yield from (list(_causes(account, event.id, event.time)) if is_nested else []) or [event]


def _operation(account: Account, stack_id: str, until: datetime | None) -> Iterator[_Event]:
    """The events of the newest operation, newest first, or of the one that a nested stack was in at a time."""
    pages = account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_id)
    for page in pages:
        for each in page["StackEvents"]:
            event = _event(each)
            if until and event.time > until:
                continue  # a rollback of its parent deletes a nested stack
            yield event
            if event.id == stack_id and event.status in _BEGINNINGS:
                return


def _event(shown: Mapping[str, Any]) -> _Event:
    return _Event(
        time=shown["Timestamp"],
        stack=name_of(shown["StackId"]),
        logical_id=shown.get("LogicalResourceId", ""),
        id=shown.get("PhysicalResourceId", ""),
        type=shown.get("ResourceType", ""),
        status=shown.get("ResourceStatus", ""),
        reason=shown.get("ResourceStatusReason", ""),
    )
