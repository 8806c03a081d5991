"""The functions that are true or false, in Conditions and in Rules, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builder.evaluate.errors import EvaluationError, Undecidable
from builder.evaluate.functions import listed
from builder.evaluate.interpreter import Interpreter, Predicate, Scope
from builder.evaluate.nodes import NO_VALUE, scalar_text

_MOST_OPERANDS = 10  # CloudFormation template reference, Fn::And and Fn::Or


def _plain(value: object) -> object:
    """A value as it is compared: CloudFormation sees every scalar as text."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return scalar_text(value)


def _equals(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    nodes = listed(argument, path, "[value, value]", 2)
    left, right = (interpreter.value(node, f"{path}[{index}]", scope) for index, node in enumerate(nodes))
    if left is NO_VALUE or right is NO_VALUE:
        raise EvaluationError(path, "AWS::NoValue cannot be compared")
    return _plain(left) == _plain(right)


def _combined(combine: Callable[[list[bool]], bool], decisive: bool) -> Predicate:
    """And or Or. An operand that cannot be decided matters only when no other one decides alone."""

    def predicate(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
        operands, undecided = [], None
        for index, node in enumerate(listed(argument, path, "a list of 2 to 10 predicates", 2, _MOST_OPERANDS)):
            try:
                operands.append(interpreter.truth(node, f"{path}[{index}]", scope))
            except Undecidable as error:
                undecided = undecided or error
        if undecided and decisive not in operands:
            raise undecided
        return combine(operands)

    return predicate


def _not(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    (node,) = listed(argument, path, "a list of one predicate", 1)
    return not interpreter.truth(node, f"{path}[0]", scope)


def _if(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    condition, _, _ = listed(argument, path, '["condition", predicate if true, predicate if false]', 3)
    taken = 1 if interpreter.condition(condition, f"{path}[0]") else 2
    return interpreter.truth(argument[taken], f"{path}[{taken}]", scope)


def _condition(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    return interpreter.condition(argument, path)


def _list_and_text(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> tuple[list[str], str]:
    items, text = listed(argument, path, "[[strings], string]", 2)
    return interpreter.texts(items, f"{path}[0]", scope), interpreter.text(text, f"{path}[1]", scope)


def _contains(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    texts, wanted = _list_and_text(interpreter, argument, path, scope)
    return wanted in texts


def _each_member_equals(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    texts, wanted = _list_and_text(interpreter, argument, path, scope)
    return all(text == wanted for text in texts)


def _each_member_in(interpreter: Interpreter, argument: Any, path: str, scope: Scope) -> bool:
    checked, allowed = listed(argument, path, "[[strings to check], [strings to match]]", 2)
    members = interpreter.texts(checked, f"{path}[0]", scope)
    return set(members) <= set(interpreter.texts(allowed, f"{path}[1]", scope))


LOGIC: Mapping[str, Predicate] = {
    "Fn::And": _combined(all, decisive=False),
    "Fn::Or": _combined(any, decisive=True),
    "Fn::Not": _not,
    "Fn::Equals": _equals,
}
CONDITION_PREDICATES: Mapping[str, Predicate] = {**LOGIC, "Condition": _condition}
RULE_PREDICATES: Mapping[str, Predicate] = {
    **LOGIC,
    "Fn::If": _if,
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _each_member_equals,
    "Fn::EachMemberIn": _each_member_in,
}
