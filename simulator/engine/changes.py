"""What differs between a resource as it is and as a template wants it, and whether that takes a new resource.

Create-only properties come from the registry schemas. A conditionally create-only one replaces when its handler says so
(`replaced_by`) and updates in place otherwise; a change set calls it `Conditionally` either way, as AWS does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.schemas import schema
from simulator.engine.model import PropertyChange, Resource
from simulator.handlers.base import Handler
from simulator.handlers.translate import normal

# What a change set shows for a value that only exists once another resource has been made (API reference,
# ResourceTargetDefinition).
UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"

_ATTRIBUTES = (
    ("Metadata", "metadata"),
    ("DeletionPolicy", "deletion_policy"),
    ("UpdateReplacePolicy", "replace_policy"),
)


def property_changes(
    handler: Handler, of_type: str, region: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[PropertyChange, ...]:
    """The top-level properties that differ; `recreation` says when a change takes a new resource."""
    facts = schema(of_type, region)
    tag_property = facts.tagging.property if facts else "Tags"
    found = []
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if normal(before) == normal(after):
            continue
        recreation = "Never"
        if handler.update is None or (facts and _differ(facts.create_only, name, old, new)):
            recreation = "Always"
        elif facts and _differ(facts.conditional_create_only, name, old, new):
            recreation = "Conditionally"
        found.append(
            PropertyChange(
                attribute="Tags" if name == tag_property else "Properties",
                name=name,
                recreation=recreation,
                known=UNKNOWN not in str(after),
                before=before,
                after=after,
            )
        )
    return tuple(found)


def attribute_changes(resource: Resource, wanted: Mapping[str, Any]) -> Iterator[PropertyChange]:
    """Changes of `Metadata` and of the two policies; `wanted` maps these names to their new values."""
    for name, own in _ATTRIBUTES:
        before, after = getattr(resource, own), wanted.get(name)
        if normal(before) != normal(after):
            yield PropertyChange(attribute=name, before=before, after=after)


def replaces(handler: Handler, changes: tuple[PropertyChange, ...]) -> bool:
    """Whether these changes take a new resource."""
    return any(
        change.recreation == "Always"
        or (
            change.recreation == "Conditionally"
            and change.name in handler.replaced_by
            and not (change.before is None and change.name in handler.settable)
        )
        for change in changes
    )


def keeps_its_name(handler: Handler, changes: tuple[PropertyChange, ...], properties: Mapping[str, Any]) -> bool:
    """Whether a replacement would carry the name that the template gave the old resource: CloudFormation refuses it."""
    return bool(handler.name and properties.get(handler.name)) and all(
        change.name != handler.name for change in changes
    )


def _differ(paths: Any, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return any(path[0] == name and list(_at(path, old)) != list(_at(path, new)) for path in paths)


def _at(path: tuple[str, ...], value: Any) -> Iterator[Any]:
    """The values at a property path, `*` standing for every member of a list."""
    if not path:
        yield normal(value)
    elif path[0] == "*" and isinstance(value, list):
        for item in value:
            yield from _at(path[1:], item)
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(path[1:], value[path[0]])
