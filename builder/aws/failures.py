"""Why an operation on a stack failed: its first failures, in nested stacks too, the cause before the effects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from builder.aws import states
from builder.aws.account import Account
from builder.aws.errors import one_line
from builder.aws.events import Event, operation
from builder.aws.stacks import STACK_TYPE, Stack
from builder.problems import Problem

# Said of resources that were given up because another one failed.
EFFECTS = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
_SHOWN = 5


def why(account: Account, stack: Stack) -> Sequence[Problem]:
    """Why the newest operation on a stack failed, and how to go on from the state that it stands in."""
    way_out = states.way_out(account, stack)
    fix = f"correct it, {way_out}, then deploy again" if way_out else "correct it, then deploy again"
    found = problems(account, stack.id, fix)
    return found or [Problem(file=stack.name, what=f"is {stack.status}: {stack.reason}", fix=fix)]


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


def _causes(account: Account, stack_id: str, until: datetime | None = None) -> Iterator[Event]:
    for event in operation(account, stack_id, until):
        if not event.status.endswith("_FAILED") or event.reason.startswith(EFFECTS) or event.id == stack_id:
            continue
        is_nested = event.type == STACK_TYPE and event.id
        yield from (list(_causes(account, event.id, event.time)) if is_nested else []) or [event]
