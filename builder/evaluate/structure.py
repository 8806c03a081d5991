"""The sections of a template and the shape of their entries, as CloudFormation checks it before it evaluates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.evaluate.errors import EvaluationError, only_inside_aws
from builder.evaluate.nodes import LANGUAGE_EXTENSIONS, as_list, is_function, kind

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_RESOURCE_ATTRIBUTES = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Description",  # not documented, but AWS's own sample templates have it
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
        "Version",
    }
)
_OUTPUT_ATTRIBUTES = frozenset({"Condition", "Description", "Export", "Value"})
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Sections:
    """The sections that are evaluated; `extended` says that the transform AWS::LanguageExtensions is declared."""

    parameters: Mapping[str, Any]
    rules: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Any]
    outputs: Mapping[str, Any]
    extended: bool


def divide(template: Mapping[str, Any]) -> Sections:
    """A template by its sections. Entries are not looked at yet, but for those that hold no function at all."""
    extended = _extended(template.get("Transform"))  # first: a macro may bring sections of its own
    for key in template:
        if key not in SECTIONS:
            raise EvaluationError(str(key), "is not a section of a template")
    sections = Sections(
        parameters=_object(template, "Parameters"),
        rules=_object(template, "Rules"),
        mappings=_object(template, "Mappings"),
        conditions=_object(template, "Conditions"),
        resources=_object(template, "Resources"),
        outputs=_object(template, "Outputs"),
        extended=extended,
    )
    for name, node in sections.parameters.items():
        if not isinstance(node, dict):
            raise EvaluationError(f"Parameters.{name}", f"must be an object, but is {kind(node)}")
    for name, mapping in sections.mappings.items():
        _check_mapping(mapping, f"Mappings.{name}")
    return sections


def _object(parent: Mapping[str, Any], key: str, path: str = "") -> Mapping[str, Any]:
    node = parent.get(key, {})
    if not isinstance(node, dict):
        raise EvaluationError(f"{path}{key}", f"must be an object, but is {kind(node)}")
    return node


def _extended(transform: Any) -> bool:
    transforms = as_list(transform)
    for each in transforms:
        if each != LANGUAGE_EXTENSIONS:
            name = each.get("Name", each) if isinstance(each, dict) else each
            raise only_inside_aws("Transform", f"macro {name!r} runs inside AWS and cannot be resolved")
    return bool(transforms)


def _check_mapping(mapping: Any, path: str) -> None:
    if not isinstance(mapping, dict):
        raise EvaluationError(path, f"must be an object, but is {kind(mapping)}")
    for top, row in mapping.items():
        if not isinstance(row, dict):
            raise EvaluationError(f"{path}.{top}", f"must be an object, but is {kind(row)}")
        for second, value in row.items():
            for item in value if isinstance(value, list) else [value]:
                if not isinstance(item, (str, int, float)):
                    what = f"must be a string, a number or a list of them, but is {kind(item)}"
                    if is_function(row) or is_function(item):
                        what = "functions are not allowed in mappings"
                    raise EvaluationError(f"{path}.{top}.{second}", what)


def check_resources(resources: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Every resource has a type, known attributes, and dependencies that exist."""
    for name, node in resources.items():
        path = f"Resources.{name}"
        _check_entry(node, path, name, _RESOURCE_ATTRIBUTES)
        if name in parameters:
            raise EvaluationError(path, "has the name of a parameter")
        if not isinstance(node.get("Type"), str):
            raise EvaluationError(f"{path}.Type", "must be a literal string")
        if node["Type"].endswith("::MODULE"):
            raise only_inside_aws(
                f"{path}.Type", f"module {node['Type']} is expanded inside AWS and cannot be resolved"
            )
        _object(node, "Properties", f"{path}.")
        for dependency in dependencies(node):
            if not isinstance(dependency, str) or dependency not in resources:
                raise EvaluationError(f"{path}.DependsOn", f"{dependency!r} is not the literal name of a resource")


def dependencies(resource: Mapping[str, Any]) -> list[Any]:
    """What a resource's DependsOn names."""
    return as_list(resource.get("DependsOn"))


def check_outputs(outputs: Mapping[str, Any]) -> None:
    """Every output has a value, known attributes and an export that is nothing but a name."""
    for name, node in outputs.items():
        path = f"Outputs.{name}"
        _check_entry(node, path, name, _OUTPUT_ATTRIBUTES)
        if "Value" not in node:
            raise EvaluationError(path, "must have a Value")
        if not isinstance(node.get("Description", ""), str):
            raise EvaluationError(f"{path}.Description", "must be a literal string")
        if "Export" in node and (not isinstance(node["Export"], dict) or list(node["Export"]) != ["Name"]):
            raise EvaluationError(f"{path}.Export", 'must be written as {"Name": value}')


def _check_entry(node: Any, path: str, name: str, attributes: frozenset[str]) -> None:
    if not _LOGICAL_ID.fullmatch(name):
        raise EvaluationError(path, "must be named with letters and digits only")
    if not isinstance(node, dict):
        raise EvaluationError(path, f"must be an object, but is {kind(node)}")
    for key in node:
        if key not in attributes:
            raise EvaluationError(f"{path}.{key}", "is not an attribute that CloudFormation knows here")
