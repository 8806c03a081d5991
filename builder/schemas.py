"""What AWS's resource registry says about a resource type in a Region.

Read from the schemas inside the installed cfn-lint, by path and lazily: importing cfn-lint itself takes seconds. They
are `providers/REGION.json` (type -> hash) and `resources/HASH.json` (the registry schema, corrected by cfn-lint).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

from builder.problems import Failure, Problem, nearest

PropertyPath: TypeAlias = tuple[str, ...]

_CUSTOM = "AWS::CloudFormation::CustomResource"
_ROOT = "/properties/"


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """Whether a type takes tags, whether they can change without replacing it, and the property that holds them."""

    taggable: bool
    updatable: bool
    property: str


@dataclass(frozen=True)
class Schema:
    """The registry schema of one resource type.

    Property paths are tuples of names, e.g. `("Endpoint", "Address")`, with "*" for the members of a list or a map.
    """

    document: Mapping[str, Any]

    @property
    def type_name(self) -> str:
        return str(self.document["typeName"])

    @cached_property
    def create_only(self) -> tuple[PropertyPath, ...]:
        """Changing one of these replaces the resource."""
        return self._paths("createOnlyProperties")

    @cached_property
    def conditional_create_only(self) -> tuple[PropertyPath, ...]:
        """Changing one of these replaces the resource in some cases."""
        return self._paths("conditionalCreateOnlyProperties")

    @cached_property
    def read_only(self) -> tuple[PropertyPath, ...]:
        """What AWS decides: the attributes of Fn::GetAtt are among them."""
        return self._paths("readOnlyProperties")

    @cached_property
    def write_only(self) -> tuple[PropertyPath, ...]:
        """What AWS takes but does not show again, e.g. passwords."""
        return self._paths("writeOnlyProperties")

    @cached_property
    def primary_identifier(self) -> tuple[PropertyPath, ...]:
        """What identifies a resource; mostly what Ref gives."""
        return self._paths("primaryIdentifier")

    @cached_property
    def permissions(self) -> Mapping[str, tuple[str, ...]]:
        """The IAM actions that each handler (create, read, update, delete, list) needs."""
        handlers = self.document.get("handlers", {})
        return {name: tuple(handler.get("permissions", ())) for name, handler in handlers.items()}

    @cached_property
    def tagging(self) -> Tagging:
        # Defaults: the registry's meta-schema, provider.definition.schema.v1.json, and its older key "taggable".
        stated = self.document.get("tagging")
        if stated is None:
            taggable = bool(self.document.get("taggable", "Tags" in self.document["properties"]))
            stated = {"taggable": taggable, "tagUpdatable": taggable}
        taggable = bool(stated.get("taggable", True))
        return Tagging(
            taggable=taggable,
            updatable=taggable and bool(stated.get("tagUpdatable", True)),
            property=stated.get("tagProperty", "/properties/Tags").removeprefix(_ROOT),
        )

    def shape(self, path: PropertyPath) -> Mapping[str, Any] | None:
        """The JSON schema of the property or attribute at `path`: type, format, pattern, items; None if there is none.

        References to definitions are followed.
        """
        node = self.document
        for name in path:
            child = self._step(node, name)
            if child is None:
                return None
            node = child
        return node

    def _step(self, node: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
        child = node.get("properties", {}).get(name)
        if child is None and name == "*":
            child = node.get("items") or next(iter(node.get("patternProperties", {}).values()), None)
        return None if child is None else self._followed(child)

    def _followed(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        while isinstance(pointer := node.get("$ref"), str):
            target: Any = self.document
            for part in pointer.removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _paths(self, key: str) -> tuple[PropertyPath, ...]:
        return tuple(tuple(pointer.removeprefix(_ROOT).split("/")) for pointer in self.document.get(key, ()))


def has_type(type_name: str, region: str) -> bool:
    """Whether a resource type exists in a Region. Custom resources (`Custom::...`) exist everywhere."""
    return _registered(type_name) in _types(region)


def schema(type_name: str, region: str) -> Schema | None:
    """The schema of a resource type in a Region; None if the type does not exist there."""
    digest = _types(region).get(_registered(type_name))
    return None if digest is None else _schema(digest)


@cache
def version() -> str:
    """What cfn-lint says of its version: schemas, rules and the reference of IAM's actions change with it."""
    return (_directory().parents[1] / "version.py").read_text(encoding="utf-8")


@cache
def regions() -> tuple[str, ...]:
    """Every Region that has schemas."""
    return tuple(sorted(path.stem for path in (_directory() / "providers").glob("*-*.json")))


def _registered(type_name: str) -> str:
    return _CUSTOM if type_name.startswith("Custom::") else type_name


@cache
def _directory() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        problem = Problem(file="cfn-lint", what="is not installed, and its schemas are needed", fix="run make build")
        raise Failure([problem])
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


@cache
def _types(region: str) -> Mapping[str, str]:
    try:
        types: Mapping[str, str] = json.loads((_directory() / "providers" / f"{region}.json").read_bytes())
    except (OSError, ValueError):
        near = nearest(region, regions())
        fix = f"give the name of a Region, such as {near or 'us-east-1'}"
        raise Failure([Problem(file=region, what="is not a Region that cfn-lint has schemas of", fix=fix)]) from None
    return types


@cache
def _schema(digest: str) -> Schema:
    return Schema(json.loads((_directory() / "resources" / f"{digest}.json").read_text(encoding="utf-8")))
