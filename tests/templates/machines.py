"""The state machines of a stack as Step Functions would get them, and the statements of their roles."""

from __future__ import annotations

import json
from typing import Any

from tests.templates.rendering import Rendered, rendered

INSTANCE = {"DBInstanceIdentifier": "postgres-tap-prod"}
THERE = "eu-west-1a"
OTHER = "eu-west-1b"


def definition(stack: str, title: str, **values: str) -> dict[str, Any]:
    """The definition of a state machine, with the values of an environment put in."""
    text = rendered(stack, **values).resources[title]["Properties"]["DefinitionString"]
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def statements(r: Rendered, title: str) -> list[dict[str, Any]]:
    """What the role of a state machine may do, delivery of its log apart."""
    role = r.resources[f"{title}Role"]["Properties"]
    (policy,) = [each for each in role["Policies"] if each["PolicyName"] == "call"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found


def instance(**facts: Any) -> dict[str, Any]:
    """An answer of DescribeDBInstances: an available instance with a standby, and what a test says otherwise."""
    described = {
        **INSTANCE,
        "DBInstanceStatus": "available",
        "AvailabilityZone": THERE,
        "SecondaryAvailabilityZone": OTHER,
        "MultiAZ": True,
        "PendingModifiedValues": {},
        **facts,
    }
    return {"DBInstances": [{name: value for name, value in described.items() if value is not None}]}
