"""The engine's own state, and the small things that everything in it does: events, contexts, evaluation, threads."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from uuid import uuid4

from builder.evaluate import Attributes, Evaluation, Place
from builder.schemas import schema
from simulator.account import ACCOUNT
from simulator.clients import Clients
from simulator.engine import lookups
from simulator.engine.model import Event, Resource, Source, Stack, now
from simulator.engine.store import Store
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from, tags_to_cloudformation

STACK_TYPE = "AWS::CloudFormation::Stack"
CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


def is_custom(of_type: str) -> bool:
    """Whether resources of a type are made by a function of the template's own."""
    return of_type == CUSTOM_RESOURCE or of_type.startswith("Custom::")


class Exports(Mapping[str, str]):
    """The exports of a Region, remembering which of them were read and which were not there."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.read: set[str] = set()
        self.missing: set[str] = set()

    def __getitem__(self, name: str) -> str:
        if name not in self._values:
            self.missing.add(name)
            raise KeyError(name)
        self.read.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(kw_only=True)
class Engine:
    """Everything that operations share.

    `settle` is how many seconds an API call waits for the operation that it started, so that the CLI's waiters find it
    finished and need not sleep; 0 answers at once, as AWS does.
    """

    clients: Clients
    handlers: Mapping[str, Handler]
    settle: float = 45.0
    store: Store = field(default_factory=Store)

    def handler(self, of_type: str) -> Handler:
        """The handler of a type; every Custom:: type has the same one. Raises KeyError."""
        return self.handlers[CUSTOM_RESOURCE if is_custom(of_type) else of_type]

    def handles(self, of_type: str) -> bool:
        """Whether the simulator has a handler for a type."""
        return is_custom(of_type) or of_type in self.handlers

    def note(self, stack: Stack, status: str, reason: str = "") -> None:
        """Give a stack a status, with an event that says so."""
        stack.status, stack.reason = status, reason
        self._event(stack, stack.name, stack.id, STACK_TYPE, status, reason, "")

    def note_resource(self, stack: Stack, resource: Resource, status: str, reason: str = "", shown: str = "") -> None:
        """Give a resource a status, with an event; `shown` is what its event says of its properties."""
        resource.status, resource.reason, resource.changed = status, reason, now()
        self._event(stack, resource.logical_id, resource.physical_id, resource.type, status, reason, shown)

    def _event(
        self, stack: Stack, logical_id: str, physical_id: str, of_type: str, status: str, reason: str, properties: str
    ) -> None:
        stack.events.append(
            Event(
                id=str(uuid4()),
                time=now(),
                logical_id=logical_id,
                physical_id=physical_id,
                type=of_type,
                status=status,
                reason=reason,
                properties=properties,
                token=stack.token,
            )
        )

    def context(
        self,
        stack: Stack,
        resource: Resource,
        properties: Mapping[str, Any] | None = None,
        old: Mapping[str, Any] | None = None,
    ) -> Context:
        """What a handler works with; properties default to those in force."""
        new = resource.properties if properties is None else properties
        return Context(
            clients=self.clients,
            stack=stack,
            resource=resource,
            properties=_with_system_tags(stack, resource, new),
            old=_with_system_tags(stack, resource, old) if old else {},
        )

    def evaluation(
        self, stack: Stack, source: Source, attributes: Attributes, exports: Exports | None = None
    ) -> Evaluation:
        """The stack's template with its parameters, in its place."""
        parameters = parameter_types(source.template)
        place = Place(
            region=stack.region,
            stack_name=stack.name,
            account=ACCOUNT,
            stack_id=stack.id,
            notification_arns=source.notification_arns,
            zones=lookups.zones(self.clients, stack.region),
            exports=self.exports(stack) if exports is None else exports,
        )
        return Evaluation(
            source.template,
            source.values,
            place,
            attributes,
            resolve_parameter_attribute=lambda name, value, attribute: lookups.attribute(
                self.clients, stack.region, lookups.item_type(parameters[name]), value, attribute
            ),
        )

    def exports(self, stack: Stack) -> Exports:
        """What Fn::ImportValue finds from this stack."""
        return Exports({name: value for name, (value, _) in self.store.exports(stack.region).items()})

    def start(self, stack: Stack, operation: Callable[[], None]) -> None:
        """Run an operation beside the API call that asked for it, and wait a while for its end."""

        def run() -> None:
            try:
                operation()
            except Exception as error:  # noqa: BLE001 - a fault of the simulator must leave no stack in progress
                traceback.print_exc(file=sys.stderr)
                kind = stack.status.removesuffix("_IN_PROGRESS").removesuffix("_CLEANUP").removesuffix("_COMPLETE")
                self.note(stack, f"{kind}_FAILED", f"The simulator failed: {type(error).__name__}: {error}")

        thread = Thread(target=run, name=f"{stack.name} {stack.status}", daemon=True)
        thread.start()
        thread.join(self.settle)


class LiveAttributes:
    """What Ref and Fn::GetAtt give for the resources that a stack has now."""

    def __init__(self, engine: Engine, stack: Stack) -> None:
        self._engine = engine
        self._stack = stack

    def ref(self, logical_id: str) -> object:
        resource = self._stack.resources[logical_id]
        if not resource.exists:
            raise LookupError(f"{logical_id} was not created")
        return resource.physical_id

    def get_att(self, logical_id: str, attribute: str) -> object:
        resource = self._stack.resources[logical_id]
        if not resource.exists:
            raise LookupError(f"{logical_id} was not created")
        if resource.attributes is None:
            context = self._engine.context(self._stack, resource)
            resource.attributes = dict(self._engine.handler(resource.type).attributes(context))
        if is_custom(resource.type):
            return _attribute(resource.attributes, attribute)
        return _attribute({**resource.properties, **resource.attributes}, attribute)


def _attribute(values: Mapping[str, Any], path: str) -> object:
    """A value by its whole name (`Outputs.Endpoint` of a nested stack) or by a path into objects."""
    if path in values:
        return values[path]
    value: Any = values
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            raise LookupError(f"there is no attribute {path}")
        value = value[name]
    return value


def parameter_types(template: Mapping[str, Any]) -> dict[str, str]:
    """The declared type of every parameter."""
    return {name: str(declaration["Type"]) for name, declaration in template.get("Parameters", {}).items()}


def with_stack_tags(
    region: str, of_type: str, properties: Mapping[str, Any], tags: Mapping[str, str]
) -> dict[str, Any]:
    """Properties with the stack's tags beside the resource's own, which win, where the type can be tagged."""
    facts = schema(of_type, region)
    if not tags or facts is None or not facts.tagging.taggable:
        return dict(properties)
    name = facts.tagging.property
    merged = {**tags, **tags_from(properties.get(name))}
    shape = facts.shape((name,)) or {}
    return {**properties, name: tags_to_cloudformation(merged, shape.get("type") == "object")}


def _with_system_tags(stack: Stack, resource: Resource, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties with the aws:cloudformation tags, on the types that the registry says get them."""
    facts = schema(resource.type, stack.region)
    # Their default is true [registry's meta-schema, provider.definition.schema.v1.json].
    if facts is None or not facts.document.get("tagging", {}).get("cloudFormationSystemTags", True):
        return dict(properties)
    system = {
        "aws:cloudformation:stack-name": stack.name,
        "aws:cloudformation:stack-id": stack.id,
        "aws:cloudformation:logical-id": resource.logical_id,
    }
    return with_stack_tags(stack.region, resource.type, properties, system)
