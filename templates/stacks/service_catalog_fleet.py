"""The spoke in every account of an organisational unit, automatically in those that join it: a StackSet."""

from __future__ import annotations

from troposphere import Template

from templates import edition
from templates.edition import new_template
from templates.environment import add_environment
from templates.parameters import arrange
from templates.portfolio_fleet import add_fleet, add_hub

REGIONS = edition.REGIONS

GROUPS = ("Environment", "Accounts", "Hub")


def build() -> Template:
    t = new_template(__doc__)
    add_fleet(t, add_environment(t), add_hub(t))
    arrange(t, GROUPS)
    return t
