"""What CloudFormation says of an operation on a stack: its events, newest first, as DescribeStackEvents lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from builder.aws.account import Account
from builder.aws.stacks import name_of

# An operation begins with one of these; what follows it, a rollback included, belongs to it.
BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"})


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of one stack. `key` is its own ID, `id` the physical one of the resource that it is about."""

    key: str
    time: datetime
    stack_id: str
    logical_id: str
    id: str
    type: str
    status: str
    reason: str
    properties: str

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return name_of(self.stack_id)

    @property
    def is_of_stack(self) -> bool:
        """Whether it is about the stack itself rather than a resource in it."""
        return self.id == self.stack_id


def events(account: Account, stack_id: str) -> Iterator[Event]:
    """Everything that was said of a stack, newest first; pages are read as they are needed."""
    pages = account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack_id)
    return (_event(each) for page in pages for each in page["StackEvents"])


def operation(account: Account, stack_id: str, until: datetime | None = None) -> Iterator[Event]:
    """The events of the newest operation, newest first, or of the one that a nested stack was in at a time."""
    for event in events(account, stack_id):
        if until and event.time > until:
            continue  # a rollback of its parent deletes a nested stack
        yield event
        if event.is_of_stack and event.status in BEGINNINGS:
            return


def newest(account: Account, stack_id: str) -> str:
    """The key of the last event of a stack; empty if there is none."""
    return next((event.key for event in events(account, stack_id)), "")


def _event(shown: Mapping[str, Any]) -> Event:
    return Event(
        key=shown["EventId"],
        time=shown["Timestamp"],
        stack_id=shown["StackId"],
        logical_id=shown.get("LogicalResourceId", ""),
        id=shown.get("PhysicalResourceId", ""),
        type=shown.get("ResourceType", ""),
        status=shown.get("ResourceStatus", ""),
        reason=shown.get("ResourceStatusReason", ""),
        properties=shown.get("ResourceProperties", ""),
    )
