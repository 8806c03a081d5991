"""The functions that only Rules have: they read all parameters of a type, and attributes that only AWS knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from builder.evaluate.errors import EvaluationError, Undecidable
from builder.evaluate.functions import FUNCTIONS, listed
from builder.evaluate.interpreter import Function, Interpreter, Scope
from builder.evaluate.nodes import is_from_ssm

# CloudFormation template reference, "Rule-specific intrinsic functions", supported attributes.
_ATTRIBUTES = {
    "AWS::EC2::VPC::Id": r"DefaultNetworkAcl|DefaultSecurityGroup|Tags\..+",
    "AWS::EC2::Subnet::Id": r"AvailabilityZone|VpcId|Tags\..+",
    "AWS::EC2::SecurityGroup::Id": r"Tags\..+",
}


def _ref(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    declaration = interpreter.parameters.get(argument, {}) if isinstance(argument, str) else {}
    if is_from_ssm(declaration) and not interpreter.is_known(argument):
        raise Undecidable(f"the value of {argument} is in SSM Parameter Store")
    return FUNCTIONS["Ref"](interpreter, argument, path, scope)


def _names_of_type(interpreter: Interpreter, of_type: Any, path: str) -> list[str]:
    if not isinstance(of_type, str):
        raise EvaluationError(path, "must be a literal type of parameter")
    types = {name: declaration.get("Type") for name, declaration in interpreter.parameters.items()}
    if f"List<{of_type}>" in types.values():
        raise Undecidable(f"AWS does not say whether the type {of_type} stands for lists of it too")
    return [name for name, each in types.items() if each == of_type]


def _given(interpreter: Interpreter, name: str, path: str, scope: Scope) -> list[str]:
    value = _ref(interpreter, name, path, scope)
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _attribute(interpreter: Interpreter, parameter: str, value: str, attribute: str, path: str) -> str:
    of_type = str(interpreter.parameters[parameter].get("Type", ""))
    of_item = of_type.removeprefix("List<").removesuffix(">")
    if of_item not in _ATTRIBUTES or not re.fullmatch(_ATTRIBUTES[of_item], attribute):
        raise EvaluationError(path, f"parameter {parameter} of type {of_type} has no attribute {attribute!r}")
    if interpreter.parameter_attribute is None:
        raise Undecidable(f"{attribute} of {value} is known to AWS only")
    try:
        return interpreter.parameter_attribute(parameter, value, attribute)
    except LookupError:
        raise Undecidable(f"{attribute} of {value} is not known") from None


def _ref_all(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> list[str]:
    names = _names_of_type(interpreter, argument, path)
    return [value for name in names for value in _given(interpreter, name, path, scope)]


def _value_of(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> str | list[str]:
    name, attribute = listed(argument, path, '["parameter", "attribute"]', 2)
    if not isinstance(name, str) or not isinstance(attribute, str) or name not in interpreter.parameters:
        raise EvaluationError(path, "must name a parameter of the template and an attribute, both literally")
    values = [_attribute(interpreter, name, value, attribute, path) for value in _given(interpreter, name, path, scope)]
    return values if str(interpreter.parameters[name].get("Type")).startswith("List<") else values[0]


def _value_of_all(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> list[str]:
    of_type, attribute = listed(argument, path, '["parameter type", "attribute"]', 2)
    if not isinstance(attribute, str):
        raise EvaluationError(path, "must name an attribute literally")
    return [
        _attribute(interpreter, name, value, attribute, path)
        for name in _names_of_type(interpreter, of_type, path)
        for value in _given(interpreter, name, path, scope)
    ]


RULE_FUNCTIONS: Mapping[str, Function] = {
    "Ref": _ref,
    "Fn::If": FUNCTIONS["Fn::If"],
    "Fn::RefAll": _ref_all,
    "Fn::ValueOf": _value_of,
    "Fn::ValueOfAll": _value_of_all,
}
