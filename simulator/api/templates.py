"""The actions that read templates without touching a stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.schemas import schema
from simulator.engine import sources, template
from simulator.engine.engine import Engine
from simulator.engine.model import Refused

_CONSTRAINTS = ("AllowedValues",)


def validate(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    parsed = _asked(engine, region, request)
    return {
        "Description": parsed.get("Description"),
        "DeclaredTransforms": template.transforms(parsed),
        "Parameters": [
            {
                "ParameterKey": name,
                "DefaultValue": _text(declaration.get("Default")),
                "Description": declaration.get("Description"),
                "NoEcho": _no_echo(declaration),
            }
            for name, declaration in parsed.get("Parameters", {}).items()
        ],
        **_capabilities(parsed),
    }


def summary(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    parsed = _asked(engine, region, request)
    resources = parsed.get("Resources", {})
    return {
        "Description": parsed.get("Description"),
        "Metadata": _text(parsed.get("Metadata")),
        "Version": parsed.get("AWSTemplateFormatVersion"),
        "DeclaredTransforms": template.transforms(parsed),
        "ResourceTypes": sorted({each["Type"] for each in resources.values()}),
        "ResourceIdentifierSummaries": _identifiers(resources, region),
        "Parameters": [
            {
                "ParameterKey": name,
                "ParameterType": declaration.get("Type"),
                "DefaultValue": _text(declaration.get("Default")),
                "Description": declaration.get("Description"),
                "NoEcho": _no_echo(declaration),
                "ParameterConstraints": {
                    key: [str(each) for each in declaration[key]] for key in _CONSTRAINTS if key in declaration
                },
            }
            for name, declaration in parsed.get("Parameters", {}).items()
        ],
        **_capabilities(parsed),
    }


def get(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.find(request.get("StackName", ""), region)
    source = stack.source
    if name := request.get("ChangeSetName"):
        found = [each for each in stack.change_sets.values() if name in (each.name, each.id)]
        if not found:
            raise Refused(f"ChangeSet [{name}] does not exist", "ChangeSetNotFoundException")
        source = found[0].source
    return {"TemplateBody": source.body if source else "", "StagesAvailable": ["Original", "Processed"]}


def _asked(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    if name := request.get("StackName"):
        source = engine.store.find(name, region).source
        return dict(source.template) if source else {}
    body = template.fetch(engine.clients, region, request.get("TemplateBody", ""), request.get("TemplateURL", ""))
    parsed = template.parse(body)
    template.check(parsed, region)
    return parsed


def _capabilities(parsed: Mapping[str, Any]) -> dict[str, Any]:
    needed = sources.required_capabilities(parsed)
    if not needed:
        return {}
    types = sorted({each["Type"] for each in parsed["Resources"].values() if each["Type"].startswith("AWS::IAM::")})
    reason = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    return {"Capabilities": list(needed), "CapabilitiesReason": reason}


def _identifiers(resources: Mapping[str, Any], region: str) -> list[dict[str, Any]]:
    """Which properties identify each resource, for an import."""
    by_type: dict[str, list[str]] = {}
    for logical_id, resource in resources.items():
        by_type.setdefault(resource["Type"], []).append(logical_id)
    return [
        {
            "ResourceType": of_type,
            "LogicalResourceIds": logical_ids,
            "ResourceIdentifiers": [".".join(path) for path in facts.primary_identifier],
        }
        for of_type, logical_ids in by_type.items()
        if (facts := schema(of_type, region))
    ]


def _no_echo(declaration: Mapping[str, Any]) -> bool:
    return str(declaration.get("NoEcho", "")).lower() == "true"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
