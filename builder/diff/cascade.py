"""What follows from a replacement: whatever takes the Ref or an attribute of a resource that is made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.diff.effects import taken_effect
from builder.diff.model import Effect, PropertyChange, ResourceChange
from builder.diff.sides import Side
from builder.diff.uses import Use
from builder.schemas import Schema, schema

_CUSTOM = "AWS::CloudFormation::CustomResource"
_OUTPUTS = "Outputs."
# What equals an input under another name, as builder.render gives it.
_SAME = {("AWS::RDS::DBInstance", "Endpoint.Port"): "Port", ("AWS::RDS::DBCluster", "Endpoint.Port"): "Port"}


@dataclass(frozen=True, kw_only=True)
class Another:
    """A value that will be another: surely (REPLACE) or perhaps (MAY REPLACE), and the cause path behind it."""

    effect: Effect
    path: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What will be another of a resource: its Ref and attributes, or only some outputs of a nested stack."""

    whole: Another | None = None
    outputs: Mapping[str, Another] = field(default_factory=dict)


@dataclass
class Comparison:
    """What has been found so far, resources that others depend on first.

    `moved` is by resource; `moving`, by resource and property, the values that both templates give alike and that will
    be others. `nested` are the comparisons of nested stacks.
    """

    old: Side
    new: Side
    changes: dict[str, ResourceChange] = field(default_factory=dict)
    moved: dict[str, Moved] = field(default_factory=dict)
    moving: dict[str, dict[str, Another]] = field(default_factory=dict)
    nested: dict[str, Comparison] = field(default_factory=dict)


def another(found: Comparison, uses: Iterable[Use]) -> Another | None:
    """The surest way in which what is taken here will be another; None if nothing will."""
    others = [other for use in uses if (other := _another(found, use)) is not None]
    return max(others, key=lambda other: other.effect.rank, default=None)


def note_moving(found: Comparison, logical_id: str) -> None:
    """Finds the properties of a resource that take something that will be another."""
    if not _moves(found):
        return
    taken = found.new.uses.properties.get(logical_id, {})
    given = found.new.rendered.resources[logical_id].get("Properties", {})
    others = {name: other for name in given if (other := another(found, taken.get(name, ()))) is not None}
    if others:
        found.moving[logical_id] = others


def moving_changes(
    found: Comparison, logical_id: str, of_type: str, facts: Schema | None, changed: Collection[str]
) -> Iterator[PropertyChange]:
    """The changes of a resource that only follow from others: those of properties that are not `changed` anyway."""
    properties: Mapping[str, Any] = found.new.rendered.resources[logical_id].get("Properties", {})
    for name, other in found.moving.get(logical_id, {}).items():
        if name in changed:
            continue
        what, source = taken_effect(of_type, facts, name, properties)
        if other.effect is Effect.MAY_REPLACE and what is not Effect.UPDATE:
            what = Effect.MAY_REPLACE
        value = found.new.shown(logical_id, "Properties", (name,), properties[name])
        yield PropertyChange(path=name, old=value, new=value, effect=what, source=source, via=other.path)


def fresh_outputs(found: Comparison) -> dict[str, Another]:
    """The outputs whose value will be another although both templates give the same."""
    if not _moves(found):
        return {}
    outputs = {name: another(found, uses) for name, uses in found.new.uses.outputs.items()}
    return {name: other for name, other in outputs.items() if other is not None}


def note_update(found: Comparison, logical_id: str, of_type: str, changed: Sequence[PropertyChange]) -> None:
    """What an update in place changes for others: anything of a custom resource, some outputs of a nested stack."""
    if logical_id in found.nested:
        found.moved[logical_id] = Moved(outputs=fresh_outputs(found.nested[logical_id]))
    elif changed and (of_type.startswith("Custom::") or of_type == _CUSTOM):
        # It may even answer with another physical ID.
        other = Another(effect=Effect.MAY_REPLACE, path=(logical_id, changed[0].path))
        found.moved[logical_id] = Moved(whole=other)


def _moves(found: Comparison) -> bool:
    """Whether anything will be another; what takes what is not worked out before."""
    return bool(found.moved or found.moving)


def _another(found: Comparison, use: Use) -> Another | None:
    moved = found.moved.get(use.logical_id)
    if use.attribute is not None and (name := _input(found, use.logical_id, use.attribute)):
        other = found.moving.get(use.logical_id, {}).get(name)
        return None if other is None else Another(effect=other.effect, path=(use.logical_id, name, *other.path))
    if moved is None or moved.whole is not None or use.attribute is None:
        return None if moved is None else moved.whole
    output = moved.outputs.get(use.attribute.removeprefix(_OUTPUTS))
    return None if output is None else Another(effect=output.effect, path=(use.logical_id, use.attribute, *output.path))


def _input(found: Comparison, logical_id: str, attribute: str) -> str:
    """The property that an attribute is nothing but: given by the template, and the same after a replacement."""
    resource = found.new.rendered.resources[logical_id]
    name = _SAME.get((str(resource["Type"]), attribute), attribute)
    facts = schema(str(resource["Type"]), found.new.rendered.place.region)
    given = name in resource.get("Properties", {})
    return name if given and facts is not None and (name,) not in facts.read_only else ""
