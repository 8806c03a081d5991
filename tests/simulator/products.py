"""The project's own stacks, as their tests deploy them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from builder import params
from simulator import Aws, Deployed, deploy
from simulator.standin_databases import stand_in_databases
from simulator.standins import stand_in

REPOSITORY = Path(__file__).resolve().parents[2]
STACKS = (
    "rds-high-availability",
    "rds-high-availability-existing-vpc",
    "rds-high-availability-own-secret",
    "rds-high-availability-disposable",
    "tap-stack",
)
# They attach to a database that is there.
ADD_ONS = ("rds-alert-path", "rds-archive", "rds-operations", "rds-restore-tests")
CLUSTERS = ("rds-cluster", "aurora-high-availability")


@cache
def built(stack: str) -> Mapping[str, Any]:
    """A stack's template as it would be built now."""
    module = import_module(f"templates.stacks.{stack.replace('-', '_')}")
    template: dict[str, Any] = module.build().to_dict()
    return template


def launch(
    aws: Aws, stack: str, name: str = "product", *, env: str = "dev", options: tuple[str, ...] = (), **changed: str
) -> Deployed:
    """Deploy a stack by the AWS CLI with an environment's parameters, some of them changed."""
    values = params.read(REPOSITORY / "params" / stack / f"{env}.json")
    present = aws.engine.store.get(name, aws.region)
    if present and present.source:  # a second deployment is into the same stand-ins for a VPC
        values |= {key: value for key, value in present.source.given.items() if value.startswith(("vpc-", "subnet-"))}
    values, _ = stand_in(aws.client("ec2"), {**values, **changed})
    stand_in_databases(aws, values)
    directory = aws.home / "dist"
    directory.mkdir(exist_ok=True)
    for each in {*STACKS, *ADD_ONS, stack}:  # beside each other, for the one that nests
        (directory / f"{each}.json").write_text(json.dumps(built(each)))
    return deploy(aws, name, directory / f"{stack}.json", values, options=options)


def physical(aws: Aws, stack: str, logical_id: str) -> str:
    return aws.resources(stack)[logical_id].physical_id


def outputs(aws: Aws, stack: str) -> dict[str, str]:
    return {output.key: output.value for output in aws.stack(stack).outputs}


def statements(policy: str) -> list[dict[str, Any]]:
    """The statements of a policy's text."""
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def publishers(policy: str) -> set[str]:
    """The services that a policy's text allows anything to."""
    return {
        service
        for statement in statements(policy)
        if statement["Effect"] == "Allow" and "Service" in statement["Principal"]
        for service in _listed(statement["Principal"]["Service"])
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
