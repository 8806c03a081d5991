"""Which resources a node names: Ref, Fn::GetAtt, Fn::Sub, in the branches of Fn::If that are taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builder.evaluate.functions import attribute_of, name_of, sub_arguments
from builder.evaluate.interpreter import Interpreter, Scope
from builder.evaluate.nodes import SCALARS


def references(interpreter: Interpreter, node: Any, path: str, scope: Scope) -> Iterator[str]:
    """The logical IDs that `node` names, in order, possibly more than once."""
    if isinstance(node, list):
        for index, child in enumerate(node):
            if not isinstance(child, SCALARS):
                yield from references(interpreter, child, f"{path}[{index}]", scope)
        return
    if not isinstance(node, dict):
        return
    if len(node) == 1:
        ((key, argument),) = node.items()
        where = f"{path}.{key}"
        if key == "Ref":
            yield from _resources(interpreter, name_of(interpreter, argument, where, scope))
            return
        if key == "Fn::GetAtt":
            yield from _resources(interpreter, attribute_of(interpreter, argument, where, scope)[0])
            return
        if key == "Fn::Sub":
            pieces, variables = sub_arguments(argument, where)
            names = [name.partition(".")[0] for _, name in pieces if name not in variables]
            yield from _resources(interpreter, *names)
            yield from references(interpreter, variables, f"{where}[1]", scope)
            return
        if key == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
            taken = 1 if interpreter.condition(argument[0], f"{where}[0]") else 2
            yield from references(interpreter, argument[taken], f"{where}[{taken}]", scope)
            return
    for key, child in node.items():
        if not isinstance(child, SCALARS):
            yield from references(interpreter, child, f"{path}.{key}", scope)


def _resources(interpreter: Interpreter, *names: str) -> Iterator[str]:
    yield from (name for name in names if name in interpreter.resources)
