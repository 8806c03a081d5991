"""The intrinsic functions that give a value, by name.

Each takes the interpreter, its unevaluated argument, the path of that argument and the scope it stands in. What AWS
allows inside each is documented on the function's own page of the CloudFormation template reference.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from builder.evaluate.errors import EvaluationError, only_inside_aws
from builder.evaluate.interpreter import Function, Interpreter, Scope, off_line
from builder.evaluate.nodes import LANGUAGE_EXTENSIONS, as_list, kind, scalar_text
from builder.evaluate.subnets import subnets

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_IN_AN_INDEX = {"Ref", "Fn::FindInMap", "Fn::Length"}
_IN_AN_IMPORT = {"Fn::Base64", "Fn::FindInMap", "Fn::If", "Fn::Join", "Fn::Select", "Fn::Sub", "Ref"}
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_.:]+")


def listed(argument: Any, path: str, shape: str, low: int, high: int | None = None) -> list[Any]:
    """An argument that must be written as a list of `low` to `high` members, described by `shape`."""
    if not isinstance(argument, list) or not low <= len(argument) <= (high or low):
        raise EvaluationError(path, f"must be written as {shape}")
    return argument


def _literal(node: Any, path: str) -> str:
    if not isinstance(node, str):
        raise EvaluationError(path, "must be a literal string: no function is allowed here")
    return node


def name_of(interpreter: Interpreter, node: Any, path: str, scope: Scope) -> str:
    """A name that must be literal, or with AWS::LanguageExtensions may be computed from parameters."""
    if isinstance(node, str):
        return node
    if interpreter.extended and isinstance(node, dict):
        return interpreter.text(node, path, off_line(scope, "a computed name"))
    hint = "" if interpreter.extended or not isinstance(node, dict) else f" without {LANGUAGE_EXTENSIONS}"
    raise EvaluationError(path, f"must be a literal name{hint}")


def _ref(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    return interpreter.ref(name_of(interpreter, argument, path, scope), path, scope)


def attribute_of(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> tuple[str, str]:
    """The logical ID and attribute that a Fn::GetAtt names; only the attribute may be a Ref without extensions."""
    if isinstance(argument, str):
        logical_id, dot, attribute = argument.partition(".")
    else:
        parts = listed(argument, path, '["logical ID", "attribute"]', 2)
        logical_id = name_of(interpreter, parts[0], f"{path}[0]", scope)
        if isinstance(parts[1], dict) and ("Ref" in parts[1] or interpreter.extended):
            attribute = interpreter.text(parts[1], f"{path}[1]", off_line(scope, "an attribute's name"))
        else:
            attribute = _literal(parts[1], f"{path}[1]")
        dot = "."
    if not (logical_id and dot and attribute):
        raise EvaluationError(path, "must name a resource and an attribute")
    return logical_id, attribute


def _get_att(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    return interpreter.get_att(*attribute_of(interpreter, argument, path, scope), path, scope)


@lru_cache(maxsize=4096)
def split_text(text: str) -> tuple[tuple[str, str], ...]:
    """The text of a Fn::Sub as pairs (literal text, the variable that follows it; "" at the end).

    `${!Name}` is the literal `${Name}`; space around a name is ignored (cfn-lint #236). A ValueError says which
    variable name is impossible.
    """
    pairs: list[tuple[str, str]] = []
    literal, end = "", 0
    for match in _VARIABLE.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        name = match[1].strip()
        if name.startswith("!"):
            if "${" in name:
                raise ValueError(f"{match[0]!r} holds another variable: where the literal text ends is not documented")
            literal += f"${{{name[1:]}}}"
            continue
        if not _VARIABLE_NAME.fullmatch(name):
            raise ValueError(f"{match[0]!r} does not name a variable: only letters, digits, _ . and : are allowed")
        pairs.append((literal, name))
        literal = ""
    pairs.append((literal + text[end:], ""))
    return tuple(pairs)


def sub_arguments(argument: Any, path: str) -> tuple[tuple[tuple[str, str], ...], Mapping[str, Any]]:
    """The pieces of a Fn::Sub's text and the nodes of its own variables."""
    if isinstance(argument, str):
        text, variables = argument, {}
    else:
        text, variables = listed(argument, path, 'a string, or ["text", {"Variable": value}]', 2)
        if not isinstance(text, str) or not isinstance(variables, dict):
            raise EvaluationError(path, 'must be written as a string, or ["text", {"Variable": value}]')
    try:
        return split_text(text), variables
    except ValueError as error:
        raise EvaluationError(path, str(error)) from error


def _sub(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> str:
    pieces, variables = sub_arguments(argument, path)
    given = {name: interpreter.text(node, f"{path}[1].{name}", scope) for name, node in variables.items()}
    text = ""
    for literal, name in pieces:
        text += literal
        if not name:
            continue
        if name in given:
            text += given[name]
            continue
        if "." in name:
            value = interpreter.get_att(*attribute_of(interpreter, name, path, scope), path, scope)
        else:
            value = interpreter.ref(name, path, scope)
        resolved = scalar_text(value)
        if resolved is None:
            raise EvaluationError(path, f"${{{name}}} must be a string, but is {kind(value)}")
        text += resolved
    return text


def _join(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> str:
    delimiter, items = listed(argument, path, '["delimiter", [values]]', 2)
    return _literal(delimiter, f"{path}[0]").join(interpreter.texts(items, f"{path}[1]", scope))


def _split(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> list[str]:
    delimiter, text = listed(argument, path, '["delimiter", "text"]', 2)
    if not _literal(delimiter, f"{path}[0]"):
        raise EvaluationError(f"{path}[0]", "must not be empty")
    return interpreter.text(text, f"{path}[1]", scope).split(delimiter)


def _select(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    index, items = listed(argument, path, "[index, [values]]", 2)
    if isinstance(index, dict) and not index.keys() <= _IN_AN_INDEX:
        raise EvaluationError(f"{path}[0]", "takes only Ref, Fn::FindInMap and Fn::Length")
    position = interpreter.text(index, f"{path}[0]", off_line(scope, "an index"))
    if not re.fullmatch("[0-9]+", position):
        raise EvaluationError(f"{path}[0]", f"must be a whole number from 0, but is {position!r}")
    values = interpreter.items(items, f"{path}[1]", scope)
    if int(position) >= len(values):
        raise EvaluationError(path, f"cannot select index {position} of a list of {len(values)}")
    return values[int(position)]


def _find_in_map(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    shape = '["mapping", "top-level key", "second-level key"]'
    nodes = listed(argument, path, shape, 3, 4 if interpreter.extended else 3)
    keys = []
    for index, node in enumerate(nodes[:3]):
        if not interpreter.extended and isinstance(node, dict) and not {"Ref", "Fn::FindInMap"} & node.keys():
            raise EvaluationError(f"{path}[{index}]", f"takes only Ref and Fn::FindInMap without {LANGUAGE_EXTENSIONS}")
        keys.append(interpreter.text(node, f"{path}[{index}]", off_line(scope, "a key of a mapping")))
    value: Any = interpreter.mappings
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            break
    if isinstance(value, list):
        return list(value)
    if isinstance(value, (str, int, float)):
        return value
    if len(nodes) == 4:
        default = nodes[3]
        if not isinstance(default, dict) or list(default) != ["DefaultValue"]:
            raise EvaluationError(f"{path}[3]", 'must be written as {"DefaultValue": value}')
        return interpreter.value(default["DefaultValue"], f"{path}[3].DefaultValue", scope)
    raise EvaluationError(path, f"mapping {keys[0]} has no value under {keys[1]!r}, {keys[2]!r}")


def _if(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    condition, _, _ = listed(argument, path, '["condition", value if true, value if false]', 3)
    taken = 1 if interpreter.condition(condition, f"{path}[0]") else 2
    return interpreter.value(argument[taken], f"{path}[{taken}]", scope)


def _cidr(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> list[str]:
    nodes = listed(argument, path, "[block, count, subnet bits]", 3)
    block, count, bits = (interpreter.text(node, f"{path}[{index}]", scope) for index, node in enumerate(nodes))
    try:
        return subnets(block, count, bits)
    except ValueError as error:
        raise EvaluationError(path, str(error)) from error


def _get_azs(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> list[str]:
    region = interpreter.text(argument, path, scope) or interpreter.place.region
    if region != interpreter.place.region or not interpreter.place.zones:
        raise EvaluationError(path, f"the Availability Zones of {region!r} are not known")
    return list(interpreter.place.zones)


def _base64(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> str:
    return base64.b64encode(interpreter.text(argument, path, scope).encode()).decode()


def _import_value(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> str:
    if isinstance(argument, dict) and not argument.keys() <= _IN_AN_IMPORT:
        raise EvaluationError(path, f"takes only {', '.join(sorted(_IN_AN_IMPORT))}")
    name = interpreter.text(argument, path, off_line(scope, "the name of an import"))
    try:
        return interpreter.place.exports[name]
    except KeyError:
        raise EvaluationError(path, f"there is no export named {name!r}") from None


def _length(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> int:
    _needs_extensions(interpreter, "Fn::Length", path)
    # RFC 0070: a list that only exists at run time has no length yet; the members of a written list may be anything.
    length_scope = scope if isinstance(argument, list) else off_line(scope, "the list that Fn::Length counts")
    return len(interpreter.items(argument, path, length_scope))


def _to_json_string(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> str:
    _needs_extensions(interpreter, "Fn::ToJsonString", path)
    value = interpreter.value(argument, path, scope)
    if not isinstance(value, dict | list):
        raise EvaluationError(path, f"must be an object or a list, but is {kind(value)}")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _needs_extensions(interpreter: Interpreter, name: str, path: str) -> None:
    if not interpreter.extended:
        raise EvaluationError(path, f"{name} needs the transform {LANGUAGE_EXTENSIONS}")


def _transform(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    macros = [each.get("Name") if isinstance(each, dict) else each for each in as_list(argument)]
    names = ", ".join(map(repr, macros))
    raise only_inside_aws(path, f"macro {names} runs inside AWS and cannot be resolved")


def _get_stack_output(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> object:
    raise EvaluationError(path, "the outputs of another stack are not known")


FUNCTIONS: Mapping[str, Function] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::Base64": _base64,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
    "Fn::Transform": _transform,
    "Fn::GetStackOutput": _get_stack_output,
}
