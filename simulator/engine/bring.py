"""Bringing a stack's resources to what its template wants: created, updated or replaced, in dependency order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, NoReturn

from builder.evaluate import Evaluation, EvaluationError
from simulator.engine.changes import attribute_changes, keeps_its_name, property_changes, replaces
from simulator.engine.engine import STACK_TYPE, Engine, LiveAttributes, with_stack_tags
from simulator.engine.model import Journal, Output, Resource, ResourceFailure, Source, Stack, now
from simulator.engine.policy import denial
from simulator.handlers.base import Handler, reason

_DATABASE_INSTANCE = "AWS::RDS::DBInstance"
_DATABASE_CLUSTER = "AWS::RDS::DBCluster"


class Failed(Exception):
    """The stack as a whole failed; the text is its status reason."""


def default_deletion_policy(of_type: str, properties: Mapping[str, Any]) -> str:
    """The policy of a resource that states none. CloudFormation template reference, "DeletionPolicy attribute"."""
    database = of_type == _DATABASE_CLUSTER or (
        of_type == _DATABASE_INSTANCE and "DBClusterIdentifier" not in properties
    )
    return "Snapshot" if database else "Delete"


def bring(
    engine: Engine, stack: Stack, source: Source, journal: Journal, *, keep_going: bool, policy: str = ""
) -> tuple[Output, ...]:
    """Create and change what `source` wants; the new outputs. What was removed from it stays for `settle`.

    `keep_going` goes on with what does not depend on a failure, as CloudFormation does under disabled rollback.
    Raises Failed; `journal` then tells what was done.
    """
    exports = engine.exports(stack)
    live = LiveAttributes(engine, stack)
    evaluation = engine.evaluation(stack, source, live, exports)
    try:
        order = evaluation.creation_order()
    except EvaluationError as error:
        raise Failed(f"Template error: {error}") from error
    _refuse_forbidden_removals(engine, stack, policy, order)
    failed: list[str] = []
    out_of_reach: set[str] = set()
    for logical_id in order:
        needs = evaluation.references(logical_id)
        if out_of_reach.intersection(needs) or (failed and not keep_going):
            out_of_reach.add(logical_id)
            continue
        step = _Step(
            engine=engine,
            stack=stack,
            journal=journal,
            policy=policy,
            evaluation=evaluation,
            logical_id=logical_id,
            needs=needs,
        )
        try:
            step.take(source)
        except ResourceFailure:
            failed.append(logical_id)
            out_of_reach.add(logical_id)
    if failed:
        creating = all(stack.resources[name].status == "CREATE_FAILED" for name in failed)
        verb = "create" if creating else "update"
        raise Failed(f"The following resource(s) failed to {verb}: [{', '.join(failed)}]. ")
    outputs = outputs_of(evaluation)
    _check_exports(engine, stack, {output.export: output.value for output in outputs if output.export})
    stack.imports = frozenset(exports.read)
    return outputs


def wanted_attributes(of_type: str, definition: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata and policies that an evaluated resource asks for."""
    return {
        "Metadata": definition.get("Metadata"),
        "DeletionPolicy": definition.get("DeletionPolicy", default_deletion_policy(of_type, properties)),
        "UpdateReplacePolicy": definition.get("UpdateReplacePolicy", "Delete"),
    }


@dataclass(frozen=True, kw_only=True)
class _Step:
    """One resource of the template; `policy` is the stack policy, `needs` what the resource depends on."""

    engine: Engine
    stack: Stack
    journal: Journal
    policy: str
    evaluation: Evaluation
    logical_id: str
    needs: tuple[str, ...]

    def take(self, source: Source) -> None:
        """Create, change or replace the resource, or leave it as it is. Raises ResourceFailure after noting it."""
        of_type = str(self.evaluation.declared(self.logical_id)["Type"])
        handler = self.engine.handler(of_type)
        existing = self.stack.resources.get(self.logical_id)
        try:
            definition = self.evaluation.resource(self.logical_id)
        except EvaluationError as error:
            self._fail(existing or self._blank(of_type), f"Template error: {error}")
        properties = with_stack_tags(self.stack.region, of_type, definition.get("Properties", {}), source.tags)
        wanted = wanted_attributes(of_type, definition, properties)
        if existing is not None and existing.status == "CREATE_FAILED" and not handler.resumes:
            self._clear(handler, existing)
            existing = None
        if existing is None or not existing.exists:
            self.create(handler, self._blank(of_type), properties, wanted)
        else:
            self.change(handler, existing, properties, wanted)

    def _blank(self, of_type: str) -> Resource:
        resource = Resource(logical_id=self.logical_id, type=of_type, status="CREATE_IN_PROGRESS", changed=now())
        self.stack.resources[self.logical_id] = resource
        return resource

    def _clear(self, handler: Handler, resource: Resource) -> None:
        """Delete what a failed creation left behind, before the next attempt."""
        if resource.exists:
            self._attempt(resource, lambda: handler.delete(self.engine.context(self.stack, resource)), "CREATE_FAILED")
        self.journal.created = [each for each in self.journal.created if each is not resource]

    def create(
        self, handler: Handler, resource: Resource, properties: dict[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        resource.properties = properties
        self._describe(resource, wanted)
        self.engine.note_resource(self.stack, resource, "CREATE_IN_PROGRESS")
        self.journal.created.append(resource)
        self._make(handler, resource, "CREATE_FAILED")
        self.engine.note_resource(self.stack, resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
        self.engine.note_resource(self.stack, resource, "CREATE_COMPLETE")

    def change(
        self, handler: Handler, existing: Resource, properties: dict[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        region = self.stack.region
        changes = property_changes(handler, existing.type, region, existing.properties, properties)
        unfinished = existing.status in ("UPDATE_FAILED", "CREATE_FAILED")
        always = existing.type == STACK_TYPE  # its template may have changed behind the same URL
        if not (changes or unfinished or always):
            described = {change.attribute for change in attribute_changes(existing, wanted)}
            if described:
                self._remember(existing)
            self._describe(existing, wanted)
            if "Metadata" in described:
                self.engine.note_resource(self.stack, existing, "UPDATE_COMPLETE")
        elif replaces(handler, changes):
            self.replace(handler, existing, properties, wanted, keeps_its_name(handler, changes, properties))
        else:
            self.update(handler, existing, properties, wanted)

    def update(
        self, handler: Handler, existing: Resource, properties: dict[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        self._ask(existing, "Update:Modify")
        self._remember(existing)
        old = existing.properties
        self.engine.note_resource(self.stack, existing, "UPDATE_IN_PROGRESS")
        update = handler.update
        assert update is not None, existing.type
        context = self.engine.context(self.stack, existing, properties, old)
        physical_id = self._attempt(existing, lambda: update(context), "UPDATE_FAILED")
        existing.attributes = None
        if physical_id and physical_id != existing.physical_id:
            self.journal.displaced.setdefault(self.logical_id, copy(existing))
            existing.physical_id = physical_id
        existing.properties = properties
        self._describe(existing, wanted)
        self.engine.note_resource(self.stack, existing, "UPDATE_COMPLETE")

    def replace(
        self,
        handler: Handler,
        old: Resource,
        properties: dict[str, Any],
        wanted: Mapping[str, Any],
        same_name: bool,
    ) -> None:
        self._ask(old, "Update:Replace")
        if same_name:
            self._fail(
                old,
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {properties[handler.name]} and update the stack again.",
            )
        self.engine.note_resource(
            self.stack,
            old,
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one.",
        )
        new = Resource(logical_id=old.logical_id, type=old.type, status="UPDATE_IN_PROGRESS", changed=now())
        new.properties = properties
        self._describe(new, wanted)
        try:
            self._make(handler, new, "UPDATE_FAILED")
        except ResourceFailure:
            if new.exists:
                self.journal.surplus.append(new)
            old.status, old.reason = new.status, new.reason
            raise
        if self.journal.made(old) or self.logical_id in self.journal.displaced:
            self.journal.surplus.append(old)
        else:
            self.journal.displaced[self.logical_id] = old
        self.journal.created.append(new)
        self.stack.resources[self.logical_id] = new
        self.engine.note_resource(self.stack, new, "UPDATE_COMPLETE")

    def _make(self, handler: Handler, resource: Resource, on_failure: str) -> None:
        context = self.engine.context(self.stack, resource)
        resource.physical_id = self._attempt(resource, lambda: handler.create(context), on_failure)

    def _remember(self, existing: Resource) -> None:
        if not self.journal.made(existing) and self.logical_id not in self.journal.before:
            self.journal.before[self.logical_id] = copy(existing)

    def _describe(self, resource: Resource, wanted: Mapping[str, Any]) -> None:
        resource.metadata = wanted["Metadata"]
        resource.deletion_policy = wanted["DeletionPolicy"]
        resource.replace_policy = wanted["UpdateReplacePolicy"]
        resource.needs = self.needs

    def _ask(self, resource: Resource, action: str) -> None:
        if refusal := denial(self.policy, action, resource.logical_id, resource.type):
            self._fail(resource, refusal)

    def _attempt(self, resource: Resource, act: Callable[[], Any], on_failure: str) -> Any:
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a handler fails its resource
            self._fail(resource, reason(error), on_failure)

    def _fail(self, resource: Resource, why: str, status: str = "") -> NoReturn:
        status = status or ("UPDATE_FAILED" if resource.exists else "CREATE_FAILED")
        self.engine.note_resource(self.stack, resource, status, why)
        raise ResourceFailure(why)


def _refuse_forbidden_removals(engine: Engine, stack: Stack, policy: str, order: tuple[str, ...]) -> None:
    for logical_id, resource in stack.resources.items():
        if logical_id not in order and (refusal := denial(policy, "Update:Delete", logical_id, resource.type)):
            engine.note_resource(stack, resource, "UPDATE_FAILED", refusal)
            raise Failed(f"The following resource(s) failed to update: [{logical_id}]. ")


def outputs_of(evaluation: Evaluation) -> tuple[Output, ...]:
    """The outputs of a stack whose resources are all there. Raises Failed."""
    try:
        evaluated = evaluation.outputs()
    except EvaluationError as error:
        raise Failed(f"Template error: {error}") from error
    return tuple(
        Output(
            key=key,
            value=str(output["Value"]),
            description=output.get("Description", ""),
            export=output.get("Export", {}).get("Name", ""),
        )
        for key, output in evaluated.items()
    )


def _check_exports(engine: Engine, stack: Stack, new: Mapping[str, str]) -> None:
    taken = engine.store.exports(stack.region)
    for name in new:
        if name in taken and taken[name][1] is not stack:
            raise Failed(f"Export with name {name} is already exported by stack {taken[name][1].name}")
    for output in stack.outputs:
        if output.export and new.get(output.export) != output.value:
            require_unused(engine, stack, output.export, "updated" if output.export in new else "deleted")


def require_unused(engine: Engine, stack: Stack, export: str, done: str) -> None:
    """Raise Failed when another stack reads an export that is to be changed or deleted."""
    if users := engine.store.importers(export, stack.region):
        raise Failed(f"Export {export} cannot be {done} as it is in use by {' and '.join(sorted(users))}")
