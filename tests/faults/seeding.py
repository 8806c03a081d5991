"""What a seeded fault is, and short ways to reach into a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Template: TypeAlias = dict[str, Any]

STACK = "rds-high-availability"
EXISTING_VPC = "rds-high-availability-existing-vpc"
OPERATIONS = "rds-operations"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One mistake: `seed` changes a template in place.

    `by` is the check that is meant to catch it, or "cfn-lint". `values` replace parameters of the production
    environment.
    """

    name: str
    kind: str
    by: str
    stack: str
    seed: Callable[[Template], object]
    values: Mapping[str, str] = field(default_factory=dict)


class Kind:
    """Collects the faults of one kind: `@kind("E9101")` above a function that seeds one, named as the fault."""

    def __init__(self, name: str, stack: str = STACK) -> None:
        self.name = name
        self.stack = stack
        self.faults: list[Fault] = []

    def __call__(
        self, by: str, *, stack: str | None = None, **values: str
    ) -> Callable[[Callable[[Template], object]], Callable[[Template], object]]:
        def add(seed: Callable[[Template], object]) -> Callable[[Template], object]:
            name = seed.__name__.strip("_").replace("_", " ")
            self.faults.append(
                Fault(name=name, kind=self.name, by=by, stack=stack or self.stack, seed=seed, values=values)
            )
            return seed

        return add


def resource(t: Template, logical_id: str) -> Any:
    """A resource as the template declares it."""
    return t["Resources"][logical_id]


def props(t: Template, logical_id: str) -> Any:
    """The properties of a resource."""
    return resource(t, logical_id)["Properties"]


def statements(t: Template, logical_id: str, *path: str | int) -> Any:
    """The statements of the policy document at a path of a resource's properties."""
    node = props(t, logical_id)
    for name in path:
        node = node[name]
    return node["Statement"]


def rule(t: Template, index: int) -> Any:
    """A rule of the backup plan: 0 is the frequent one, 1 the daily one."""
    return props(t, "BackupPlan")["BackupPlan"]["BackupPlanRule"][index]


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(logical_id: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, attribute]}


def no_longer(node: Any, *names: str) -> None:
    """Takes keys out that are there: a fault must change something."""
    for name in names:
        del node[name]
