"""What an expression refers to, and what Step Functions does not let it do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jsonata.jexception import JException
from jsonata.parser import Parser

from simulator.states import functions
from simulator.states.expressions import parsed

# $states.context, as far as states that are run here have it. (developer guide, "Accessing execution data from the
# Context object")
_CONTEXT = {
    "Execution": {"Id", "Input", "Name", "RedriveCount", "RedriveTime", "RoleArn", "StartTime"},
    "Map": {"Item"},
    "State": {"EnteredTime", "Name", "RetryCount"},
    "StateMachine": {"Id", "Name"},
}

# Operators of JSONata 2.1; Step Functions has 2.0.6. Sought outside of strings and regular expressions.
_LATER = re.compile(r"\?\?|\?:")
_LITERALS = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|(?<=[(,])\s*/(?:\\.|[^/\\])+/[im]*")

# Parts of a syntax tree whose context is what they are applied to.
_WITHIN = frozenset({"predicate", "stages", "group", "terms", "pattern", "update", "delete"})
# What leads back or elsewhere in the tree.
_NOT_CHILDREN = frozenset({"ancestor", "slot", "seeking_parent", "signature", "environment", "input", "token"})


@dataclass
class References:
    """`variables` without `$`, those of its own and functions left out; `states` are the fields of $states it reads."""

    variables: set[str] = field(default_factory=set)
    states: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def references(text: str) -> References:
    """What an expression refers to; `problems` says what AWS would refuse, or that it does not parse."""
    found = References()
    try:
        tree = parsed(text).ast
    except JException as error:
        found.problems.append(f"does not parse: {error}")
        return found
    if later := _LATER.search(_LITERALS.sub("", text)):
        found.problems.append(f"uses {later[0]}, which JSONata has only from 2.1 on; Step Functions has 2.0.6")
    _Walk(found).visit(tree, set(), within=False)
    found.variables -= functions.known()
    return found


@dataclass
class _Walk:
    found: References

    def visit(self, node: Any, scope: set[str], *, within: bool) -> None:
        """`scope` holds the names bound so far; `within` is whether there is a context that a name can stand in."""
        kind = node.type
        if kind == "variable":
            self.variable(node.value, scope, within=within)
        elif kind in ("name", "wildcard", "descendant", "parent") and not within:
            self.found.problems.append(f"{node.value or '%'}: stands in no context; begin with $states or a variable")
        elif kind == "path":
            self.path(node, set(scope), within=within)
            return
        elif kind == "bind":
            self.visit(node.rhs, scope, within=within)
            scope.add(node.lhs.value)
            return
        elif kind == "lambda":
            self.visit(node.body, scope | {each.value for each in node.arguments}, within=within)
            return
        elif kind == "block":
            scope = set(scope)
        for name, child in _children(node):
            self.visit(child, scope, within=within or name in _WITHIN)

    def variable(self, name: str, scope: set[str], *, within: bool) -> None:
        if name in ("", "$"):
            if name == "$" or not within:
                self.found.problems.append(f"${name}: there is no document; begin with $states or a variable")
        elif name in functions.REMOVED:
            self.found.problems.append(f"${name}: is not offered by Step Functions; use $parse")
        elif name not in scope and name != "states":
            self.found.variables.add(name)

    def path(self, node: Any, scope: set[str], *, within: bool) -> None:
        if node.steps[0].type == "variable" and node.steps[0].value == "states" and "states" not in scope:
            self.states([step.value for step in node.steps[1:] if step.type == "name"])
        for index, step in enumerate(node.steps):
            self.visit(step, scope, within=within or index > 0)
            scope |= {name for name in (step.focus, step.index) if isinstance(name, str)}
        for name, child in _children(node):
            if name != "steps":
                self.visit(child, scope, within=True)

    def states(self, names: list[str]) -> None:
        if not names:
            return
        self.found.states.add(names[0])
        if names[0] not in ("context", "errorOutput", "input", "result"):
            self.found.problems.append(f"$states.{names[0]}: there is no such thing")
        if names[0] == "context" and len(names) > 1:
            inner = _CONTEXT.get(names[1])
            if inner is None or (len(names) > 2 and names[2] not in inner):
                self.found.problems.append(f"$states.{'.'.join(names)}: there is no such thing")


def _children(node: Any) -> Iterator[tuple[str, Any]]:
    for name, value in vars(node).items():
        if not name.startswith("__") and name not in _NOT_CHILDREN:
            yield from ((name, each) for each in _symbols(value))


def _symbols(value: Any) -> Iterator[Any]:
    if isinstance(value, Parser.Symbol):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _symbols(each)
