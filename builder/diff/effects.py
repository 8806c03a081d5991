"""What a changed property does to its resource: from the registry schema, and the corrections to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from builder.diff.corrections import correction
from builder.diff.model import Effect
from builder.diff.values import Steps, at, covers, normal
from builder.schemas import PropertyPath, Schema

SCHEMA = "registry schema"
_NO_UPDATE = f'{SCHEMA}: no update handler, "must instead be replaced" (API reference, DescribeType, ProvisioningType)'
_ANOTHER = "another"


def effect(
    of_type: str, schema: Schema | None, steps: Steps, old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[Effect, str]:
    """The effect of the place `steps` having changed between the properties of a resource, and the source."""
    if row := correction(of_type, str(steps[0])):
        return row.effect(old, new), row.source
    if schema is None:
        return Effect.MAY_REPLACE, "there is no schema of this type"
    if _has_no_update(of_type, schema):
        return Effect.REPLACE, _NO_UPDATE
    if path := _touched(schema.create_only, steps, old, new):
        if _only_reordered(schema, path, old, new):
            return Effect.MAY_REPLACE, f"{SCHEMA}: create-only, but its order is said not to matter"
        return Effect.REPLACE, f"{SCHEMA}: create-only"
    if _touched(schema.conditional_create_only, steps, old, new):
        return Effect.MAY_REPLACE, f"{SCHEMA}: conditionally create-only"
    return Effect.UPDATE, SCHEMA


def taken_effect(of_type: str, schema: Schema | None, name: str, properties: Mapping[str, Any]) -> tuple[Effect, str]:
    """The effect of a property whose value will be another, because it is taken from a resource that is replaced."""
    if row := correction(of_type, name):
        return row.effect(properties, {**properties, name: _ANOTHER}), row.source
    if schema is None:
        return Effect.MAY_REPLACE, "there is no schema of this type"
    if _has_no_update(of_type, schema):
        return Effect.REPLACE, _NO_UPDATE
    if (name,) in schema.create_only:
        return Effect.REPLACE, f"{SCHEMA}: create-only"
    # Below the property: which part of it is taken from the other resource is not known here.
    if any(path[0] == name and list(at(path, properties)) for path in schema.create_only):
        return Effect.MAY_REPLACE, f"{SCHEMA}: partly create-only"
    if any(path[0] == name for path in schema.conditional_create_only):
        return Effect.MAY_REPLACE, f"{SCHEMA}: conditionally create-only"
    return Effect.UPDATE, SCHEMA


def _has_no_update(of_type: str, schema: Schema) -> bool:
    """Types without an update handler are made anew; custom resources are sent an event, whatever the schema says."""
    custom = of_type.startswith("Custom::") or of_type == "AWS::CloudFormation::CustomResource"
    return bool(schema.permissions) and "update" not in schema.permissions and not custom


def _touched(
    paths: Iterable[PropertyPath], steps: Steps, old: Mapping[str, Any], new: Mapping[str, Any]
) -> PropertyPath | None:
    """The first of `paths` that the change at `steps` reaches. A change above it counts if the value there differs."""
    for path in paths:
        if covers(path, steps) and (len(path) <= len(steps) or list(at(path, old)) != list(at(path, new))):
            return path
    return None


def _only_reordered(schema: Schema, path: PropertyPath, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    shape = schema.shape(path)
    if shape is None or shape.get("insertionOrder", True):
        return False
    before, after = (old.get(path[0]), new.get(path[0])) if len(path) == 1 else (None, None)
    if not (isinstance(before, list) and isinstance(after, list)):
        return False
    return Counter(map(repr, map(normal, before))) == Counter(map(repr, map(normal, after)))
