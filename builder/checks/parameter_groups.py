"""Parameter groups: the family they are for, and the names and values that PostgreSQL takes.

Source: builder/postgresql, recorded from real servers; RDS user guide, "Working with parameters on your RDS for
PostgreSQL DB instance".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from builder import postgresql
from builder.checks import lookup
from builder.checks.check import Check, Finding, at, is_dynamic
from builder.checks.reads import names_read
from builder.evaluate.nodes import scalar_text
from builder.render import Rendered

_FAMILY = re.compile(r"(?P<engine>aurora-postgresql|postgres)(?P<major>\d+)")
_GROUPS = ("AWS::RDS::DBParameterGroup", "AWS::RDS::DBClusterParameterGroup")


def family(rendered: Rendered) -> Iterator[Finding]:
    references = (
        ("AWS::RDS::DBInstance", "DBParameterGroupName", "AWS::RDS::DBParameterGroup"),
        ("AWS::RDS::DBCluster", "DBClusterParameterGroupName", "AWS::RDS::DBClusterParameterGroup"),
        ("AWS::RDS::DBCluster", "DBInstanceParameterGroupName", "AWS::RDS::DBParameterGroup"),
    )
    for type_name, name, group_type in references:
        for logical_id, properties in rendered.of_type(type_name):
            group = lookup.named(rendered, group_type, properties.get(name))
            stated = rendered.resources[group]["Properties"].get("Family") if group else properties.get(name)
            match = _FAMILY.fullmatch(str(stated).removeprefix("default."))
            version = properties.get("EngineVersion", lookup.cluster_of(rendered, properties).get("EngineVersion"))
            engine = properties.get("Engine")
            if match is None or is_dynamic(version) or version is None:
                continue
            major = str(version).split(".")[0]
            if match["major"] != major or (engine is not None and match["engine"] != engine):
                what = f"is a group of the family {match[0]}, but the engine is {engine} {version}"
                fix = f"make the Family {engine or match['engine']}{major}"
                yield Finding(path=at(logical_id, name), what=what, fix=fix)


def values(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, major, name, value in _parameters(rendered):
        problem = postgresql.problem_with(major, name, value)
        if problem:
            what, _, fix = problem.partition("; fix: ")
            yield Finding(path=at(logical_id, "Parameters", name), what=what, fix=fix or "correct it")


def _parameters(rendered: Rendered) -> Iterator[tuple[str, str, str, str]]:
    """Group, major, name and value of every parameter of PostgreSQL on RDS whose major has been recorded."""
    for logical_id, properties in rendered.of_type(*_GROUPS):
        match = _FAMILY.fullmatch(str(properties.get("Family")))
        if match is None or match["engine"] != "postgres" or match["major"] not in postgresql.MAJORS:
            continue
        parameters = properties.get("Parameters")
        for name, value in parameters.items() if isinstance(parameters, dict) else ():
            text = scalar_text(value)
            if text is not None and not is_dynamic(text):
                yield logical_id, match["major"], name, text


def static(rendered: Rendered) -> Iterator[Finding]:
    declared = rendered.template.get("Parameters", {})
    for logical_id, major, name, _ in _parameters(rendered):
        node = _declared(rendered, logical_id, name)
        for parameter in sorted(names_read(node, rendered.template.get("Conditions", {})) & declared.keys()):
            told = re.search(r"reboot|restart", f"{declared[parameter].get('Description', '')}", re.IGNORECASE)
            if told is None and postgresql.is_static(major, name):
                what = f"is static: a changed {parameter} does nothing until a reboot, which {parameter} does not say"
                fix = f"say in the Description of {parameter} that a change needs a reboot"
                yield Finding(path=at(logical_id, "Parameters", name), what=what, fix=fix)


def _declared(rendered: Rendered, logical_id: str, name: str) -> Any:
    parameters = rendered.evaluation.declared(logical_id)["Properties"].get("Parameters", {})
    return parameters.get(name, parameters)


CHECKS = (
    Check(
        id="E9151",
        reason="a parameter group is of the family of its engine's major",
        source="RDS user guide, USER_WorkingWithParamGroups",
        find=family,
    ),
    Check(
        id="E9152",
        reason="PostgreSQL knows the parameter and takes the value",
        source="builder/postgresql: recorded from servers 14 to 18, and RDS's own parameters",
        find=values,
    ),
    Check(
        id="W9153",
        reason="a static parameter that can be changed without knowing that it needs a reboot",
        source="RDS user guide, USER_WorkingWithParamGroups: static and dynamic parameters",
        find=static,
    ),
)
