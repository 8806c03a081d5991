"""What the engine keeps: stacks, their resources, events and change sets. Only data; functions elsewhere act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Node = Any  # a parsed JSON value


class Refused(Exception):
    """An API call that CloudFormation answers with an error; nothing was done.

    `code` is the error's name on the wire (`ValidationError`, `InsufficientCapabilitiesException`, ...). What is `late`
    fails a change set after the call that made it, instead of the call.
    """

    def __init__(self, message: str, code: str = "ValidationError", *, late: bool = False) -> None:
        self.message = message
        self.code = code
        self.late = late
        super().__init__(message)


class ResourceFailure(Exception):
    """A resource could not be created, updated or deleted; the text becomes the event's reason."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of an AWS API made for a resource, in botocore's names.

    `held` says that moto took it; otherwise it was only validated against botocore's model. `unheld` names the
    parameters that moto accepts and forgets.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    held: bool = True
    unheld: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Resource:
    """One physical resource that belongs to a stack."""

    logical_id: str
    type: str
    status: str
    changed: datetime
    physical_id: str = ""
    reason: str = ""
    properties: dict[str, Any] = field(default_factory=dict)  # evaluated, with the stack's tags
    metadata: Node = None
    description: str = ""
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    needs: tuple[str, ...] = ()  # logical IDs that must outlive this one
    requests: list[Request] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)  # what a custom resource's function answered
    attributes: dict[str, Any] | None = None  # read when first asked for, forgotten by an update

    @property
    def exists(self) -> bool:
        """Whether there is something physical to update or delete."""
        return bool(self.physical_id)

    @property
    def held(self) -> bool:
        """Whether moto took the request that made this resource; otherwise it is only recorded."""
        return not self.requests or self.requests[0].held


@dataclass(frozen=True, kw_only=True)
class Source:
    """A template with all that an operation was given beside it: enough to evaluate it, now or again for a rollback."""

    body: str
    template: Mapping[str, Any]
    given: Mapping[str, str]  # every parameter's value as text, defaults included
    values: Mapping[str, str | list[str]]  # the same, lists where the type is a list
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """One line of a stack's history."""

    id: str
    time: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    properties: str = ""
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One property, or attribute such as `Metadata` or `DeletionPolicy`, of a resource that a change set changes."""

    attribute: str  # Properties, Tags, Metadata, DeletionPolicy, UpdateReplacePolicy
    name: str = ""
    recreation: str = "Never"  # Never, Conditionally, Always
    known: bool = True  # False: the new value is an attribute that only exists after the change
    before: Node = None
    after: Node = None
    cause: str = ""  # the resource whose change causes this one


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change set does to one resource."""

    action: str  # Add, Modify, Remove, Import
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: str = ""  # True, False, Conditional; only for Modify
    policy: str = ""  # Delete, Retain, Snapshot, ReplaceAndDelete, ReplaceAndRetain, ReplaceAndSnapshot
    details: tuple[PropertyChange, ...] = ()
    before: Mapping[str, Any] | None = None  # the properties that it has; None for one that comes
    after: Mapping[str, Any] | None = None  # those that it will have, as far as can be told; None for one that goes


@dataclass(kw_only=True)
class ChangeSet:
    """A proposal to bring a stack to `source`.

    `nested` are the IDs of those of the stacks that it nests, by logical ID, if it was to include them; `parent_id` and
    `root_id` are for such a one the IDs of those above.
    """

    id: str
    name: str
    type: str  # CREATE, UPDATE, IMPORT
    created: datetime
    source: Source
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    execution: str = "AVAILABLE"
    changes: tuple[Change, ...] = ()
    imports: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # logical ID -> identifier
    with_nested: bool = False
    nested: dict[str, str] = field(default_factory=dict)
    parent_id: str = ""
    root_id: str = ""
    description: str = ""
    on_failure: str = ""
    role_arn: str = ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of a stack, evaluated."""

    key: str
    value: str
    description: str = ""
    export: str = ""


@dataclass(kw_only=True)
class Journal:
    """What an operation did to a stack's resources since its last stable state, over repeated attempts."""

    created: list[Resource] = field(default_factory=list)
    before: dict[str, Resource] = field(default_factory=dict)  # updated in place: as they were
    displaced: dict[str, Resource] = field(default_factory=dict)  # replaced: the old ones
    surplus: list[Resource] = field(default_factory=list)  # made by attempts that failed

    def made(self, resource: Resource) -> bool:
        """Whether this very resource was created since the last stable state."""
        return any(resource is each for each in self.created)


@dataclass(kw_only=True)
class Stack:
    """One stack, deleted ones included."""

    id: str
    name: str
    region: str
    created: datetime
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    source: Source | None = None  # what the resources are at, or are being brought to
    stable: Source | None = None  # what a rollback returns to; None before the first success
    resources: dict[str, Resource] = field(default_factory=dict)
    gone: dict[str, Resource] = field(default_factory=dict)  # of a deleted or rolled-back stack: deleted or retained
    outputs: tuple[Output, ...] = ()
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    policy: str = ""
    protected: bool = False
    disable_rollback: bool = False
    retain_except_on_create: bool = False  # a rollback deletes also what says Retain, if it was just made
    role_arn: str = ""
    parent_id: str = ""
    root_id: str = ""
    updated: datetime | None = None
    deleted: datetime | None = None
    token: str = ""
    imports: frozenset[str] = frozenset()  # export names that the stack reads
    journal: Journal | None = None  # what a rollback would undo; None when the stack stands still


def now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)
