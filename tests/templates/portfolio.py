"""A portfolio as it is after some versions have been published."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from builder.catalog.ledger import key_of
from templates.permissions import committed
from templates.portfolio_products import PRODUCTS, Version
from templates.stacks import service_catalog


def version(number: str, product: str) -> Version:
    key = key_of("products", product, number, number[0] * 64)
    return Version(product=product, version=number, key=key, description=f"Version {number}")


def versions(*numbers: str) -> list[Version]:
    """These versions of every product, in the order in which they would be published."""
    return [version(number, product.stack) for number in numbers for product in PRODUCTS]


@cache
def portfolio(*numbers: str) -> dict[str, Any]:
    """The portfolio's template with these versions of every product."""
    made = service_catalog.compose(committed(service_catalog.PERMISSIONS_OF), versions(*numbers))
    plain: dict[str, Any] = json.loads(json.dumps(made.to_dict()))
    return plain
