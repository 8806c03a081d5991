"""Template constraints: what a portfolio allows of a product's parameters, beyond what the product's template does.

They are CloudFormation Rules, given as text, and part of the portfolio as its versions are: reviewed, not typed in at a
deployment. Each is written without a condition of its own ("production, or one of these"). (Service Catalog
administrator guide, reference-template_constraint_rules)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from templates.carrier import carrier
from templates.instance_classes import AURORA_CLASSES, CLUSTER_CLASSES, INSTANCE_CLASSES, SERVERLESS
from templates.portfolio_products import Database, Product

# Environments whose data matters, by their suffix.
PRODUCTION = ("prod",)


@carrier
class Offer:
    """What databases may be of in production and in other environments: values by parameter, at first."""

    production: Mapping[str, Collection[object]]
    tests: Mapping[str, Collection[object]]


OFFERS = {
    Database.INSTANCE: Offer(
        production={
            "InstanceClass": tuple(name for name, each in INSTANCE_CLASSES.items() if not each.burstable),
            "AllocatedStorage": (100, 200, 400, 800, 1600, 3200, 6400, 12800),
        },
        tests={
            "InstanceClass": ("db.t4g.medium", "db.t3.medium", "db.m6g.large"),
            "AllocatedStorage": (20, 50, 100, 200),
        },
    ),
    # Its storage never grows by itself.
    Database.MULTI_AZ_CLUSTER: Offer(
        production={
            "InstanceClass": tuple(CLUSTER_CLASSES),
            "AllocatedStorage": (100, 200, 400, 800, 1600, 3200, 6400, 12800),
        },
        tests={"InstanceClass": ("db.m6gd.large", "db.m6gd.xlarge"), "AllocatedStorage": (100, 200, 400)},
    ),
    # What it may take of storage is not said beforehand; what serverless members may take is.
    Database.AURORA: Offer(
        production={"InstanceClass": tuple(AURORA_CLASSES)},
        tests={"InstanceClass": (SERVERLESS, "db.r7g.large", "db.r8g.large"), "MaxCapacity": (1, 2, 4, 8, 16)},
    ),
}


def rules(product: Product) -> str | None:
    """The rules of a product as text; None for one that has none."""
    if product.holds is None:
        return None
    offer = OFFERS[product.holds]
    is_production = _one_of("EnvironmentSuffix", PRODUCTION)
    found = _limits("Test", "test environments", offer.tests, unless=is_production)
    if product.disposable:
        found["NotForProduction"] = _rule({"Fn::Not": [is_production]}, "a disposable database is not for production")
    else:
        found |= _limits("Production", "production", offer.production, unless={"Fn::Not": [is_production]})
    return json.dumps(found, separators=(",", ":"))


def _limits(
    title: str, called: str, allowed: Mapping[str, Collection[object]], *, unless: dict[str, Any]
) -> dict[str, Any]:
    return {
        f"{title}{parameter}": _rule(
            {"Fn::Or": [unless, _one_of(parameter, values)]},
            f"{parameter} for {called} must be one of {', '.join(map(str, values))}",
        )
        for parameter, values in allowed.items()
    }


def _one_of(parameter: str, values: Collection[object]) -> dict[str, Any]:
    return {"Fn::Contains": [[str(value) for value in values], {"Ref": parameter}]}


def _rule(must: dict[str, Any], sentence: str) -> dict[str, Any]:
    return {"Assertions": [{"Assert": must, "AssertDescription": sentence}]}
