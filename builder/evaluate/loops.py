"""Fn::ForEach of AWS::LanguageExtensions: written out before anything else is evaluated.

Source: the function's page of the template reference, and RFC 0009 of aws-cloudformation/cfn-language-discussion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from builder.evaluate.declarations import declare
from builder.evaluate.errors import EvaluationError
from builder.evaluate.functions import listed
from builder.evaluate.interpreter import Interpreter
from builder.evaluate.nodes import kind
from builder.evaluate.scopes import LOOPS

_PREFIX = "Fn::ForEach::"
_DEEPEST = 5  # loops within a loop: RFC 0009
_NAME = re.compile(r"[A-Za-z0-9]+")


def written_out(interpreter: Interpreter, section: Mapping[str, Any], path: str, taken: set[str]) -> dict[str, Any]:
    """A section with every loop in it written out.

    `taken` are the names that no loop may have: parameters, resources, other loops. The section's own loops are added.
    """
    _reserve(section, path, taken)
    result = _write(interpreter, section, path, taken, ())
    assert isinstance(result, dict)
    return result


def _reserve(node: Any, path: str, taken: set[str]) -> None:
    if isinstance(node, list):
        for index, child in enumerate(node):
            _reserve(child, f"{path}[{index}]", taken)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key.startswith(_PREFIX):
                name = key.removeprefix(_PREFIX)
                if not _NAME.fullmatch(name) or name in taken:
                    raise EvaluationError(f"{path}.{key}", "must have a name of its own, of letters and digits")
                taken.add(name)
            _reserve(child, f"{path}.{key}", taken)


def _write(interpreter: Interpreter, node: Any, path: str, taken: set[str], outer: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_write(interpreter, child, f"{path}[{index}]", taken, outer) for index, child in enumerate(node)]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, child in node.items():
        where = f"{path}.{key}"
        if key.startswith(_PREFIX):
            entries = _loop(interpreter, child, where, taken, outer)
        else:
            entries = [(key, _write(interpreter, child, where, taken, outer))]
        for name, entry in entries:
            if name in result:
                raise EvaluationError(where, f"gives {name!r} twice")
            result[name] = entry
    return result


def _loop(
    interpreter: Interpreter, argument: Any, path: str, taken: set[str], outer: tuple[str, ...]
) -> list[tuple[str, Any]]:
    identifier, collection, body = listed(argument, path, '["identifier", [values], {"key": value}]', 3)
    if not isinstance(identifier, str) or not _NAME.fullmatch(identifier):
        raise EvaluationError(f"{path}[0]", "must be a literal identifier of letters and digits")
    if identifier in taken or identifier in outer:
        raise EvaluationError(f"{path}[0]", f"identifier {identifier!r} is the name of something else")
    if len(outer) > _DEEPEST:
        raise EvaluationError(path, f"loops may be nested {_DEEPEST} deep")
    if not isinstance(body, dict):
        raise EvaluationError(f"{path}[2]", f"must be an object, but is {kind(body)}")
    entries: list[tuple[str, Any]] = []
    for value in _values(interpreter, collection, f"{path}[1]"):
        replaced = _replace(body, f"{path}[2]", identifier, value)
        entries += _write(interpreter, replaced, f"{path}[2]", taken, (*outer, identifier)).items()
    return entries


def _values(interpreter: Interpreter, collection: Any, path: str) -> list[str]:
    name = collection.get("Ref") if isinstance(collection, dict) else None
    if isinstance(name, str) and name in interpreter.parameters and declare(name, interpreter.parameters[name]).no_echo:
        raise EvaluationError(path, f"parameter {name} is NoEcho and cannot be looped over")
    return interpreter.texts(collection, path, LOOPS)


def _replace(node: Any, path: str, identifier: str, value: str) -> Any:
    """A loop's body for one value: `${Identifier}` anywhere, `&{Identifier}` in keys, and Ref of the identifier."""
    if isinstance(node, list):
        return [_replace(child, f"{path}[{index}]", identifier, value) for index, child in enumerate(node)]
    if isinstance(node, str):
        if f"&{{{identifier}}}" in node:
            # The page says that it is replaced here too; AWS does not do it (cfn-language-discussion #162).
            raise EvaluationError(path, f"&{{{identifier}}} is replaced in keys only")
        return node.replace(f"${{{identifier}}}", value)
    if not isinstance(node, dict):
        return node
    if node == {"Ref": identifier}:
        return value
    result: dict[str, Any] = {}
    for key, child in node.items():
        name = key.replace(f"${{{identifier}}}", value).replace(f"&{{{identifier}}}", re.sub("[^A-Za-z0-9]", "", value))
        if name in result:
            raise EvaluationError(f"{path}.{key}", f"gives {name!r} twice")
        result[name] = _replace(child, f"{path}.{key}", identifier, value)
    return result
