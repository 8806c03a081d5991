"""What a template declares about its parameters: types, defaults, constraints.

Types and constraints: AWS CloudFormation User Guide, "Parameters" and "CloudFormation-supplied parameter types".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from builder.evaluate.errors import EvaluationError
from builder.evaluate.nodes import kind, scalar_text
from builder.evaluate.patterns import PatternError, matches

_MOST_BYTES = 4096  # of a parameter's value: CloudFormation quotas
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_SHOWN = 60  # characters of a value in a message
_SSM_VALUE = "AWS::SSM::Parameter::Value<"

_EC2_ID = r"-(?:[0-9a-f]{8}|[0-9a-f]{17})"
# AWS type -> (pattern of one value, an example); the IDs as in cfn-lint's rules/formats.
_AWS_TYPES: Mapping[str, tuple[str, str]] = {
    "AWS::EC2::AvailabilityZone::Name": (r"[a-z]{2,}(?:-[a-z0-9]+)+", "us-east-1a"),
    "AWS::EC2::Image::Id": ("ami" + _EC2_ID, "ami-0123456789abcdef0"),
    "AWS::EC2::Instance::Id": ("i" + _EC2_ID, "i-0123456789abcdef0"),
    "AWS::EC2::KeyPair::KeyName": (r".{1,255}", "my-key"),
    "AWS::EC2::SecurityGroup::GroupName": (r".{1,255}", "my-group"),
    "AWS::EC2::SecurityGroup::Id": ("sg" + _EC2_ID, "sg-0123456789abcdef0"),
    "AWS::EC2::Subnet::Id": ("subnet" + _EC2_ID, "subnet-0123456789abcdef0"),
    "AWS::EC2::VPC::Id": ("vpc" + _EC2_ID, "vpc-0123456789abcdef0"),
    "AWS::EC2::Volume::Id": ("vol" + _EC2_ID, "vol-0123456789abcdef0"),
    "AWS::Route53::HostedZone::Id": (r"Z[A-Z0-9]{1,31}", "Z23YXV4OVPL04A"),
    "AWS::SSM::Parameter::Name": (r"[A-Za-z0-9_.:/-]{1,2048}", "/my/parameter"),
}
_PROPERTIES = frozenset(
    {
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Default",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
        "Type",
    }
)


@dataclass(frozen=True, kw_only=True)
class ParameterType:
    """The type of a parameter: of each item, whether it is a list, and whether SSM Parameter Store holds the value."""

    item: str
    is_list: bool = False
    from_ssm: bool = False

    @property
    def is_aws(self) -> bool:
        return self.item in _AWS_TYPES

    @property
    def example(self) -> str:
        """A value of an AWS type; empty for other types."""
        return _AWS_TYPES[self.item][1] if self.is_aws else ""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Why a value is refused, and what would be accepted."""

    what: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One entry of a template's Parameters."""

    name: str
    type: ParameterType
    default: str | None
    no_echo: bool
    description: str
    allowed_values: tuple[str, ...] | None
    allowed_pattern: str | None
    lengths: tuple[int | None, int | None]
    range: tuple[Decimal | None, Decimal | None]

    def items(self, text: str) -> list[str]:
        """A value as its items: a list's members, space trimmed, or the value itself."""
        if self.type.is_list and not self.type.from_ssm:
            return [item.strip() for item in text.split(",")]
        return [text]

    def violations(self, text: str) -> list[Violation]:
        """Everything that is wrong with a value, at most one violation an item."""
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return [Violation(what="holds bytes that are no text", fix="give it in UTF-8")]
        if size > _MOST_BYTES:
            return [Violation(what=f"is longer than {_MOST_BYTES} bytes", fix="give a shorter value")]
        items = self.items(text)
        found = []
        for position, item in enumerate(items, start=1):
            shown = "the value" if self.no_echo else repr(item if len(item) <= _SHOWN else f"{item[:_SHOWN]}...")
            which = f"element {position}, {shown}," if len(items) > 1 else shown
            if violation := self._type_violation(item):
                found.append(Violation(what=f"{which} {violation.what}", fix=violation.fix))
            elif violation := self._constraint_violation(item):
                what = f"is refused: {self.description.rstrip('.')}" if self.description else violation.what
                found.append(Violation(what=f"{which} {what}", fix=violation.fix))
        return found

    def _constraint_violation(self, item: str) -> Violation | None:
        if self.allowed_values is not None and item not in self.allowed_values:
            return Violation(what="is not an allowed value", fix=f"give one of {', '.join(self.allowed_values)}")
        if self.allowed_pattern is not None:
            try:
                matched = matches(self.allowed_pattern, item)
            except PatternError as error:
                return Violation(what=f"cannot be checked: the pattern {error}", fix="simplify the template's pattern")
            if not matched:
                return Violation(
                    what=f"does not match the pattern {self.allowed_pattern}",
                    fix=f"give a value that matches {self.allowed_pattern}",
                )
        if self.type.item == "Number" and not self.type.from_ssm:
            return _outside(Decimal(item), self.range, "")
        return _outside(len(item), self.lengths, " characters")

    def _type_violation(self, item: str) -> Violation | None:
        if self.type.from_ssm:
            pattern, example = _AWS_TYPES["AWS::SSM::Parameter::Name"]
            is_a, give = "is not the name of an SSM parameter", f"give a name such as {example}"
        elif self.type.item == "Number":
            if _NUMBER.fullmatch(item):
                return None
            return Violation(what="is not a number", fix="give a number")
        elif self.type.is_aws:
            pattern, example = _AWS_TYPES[self.type.item]
            is_a, give = f"is not of type {self.type.item}", f"give a value such as {example}"
        else:
            return None
        if re.fullmatch(pattern, item):
            return None
        return Violation(what="is empty, which AWS refuses for this type" if not item else is_a, fix=give)


def _outside(
    size: Decimal | int, bounds: tuple[Decimal | int | None, Decimal | int | None], unit: str
) -> Violation | None:
    low, high = bounds
    if low is not None and size < low:
        return Violation(what=f"is below the minimum of {low}{unit}", fix=f"give at least {low}{unit}")
    if high is not None and size > high:
        return Violation(what=f"is above the maximum of {high}{unit}", fix=f"give at most {high}{unit}")
    return None


def parse_type(text: str) -> ParameterType | None:
    """A type as a template writes it, e.g. `List<AWS::EC2::Subnet::Id>`; None if CloudFormation has no such type."""
    from_ssm = text.startswith(_SSM_VALUE) and text.endswith(">")
    inner = text[len(_SSM_VALUE) : -1] if from_ssm else text
    if inner == "CommaDelimitedList":
        return ParameterType(item="String", is_list=True, from_ssm=from_ssm)
    is_list = inner.startswith("List<") and inner.endswith(">")
    item = inner[len("List<") : -1] if is_list else inner
    if item in {"String", "Number"} or item in _AWS_TYPES:
        return ParameterType(item=item, is_list=is_list, from_ssm=from_ssm)
    return None


def declare(name: str, node: Any) -> Declaration:
    """One entry of Parameters, read. An EvaluationError names what CloudFormation would refuse in it."""
    path = f"Parameters.{name}"
    if not isinstance(node, dict):
        raise EvaluationError(path, f"must be an object, but is {kind(node)}")
    if unknown := sorted(map(str, node.keys() - _PROPERTIES)):
        raise EvaluationError(path, f"{unknown[0]!r} is not a property of a parameter")
    of_type = parse_type(node["Type"]) if isinstance(node.get("Type"), str) else None
    if of_type is None:
        raise EvaluationError(f"{path}.Type", f"{node.get('Type')!r} is not a type of parameter")
    allowed = node.get("AllowedValues")
    if allowed is not None and not isinstance(allowed, list):
        raise EvaluationError(f"{path}.AllowedValues", "must be a list")
    pattern = None if "AllowedPattern" not in node else _text(node["AllowedPattern"], f"{path}.AllowedPattern")
    if pattern is not None:
        try:
            matches(pattern, "")
        except PatternError as error:
            raise EvaluationError(f"{path}.AllowedPattern", str(error)) from error
    return Declaration(
        name=name,
        type=of_type,
        default=None if "Default" not in node else _text(node["Default"], f"{path}.Default"),
        no_echo=_text(node.get("NoEcho", False), f"{path}.NoEcho").lower() == "true",
        description=_text(node.get("ConstraintDescription", ""), f"{path}.ConstraintDescription"),
        allowed_values=None if allowed is None else tuple(_text(item, f"{path}.AllowedValues") for item in allowed),
        allowed_pattern=pattern,
        lengths=(_whole(node, "MinLength", path), _whole(node, "MaxLength", path)),
        range=(_number(node, "MinValue", path), _number(node, "MaxValue", path)),
    )


def _text(node: Any, path: str) -> str:
    text = scalar_text(node)
    if text is None:
        raise EvaluationError(path, f"must be a literal string or number, but is {kind(node)}")
    return text


def _number(node: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    if key not in node:
        return None
    text = _text(node[key], f"{path}.{key}")
    if not _NUMBER.fullmatch(text):
        raise EvaluationError(f"{path}.{key}", f"must be a number, but is {text!r}")
    return Decimal(text)


def _whole(node: Mapping[str, Any], key: str, path: str) -> int | None:
    number = _number(node, key, path)
    if number is not None and number != int(number):
        raise EvaluationError(f"{path}.{key}", f"must be a whole number, but is {number}")
    return None if number is None else int(number)
