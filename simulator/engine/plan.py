"""What a deployment would do to each resource, before anything is done: the content of change sets, and early refusals.

A value that only exists after the change is shown as AWS shows it. An attribute of a resource that is updated in place
counts as unchanged, except for nested stacks and custom resources, whose every output may change, and for products of
Service Catalog, which tell of their versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from builder.evaluate import Evaluation, EvaluationError
from simulator.engine.bring import outputs_of, wanted_attributes
from simulator.engine.changes import UNKNOWN, attribute_changes, property_changes, replaces
from simulator.engine.engine import STACK_TYPE, Engine, LiveAttributes, is_custom, with_stack_tags
from simulator.engine.model import Change, PropertyChange, Refused, Resource, Source, Stack

_PRODUCT = "AWS::ServiceCatalog::CloudFormationProduct"
# Attributes that hold several values, joined by commas, and how many at the most: each of them is unknown.
_SEVERAL = {"ProvisioningArtifactIds": 100, "ProvisioningArtifactNames": 100}


class _Foreseen:
    """Attributes as they will be: those of what is not touched, UNKNOWN for the rest, noting which were asked for."""

    def __init__(self, engine: Engine, stack: Stack) -> None:
        self._live = LiveAttributes(engine, stack)
        self._stack = stack
        self.fresh: set[str] = set()  # will be made anew
        self.moving: set[str] = set()  # will be updated, and may then give other attributes
        self.asked: list[str] = []

    def ref(self, logical_id: str) -> object:
        return self._answer(logical_id, logical_id in self.fresh, lambda: self._live.ref(logical_id))

    def get_att(self, logical_id: str, attribute: str) -> object:
        unsure = logical_id in self.fresh or logical_id in self.moving
        found = self._answer(logical_id, unsure, lambda: self._live.get_att(logical_id, attribute))
        return ",".join([UNKNOWN] * _SEVERAL.get(attribute, 1)) if found is UNKNOWN else found

    def _answer(self, logical_id: str, unsure: bool, live: Any) -> object:
        resource = self._stack.resources.get(logical_id)
        if unsure or resource is None or not resource.exists:
            self.asked.append(logical_id)
            return UNKNOWN
        return live()


def plan(engine: Engine, stack: Stack, source: Source, imports: Mapping[str, Mapping[str, str]]) -> tuple[Change, ...]:
    """Every change, in the order of the template and then what is removed. Raises Refused for what cannot be evaluated.

    `imports` are the resources that exist already, by logical ID.
    """
    foreseen = _Foreseen(engine, stack)
    exports = engine.exports(stack)
    evaluation = engine.evaluation(stack, source, foreseen, exports)
    try:
        order = evaluation.creation_order()
        _judge(engine, evaluation, order)
        changes = {
            logical_id: _change(engine, stack, source, evaluation, foreseen, logical_id, imports)
            for logical_id in order
        }
        foreseen.asked.clear()
        _check_outputs(evaluation, foreseen)
    except EvaluationError as error:
        if exports.missing:
            raise Refused(f"No export named {', '.join(sorted(exports.missing))} found.", late=True) from error
        raise Refused(f"Template error: {error}") from error
    wanted = [change for name in evaluation.live() if (change := changes[name]) is not None]
    return (*wanted, *_removals(stack, order))


def changes_outputs(engine: Engine, stack: Stack, source: Source) -> bool:
    """Whether outputs differ although no resource does."""
    return set(outputs_of(engine.evaluation(stack, source, LiveAttributes(engine, stack)))) != set(stack.outputs)


def _judge(engine: Engine, evaluation: Evaluation, order: tuple[str, ...]) -> None:
    """Rules, and types without a handler: all of them at once."""
    if broken := evaluation.broken_rules():
        raise Refused("; ".join(f"Rule {each.rule}: {each.description}" for each in broken))
    types = {str(evaluation.declared(name)["Type"]) for name in order}
    missing = sorted(each for each in types if not engine.handles(each))
    if missing:
        raise Refused(f"The simulator has no handler for these resource types: {', '.join(missing)}")


def _change(
    engine: Engine,
    stack: Stack,
    source: Source,
    evaluation: Evaluation,
    foreseen: _Foreseen,
    logical_id: str,
    imports: Mapping[str, Mapping[str, str]],
) -> Change | None:
    raw = evaluation.declared(logical_id)
    of_type = str(raw["Type"])
    properties, causes = _properties(evaluation, foreseen, logical_id, raw.get("Properties", {}))
    properties = with_stack_tags(stack.region, of_type, properties, source.tags)
    existing = stack.resources.get(logical_id)
    if logical_id in imports:
        foreseen.fresh.add(logical_id)
        return Change(
            action="Import",
            logical_id=logical_id,
            type=of_type,
            physical_id=next(iter(imports[logical_id].values()), ""),
            after=properties,
        )
    if existing is None or not existing.exists or existing.status == "CREATE_FAILED":
        foreseen.fresh.add(logical_id)
        return Change(action="Add", logical_id=logical_id, type=of_type, after=properties)
    if existing.type != of_type:
        raise Refused(
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{logical_id}]"
        )
    definition: dict[str, Any] = {
        key: evaluation.value(raw[key], f"Resources.{logical_id}.{key}")
        for key in ("Metadata", "DeletionPolicy", "UpdateReplacePolicy")
        if key in raw
    }
    wanted = wanted_attributes(of_type, definition, properties)
    return _modification(engine, stack, foreseen, existing, properties, wanted, causes)


def _modification(
    engine: Engine,
    stack: Stack,
    foreseen: _Foreseen,
    existing: Resource,
    properties: Mapping[str, Any],
    wanted: Mapping[str, Any],
    causes: Mapping[str, str],
) -> Change | None:
    handler = engine.handler(existing.type)
    found = property_changes(handler, existing.type, stack.region, existing.properties, properties)
    details = [replace(each, cause=causes.get(each.name, "")) for each in found]
    details += attribute_changes(existing, wanted)
    if existing.type == STACK_TYPE and not details:
        # AWS cannot tell what the template behind an unchanged URL will do, and lists every nested stack.
        details = [PropertyChange(attribute="Properties", known=False)]
    if not details:
        return None
    replacement = _replacement(tuple(details), replaces(handler, found))
    policy = ""
    if replacement != "False":
        foreseen.fresh.add(existing.logical_id)
        policy = f"ReplaceAnd{wanted['UpdateReplacePolicy']}"
    elif existing.type in (STACK_TYPE, _PRODUCT) or is_custom(existing.type):
        foreseen.moving.add(existing.logical_id)
    return Change(
        action="Modify",
        logical_id=existing.logical_id,
        type=existing.type,
        physical_id=existing.physical_id,
        replacement=replacement,
        policy=policy,
        details=tuple(details),
        before=existing.properties,
        after=properties,
    )


def _replacement(details: tuple[PropertyChange, ...], surely: bool) -> str:
    """True when a known value forces it, Conditional when that depends on a value or on AWS, otherwise False."""
    always = [each for each in details if each.recreation == "Always"]
    if any(each.known for each in always) or (surely and not always):
        return "True"
    return "Conditional" if always or any(each.recreation == "Conditionally" for each in details) else "False"


def _removals(stack: Stack, order: tuple[str, ...]) -> list[Change]:
    return [
        Change(
            action="Remove",
            logical_id=logical_id,
            type=existing.type,
            physical_id=existing.physical_id,
            policy="Retain" if existing.deletion_policy == "RetainExceptOnCreate" else existing.deletion_policy,
            before=existing.properties,
        )
        for logical_id, existing in stack.resources.items()
        if logical_id not in order
    ]


def _properties(
    evaluation: Evaluation, foreseen: _Foreseen, logical_id: str, raw: Any
) -> tuple[dict[str, Any], dict[str, str]]:
    """Each property as far as it can be told, and the resource on which one that cannot be told depends."""
    known: dict[str, Any] = {}
    causes: dict[str, str] = {}
    for name, node in raw.items():
        foreseen.asked.clear()
        try:
            # In a list, so that a property that is AWS::NoValue is absent.
            value = evaluation.value([node], f"Resources.{logical_id}.Properties.{name}")
        except EvaluationError:
            if not foreseen.asked:
                raise
            value = [UNKNOWN]  # a function could not work on a value that is not there yet
        if isinstance(value, list) and value:
            known[name] = value[0]
            if foreseen.asked:
                causes[name] = foreseen.asked[0]
    return known, causes


def _check_outputs(evaluation: Evaluation, foreseen: _Foreseen) -> None:
    try:
        evaluation.outputs()
    except EvaluationError:
        if not foreseen.asked:
            raise
