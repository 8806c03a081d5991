"""Every parameter group that the project's templates can emit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from builder import parameter_files
from builder.assemble import assemble
from builder.evaluate import Evaluation, Place, parameter_values
from builder.params import read
from templates.instance_classes import CLUSTER_CLASSES, GIB, INSTANCE_CLASSES
from tests.conftest import REPOSITORY

_GROUPS = ("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")
# What runs PostgreSQL, and which of its properties names the class.
_CLASSES = {"AWS::RDS::DBInstance": "DBInstanceClass", "AWS::RDS::DBCluster": "DBClusterInstanceClass"}


@dataclass(frozen=True, kw_only=True)
class Group:
    """A parameter group as an environment's file and one choice of everything else make it.

    `variables` are those of RDS's formulas.
    """

    stack: str
    environment: str
    instance_class: str
    major: str
    parameters: Mapping[str, str]
    variables: Mapping[str, int]


@cache
def groups() -> tuple[Group, ...]:
    """All stacks x environments x classes x majors x whatever else a group lets one choose from a list."""
    built = assemble(REPOSITORY).built
    return tuple(
        group
        for stack, one in built.items()
        for path in parameter_files.files(REPOSITORY, stack)
        for group in _groups(one.template, stack, path.stem, read(path))
    )


def _groups(template: Mapping[str, Any], stack: str, environment: str, given: Mapping[str, str]) -> Iterator[Group]:
    """Those of PostgreSQL itself: which settings Aurora's have in common with its servers, these do not say."""
    resources = template["Resources"]
    servers = [each["Properties"] for each in resources.values() if each["Type"] in _CLASSES]
    for name, resource in resources.items():
        if resource["Type"] not in _GROUPS or "aurora" in str(resource["Properties"]["Family"]):
            continue
        (server,) = servers
        for choice in _choices(template, resource["Properties"]):
            values = parameter_values(template, {**given, **choice}, file=environment).values
            evaluation = Evaluation(template, values, Place(region="us-east-1", stack_name=stack))
            properties = evaluation.resource(name)["Properties"]
            given_class = next(server[key] for key in _CLASSES.values() if key in server)
            of_instance = {
                key: str(evaluation.value(value, key))
                for key, value in {"DBInstanceClass": given_class, **server}.items()
                if key in ("DBInstanceClass", "AllocatedStorage", "Port")
            }
            yield Group(
                stack=stack,
                environment=environment,
                instance_class=of_instance["DBInstanceClass"],
                major=properties["Family"].removeprefix("postgres"),
                parameters={key: str(value) for key, value in properties["Parameters"].items()},
                variables=_variables(of_instance),
            )


def _choices(template: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Each way to choose the parameters that a group depends on, those of which the values are listed."""
    parameters = template["Parameters"]
    listed = sorted(name for name in _named(template, properties) if "AllowedValues" in parameters.get(name, ()))
    for values in product(*(parameters[name]["AllowedValues"] for name in listed)):
        yield dict(zip(listed, values, strict=True))


def _named(template: Mapping[str, Any], node: Any) -> set[str]:
    """What a node refers to: by Ref, in a text of Fn::Sub, or in a condition that decides over it."""
    if isinstance(node, list):
        return {name for item in node for name in _named(template, item)}
    if isinstance(node, str):
        return set(re.findall(r"\$\{(\w+)\}", node))
    if not isinstance(node, dict):
        return set()
    found = {name for item in node.values() for name in _named(template, item)}
    for key in ("Ref", "Condition", "Fn::If"):
        if key in node:
            name = node[key][0] if key == "Fn::If" else node[key]
            found |= {name} if key == "Ref" else _named(template, template["Conditions"][name])
    return found


def _variables(of_instance: Mapping[str, str]) -> Mapping[str, int]:
    """What formulas know of an instance. RDS's own memory is less, by an amount that it does not tell."""
    hardware = {**INSTANCE_CLASSES, **CLUSTER_CLASSES}[of_instance["DBInstanceClass"]]
    return {
        "DBInstanceClassMemory": hardware.memory * GIB,
        "DBInstanceVCPU": hardware.vcpus,
        "AllocatedStorage": int(of_instance["AllocatedStorage"]) * GIB,
        "EndPointPort": int(of_instance["Port"]),
    }
