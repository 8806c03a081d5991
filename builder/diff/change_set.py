"""A change set, as CloudFormation describes it, in the terms in which templates are compared.

Source: CloudFormation API reference, DescribeChangeSet, ResourceChange, ResourceChangeDetail, ResourceTargetDefinition.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from builder.diff import fates
from builder.diff.model import Effect, Fate, PropertyChange, ResourceChange, Verdict
from builder.diff.values import shown_path

# What a value may be shown as, by the path of the resource, the attribute and the name of its property.
Conceal: TypeAlias = Callable[[str, str, str, str], str]

_KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"
# How such a value is shown.
LATER = "(known after the change)"
_RECREATION = {"Always": Effect.REPLACE, "Conditionally": Effect.MAY_REPLACE, "Never": Effect.UPDATE}
_REPLACEMENT = {"True": Verdict.REPLACE, "Conditional": Verdict.MAY_REPLACE}
_NESTED_UNTOLD = "what changes in it is not told: it has no change set of its own"


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """Everything that a change set says: a ResourceChange of the API for each resource, all pages of them.

    `nested` are the change sets of the stacks that it nests, by logical ID.
    """

    changes: tuple[Mapping[str, Any], ...] = ()
    nested: Mapping[str, ChangeSet] = field(default_factory=dict)


def described_stacks(change_set: ChangeSet, above: str = "") -> Iterator[str]:
    """The paths of the stacks that a change set tells of, "" for the stack itself, `Database/` for one nested in it."""
    yield above
    for logical_id, inside in change_set.nested.items():
        yield from described_stacks(inside, f"{above}{logical_id}/")


def live_changes(change_set: ChangeSet, conceal: Conceal, above: str = "") -> Iterator[ResourceChange]:
    """What AWS says of each resource, nested ones included, whose IDs have the stack's in front.

    A nested stack of which CloudFormation only says that it looks into it, and in which nothing changes, is left out.
    """
    for document in change_set.changes:
        path = f"{above}{document['LogicalResourceId']}"
        inside = change_set.nested.get(str(document["LogicalResourceId"]))
        below = () if inside is None else tuple(live_changes(inside, conceal, f"{path}/"))
        if inside is None or below or not _is_automatic(document):
            yield _change(document, path, conceal, untold=inside is None)
        yield from below


def _is_automatic(document: Mapping[str, Any]) -> bool:
    """Whether a nested stack is listed only because its template might be another behind the same URL."""
    details = document.get("Details", ())
    return bool(details) and all(detail.get("ChangeSource") == "Automatic" for detail in details)


def _change(document: Mapping[str, Any], path: str, conceal: Conceal, *, untold: bool) -> ResourceChange:
    of_type, action = str(document["ResourceType"]), document["Action"]
    before: dict[str, Any] = {"Type": of_type, "Properties": _properties_before(document)}
    policy = str(document.get("PolicyAction", "")).removeprefix("ReplaceAnd")
    fate = fates.became(before, policy) if policy else None
    properties = tuple(_properties(document, path, conceal))
    verdict = _verdict(action, document, fate)
    goes = verdict in (Verdict.REMOVE, Verdict.REPLACE, Verdict.MAY_REPLACE)
    notes = [_NOTES[action]] if action in _NOTES else []
    if of_type == fates.STACK and action == "Modify" and untold:
        notes.append(_NESTED_UNTOLD)
    return ResourceChange(
        logical_id=path,
        type=of_type,
        verdict=verdict,
        properties=properties,
        cause=_cause(path, properties) if verdict in (Verdict.REPLACE, Verdict.MAY_REPLACE) else (),
        fate=fate,
        holds=fates.holds(of_type, before["Properties"], known=False) if goes else "",
        notes=tuple(notes),
    )


_NOTES = {
    "Import": "it exists already, and is taken over",
    "Dynamic": "AWS cannot tell beforehand what it will do to it",
    "SyncWithActual": "only what CloudFormation knows of it changes",
}


def _verdict(action: str, document: Mapping[str, Any], fate: Fate | None) -> Verdict:
    if action in ("Add", "Import"):
        return Verdict.ADD
    if action == "Remove":
        return Verdict.ORPHAN if fate is Fate.RETAINED else Verdict.REMOVE
    if action == "Dynamic":
        return Verdict.MAY_REPLACE
    return _REPLACEMENT.get(document.get("Replacement", ""), Verdict.UPDATE)


def _properties_before(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties that a resource has; none where AWS does not tell them, or cut them off."""
    try:
        context = json.loads(document.get("BeforeContext", "{}"))
    except ValueError:
        return {}
    properties = context.get("Properties") if isinstance(context, dict) else None
    return properties if isinstance(properties, dict) else {}


def _properties(document: Mapping[str, Any], path: str, conceal: Conceal) -> Iterator[PropertyChange]:
    """What changes in a resource, each place once: AWS lists one that has several reasons several times."""
    found: dict[str, PropertyChange] = {}
    for detail in document.get("Details", ()):
        change = _property(detail, path, conceal)
        if change is None:
            continue
        known = found.get(change.path)
        if known is None or change.effect.rank > known.effect.rank:
            found[change.path] = change
    yield from found.values()


def _property(detail: Mapping[str, Any], path: str, conceal: Conceal) -> PropertyChange | None:
    """One place that changes; None for what AWS says of a resource as a whole."""
    target = detail.get("Target", {})
    attribute, name = str(target.get("Attribute", "")), str(target.get("Name") or "")
    place = _place(target, attribute, name)
    if not place:
        return None
    recreation = str(target.get("RequiresRecreation", "Never"))
    effect = _RECREATION[recreation]
    if effect is Effect.REPLACE and detail.get("Evaluation") == "Dynamic":
        effect = Effect.MAY_REPLACE
    causing = detail.get("CausingEntity")
    by_resource = detail.get("ChangeSource") in ("ResourceReference", "ResourceAttribute")
    old, new = (_value(target.get(key), path, attribute, name, conceal) for key in ("BeforeValue", "AfterValue"))
    return PropertyChange(
        path=place,
        old=old,
        new=new,
        effect=effect,
        source=f"change set: RequiresRecreation {recreation}",
        via=(str(causing),) if by_resource and causing else (),
    )


def _place(target: Mapping[str, Any], attribute: str, name: str) -> str:
    """A place as it is shown for templates: `Tags[0].Value` for `/Properties/Tags/0/Value`."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in str(target.get("Path") or "").split("/")[1:]]
    if steps[:1] == [attribute] and attribute in ("Properties", "Tags"):
        del steps[0]
    if not steps:
        steps = [name or ("" if attribute == "Properties" else attribute)]
    return shown_path(tuple(int(step) if step.isdecimal() else step for step in steps))


def _value(value: str | None, path: str, attribute: str, name: str, conceal: Conceal) -> object:
    """A value as it may be shown; lists and objects come as JSON, which may be cut off."""
    if value is None:
        return None
    shown = LATER if _KNOWN_LATER in value else conceal(path, attribute, name, value)
    with suppress(ValueError):
        parsed = json.loads(shown)
        return parsed if isinstance(parsed, (dict, list)) else shown
    return shown


def _cause(path: str, properties: tuple[PropertyChange, ...]) -> tuple[str, ...]:
    worst = max(properties, key=lambda change: change.effect.rank, default=None)
    return (path, worst.path, *worst.via) if worst else (path, "AWS does not say what")
