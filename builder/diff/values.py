"""Compares values as CloudFormation does: keys in any order, and a scalar equal to the text that it is written as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from builder.evaluate.nodes import scalar_text
from builder.schemas import PropertyPath

# A place in a resource: names of keys, positions in lists.
Steps: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Difference:
    """One place where two values differ; None where there is none."""

    steps: Steps
    old: Any
    new: Any


def normal(value: Any) -> Any:
    """A value such that equal ones are equal in Python: 5432 and "5432", true and "true"."""
    if isinstance(value, dict):
        return {key: normal(child) for key, child in value.items()}
    if isinstance(value, list):
        return [normal(child) for child in value]
    return scalar_text(value)


def differences(old: Any, new: Any, steps: Steps = ()) -> Iterator[Difference]:
    """Where two values differ: inside objects, and inside lists of one length or whose members have keys."""
    if repr(old) == repr(new) or normal(old) == normal(new):  # mostly they are, to the letter, which is soon told
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in (*old, *(key for key in new if key not in old)):
            yield from differences(old.get(key), new.get(key), (*steps, key))
    elif isinstance(old, list) and isinstance(new, list) and (keyed := _keyed(old)) and (other := _keyed(new)):
        yield from differences(keyed, other, steps)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, (*steps, index))
    else:
        yield Difference(steps, old, new)


def _keyed(items: list[Any]) -> dict[str, Any] | None:
    """A list of tags, or of the like, as an object; None if it is something else."""
    if not all(isinstance(item, dict) and item.keys() == {"Key", "Value"} for item in items):
        return None
    keyed = {str(item["Key"]): item["Value"] for item in items}
    return keyed if len(keyed) == len(items) else None


def at(path: PropertyPath, value: Any) -> Iterator[Any]:
    """The normal values at a property path; `*` stands for every member of a list or an object."""
    if not path:
        yield normal(value)
    elif path[0] == "*" and isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from at(path[1:], item)
    elif isinstance(value, dict) and path[0] in value:
        yield from at(path[1:], value[path[0]])


def covers(path: PropertyPath, steps: Steps) -> bool:
    """Whether a property path and a place lead into one another: one of them is where the other begins."""
    return all(name in ("*", step) for name, step in zip(path, steps, strict=False))


def shown_path(steps: Steps) -> str:
    """A place for people: `Tags.Owner`, `Statement[2].Action`."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def is_true(value: Any) -> bool:
    """Whether a property is the boolean true, however written."""
    return (scalar_text(value) or "").lower() == "true"


def given(properties: Mapping[str, Any], name: str) -> str:
    """A scalar property as text; empty if it is not there, as the handlers treat it."""
    return scalar_text(properties.get(name)) or ""
