"""Template Rules: what must hold between parameters, judged by CloudFormation before it makes anything.

Rule functions are few: they cannot count or compare numbers, nor call Sub or Join.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import And, Equals, Not, Or, Parameter, Ref, Template


def require(t: Template, name: str, must: Any, sentence: str, *, when: Any = None) -> None:
    """Refuse a deployment, with `sentence`, unless `must` holds (where `when` holds, if it is given)."""
    rule: dict[str, Any] = {"Assertions": [{"Assert": must, "AssertDescription": sentence}]}
    if when is not None:
        rule = {"RuleCondition": when, **rule}
    t.add_rule(name, rule)


def is_empty(parameter: Parameter) -> Equals:
    return Equals(Ref(parameter), "")


def is_given(parameter: Parameter) -> Not:
    return Not(is_empty(parameter))


def all_or_none(parameters: Sequence[Parameter]) -> Or:
    """Either every one of the parameters is given or none is."""
    return Or(And(*map(is_given, parameters)), And(*map(is_empty, parameters)))


def attribute_of(parameter: Parameter, attribute: str) -> dict[str, Any]:
    """An attribute of the resource that an AWS-typed parameter names, such as a subnet's `VpcId`."""
    return {"Fn::ValueOf": [parameter.title, attribute]}


def every(parameter_type: str, attribute: str) -> dict[str, Any]:
    """That attribute of the resources that all parameters of an AWS type name, as a list."""
    return {"Fn::ValueOfAll": [parameter_type, attribute]}
