"""A new instance from a snapshot or a moment of the past: alarmed, logged, protected; to take the lost one's place."""

from __future__ import annotations

from troposphere import Template

from templates import edition
from templates.edition import new_template
from templates.instance_classes import add_sizing
from templates.offspring import INSTANCE_CLASS, add_ground, add_offspring, finish
from templates.postgresql import add_postgresql
from templates.restore import choose_subnet_group, restore

REGIONS = edition.REGIONS


def build() -> Template:
    t = new_template(__doc__)
    ground = add_ground(t, part="restored")
    sizing = add_sizing(t, default=INSTANCE_CLASS)
    postgresql = add_postgresql(t, ground.base.environment, sizing, of_source=True)
    origin = restore(t, ground.base.database_key, postgresql)
    subnet_group = choose_subnet_group(t, ground.base.environment, ground.network)
    return finish(
        t,
        add_offspring(t, ground, origin=origin, sizing=sizing, postgresql=postgresql, subnet_group=subnet_group),
    )
