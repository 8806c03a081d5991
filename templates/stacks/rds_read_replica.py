"""A read replica in the Region of its source or another: alarmed, logged, protected as a database; to be promoted."""

from __future__ import annotations

from troposphere import Template

from templates import edition
from templates.edition import new_template
from templates.instance_classes import add_sizing
from templates.offspring import INSTANCE_CLASS, add_ground, add_offspring, finish
from templates.postgresql import add_postgresql
from templates.replica import EVENTS, add_source, connect_as_many_as, follow, standby_settings, watch_replication

REGIONS = edition.REGIONS


def build() -> Template:
    t = new_template(__doc__)
    ground = add_ground(t, part="replica")
    source = add_source(t)
    sizing = connect_as_many_as(t, add_sizing(t, default=INSTANCE_CLASS))
    postgresql = add_postgresql(t, ground.base.environment, sizing, of_source=True, settings=standby_settings(t))
    origin = follow(source, ground.base.database_key, postgresql)
    database = add_offspring(t, ground, origin=origin, sizing=sizing, postgresql=postgresql, events=EVENTS)
    watch_replication(t, database, source, ground.base.alerts)
    return finish(t, database)
