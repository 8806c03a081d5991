"""From two sides to the whole of a change: nested stacks laid out, and everything that is not one resource's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from builder.diff import fates
from builder.diff.cascade import Comparison, fresh_outputs
from builder.diff.compare import compare
from builder.diff.model import Diff, Fate, Notice, ResourceChange, Verdict
from builder.diff.renames import renames
from builder.diff.security import widenings
from builder.diff.sides import HIDDEN, Side, Valued, hidden_parameters
from builder.evaluate.nodes import scalar_text
from builder.render import Rendered


def diff(old: Side, new: Side, parameters: tuple[Valued, Valued]) -> Diff:
    """What a deployment of `new` over `old` does. `parameters` are those that they were rendered with."""
    found = _laid_out(compare(old, new), "")
    was, will = parameters
    assumptions = dict.fromkeys((*was.assumptions, *will.assumptions))
    return replace(found, defaults=tuple(_defaults(was, will)), assumptions=tuple(assumptions))


def creation(new: Side, parameters: Valued) -> Diff:
    """What a first deployment does: everything is added."""
    resources: list[ResourceChange] = []
    for logical_id, resource in new.rendered.resources.items():
        added = ResourceChange(logical_id=logical_id, type=str(resource["Type"]), verdict=Verdict.ADD)
        resources += (added, *_inside(new.rendered, logical_id, "", None))
    return Diff(resources=tuple(resources), assumptions=parameters.assumptions)


def _laid_out(comparison: Comparison, above: str) -> Diff:
    """A comparison and those of the stacks nested in it; `above` is the path of the stacks around, with a slash."""
    renamed = renames(comparison)
    found = Diff(
        resources=tuple(_resources(comparison, renamed, above)),
        security=tuple(_beneath(widenings(comparison, renamed), above)),
        policies=tuple(_beneath(_policies(comparison), above)),
        exports=tuple(_beneath(_exports(comparison), above)),
    )
    for logical_id, inside in comparison.nested.items():
        below = _laid_out(inside, f"{above}{logical_id}/")
        found = replace(
            found,
            resources=(*found.resources, *below.resources),
            security=(*found.security, *below.security),
            policies=(*found.policies, *below.policies),
            exports=(*found.exports, *below.exports),
        )
    return found


def _beneath(notices: Iterator[Notice], above: str) -> Iterator[Notice]:
    return (replace(notice, where=f"{above}{notice.where}") for notice in notices)


def _resources(comparison: Comparison, renamed: Mapping[str, str], above: str) -> Iterator[ResourceChange]:
    counterparts = {**renamed, **{old: new for new, old in renamed.items()}}
    for logical_id, change in comparison.changes.items():
        other = counterparts.get(logical_id)
        yield replace(
            change,
            logical_id=f"{above}{logical_id}",
            cause=(f"{above}{change.cause[0]}", *change.cause[1:]) if change.cause else (),
            counterpart=f"{above}{other}" if other else "",
        )
        if change.verdict is Verdict.ADD:
            yield from _inside(comparison.new.rendered, logical_id, above, None)
        elif change.verdict in (Verdict.REMOVE, Verdict.ORPHAN):
            yield from _inside(comparison.old.rendered, logical_id, above, change.fate)


def _inside(rendered: Rendered, logical_id: str, above: str, fate: Fate | None) -> Iterator[ResourceChange]:
    """What a nested stack brings, or takes with it; nothing where it is retained. `fate` is None for one that comes."""
    child = rendered.nested.get(logical_id)
    if child is None or fate is Fate.RETAINED:
        return
    above = f"{above}{logical_id}/"
    for name, resource in child.resources.items():
        of_type, properties = str(resource["Type"]), resource.get("Properties", {})
        if fate is None:
            yield ResourceChange(logical_id=f"{above}{name}", type=of_type, verdict=Verdict.ADD)
            yield from _inside(child, name, above, None)
            continue
        own = fates.removed(resource)
        yield ResourceChange(
            logical_id=f"{above}{name}",
            type=of_type,
            verdict=Verdict.ORPHAN if own is Fate.RETAINED else Verdict.REMOVE,
            fate=own,
            holds=fates.holds(of_type, properties, known=name in child.nested),
            notes=("it goes with its nested stack",),
        )
        yield from _inside(child, name, above, own)


def _policies(comparison: Comparison) -> Iterator[Notice]:
    """Deletion and replacement policies that keep less than before."""
    old, new = comparison.old.rendered.resources, comparison.new.rendered.resources
    for logical_id, after in new.items():
        before = old.get(logical_id)
        if before is None or before["Type"] != after["Type"]:
            continue
        for name, policy in (("DeletionPolicy", fates.deletion_policy), ("UpdateReplacePolicy", fates.replace_policy)):
            was, will = policy(before), policy(after)
            if fates.weaker(was, will):
                how = "is gone" if name not in after else "is weaker"
                yield Notice(where=logical_id, what=f"{name} {how}: {was} -> {will}")


def _exports(comparison: Comparison) -> Iterator[Notice]:
    """Exports that go or change. CloudFormation refuses both while another stack imports them (user guide, exports)."""
    before, after = (
        {
            str(output["Export"]["Name"]): (name, output["Value"])
            for name, output in side.rendered.outputs.items()
            if "Export" in output
        }
        for side in (comparison.old, comparison.new)
    )
    fresh = fresh_outputs(comparison)
    refused = "the update fails while another stack imports it"
    for export, (name, value) in before.items():
        shown = _shown_export(comparison.old, name)
        if export not in after:
            yield Notice(where=name, what=f"export {shown} is gone: {refused}")
            continue
        output, now = after[export]
        path = f" ({' <- '.join(fresh[output].path)})" if output in fresh else ""
        if value != now or path:
            yield Notice(where=output, what=f"the value of export {shown} changes{path}: {refused}")


def _shown_export(side: Side, name: str) -> str:
    """The export name of an output as it may be shown."""
    output = {} if side.masked is None else side.masked.outputs.get(name, {})
    real = side.rendered.outputs[name]["Export"]["Name"]
    return str(real) if output.get("Export", {}).get("Name") == real else HIDDEN


def _defaults(old: Valued, new: Valued) -> Iterator[Notice]:
    """Defaults that changed: a stack that exists keeps the value it has."""
    before, after = (each.source.template.get("Parameters", {}) for each in (old, new))
    hidden = hidden_parameters(old.source.template) | hidden_parameters(new.source.template)
    for name, node in after.items():
        if name not in before or "Default" not in node or "Default" not in before[name]:
            continue
        was, will = _text(before[name]["Default"]), _text(node["Default"])
        if was == will:
            continue
        change = "the default changes" if name in hidden else f"the default changes, {was!r} -> {will!r}"
        if name in new.given:
            what = f"{change}; it is given, and stays {_shown(new, name, hidden)}"
        else:
            what = f"{change}, and does not reach existing stacks: they keep {_shown(new, name, hidden)}"
        yield Notice(where=name, what=what)


def _shown(valued: Valued, name: str, hidden: frozenset[str]) -> str:
    return HIDDEN if name in hidden else repr(valued.texts.get(name, ""))


def _text(node: Any) -> str:
    return scalar_text(node) or ""
