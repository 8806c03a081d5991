"""The form of a definition: which fields a state has, and where it leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ANY = {"Type", "Comment", "QueryLanguage"}
_ON = {"Next", "End"}
_DATA = {"Output", "Assign"}
_HANDLED = {"Retry", "Catch"}

# The fields of each type of state in JSONata. (states-language.net; of Map those of the inline mode)
FIELDS: Mapping[str, set[str]] = {
    "Choice": _ANY | _DATA | {"Choices", "Default"},
    "Fail": _ANY | {"Error", "Cause"},
    "Map": _ANY | _ON | _DATA | _HANDLED | {"Items", "ItemSelector", "ItemProcessor", "MaxConcurrency"},
    "Parallel": _ANY | _ON | _DATA | _HANDLED | {"Arguments", "Branches"},
    "Pass": _ANY | _ON | _DATA,
    "Succeed": _ANY | {"Output"},
    "Task": _ANY | _ON | _DATA | _HANDLED | {"Arguments", "Resource", "TimeoutSeconds"},
    "Wait": _ANY | _ON | _DATA | {"Seconds", "Timestamp"},
}
_REQUIRED = {"Choice": ("Choices",), "Map": ("ItemProcessor",), "Parallel": ("Branches",), "Task": ("Resource",)}
_MACHINE = {"StartAt", "States", "Comment", "QueryLanguage", "TimeoutSeconds", "Version", "ProcessorConfig"}
_RULE = _DATA | {"Condition", "Next", "Comment"}
_CATCHER = _DATA | {"ErrorEquals", "Next", "Comment"}
_NUMBERS = {"IntervalSeconds": 1, "MaxAttempts": 0, "BackoffRate": 1, "MaxDelaySeconds": 1}  # field -> least
_RETRIER = {"ErrorEquals", "JitterStrategy", "Comment", *_NUMBERS}


def exits(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every way out of a state: the next state, and what holds the Assign that is made on that way."""
    if "Next" in state:
        yield state["Next"], state
    for rule in state.get("Choices", ()):
        if "Next" in rule:
            yield rule["Next"], rule
    if "Default" in state:
        yield state["Default"], state
    for catcher in state.get("Catch", ()):
        if "Next" in catcher:
            yield catcher["Next"], catcher


def inner(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The machines within a Map or Parallel state."""
    return [*([state["ItemProcessor"]] if "ItemProcessor" in state else []), *state.get("Branches", ())]


def structure_problems(machine: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """What is wrong with the form of a machine and of those within it."""
    yield from _unknown(machine, _MACHINE, path.rstrip("/") or "the machine")
    states: Mapping[str, Any] = machine.get("States", {})
    if machine.get("StartAt") not in states:
        yield f"{path}StartAt: there is no state {machine.get('StartAt')!r}"
    for name, state in states.items():
        yield from _state_problems(state, path + name, states)
        for each in inner(state):
            yield from structure_problems(each, f"{path}{name}/")
    seen: set[str] = set()
    ahead = [machine.get("StartAt", "")]
    while ahead:
        current = ahead.pop()
        if current in states and current not in seen:
            seen.add(current)
            ahead.extend(following for following, _ in exits(states[current]))
    yield from (f"{path}{name}: cannot be reached" for name in states if name not in seen)


def _state_problems(state: Mapping[str, Any], path: str, states: Mapping[str, Any]) -> Iterator[str]:
    kind = str(state.get("Type"))
    if kind not in FIELDS:
        yield f"{path}: Type: {kind} is no type of state"
        return
    yield from _unknown(state, FIELDS[kind], path)
    yield from (f"{path}: {field}: is missing" for field in _REQUIRED.get(kind, ()) if field not in state)
    yield from (f"{path}: Next: there is no state {name!r} here" for name, _ in exits(state) if name not in states)
    if "Next" in FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        yield f"{path}: Next: exactly one of Next and End must be given"
    if kind == "Choice" and "Default" not in state:
        yield f"{path}: Default: is missing; without a match the execution fails"
    if kind == "Wait" and ("Seconds" in state) == ("Timestamp" in state):
        yield f"{path}: Seconds: exactly one of Seconds and Timestamp must be given"
    for index, rule in enumerate(state.get("Choices", ())):
        yield from _unknown(rule, _RULE, f"{path}: Choices[{index}]")
        yield from (f"{path}: Choices[{index}].{key}: is missing" for key in ("Condition", "Next") if key not in rule)
    for index, catcher in enumerate(state.get("Catch", ())):
        yield from _unknown(catcher, _CATCHER, f"{path}: Catch[{index}]")
        if "Next" not in catcher:
            yield f"{path}: Catch[{index}].Next: is missing"
    for index, retrier in enumerate(state.get("Retry", ())):
        where = f"{path}: Retry[{index}]"
        yield from _unknown(retrier, _RETRIER, where)
        for field, least in _NUMBERS.items():
            if field in retrier and not (isinstance(retrier[field], int | float) and retrier[field] >= least):
                yield f"{where}.{field}: must be a number from {least} on"
        if retrier.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
            yield f"{where}.JitterStrategy: must be FULL or NONE"
        longest = retrier.get("MaxDelaySeconds")
        if longest is not None and longest <= retrier.get("IntervalSeconds", 1):
            yield f"{where}.MaxDelaySeconds: must be more than IntervalSeconds"


def _unknown(given: Mapping[str, Any], fields: set[str], path: str) -> Iterator[str]:
    yield from (f"{path}: {field}: there is no such field here" for field in given if field not in fields)
