"""Everything that is wrong with a state machine before it ever runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from builder.sdk_names import UnknownName, action, iam_actions, states
from simulator.states.arguments import misfits
from simulator.states.errors import ALL, RESERVED
from simulator.states.expressions import expression
from simulator.states.structure import inner, structure_problems
from simulator.states.variables import UNSET, expression_problems

# state: field: $variable: ...
_UNSET = re.compile(rf"(?P<state>[^:]+): .*: (?P<variable>\$\w+): {re.escape(UNSET)}")


def problems(
    definition: Mapping[str, Any] | str,
    role_statements: Sequence[Mapping[str, Any]],
    *,
    without_call: Mapping[str, str] | None = None,
    guarded: Mapping[str, str] | None = None,
) -> list[str]:
    """What AWS would refuse or deny, or what nobody needs; empty if nothing is wrong.

    `definition` is the rendered one. `role_statements` are the statements of the role's policies, as IAM's JSON.
    `without_call` names the actions (as the role has them) that the role holds though no state calls them, each with
    its reason. `guarded` names the variables (`State.$variable`) that have a value wherever they are read, though not
    on every way that could be drawn, each with its reason. An entry that is not needed is a problem too.
    """
    machine: Mapping[str, Any] = json.loads(definition) if isinstance(definition, str) else definition
    found = [] if machine.get("QueryLanguage") == "JSONata" else ["the machine: QueryLanguage: must be JSONata"]
    found += structure_problems(machine)
    found += _unguarded(expression_problems(machine), guarded or {})
    calls_known = True
    for path, state in states(machine):
        if state.get("Type") == "Task":
            try:
                called = action(state.get("Resource", ""))
            except UnknownName as error:
                calls_known = False
                if "Resource" in state:
                    found.append(f"{path}: Resource: {error}")
                continue
            arguments = state.get("Arguments", {})
            if expression(arguments) is None:
                found += (f"{path}: Arguments: {problem}" for problem in misfits(called, arguments))
        found += _handler_problems(path, state)
    if calls_known:
        found += _permission_problems(iam_actions(machine), role_statements, without_call or {})
    return found


def _unguarded(told: Iterable[str], guarded: Mapping[str, str]) -> Iterator[str]:
    needed = set()
    for problem in told:
        match = _UNSET.fullmatch(problem)
        key = f"{match['state']}.{match['variable']}" if match else None
        if key in guarded:
            needed.add(key)
        else:
            yield problem
    yield from (f"{key}: has a reason to be read, but a value on every way" for key in guarded if key not in needed)


def _raised(state: Mapping[str, Any]) -> set[str] | None:
    """The names under which a state can fail, but for Step Functions' own; None if they cannot be known."""
    if state.get("Type") == "Task":
        called = action(state.get("Resource", ""))
        return None if called.optimized else set(called.errors)
    names: set[str] = set()
    for machine in inner(state):
        for each in machine.get("States", {}).values():
            if each.get("Type") == "Fail":
                if expression(each.get("Error")) is not None:
                    return None
                names.add(each.get("Error", ""))
            elif each.get("Type") in ("Task", "Map", "Parallel"):
                within = _raised(each)
                if within is None:
                    return None
                names |= within
    return names


def _handler_problems(path: str, state: Mapping[str, Any]) -> Iterator[str]:
    handlers = [(field, each) for field in ("Retry", "Catch") for each in enumerate(state.get(field, ()))]
    if not handlers:
        return
    try:
        raised = _raised(state)
    except UnknownName:  # reported where the task stands
        raised = None
    for field, (index, handler) in handlers:
        where = f"{path}: {field}[{index}].ErrorEquals"
        names = handler.get("ErrorEquals") or []
        if not names:
            yield f"{where}: names no error"
        if ALL in names and (len(names) > 1 or index + 1 < len(state[field])):
            yield f"{where}: {ALL} must stand alone and last"
        for name in names:
            if name in RESERVED:
                continue
            if name.startswith("States."):
                yield f"{where}: {name}: is no error of Step Functions that can be handled here"
            elif raised is not None and name not in raised:
                known = f"; it can raise {', '.join(sorted(raised))}" if raised else ""
                yield f"{where}: {name}: the state cannot raise it{known}"


def _permission_problems(
    needed: set[str], statements: Sequence[Mapping[str, Any]], without_call: Mapping[str, str]
) -> Iterator[str]:
    held = {each for statement in statements if statement.get("Effect") == "Allow" for each in _actions(statement)}
    for call in sorted(needed):
        if not any(_covers(each, call) for each in held):
            yield f"role: {call}: is needed and not allowed"
    for each in sorted(held):
        used = any(_covers(each, call) for call in needed)
        if not used and each not in without_call:
            yield f"role: {each}: is allowed and not needed"
    for each in sorted(without_call):
        if each not in held:
            yield f"role: {each}: has a reason to be held without a call, but is not held"


def _actions(statement: Mapping[str, Any]) -> list[str]:
    if "Action" not in statement:
        return ["NotAction"]  # grants all but some: never what a call needs
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else list(actions)


def _covers(held: str, call: str) -> bool:
    return fnmatchcase(call.lower(), held.lower())
