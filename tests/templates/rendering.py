"""Templates as the tests look at them: built once, and rendered for an environment and a Region."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from builder import params
from builder.catalog.ledger import MOST_VERSIONS
from builder.evaluate import Evaluation, Place, parameter_values
from builder.load import Stack, discover, load
from builder.load import template as template_of

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
ORIGINAL = Path(__file__).parent / "original" / "rds-high-availability-infra.template.json"

STACKS: dict[str, Stack] = {name: load(ROOT, name, path) for name, path in discover(ROOT).items()}
DATABASES = tuple(name for name in STACKS if name.startswith("rds-high-availability"))
EXISTING_VPC = ("rds-high-availability-existing-vpc", "rds-high-availability-own-secret")
PROTECTED = ("rds-high-availability", *EXISTING_VPC)
# What is made of another instance and stands beside it.
OFFSPRING = ("rds-read-replica", "rds-restore")
CLUSTERS = ("rds-cluster", "aurora-high-availability")
OWN_VPC = ("rds-high-availability", "rds-high-availability-disposable")


@cache
def built(stack: str) -> dict[str, Any]:
    """The template of a stack, as the plain dict that its JSON holds. Not to be changed."""
    return template_of(STACKS[stack], ROOT)


@dataclass(frozen=True)
class Unknown:
    """Values that only a deployed resource has: each is a text that says whose it is, a nested stack's ID in parts."""

    nested: frozenset[str] = frozenset()

    def ref(self, logical_id: str) -> object:
        return f"<stack>/<{logical_id}.Name>/<id>" if logical_id in self.nested else f"<{logical_id}>"

    def get_att(self, logical_id: str, attribute: str) -> object:
        if attribute == "DBProxyArn":  # taken apart for the resource ID at its end
            return f"arn:aws:rds:eu-west-1:123456789012:db-proxy:<{logical_id}>"
        if attribute == "ProvisioningArtifactIds":  # one for each version that a product may have
            return ",".join(f"<{logical_id}.{number}>" for number in range(MOST_VERSIONS))
        return f"<{logical_id}.{attribute}>"


@dataclass(frozen=True)
class Rendered:
    """What CloudFormation would see: the live resources with their properties, and the outputs."""

    resources: Mapping[str, Any]
    outputs: Mapping[str, Any]

    def of_type(self, *types: str) -> dict[str, dict[str, Any]]:
        """Logical ID and properties of the resources of these types (`AWS::` left out)."""
        wanted = {f"AWS::{each}" for each in types}
        return {name: each.get("Properties", {}) for name, each in self.resources.items() if each["Type"] in wanted}

    def only(self, type_name: str) -> dict[str, Any]:
        """The properties of the one resource of a type."""
        (properties,) = self.of_type(type_name).values()
        return properties


def render(template: Mapping[str, Any], values: Mapping[str, str], region: str = "eu-west-1") -> Rendered:
    """Render a template with parameter values; a value that breaks a constraint, or a broken Rule, is an error here."""
    parameters = parameter_values(template, values, file="a test")
    assert not [problem for problem in parameters.problems if problem.severity == "error"], parameters.problems
    place = Place(region=region, stack_name="database", zones=("a", "b", "c"))
    kinds = {name: each["Type"] for name, each in template["Resources"].items()}
    nested = frozenset(name for name, kind in kinds.items() if kind == "AWS::CloudFormation::Stack")
    evaluation = Evaluation(template, parameters.values, place, Unknown(nested))
    assert not evaluation.broken_rules()
    return Rendered(
        resources={name: evaluation.resource(name) for name in evaluation.live()}, outputs=evaluation.outputs()
    )


def parameter_file(stack: str, environment: str) -> dict[str, str]:
    """The values that ship for a stack and an environment."""
    return params.read(ROOT / "params" / stack / f"{environment}.json")


def rendered(stack: str, environment: str = "prod", region: str = "eu-west-1", **values: str) -> Rendered:
    """A stack rendered with its shipped parameters, some of them replaced."""
    return render(built(stack), {**parameter_file(stack, environment), **values}, region)


@cache
def original() -> Rendered:
    """What the original design synthesised to."""
    return render(json.loads(ORIGINAL.read_text(encoding="utf-8")), {})
