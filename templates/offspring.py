"""What an instance that comes from another is composed of: the keys, network, alarms and logs that a database has.

Its stack stands beside its source's, in the same Region or another, under names that its part ends. It exports
nothing: an application that moves over reads the outputs, which are named as its source's are.
"""

from __future__ import annotations

from typing import Any

from troposphere import Template

from templates import observation
from templates.access import Access, add_access, add_connect_policy
from templates.alarms import INSTANCE_EVENTS, watch_database, watch_health
from templates.carrier import carrier
from templates.database import IDENTIFIER, Database, add_database, add_standby
from templates.environment import add_environment
from templates.foundation import Base, add_base
from templates.instance_classes import Sizing
from templates.network import Network, use_network
from templates.ordering import create_last, logical_id
from templates.origin import Origin
from templates.outputs import add_outputs
from templates.parameters import arrange
from templates.postgresql import PostgreSql
from templates.recovery import add_recovery
from templates.retention import PROTECTED
from templates.storage import add_storage

INSTANCE_CLASS = "db.m6g.large"
RECOVERY_DAYS = 35

GROUPS = ("Environment", "Alerts", "Source", "Network", "Database", "PostgreSQL", "Storage", "Recovery", "Observation")


@carrier
class Ground:
    """What is there before the instance: what any database stands on, and where it lives."""

    base: Base
    network: Network
    access: Access


def add_ground(t: Template, *, part: str) -> Ground:
    """Add what is there before the instance, in an existing VPC, under names that end with the part."""
    base = add_base(t, add_environment(t, part=part), [observation.log_group_pattern(IDENTIFIER)])
    network = use_network(t)
    return Ground(base=base, network=network, access=add_access(t, base.environment, network, base.port))


def add_offspring(
    t: Template,
    ground: Ground,
    *,
    origin: Origin,
    sizing: Sizing,
    postgresql: PostgreSql,
    events: tuple[str, ...] = INSTANCE_EVENTS,
    subnet_group: Any = None,
) -> Database:
    """Add the instance, protected, with its own point-in-time recovery, alarms, the events to be told, and outputs."""
    base = ground.base
    environment = base.environment
    database = add_database(
        t,
        environment,
        network=ground.network,
        access=ground.access,
        port=base.port,
        sizing=sizing,
        storage=add_storage(t, default_allocated=100, default_most=1000),
        postgresql=postgresql,
        observation=observation.add_observation(t, environment, base.database_key, base.logging, IDENTIFIER),
        recovery=add_recovery(t, retention_days=RECOVERY_DAYS, offer_owner=False),
        retention=PROTECTED,
        origin=origin,
        multi_az=add_standby(t, description="A synchronous standby in another zone.", default=True),
        offers_replication=False,
        subnet_group=subnet_group,
    )
    connect_policy = add_connect_policy(t, f"{database.instance.title}.DbiResourceId")
    watch_database(t, environment, database, base.alerts, events=events)
    watch_health(t, base.alerts)
    add_outputs(
        t,
        network=ground.network,
        access=ground.access,
        database=database,
        connect_policy=connect_policy,
        alerts=base.alerts,
        keys=base.keys,
        exported=False,
    )
    return database


def finish(t: Template, database: Database) -> Template:
    """Order the console's groups and the making of resources, when everything has been added."""
    arrange(t, GROUPS)
    create_last(t, logical_id(database.instance))
    return t
