"""Template constraints: what a portfolio allows of a product's parameters, beyond what the product's template does.

They are CloudFormation Rules, given as text, and part of the portfolio as its versions are: reviewed, not typed in at a
deployment. Each is written without a condition of its own ("production, or one of these"). (Service Catalog
administrator guide, reference-template_constraint_rules)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from templates.instance_classes import INSTANCE_CLASSES
from templates.portfolio_products import Product

# Environments whose data matters, by their suffix.
PRODUCTION = ("prod",)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What databases may be of in some environments: instance classes, and GiB of storage at first."""

    called: str
    classes: tuple[str, ...]
    storage: tuple[int, ...]


FOR_PRODUCTION = Offer(
    called="production",
    classes=tuple(name for name, each in INSTANCE_CLASSES.items() if not each.burstable),
    storage=(100, 200, 400, 800, 1600, 3200, 6400, 12800),
)
FOR_TESTS = Offer(
    called="test environments",
    classes=("db.t4g.medium", "db.t3.medium", "db.m6g.large"),
    storage=(20, 50, 100, 200),
)


def rules(product: Product) -> str | None:
    """The rules of a product as text; None for one that has none."""
    if not product.holds_a_database:
        return None
    is_production = _one_of("EnvironmentSuffix", PRODUCTION)
    found = _of_offer("Test", FOR_TESTS, unless=is_production)
    if product.disposable:
        found["NotForProduction"] = _rule({"Fn::Not": [is_production]}, "a disposable database is not for production")
    else:
        found |= _of_offer("Production", FOR_PRODUCTION, unless={"Fn::Not": [is_production]})
    return json.dumps(found, separators=(",", ":"))


def _of_offer(title: str, offer: Offer, *, unless: dict[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Iterable[object]] = {"InstanceClass": offer.classes, "AllocatedStorage": offer.storage}
    return {
        f"{title}{parameter}": _rule(
            {"Fn::Or": [unless, _one_of(parameter, values)]},
            f"{parameter} for {offer.called} must be one of {', '.join(map(str, values))}",
        )
        for parameter, values in parameters.items()
    }


def _one_of(parameter: str, values: Iterable[object]) -> dict[str, Any]:
    return {"Fn::Contains": [[str(value) for value in values], {"Ref": parameter}]}


def _rule(must: dict[str, Any], sentence: str) -> dict[str, Any]:
    return {"Assertions": [{"Assert": must, "AssertDescription": sentence}]}
