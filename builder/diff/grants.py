"""What policies newly allow, or no longer deny: IAM, key, bucket, topic and whatever other policies a resource holds.

A statement counts as new only for what no old one of the same property covers: a narrower action, a subset of the
resources or a further condition is no widening.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from builder.diff.values import given, normal
from builder.evaluate.nodes import as_list, scalar_text

_PERMISSION = "AWS::Lambda::Permission"
_NEGATIONS = ("NotAction", "NotResource", "NotPrincipal")


@dataclass(frozen=True)
class _Statement:
    """A statement of a policy. Principals are written `AWS:arn` or `Service:name`; empty where the policy has none."""

    allows: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[tuple[str, str], frozenset[str]]
    negations: str

    def covers(self, principal: str, action: str, resource: str, other: _Statement) -> bool:
        """Whether it says the same of these, in every case in which `other` says it."""
        return (
            self.negations == other.negations
            and self._is_no_stricter_than(other)
            and any(_matches(each, principal) for each in self.principals)
            and any(_matches(each.lower(), action.lower()) for each in self.actions)
            and any(_matches(each, resource) for each in self.resources)
        )

    def _is_no_stricter_than(self, other: _Statement) -> bool:
        for key, values in self.conditions.items():
            theirs = other.conditions.get(key)
            exact = "Not" in key[0] or key[0].startswith(("Null", "Bool", "ForAllValues"))
            if theirs is None or not (theirs == values if exact else theirs <= values):
                return False
        return True

    def beyond(self, others: list[_Statement]) -> str:
        """What it says beyond the others of its effect, in words; empty for nothing."""
        rest = [
            (principal, action, resource)
            for principal, action, resource in product(self.principals, self.actions, self.resources)
            if not any(each.allows == self.allows and each.covers(principal, action, resource, self) for each in others)
        ]
        if not rest:
            return ""
        principals, actions, resources = (_list(part) for part in zip(*rest, strict=True))
        text = self.negations or actions
        text += f" on {resources}" if resources and not self.negations else ""
        text += f" to {principals}" if principals else ""
        return f"{text}, under conditions" if self.conditions else text


def widened(old: Mapping[str, Any], new: Mapping[str, Any], of_type: str) -> Iterator[str]:
    """What the policies in `new` properties allow beyond those in `old`, and what they no longer deny."""
    before, after = _policies(old, of_type), _policies(new, of_type)
    for name in sorted({*before, *after}):
        was, will = before.get(name, []), after.get(name, [])
        for statement in will:
            if statement.allows and (beyond := statement.beyond(was)):
                yield f"{name} allows {beyond}"
        for statement in was:
            if not statement.allows and (beyond := statement.beyond(will)):
                yield f"{name} no longer denies {beyond}"
    attached = [
        each for each in _texts(new.get("ManagedPolicyArns")) if each not in _texts(old.get("ManagedPolicyArns"))
    ]
    if attached:
        yield f"ManagedPolicyArns attaches {_list(attached)}"
    if given(old, "PermissionsBoundary") and not given(new, "PermissionsBoundary"):
        yield "PermissionsBoundary is gone"


def _policies(properties: Mapping[str, Any], of_type: str) -> dict[str, list[_Statement]]:
    """The statements of a resource by the property that holds them."""
    if of_type == _PERMISSION:
        return {"Lambda permission": [_permission(properties)]} if properties else {}
    found = {name: [_statement(each) for each in _statements(node)] for name, node in properties.items()}
    return {name: statements for name, statements in found.items() if statements}


def _statements(node: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of every policy in a node; a policy may be written as text."""
    if isinstance(node, str) and node.lstrip().startswith("{") and '"Statement"' in node:
        try:
            node = json.loads(node)
        except ValueError:
            return
    if isinstance(node, list):
        for each in node:
            yield from _statements(each)
    elif isinstance(node, dict):
        if "Statement" in node:
            yield from (each for each in as_list(node["Statement"]) if isinstance(each, dict) and "Effect" in each)
        else:
            for child in node.values():
                yield from _statements(child)


def _statement(node: Mapping[str, Any]) -> _Statement:
    stated = node.get("Condition")
    conditions = {
        (operator, key): frozenset(_texts(values))
        for operator, keys in (stated.items() if isinstance(stated, dict) else ())
        for key, values in (keys.items() if isinstance(keys, dict) else ())
    }
    negated = {name: normal(node[name]) for name in _NEGATIONS if name in node}
    return _Statement(
        allows=node["Effect"] == "Allow",
        principals=_principals(node.get("Principal")),
        actions=_texts(node.get("Action")) or ("",),
        resources=_texts(node.get("Resource")) or ("",),
        conditions=conditions,
        negations=f"{json.dumps(negated, sort_keys=True)}" if negated else "",
    )


def _permission(properties: Mapping[str, Any]) -> _Statement:
    sources = {
        ("StringEquals", name): frozenset(_texts(properties.get(name))) for name in ("SourceArn", "SourceAccount")
    }
    return _Statement(
        allows=True,
        principals=(given(properties, "Principal"),),
        actions=(given(properties, "Action"),),
        resources=(given(properties, "FunctionName"),),
        conditions={key: values for key, values in sources.items() if values},
        negations="",
    )


def _principals(node: Any) -> tuple[str, ...]:
    if isinstance(node, dict):
        return tuple(f"{kind}:{text}" for kind, names in node.items() for text in _texts(names))
    return tuple(f"AWS:{text}" for text in _texts(node)) or ("",)


def _texts(node: Any) -> tuple[str, ...]:
    return tuple(text for each in as_list(node) if (text := scalar_text(each)) is not None)


def _list(items: Any) -> str:
    return ", ".join(dict.fromkeys(item for item in items if item))


def _matches(pattern: str, text: str) -> bool:
    return pattern == text or bool(_compiled(pattern).fullmatch(text))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
