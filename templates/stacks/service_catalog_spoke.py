"""The launch roles of a portfolio that another account shares: for each account in which its products are launched."""

from __future__ import annotations

from collections.abc import Mapping

from troposphere import Ref, Template

from templates import edition
from templates.edition import new_template
from templates.environment import add_environment
from templates.parameters import arrange
from templates.permissions import Policies, committed
from templates.policy import ACCOUNT
from templates.portfolio_fleet import add_hub
from templates.portfolio_products import PRODUCTS
from templates.portfolio_roles import add_launch_roles

REGIONS = edition.REGIONS
PERMISSIONS_OF = tuple(product.stack for product in PRODUCTS)

GROUPS = ("Environment", "Hub")


def build(permissions: Mapping[str, Policies] | None = None) -> Template:
    t = new_template(__doc__)
    environment = add_environment(t)
    hub = add_hub(t)
    add_launch_roles(t, environment, permissions or committed(PERMISSIONS_OF), [ACCOUNT, Ref(hub)])
    arrange(t, GROUPS)
    return t
