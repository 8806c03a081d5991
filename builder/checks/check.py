"""What a check is, and small readings of rendered properties that all checks share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from builder.evaluate.nodes import as_list
from builder.render import Rendered

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check found: where in the template, what is wrong there, and how to put it right."""

    path: Path
    what: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question asked of a rendered template.

    `id` is in the range that cfn-lint reserves for users' rules (its docs/rules.md): E9xxx for what AWS refuses or what
    cannot work, W9xxx for what works, but not as anyone would want. `reason` says in one line why it is asked, `source`
    where AWS says so.
    """

    id: str
    reason: str
    source: str
    find: Callable[[Rendered], Iterable[Finding]]


def at(logical_id: str, *names: str | int) -> Path:
    """The path of a property of a resource."""
    return ("Resources", logical_id, "Properties", *names)


def dig(node: Any, *names: str) -> Any:
    """What is found by following names into a value; None where one is missing."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def number(value: Any) -> float | None:
    """A number, written as one or as text; None for anything else, e.g. a dynamic reference."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def truth(value: Any) -> bool | None:
    """A boolean, written as one or as text; None for anything else."""
    return {"true": True, "false": False}.get(str(value).lower())


def listed(value: Any) -> list[Any]:
    """A list; a single value is a list of itself, null one of nothing."""
    return as_list(value)


def entries(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects in a list, with their index."""
    for index, item in enumerate(listed(value)):
        if isinstance(item, Mapping):
            yield index, item


def is_dynamic(value: Any) -> bool:
    """Whether a value is a dynamic reference, which only AWS resolves."""
    return isinstance(value, str) and "{{resolve:" in value


@cache
def table(name: str) -> Any:
    """A table of facts in data/, with its sources beside it."""
    import json

    return json.loads(files("builder.checks").joinpath("data", f"{name}.json").read_text(encoding="utf-8"))
