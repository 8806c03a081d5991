"""From CloudFormation's properties to the parameters of an AWS API, by botocore's model of that API.

CloudFormation's names are the API's names in PascalCase with few exceptions, and its values may be strings where the
API takes numbers: both follow from the model, so that a handler lists only the exceptions.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape

from simulator.engine.model import ResourceFailure

_TRUTHS = {"true": True, "false": False}


def text(value: Any) -> str:
    """A value as an API's string: true and false in lower case, an object or a list as JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def normal(value: Any) -> Any:
    """A value as CloudFormation compares it: 80 is "80", true is "true"."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


class Untranslatable(ResourceFailure):
    """A property that has no counterpart in the API, or whose value does not fit: nothing is dropped in silence."""


def to_request(
    properties: Mapping[str, Any],
    shape: Shape,
    *,
    rename: Mapping[str, str] | None = None,
    leave: Collection[str] = (),
) -> dict[str, Any]:
    """The API's parameters for `properties`, of the structure `shape`.

    `rename` maps names, at any depth, to those of the API; `leave` names top-level properties that the handler sends in
    another way. Raises Untranslatable with the path of a property that is left over.
    """
    kept = {name: value for name, value in properties.items() if name not in leave}
    return cast(dict[str, Any], _convert(kept, shape, rename or {}, ""))


def accepted(properties: Mapping[str, Any], shape: Shape, rename: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Only those of `properties` that the API's structure `shape` takes, e.g. what can still be modified."""
    members = _members(shape)
    return {name: value for name, value in properties.items() if (rename or {}).get(name, name).lower() in members}


def tags_to(shape: Shape, tags: Mapping[str, str]) -> Any:
    """Tags in the form that an API takes them: a map, or a list of pairs whatever their members are called."""
    if isinstance(shape, MapShape):
        return dict(tags)
    item = cast(StructureShape, cast(ListShape, shape).member)
    key = next(name for name in item.members if name.lower().endswith("key"))
    value = next(name for name in item.members if name.lower().endswith("value"))
    return [{key: name, value: text} for name, text in tags.items()]


def tags_from(tags: Any) -> dict[str, str]:
    """Tags as CloudFormation writes them, a list of pairs or a map, as a map."""
    if isinstance(tags, dict):
        return {str(key): text(value) for key, value in tags.items()}
    return {str(tag["Key"]): text(tag["Value"]) for tag in tags or ()}


def tags_to_cloudformation(tags: Mapping[str, str], as_map: bool) -> Any:
    """Tags as a CloudFormation property: a map where the type wants one, otherwise a list of pairs."""
    return dict(tags) if as_map else [{"Key": key, "Value": value} for key, value in tags.items()]


def _members(shape: Shape) -> dict[str, str]:
    return {name.lower(): name for name in cast(StructureShape, shape).members}


def _convert(value: Any, shape: Shape, rename: Mapping[str, str], path: str) -> Any:
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            raise Untranslatable(f"{path}: expected an object, found {value!r}")
        members = _members(shape)
        request = {}
        for name, item in value.items():
            where = f"{path}.{name}" if path else name
            member = members.get(rename.get(name, name).lower())
            if member is None:
                raise Untranslatable(f"Encountered unsupported property {where}")
            request[member] = _convert(item, shape.members[member], rename, where)
        return request
    if isinstance(shape, ListShape):
        if _is_tags(value, shape):
            return tags_to(shape, tags_from(value))
        if not isinstance(value, list):
            raise Untranslatable(f"{path}: expected a list, found {value!r}")
        return [_convert(item, shape.member, rename, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(shape, MapShape):
        if _is_tags(value, shape):
            return tags_from(value)
        return {key: _convert(item, shape.value, rename, f"{path}.{key}") for key, item in value.items()}
    return _scalar(value, shape.type_name, path)


def _is_tags(value: Any, shape: Shape) -> bool:
    """CloudFormation writes tags as a list of Key and Value, whatever the API calls them."""
    if not isinstance(value, list) or not value:
        return False
    pairs = all(isinstance(item, dict) and item.keys() == {"Key", "Value"} for item in value)
    if isinstance(shape, MapShape):
        return pairs
    item = cast(ListShape, shape).member
    return pairs and isinstance(item, StructureShape) and {name.lower()[-3:] for name in item.members} == {"key", "lue"}


def _scalar(value: Any, type_name: str, path: str) -> Any:
    try:
        match type_name:
            case "integer" | "long":
                return int(value)
            case "float" | "double":
                return float(value)
            case "boolean":
                return _TRUTHS[text(value).lower()]
            case "blob":
                return text(value).encode()
            case "string":
                return text(value)
    except (KeyError, TypeError, ValueError):
        raise Untranslatable(f"{path}: expected type {type_name}, found {value!r}") from None
    return value
