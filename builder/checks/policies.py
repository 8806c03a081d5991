"""Would IAM allow it? Enough of IAM's evaluation to ask whether a service gets through a policy.

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from builder.checks.check import entries, listed

_SET_OPERATOR = re.compile(r"^for(any|all)values?:", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked: a service (or, for identity policies, None) does an action on a resource, in a context of keys."""

    action: str
    resource: str
    service: str | None = None
    context: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def statements(document: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The statements of a policy document, with their index."""
    if isinstance(document, Mapping):
        yield from entries(document.get("Statement"))


def allows(document: Any, request: Request) -> bool:
    """Whether a policy allows a request: some statement does, and none denies it."""
    effects = {str(statement.get("Effect")) for _, statement in statements(document) if _covers(statement, request)}
    return "Allow" in effects and "Deny" not in effects


def services(statement: Mapping[str, Any]) -> list[str]:
    """The service principals that a statement names."""
    principal = statement.get("Principal")
    return [str(each) for each in listed(principal.get("Service"))] if isinstance(principal, Mapping) else []


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Operator, key and values of every condition of a statement."""
    condition = statement.get("Condition")
    for operator, tests in condition.items() if isinstance(condition, Mapping) else ():
        for key, wanted in tests.items() if isinstance(tests, Mapping) else ():
            yield str(operator), str(key), [str(each) for each in listed(wanted)]


def _covers(statement: Mapping[str, Any], request: Request) -> bool:
    if not _principal_is(statement, request):
        return False
    if not _chosen(statement, "Action", request.action, fold=True):
        return False
    if not _chosen(statement, "Resource", request.resource, fold=False):
        return False
    context = {key.lower(): value for key, value in request.context.items()}
    return all(_holds(operator, key, wanted, context) for operator, key, wanted in conditions(statement))


def _principal_is(statement: Mapping[str, Any], request: Request) -> bool:
    """Identity policies name nobody; a resource policy names the service, or everyone."""
    if request.service is None:
        return "Principal" not in statement
    return statement.get("Principal") == "*" or any(
        listed_service in (request.service, "*") for listed_service in services(statement)
    )


def _chosen(statement: Mapping[str, Any], key: str, value: str, *, fold: bool) -> bool:
    """Whether the Action or Resource of a statement covers a value; trust policies have no Resource."""
    if f"Not{key}" in statement:
        return not any(like(str(each), value, fold=fold) for each in listed(statement[f"Not{key}"]))
    if key == "Resource" and key not in statement:
        return True
    return any(like(str(each), value, fold=fold) for each in listed(statement.get(key)))


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    name = _SET_OPERATOR.sub("", operator).lower()
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    actual = context.get(key.lower())
    if name == "null":
        return (actual is None) == (wanted == ["true"])
    negated = "not" in name
    if actual is None:
        return if_exists or negated
    matched = any(_matches(name, each, actual) for each in wanted)
    return matched != negated


def _matches(name: str, wanted: str, actual: str) -> bool:
    if "like" in name or name.startswith("arn"):
        return like(wanted, actual, fold=False)
    if "ignorecase" in name or name.startswith("bool"):
        return wanted.lower() == actual.lower()
    return wanted == actual


def like(pattern: str, text: str, *, fold: bool) -> bool:
    """Whether a text is like a pattern with * and ?; `fold` ignores case, as IAM does in actions."""
    return _pattern(pattern, fold).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _pattern(pattern: str, fold: bool) -> re.Pattern[str]:
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(regex, re.DOTALL | (re.IGNORECASE if fold else 0))
