"""Compares two rendered templates, resource by resource, in the order in which CloudFormation would act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.diff import fates
from builder.diff.cascade import (
    Another,
    Comparison,
    Moved,
    another,
    moving_changes,
    note_moving,
    note_update,
)
from builder.diff.effects import effect
from builder.diff.failures import failures, owner_failures
from builder.diff.model import Effect, Fate, PropertyChange, ResourceChange, Verdict
from builder.diff.names import clash
from builder.diff.sides import Side
from builder.diff.timing import INSTANCE, of_instance, time_parameters
from builder.diff.values import differences, normal, shown_path
from builder.schemas import Schema, schema

# What CloudFormation counts as an update of a resource although no service is told.
_ATTRIBUTES = ("CreationPolicy", "DeletionPolicy", "Metadata", "UpdatePolicy", "UpdateReplacePolicy")
_VERDICTS = {
    Effect.UPDATE: Verdict.UPDATE,
    Effect.MAY_REPLACE: Verdict.MAY_REPLACE,
    Effect.REPLACE: Verdict.REPLACE,
    Effect.FAIL: Verdict.WILL_FAIL,
}
_PROTECTED = "its deletion protection refuses the deletion, and it is left behind"


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """A resource that is on both sides; `before` and `after` are its properties."""

    logical_id: str
    type: str
    facts: Schema | None
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def before(self) -> Mapping[str, Any]:
        properties: Mapping[str, Any] = self.old.get("Properties", {})
        return properties

    @property
    def after(self) -> Mapping[str, Any]:
        properties: Mapping[str, Any] = self.new.get("Properties", {})
        return properties


def compare(old: Side, new: Side) -> Comparison:
    """What differs between two sides, and what follows from it."""
    found = Comparison(old, new)
    owners = owner_failures(old.rendered, new.rendered)
    before, after = old.rendered.resources, new.rendered.resources
    for logical_id in new.rendered.evaluation.creation_order():
        if logical_id not in before:
            change: ResourceChange | None = _added(new, logical_id)
        else:
            change = _changed(found, logical_id, owners.get(logical_id))
        if change is not None:
            found.changes[logical_id] = change
    for logical_id in before:
        if logical_id not in after:
            found.changes[logical_id] = _removed(old, logical_id)
    _refuse_taken_names(found)
    time_parameters(found)
    return found


def _added(side: Side, logical_id: str) -> ResourceChange:
    of_type = str(side.rendered.resources[logical_id]["Type"])
    return ResourceChange(logical_id=logical_id, type=of_type, verdict=Verdict.ADD)


def _removed(side: Side, logical_id: str) -> ResourceChange:
    resource = side.rendered.resources[logical_id]
    of_type, properties, fate = str(resource["Type"]), resource.get("Properties", {}), fates.removed(resource)
    return ResourceChange(
        logical_id=logical_id,
        type=of_type,
        verdict=Verdict.ORPHAN if fate is Fate.RETAINED else Verdict.REMOVE,
        fate=fate,
        holds=fates.holds(of_type, properties, known=logical_id in side.rendered.nested),
        notes=(_PROTECTED,) if fate is not Fate.RETAINED and fates.protected(properties) else (),
    )


def _changed(found: Comparison, logical_id: str, owner_failure: str | None) -> ResourceChange | None:
    """The change of a resource that is on both sides; None for none."""
    old, new = (side.rendered.resources[logical_id] for side in (found.old, found.new))
    of_type = str(new["Type"])
    if old["Type"] != of_type:
        reason = f"the type of a resource cannot change, from {old['Type']} to {of_type}; give it another logical ID"
        return ResourceChange(logical_id=logical_id, type=of_type, verdict=Verdict.WILL_FAIL, reasons=(reason,))
    facts = schema(of_type, found.new.rendered.place.region)
    pair = _Pair(logical_id=logical_id, type=of_type, facts=facts, old=old, new=new)
    note_moving(found, logical_id)
    direct = tuple(_properties(found, pair))
    changed = {change.name for change in direct}
    properties = (*direct, *moving_changes(found, logical_id, of_type, facts, changed))
    notes, changes_inside = _nested(found, pair)
    changes = (*properties, *_attributes(found, pair))
    if not changes and not notes and not changes_inside and owner_failure is None:
        return None
    worst = max((change.effect for change in changes), key=lambda each: each.rank, default=Effect.UPDATE)
    reasons = tuple(_reasons(found, pair, changes, worst)) + (() if owner_failure is None else (owner_failure,))
    change = ResourceChange(
        logical_id=logical_id,
        type=of_type,
        verdict=Verdict.WILL_FAIL if reasons else _VERDICTS[worst],
        properties=changes,
        cause=_cause(logical_id, changes, worst),
        reasons=reasons,
        notes=notes,
    )
    if of_type == INSTANCE and change.verdict in (Verdict.UPDATE, Verdict.MAY_REPLACE):
        change = _timed(change, pair)
    if change.verdict is Verdict.UPDATE:
        note_update(found, logical_id, of_type, properties)
    elif change.verdict is not Verdict.WILL_FAIL:
        return _replaced(found, pair, change, worst)
    return change


def _replaced(found: Comparison, pair: _Pair, change: ResourceChange, worst: Effect) -> ResourceChange:
    """A resource that is, or may be, made anew: what becomes of the old one."""
    name = _clash(found, pair)
    if name:
        note = f"it is named {name}: if it had to be replaced, the update would fail instead"
        return replace(change, fate=fates.replaced(pair.old, pair.new), notes=(*change.notes, note))
    found.moved[pair.logical_id] = Moved(whole=Another(effect=worst, path=change.cause))
    holds, fate = fates.holds(pair.type, pair.before), fates.replaced(pair.old, pair.new)
    notes = list(change.notes)
    if holds and worst is Effect.REPLACE:
        notes.append("the new one starts empty")
    if fate is not Fate.RETAINED and fates.protected(pair.after):
        notes.append(_PROTECTED)
    return replace(change, fate=fate, holds=holds, notes=tuple(notes))


def _clash(found: Comparison, pair: _Pair) -> str:
    """The name that stands in the way of a replacement; empty for none, and for types whose old one goes first."""
    if pair.facts is not None and pair.facts.document.get("replacementStrategy") == "delete_then_create":
        return ""
    name = clash(pair.facts, pair.before, pair.after, found.moving.get(pair.logical_id, {}))
    return _named(found.new, pair.logical_id, name) if name else ""


def _named(side: Side, logical_id: str, name: str) -> str:
    """A name as it may be shown: `DBInstanceIdentifier "orders"`."""
    value = side.rendered.resources[logical_id]["Properties"][name]
    return f'{name} "{side.shown(logical_id, "Properties", (name,), value)}"'


def _reasons(found: Comparison, pair: _Pair, changes: tuple[PropertyChange, ...], worst: Effect) -> Iterator[str]:
    """Why the update of a resource fails."""
    for change in changes:
        if change.effect is Effect.FAIL:
            path = f" ({' <- '.join(change.via)})" if change.via else ""
            yield f"{change.path} changes{path}: {change.source}"
    if worst is Effect.REPLACE and (name := _clash(found, pair)):
        yield f'it must be replaced but is named {name}: "specify a new name" (CloudFormation user guide, Name type)'
    if worst in (Effect.UPDATE, Effect.FAIL):
        yield from failures(pair.type, pair.before, pair.after, found.moving.get(pair.logical_id, {}))


def _properties(found: Comparison, pair: _Pair) -> Iterator[PropertyChange]:
    """Where the properties of both sides differ."""
    for difference in differences(pair.before, pair.after):
        what, source = effect(pair.type, pair.facts, difference.steps, pair.before, pair.after)
        yield PropertyChange(
            path=shown_path(difference.steps),
            old=found.old.shown(pair.logical_id, "Properties", difference.steps, difference.old),
            new=found.new.shown(pair.logical_id, "Properties", difference.steps, difference.new),
            effect=what,
            source=source,
            via=_behind(found, pair, str(difference.steps[0])),
        )


def _behind(found: Comparison, pair: _Pair, name: str) -> tuple[str, ...]:
    """The path behind a property that is written alike in both templates, and that another resource changes."""
    other = found.moving.get(pair.logical_id, {}).get(name)
    if other is None:
        return ()
    was, will = (
        side.rendered.evaluation.declared(pair.logical_id)["Properties"].get(name) for side in (found.old, found.new)
    )
    return other.path if was == will else ()


def _attributes(found: Comparison, pair: _Pair) -> Iterator[PropertyChange]:
    for name in _ATTRIBUTES:
        before, after = pair.old.get(name), pair.new.get(name)
        if normal(before) != normal(after):
            yield PropertyChange(
                path=name,
                old=found.old.shown(pair.logical_id, name, (), before),
                new=found.new.shown(pair.logical_id, name, (), after),
                source="an attribute of the resource",
            )


def _nested(found: Comparison, pair: _Pair) -> tuple[tuple[str, ...], bool]:
    """Compares the templates of a nested stack: what is to be said of it, and whether anything in it changes."""
    if pair.type != fates.STACK:
        return (), False
    uses = found.new.uses.parameters.get(pair.logical_id, {})
    others = {name: other for name in uses if (other := another(found, uses[name])) is not None}
    altered = {
        name: f"{pair.after['Parameters'][name]} (another, with {' <- '.join(other.path)})"
        for name, other in others.items()
    }
    old, new = found.old.child(pair.logical_id), found.new.child(pair.logical_id, altered)
    if old is None or new is None:
        same = normal(pair.before) == normal(pair.after) and not altered
        return () if same else ("its template is not at hand: what happens in it is not known",), False
    found.nested[pair.logical_id] = inside = compare(old, new)
    return (), bool(inside.changes)


def _cause(logical_id: str, changes: tuple[PropertyChange, ...], worst: Effect) -> tuple[str, ...]:
    """The path behind a replacement; a change of the template itself before one that follows from another."""
    if worst not in (Effect.REPLACE, Effect.MAY_REPLACE):
        return ()
    first = min((change for change in changes if change.effect is worst), key=lambda change: len(change.via))
    return (logical_id, first.path, *first.via)


def _timed(change: ResourceChange, pair: _Pair) -> ResourceChange:
    """A change of an RDS instance with when each property takes effect, if it is made in place."""
    properties = (
        each if each.path in _ATTRIBUTES else replace(each, timing=of_instance(each.name, pair.before, pair.after))
        for each in change.properties
    )
    return replace(change, properties=tuple(properties))


def _refuse_taken_names(found: Comparison) -> None:
    """A new resource is made before old ones go: it cannot have the name of one."""
    region = found.new.rendered.place.region
    gone = [each for each in found.changes.values() if each.verdict in (Verdict.REMOVE, Verdict.ORPHAN)]
    for logical_id, change in found.changes.items():
        if change.verdict is not Verdict.ADD:
            continue
        facts = schema(change.type, region)
        properties = found.new.rendered.resources[logical_id].get("Properties", {})
        for other in gone:
            before = found.old.rendered.resources[other.logical_id].get("Properties", {})
            if other.type == change.type and (name := clash(facts, before, properties)):
                shown = _named(found.new, logical_id, name)
                reason = (
                    f"its name, {shown}, is that of {other.logical_id}, which goes only after it is made, if at all"
                )
                found.changes[logical_id] = replace(change, verdict=Verdict.WILL_FAIL, reasons=(reason,))
