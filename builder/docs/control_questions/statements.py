"""Policy documents, whatever of their forms they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def statements(document: object) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy document; a single one need not be in a list."""
    found = document.get("Statement", []) if isinstance(document, dict) else []
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict):
            yield statement


def listed(value: object) -> list[Any]:
    """One or several, as a list; nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def is_for_all(statement: Mapping[str, Any]) -> bool:
    """Whether an Allow admits everybody, without a condition that narrows it."""
    principal = statement.get("Principal")
    everybody = principal == "*" or (isinstance(principal, dict) and "*" in listed(principal.get("AWS")))
    return statement.get("Effect") == "Allow" and everybody and not statement.get("Condition")
