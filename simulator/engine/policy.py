"""Stack policies: which updates of which resources a stack allows.

Source: CloudFormation user guide, "Prevent updates to stack resources".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from simulator.engine.model import Refused

_ACTIONS = ("Update:Modify", "Update:Replace", "Update:Delete")


def checked(policy: str) -> str:
    """The policy's text, if it is one; raises Refused otherwise."""
    try:
        statements = _statements(policy)
    except (ValueError, AttributeError, TypeError) as error:
        raise Refused(f"Error validating stack policy: Invalid stack policy ({error})") from error
    for statement in statements:
        if statement.get("Effect") not in ("Allow", "Deny") or statement.get("Principal") != "*":
            raise Refused("Error validating stack policy: Effect must be Allow or Deny, and Principal *")
        if not ({"Action", "NotAction"} & statement.keys() and {"Resource", "NotResource"} & statement.keys()):
            raise Refused("Error validating stack policy: a statement needs an action and a resource")
    return policy


def denial(policy: str, action: str, logical_id: str, of_type: str) -> str:
    """Why a stack policy forbids `action` (e.g. "Update:Replace") on a resource; empty if it allows it.

    Without a policy everything is allowed; with one, what no statement allows is denied.
    """
    if not policy:
        return ""
    allowed = False
    for index, statement in enumerate(_statements(policy), 1):
        if not _applies(statement, action, logical_id, of_type):
            continue
        if statement["Effect"] == "Deny":
            return f"Action denied by stack policy: Statement [#{index}] denies [{action}] for resource " + (
                f"[LogicalResourceId/{logical_id}]"
            )
        allowed = True
    if allowed:
        return ""
    return (
        f"Action denied by stack policy: no statement allows [{action}] for resource [LogicalResourceId/{logical_id}]"
    )


def _statements(policy: str) -> list[Mapping[str, Any]]:
    statements = json.loads(policy).get("Statement", [])
    return statements if isinstance(statements, list) else [statements]


def _listed(value: Any) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value


def _applies(statement: Mapping[str, Any], action: str, logical_id: str, of_type: str) -> bool:
    def matches(key: str, text: str) -> bool:
        return any(fnmatchcase(text, pattern) for pattern in _listed(statement[key]))

    assert action in _ACTIONS, action
    acts = matches("Action", action) if "Action" in statement else not matches("NotAction", action)
    name = f"LogicalResourceId/{logical_id}"
    concerns = matches("Resource", name) if "Resource" in statement else not matches("NotResource", name)
    wanted = [
        pattern
        for operator, test in statement.get("Condition", {}).items()
        if operator in ("StringEquals", "StringLike")
        for pattern in _listed(test.get("ResourceType", "*"))
    ]
    return acts and concerns and (not wanted or any(fnmatchcase(of_type, pattern) for pattern in wanted))
