"""A Service Catalog portfolio of these templates: teams launch them with the least privilege that each needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from troposphere import Template

from templates import edition
from templates.edition import new_template
from templates.environment import add_environment
from templates.parameters import arrange
from templates.permissions import Policies, committed
from templates.policy import ACCOUNT
from templates.portfolio import add_launchers, add_portfolio, add_products, add_shares, add_tag_options
from templates.portfolio_actions import add_actions
from templates.portfolio_products import PRODUCTS, Version, published
from templates.portfolio_roles import add_launch_roles

REGIONS = edition.REGIONS
PERMISSIONS_OF = tuple(product.stack for product in PRODUCTS)

GROUPS = ("Environment", "Portfolio", "Launchers", "Sharing")


def build(permissions: Mapping[str, Policies] | None = None) -> Template:
    return compose(permissions or committed(PERMISSIONS_OF), published())


def compose(permissions: Mapping[str, Policies], versions: Sequence[Version]) -> Template:
    """The portfolio with these versions of its products, each launched with these permissions."""
    t = new_template(__doc__)
    environment = add_environment(t)
    shelf = add_portfolio(t, environment)
    roles = add_launch_roles(t, environment, permissions, [ACCOUNT])
    add_products(t, shelf, versions, roles, add_actions(t, environment))
    add_tag_options(t, shelf)
    add_launchers(t, shelf)
    add_shares(t, shelf)
    arrange(t, GROUPS)
    return t
