"""In which order a stack is made: what takes longest comes last, so that a mistake elsewhere shows first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from troposphere import AWSHelperFn, AWSObject, BaseAWSObject, Tags, Template

_SUB_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
# What names logical IDs, and those in its value.
_NAMING: dict[str, Callable[[Any], Iterable[str]]] = {
    "Ref": lambda value: (value,),
    "Fn::GetAtt": lambda value: value[:1],
    "Fn::Sub": lambda value: _SUB_VARIABLE.findall(value if isinstance(value, str) else value[0]),
    "DependsOn": lambda value: [value] if isinstance(value, str) else value,
}


def logical_id(resource: AWSObject) -> str:
    """The logical ID of a resource, which troposphere types as if it could be missing."""
    if resource.title is None:
        raise ValueError(f"a {resource.resource_type} without a logical ID")
    return resource.title


def create_last(t: Template, last: str) -> None:
    """Make a resource wait for every unconditional one that does not itself wait for it.

    A Multi-AZ instance takes a quarter of an hour: a stack that fails after that has cost it, and leaves something
    behind. (Depending on a resource whose condition is false is an error.)
    """
    titles = frozenset(t.resources)
    needs = {title: _needs(resource, titles) for title, resource in t.resources.items()}
    always = [title for title in t.resources if "Condition" not in t.resources[title].resource]
    first = {title for title in always if title != last and last not in _transitive(title, needs)}
    # What another of them waits for needs no mention of its own.
    implied = set().union(*(_transitive(title, needs) for title in first | {last}))
    t.resources[last].DependsOn = sorted(first - implied | _stated(t, last))


def _stated(t: Template, title: str) -> set[str]:
    stated = t.resources[title].resource.get("DependsOn", [])
    return {stated} if isinstance(stated, str) else set(stated)


def _transitive(title: str, needs: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = set(needs[title])
    while waiting:
        found |= waiting
        waiting = set().union(*(needs[each] for each in waiting)) - found
    return found


def _needs(resource: AWSObject, titles: frozenset[str]) -> set[str]:
    """The logical IDs among `titles` that a resource names by Ref, GetAtt, Sub or DependsOn."""
    named: set[str] = set()
    waiting: list[Any] = [resource]
    while waiting:
        node = _inside(waiting.pop())
        if isinstance(node, dict):
            for key, value in node.items():
                if key in _NAMING:
                    named.update(_NAMING[key](value))
                if not isinstance(value, str):  # as most are
                    waiting.append(value)
        elif isinstance(node, (list, tuple)):
            waiting += [value for value in node if not isinstance(value, str)]
    return named & titles


def _inside(node: Any) -> Any:
    """What is in an object of troposphere's or awacs's, as it stands: `to_dict` would write all below it as well."""
    if isinstance(node, BaseAWSObject):
        return node.resource
    if isinstance(node, AWSHelperFn):
        return node.tags if isinstance(node, Tags) else node.data
    return node.JSONrepr() if hasattr(node, "JSONrepr") else node
