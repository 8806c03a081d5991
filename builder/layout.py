"""How a template is written: one line for each thing that a reviewer would call one change.

    "Resources":{
    "Database":{"Type":"AWS::RDS::DBInstance",
    "DeletionPolicy":"Snapshot",
    "Properties":{
    "Engine":"postgres",
    "Port":{"Ref":"DatabasePort"}
    }}
    }

A parameter, rule, condition, output, mapping row, metadata entry, resource attribute or property has its line; what
is inside it is compact. That is about 1 % over the compact form, where an indent of 2 costs 85 % and more, and
CloudFormation counts bytes: lines are not indented either, as one space before each would cost another 1 %. The text is
ASCII, so that nothing between here and CloudFormation can misread it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

# What a person wants to know first comes first; sections not named here follow in the order given.
SECTIONS = (
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
)
# How many levels of containers are opened, each element on a line of its own, below a section's own braces.
_OPENED = {"Metadata": 2, "Mappings": 1}


def text(template: Mapping[str, Any]) -> str:
    """The template as JSON text, ending with a newline. Parsing it gives an equal object.

    Keys other than sections and resource attributes keep their order: the same template gives the same bytes.
    Raises ValueError or TypeError for a value that JSON does not have (NaN, a set).
    """
    sections = [name for name in SECTIONS if name in template]
    sections += [name for name in template if name not in SECTIONS]
    lines = [f"{_inline(name)}:{_section(name, template[name])}" for name in sections]
    return "{\n" + ",\n".join(lines) + "\n}\n" if lines else "{}\n"


def _section(name: str, value: object) -> str:
    if name == "Resources" and isinstance(value, dict):
        return _lines((f"{_inline(logical_id)}:{_resource(body)}" for logical_id, body in value.items()), "{}")
    return _open(value, _OPENED.get(name, 0))


def _resource(body: object) -> str:
    """The type stands beside the logical ID, the properties last."""
    if not (isinstance(body, dict) and "Type" in body):
        return _inline(body)  # Fn::ForEach
    attributes = [f"{_inline(key)}:{_inline(body[key])}" for key in body if key not in ("Type", "Properties")]
    if "Properties" in body:
        attributes.append(f'"Properties":{_open(body["Properties"], 0)}')
    return "{" + ",\n".join([f'"Type":{_inline(body["Type"])}', *attributes]) + "}"


def _open(value: object, levels: int) -> str:
    """A container with each element on its own line, and so its elements for as many further levels."""

    def inner(item: object) -> str:
        return _open(item, levels - 1) if levels else _inline(item)

    if isinstance(value, dict):
        return _lines((f"{_inline(key)}:{inner(item)}" for key, item in value.items()), "{}")
    if isinstance(value, list):
        return _lines(map(inner, value), "[]")
    return _inline(value)


def _lines(items: Iterable[str], braces: str) -> str:
    body = ",\n".join(items)
    return f"{braces[0]}\n{body}\n{braces[1]}" if body else braces


# What is written was JSON text before, and holds no circle.
_inline = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode
