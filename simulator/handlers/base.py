"""What a handler is, and what it works with."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import OperationModel, StructureShape
from botocore.validate import ParamValidator
from jmespath import search  # type: ignore[import-untyped]

from builder.evaluate import partition_of
from simulator.account import ACCOUNT
from simulator.clients import Clients
from simulator.engine.model import Refused, Request, Resource, ResourceFailure, Stack
from simulator.handlers.dynamic import resolved
from simulator.handlers.moto_gaps import FORGOTTEN, MISSING
from simulator.handlers.translate import Untranslatable, tags_from, tags_to, text, to_request

Properties = Mapping[str, Any]

_NOT_FOUND = re.compile(r"NotFound|NoSuch|ResourceNotFound|DoesNotExist")
_ALPHABET = string.ascii_uppercase + string.digits


def is_not_found(error: ClientError) -> bool:
    """Whether an API says that the thing itself is not there, which makes its deletion a success."""
    return bool(_NOT_FOUND.search(error.response["Error"]["Code"]))


def random_text(length: int) -> str:
    """Upper-case letters and digits, as CloudFormation puts at the end of the names that it makes."""
    return "".join(random.choices(_ALPHABET, k=length))


@dataclass(kw_only=True)
class Context:
    """One resource in one operation.

    `properties` are those to bring about, with the stack's tags; `old` those in force, empty at a creation.
    """

    clients: Clients
    stack: Stack
    resource: Resource
    properties: Properties = field(default_factory=dict)
    old: Properties = field(default_factory=dict)

    @property
    def region(self) -> str:
        return self.stack.region

    @property
    def id(self) -> str:
        """The resource's physical ID."""
        return self.resource.physical_id

    def arn(self, service: str, path: str) -> str:
        """An ARN in the stack's partition, Region and account."""
        return f"arn:{partition_of(self.region)[0]}:{service}:{self.region}:{ACCOUNT}:{path}"

    def made(self, physical_id: str) -> str:
        """Say early what was made, so that a creation that fails half-way can be undone."""
        self.resource.physical_id = physical_id
        return physical_id

    def get(self, name: str, default: Any = None) -> Any:
        return self.properties.get(name, default)

    def true(self, name: str, *, default: bool = False) -> bool:
        """A property that is true or false, in any of the forms that a template may give it."""
        return text(self.properties.get(name, default)) == "true"

    def refuse_unknown(self, *known: str) -> None:
        """Raise Untranslatable for a property that this handler would drop."""
        for name in self.properties:
            if name not in known:
                raise Untranslatable(f"Encountered unsupported property {name}")

    def find(self, service: str, operation: str, answer: str, **wanted: str) -> dict[str, Any]:
        """The entry of a listing that has these fields; raises ResourceFailure if there is none."""
        for page in self.clients.get(service, self.region).get_paginator(operation).paginate():
            for entry in page[answer]:
                if all(entry.get(name) == value for name, value in wanted.items()):
                    return dict(entry)
        raise ResourceFailure(f"There is no {answer} with {wanted}")

    def changed(self, *names: str) -> bool:
        """Whether one of these properties is to be given another value; at a creation, whether one is given."""
        return any(self.properties.get(name) != self.old.get(name) for name in names)

    def name(self, given: str, *, limit: int = 255, lower: bool = False) -> str:
        """The name in property `given`, or one made as CloudFormation does it, within `limit` characters."""
        if self.properties.get(given):
            return str(self.properties[given])
        tail = f"-{random_text(12)}"
        room = limit - len(tail)
        stack, own = self.stack.name, self.resource.logical_id
        made = f"{stack[: max(room - len(own) - 1, room // 2)]}-{own}"[:room] + tail
        return made.lower() if lower else made

    def operation(self, service: str, operation: str) -> OperationModel:
        """botocore's model of an operation, named as boto3's method."""
        meta = self.clients.get(service, self.region).meta
        return meta.service_model.operation_model(meta.method_to_api_mapping[operation])  # type: ignore[no-any-return]

    def input_of(self, service: str, operation: str) -> StructureShape:
        """The shape of an operation's parameters."""
        shape = self.operation(service, operation).input_shape
        assert shape is not None, f"{service} {operation} takes nothing"
        return shape

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an API, or where moto lacks it validate and record the call; {} is then the answer.

        Whatever is done to a resource that is only recorded is recorded as well.
        """
        reads = operation.startswith(("describe_", "get_", "head_", "list_"))
        if (service, operation) in MISSING or not (reads or self.resource.held):
            return self.record(service, operation, parameters)
        sent = resolved(self.clients, self.region, parameters)
        response = getattr(self.clients.get(service, self.region), operation)(**sent)
        if not reads:
            paths = FORGOTTEN.get((service, operation), ())
            # A path over a list finds [] where there is nothing, and EventBridge is turned on by an empty object.
            unheld = tuple(path for path in paths if search(path, parameters) not in (None, []))
            request = Request(service=service, operation=operation, parameters=parameters, unheld=unheld)
            self.resource.requests.append(request)
        return response  # type: ignore[no-any-return]

    def record(self, service: str, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Validate a call and keep it in the record without making it: it reaches beyond what is simulated."""
        report = ParamValidator().validate(parameters, self.input_of(service, operation))
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())
        self.resource.requests.append(Request(service=service, operation=operation, parameters=parameters, held=False))
        return {}

    def send(
        self,
        service: str,
        operation: str,
        properties: Properties,
        *,
        rename: Mapping[str, str] | None = None,
        leave: Collection[str] = (),
        **extra: Any,
    ) -> dict[str, Any]:
        """Call an API with `properties` translated to its parameters, and `extra` beside them."""
        translated = to_request(properties, self.input_of(service, operation), rename=rename, leave=leave)
        return self.call(service, operation, **{**translated, **extra})

    def retag(
        self,
        service: str,
        identifier: str,
        *,
        given: str = "Tags",
        tag: str = "tag_resource",
        untag: str = "untag_resource",
    ) -> None:
        """Bring the tags of something that exists to those of the properties, where they differ."""
        before, after = tags_from(self.old.get(given)), tags_from(self.properties.get(given))
        gone = [key for key in before if key not in after]
        fresh = {key: value for key, value in after.items() if before.get(key) != value}
        if gone:
            named, keys = _tagging_members(self.input_of(service, untag))
            self.call(service, untag, **{named: identifier, keys: gone})
        if fresh:
            shape = self.input_of(service, tag)
            named, tags = _tagging_members(shape)
            self.call(service, tag, **{named: identifier, tags: tags_to(shape.members[tags], fresh)})


def _tagging_members(shape: StructureShape) -> tuple[str, str]:
    """Which parameter of a tagging API names the resource, and which carries the tags or their keys."""
    required: list[str] = shape.required_members
    tags = next(name for name in required if name.lower().startswith("tag"))
    return next(name for name in required if name != tags), tags


def _no_attributes(_: Context) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Handler:
    """How resources of one type are made, changed and deleted.

    create      makes it and returns its physical ID
    update      brings it from `old` to `properties`; None: every change replaces. Returns a new physical ID when the
                update made another thing (custom resources may)
    delete      deletes it; not-found errors are a success
    attributes  what Fn::GetAtt gives beside the properties themselves
    delete_after_snapshot  deletes it with a final snapshot, for DeletionPolicy Snapshot
    name        the property by which a template gives it a name of its own: such a resource cannot be replaced
    replaced_by conditionally create-only properties (registry schema) whose change replaces; the others update in place
    settable    those of replaced_by that something without one is given in place
    exists      raises when there is no such thing, for resource import; None: it cannot be imported
    resumes     an update continues a creation that failed, where others are deleted and made anew (nested stacks)
    settle      after the stack's own success: finish what an update left for then (nested stacks)
    restore     undo an update by other means than updating back (nested stacks)
    """

    create: Callable[[Context], str]
    delete: Callable[[Context], object]
    update: Callable[[Context], str | None] | None = None
    attributes: Callable[[Context], Mapping[str, object]] = _no_attributes
    delete_after_snapshot: Callable[[Context], object] | None = None
    name: str = ""
    replaced_by: frozenset[str] = frozenset()
    settable: frozenset[str] = frozenset()
    exists: Callable[[Context], object] | None = None
    resumes: bool = False
    settle: Callable[[Context], None] | None = None
    restore: Callable[[Context], None] | None = None


def reason(error: Exception) -> str:
    """What a resource's event says about an error of its API."""
    if isinstance(error, ClientError):
        answer = error.response["Error"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return f"{answer.get('Message', '')} (Status Code: {status}; Error Code: {answer.get('Code', '')})"
    if isinstance(error, ResourceFailure | Refused):
        return str(error)
    if isinstance(error, ParamValidationError):
        return f"Properties validation failed: {error}"
    return f"The simulator failed: {type(error).__name__}: {error}"
