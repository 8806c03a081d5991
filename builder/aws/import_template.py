"""A template that says of live resources what they are: importing it applies nothing to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from builder.aws.counterparts import INSTANCE
from builder.aws.live import Live
from builder.aws.recreate import decided
from builder.diff.values import normal
from builder.evaluate import Evaluation
from builder.schemas import Schema, schema

# Instructions to the handler rather than states: with any other value an import could do what was put off.
_CAUTIOUS = {(INSTANCE, "ApplyImmediately"): False, (INSTANCE, "AllowMajorVersionUpgrade"): False}
# Not shown by the read handler: that RDS keeps the master password is seen by the secret.
_MANAGED, _SECRET = "ManageMasterUserPassword", "MasterUserSecret"

_LOWERCASE = re.compile(r"\$lowercase\(\w+\)")
_ANY_MINOR = re.compile(r'\$join\(\[\$string\(\w+\), "\.\*"\]\)')


class LiveAttributes:
    """What Ref and Fn::GetAtt give for resources that exist; for the others, text that no live value equals."""

    def __init__(self, found: Mapping[str, Live]) -> None:
        self._found = found

    def ref(self, logical_id: str) -> object:
        return self._found[logical_id].id if logical_id in self._found else f"<{logical_id}>"

    def get_att(self, logical_id: str, attribute: str) -> object:
        if logical_id not in self._found:
            return f"<{logical_id}.{attribute}>"
        node: Any = self._found[logical_id].properties
        for name in attribute.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        return f"<{logical_id}.{attribute}>" if node is None else node


def import_template(
    template: Mapping[str, Any], found: Mapping[str, Live], evaluation: Evaluation, region: str
) -> dict[str, Any]:
    """The template reduced to the resources that were found, each property at its live value, all to be retained.

    Stated is only what the stack states too, and can be read: what is left out is left alone. Where the live value is
    what the stack would say, it is said in the stack's words, so that the update that follows finds no difference.
    `evaluation` is of the template, with LiveAttributes of the same resources.
    """
    resources = {}
    for logical_id, live in found.items():
        facts = schema(live.type, region)
        assert facts is not None, live.type
        resources[logical_id] = {
            "Type": live.type,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": dict(_properties(template, live, facts, found, evaluation)),
        }
    about = "An existing database and what it was made of, as they are: for import only"
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": about, "Resources": resources}


def _properties(
    template: Mapping[str, Any], live: Live, facts: Schema, found: Mapping[str, Live], evaluation: Evaluation
) -> Iterator[tuple[str, Any]]:
    declared = decided(template["Resources"][live.logical_id].get("Properties", {}), evaluation)
    for name, node in declared.items():
        # In a list, so that AWS::NoValue is nothing.
        value: Any = evaluation.value([node], f"Resources.{live.logical_id}.Properties.{name}")
        if not value:
            continue
        (stated,) = value
        if (name,) in facts.write_only:
            yield name, _CAUTIOUS.get((live.type, name), stated)
        elif name == _MANAGED:
            if live.properties.get(_SECRET):
                yield name, True
        elif (actual := _writable(facts, (name,), live.properties.get(name))) is not None:
            if not _is_same(facts, name, stated, actual):
                yield name, actual
            else:
                yield name, node if _names_only(node, found) else stated


def _writable(facts: Schema, path: tuple[str, ...], value: Any) -> Any:
    """A live value without what only AWS can state in it; None for nothing."""
    if path in facts.read_only:
        return None
    if not isinstance(value, dict):
        return value
    kept = {name: _writable(facts, (*path, name), child) for name, child in value.items()}
    return {name: child for name, child in kept.items() if child is not None} or None


def _is_same(facts: Schema, name: str, stated: Any, actual: Any) -> bool:
    """Whether CloudFormation takes a live value for the stated one: after the registry's propertyTransform, and with
    lists in any order where their order is said not to matter.
    """
    if normal(stated) == normal(actual):
        return True
    shape = facts.shape((name,)) or {}
    if isinstance(stated, list) and isinstance(actual, list) and not shape.get("insertionOrder", True):
        return Counter(map(repr, map(normal, stated))) == Counter(map(repr, map(normal, actual)))
    rule = facts.document.get("propertyTransform", {}).get(f"/properties/{name}", "")
    if _LOWERCASE.fullmatch(rule):
        return str(stated).lower() == str(actual).lower()
    return bool(_ANY_MINOR.fullmatch(rule)) and str(actual).startswith(f"{stated}.")


def _names_only(node: Any, found: Mapping[str, Live]) -> bool:
    """Whether a node says nothing but names of resources that are imported with it."""
    match node:
        case {"Ref": str() as logical_id} | {"Fn::GetAtt": [str() as logical_id, _]}:
            return logical_id in found
        case dict() | list():
            return bool(node) and all(
                _names_only(each, found) for each in (node.values() if isinstance(node, dict) else node)
            )
    return False
