"""The nodes of a template: what kind of thing one is, and how a scalar is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"

# The types of what holds no other node; null is none of them, as no template may hold it.
SCALARS = (str, int, float)

_KINDS = {"str": "a string", "list": "a list", "dict": "an object"}


class _NoValue:
    """What {"Ref": "AWS::NoValue"} gives: it removes itself from the list or object that holds it."""


NO_VALUE: Final = _NoValue()


def is_function_name(key: object) -> bool:
    """Whether a key names a function: Ref or Fn::something."""
    return key == "Ref" or (isinstance(key, str) and key.startswith("Fn::"))


def is_function(node: object) -> bool:
    """Whether a node calls a function: an object of one key that names one."""
    return isinstance(node, dict) and len(node) == 1 and is_function_name(next(iter(node)))


def kind(value: object) -> str:
    """The kind of a value in words, for messages."""
    if value is NO_VALUE:
        return "AWS::NoValue"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    return _KINDS.get(type(value).__name__, f"a {type(value).__name__}")


def scalar_text(value: object) -> str | None:
    """A scalar as CloudFormation writes it into text; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return None


def as_list(node: Any) -> list[Any]:
    """What may be written alone or as a list, as a list; nothing for null."""
    return node if isinstance(node, list) else [] if node is None else [node]


def is_from_ssm(declaration: Mapping[str, Any]) -> bool:
    """Whether a parameter's declared type says that SSM Parameter Store holds its value."""
    return str(declaration.get("Type")).startswith("AWS::SSM::Parameter::Value<")
