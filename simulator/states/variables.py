"""The expressions of a definition: that they parse, and that whatever they read has a value on every way to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.states.expressions import expressions
from simulator.states.structure import exits, inner
from simulator.states.syntax import references

# Said of a variable that is set on some ways to a state, but not on all.
UNSET = "has no value on some way to this state"

# Fields that are evaluated after the work of a state is done, and see its result.
_AFTER = {"Output", "Assign"}
_WITH_RESULT = {"Task", "Map", "Parallel"}
# Fields whose own content is looked at elsewhere, or which take no expressions.
_OTHER = {"Branches", "Catch", "Choices", "Comment", "ItemProcessor", "Retry", "Type"}


def expression_problems(
    machine: Mapping[str, Any], path: str = "", outer: frozenset[str] = frozenset()
) -> Iterator[str]:
    """`outer` are the variables that the machine outside has surely set."""
    states: Mapping[str, Any] = machine.get("States", {})
    known = _set_on_entry(machine, outer)
    anywhere = outer | {name for state in states.values() for name in _assigned_anywhere(state)}
    for name, state in states.items():
        available = known.get(name, anywhere)  # a state that cannot be reached is reported as that
        for field, source, extra in _sources(state):
            for key, value in source.items():
                if key in _OTHER:
                    continue
                where = f"{path}{name}: {field}{key}"
                allowed = extra if key in _AFTER else set()
                yield from _field_problems(value, where, available, anywhere, allowed)
            for variable in source.get("Assign", {}):
                if variable in outer:
                    yield f"{path}{name}: {field}Assign.{variable}: belongs to the machine outside of this one"
                elif variable == "states" or not variable.isidentifier():
                    yield f"{path}{name}: {field}Assign.{variable}: cannot be the name of a variable"
        for each in inner(state):
            yield from expression_problems(each, f"{path}{name}/", frozenset(available))


def _field_problems(
    value: Any, where: str, available: frozenset[str], anywhere: frozenset[str], extra: set[str]
) -> Iterator[str]:
    for place, text in expressions(value, where):
        found = references(text)
        yield from (f"{place}: {problem}" for problem in found.problems)
        for variable in sorted(found.variables - available):
            if variable in anywhere:
                yield f"{place}: ${variable}: {UNSET}"
            else:
                yield f"{place}: ${variable}: is neither a variable nor a function"
        for missing in sorted(({"result", "errorOutput"} & found.states) - extra):
            yield f"{place}: $states.{missing}: does not exist here"
    for place, text in _texts(value, where):
        if "${" in text:
            yield f"{place}: holds a placeholder that nothing replaced: {text!r}"
        if ("{%" in text or "%}" in text) and not (text.startswith("{%") and text.endswith("%}")):
            yield f"{place}: an expression must be the whole of a string: {text!r}"


def _sources(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], set[str]]]:
    """What holds fields with expressions: the state, its choices, its catchers; and what $states has there beside."""
    yield "", state, {"result"} if state.get("Type") in _WITH_RESULT else set()
    for index, rule in enumerate(state.get("Choices", ())):
        yield f"Choices[{index}].", rule, set()
    for index, catcher in enumerate(state.get("Catch", ())):
        yield f"Catch[{index}].", catcher, {"errorOutput"}


def _assigned_anywhere(state: Mapping[str, Any]) -> Iterator[str]:
    for _, source, _ in _sources(state):
        yield from source.get("Assign", {})


def _set_on_entry(machine: Mapping[str, Any], outer: frozenset[str]) -> dict[str, frozenset[str]]:
    """Which variables each state that can be reached finds set, whatever way led to it."""
    states: Mapping[str, Any] = machine.get("States", {})
    known: dict[str, frozenset[str]] = {machine.get("StartAt", ""): outer}
    ahead = [machine.get("StartAt", "")]
    while ahead:
        name = ahead.pop()
        if name not in states:
            continue
        for following, source in exits(states[name]):
            after = known[name] | frozenset(source.get("Assign", {}))
            merged = known[following] & after if following in known else after
            if known.get(following) != merged:
                known[following] = merged
                ahead.append(following)
    return known


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{path}[{index}]")
