"""What every edition of the database is composed of, whatever its network, its retention and its defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from troposphere import Template

from templates import backup, foundation, keys, observation, vpc
from templates.access import add_access, add_connect_policy
from templates.alarms import watch_database, watch_health
from templates.archive import Archive, add_archive
from templates.carrier import carrier
from templates.database import IDENTIFIER, Database, add_database, add_standby
from templates.environment import add_environment
from templates.foundation import Base
from templates.instance_classes import add_sizing
from templates.master_secret import attach_master_secret, begin_empty_with_secret
from templates.network import Network
from templates.ordering import create_last, logical_id
from templates.origin import begin_empty
from templates.outputs import add_outputs
from templates.parameters import arrange
from templates.postgresql import add_postgresql
from templates.recovery import add_recovery
from templates.retention import DISPOSABLE, PROTECTED, Retention
from templates.storage import add_storage

# The Regions where every service, instance class and zone that the editions use was found. (registry schemas of
# cfn-lint 1.58.0)
REGIONS = tuple(vpc.ZONE_IDS)

# How the groups of parameters follow each other on the console: what must be given stands at the top.
GROUPS = (
    "Environment",
    "Alerts",
    "Network",
    "Database",
    "PostgreSQL",
    "Storage",
    "Recovery",
    "Observation",
)


@carrier
class Edition:
    """Where editions differ: what outlives them, what they offer, and the defaults of their parameters."""

    retention: Retention
    instance_class: str
    always_multi_az: bool
    allocated_storage: int
    max_allocated_storage: int
    nat_gateways: int
    log_days: int
    recovery_days: int
    offers_choice_of_owner: bool
    offers_copies: bool
    offers_replication: bool
    owns_secret: bool


PRODUCTION = Edition(
    retention=PROTECTED,
    instance_class="db.m6g.large",
    always_multi_az=True,
    allocated_storage=100,
    max_allocated_storage=1000,
    nat_gateways=3,
    log_days=365,
    recovery_days=35,
    offers_choice_of_owner=True,
    offers_copies=True,
    offers_replication=True,
    owns_secret=False,
)
# A replica in another Region takes the place of replicated backups.
SOURCE = replace(PRODUCTION, offers_replication=False, owns_secret=True)
TESTING = Edition(
    retention=DISPOSABLE,
    instance_class="db.t4g.medium",
    always_multi_az=False,
    allocated_storage=20,
    max_allocated_storage=100,
    nat_gateways=0,
    log_days=7,
    recovery_days=7,
    offers_choice_of_owner=False,
    offers_copies=False,
    offers_replication=True,
    owns_secret=False,
)


@carrier
class Service:
    """What an edition has made, for what else a stack adds."""

    database: Database
    archive: Archive
    vault: backup.Vault
    backup_selection: str


def new_template(purpose: str | None) -> Template:
    """An empty template described by the first line of a stack module's docstring."""
    if not purpose:
        raise ValueError("a stack module says in its docstring what its template is for")
    t = Template(Description=purpose.strip().splitlines()[0])
    t.set_version()
    return t


def add_base(t: Template, edition: Edition, *, log_groups: Sequence[str] = ()) -> Base:
    """Add what comes before a network; `log_groups` are the names of those that a stack adds to the database's own."""
    return foundation.add_base(
        t,
        add_environment(t),
        [observation.log_group_pattern(IDENTIFIER), *log_groups],
        retention=edition.retention,
        log_days=edition.log_days,
    )


def add_service(t: Template, edition: Edition, base: Base, network: Network) -> Service:
    """Add the database in its network, the archive, backups, alarms and outputs."""
    environment, key = base.environment, base.database_key
    archive_key = keys.add_archive_key(t, environment, edition.retention)
    archive = add_archive(t, environment, archive_key, edition.retention)
    access = add_access(t, environment, network, base.port)
    sizing = add_sizing(t, default=edition.instance_class)
    recovery = add_recovery(
        t,
        retention_days=edition.recovery_days,
        offer_owner=edition.offers_choice_of_owner,
    )
    vault = backup.add_vault(t, environment, key, edition.retention)
    copies = backup.add_copies(t) if edition.offers_copies else None
    plan = backup.add_plan(t, environment, vault=vault, recovery=recovery, copies=copies)
    storage = add_storage(t, default_allocated=edition.allocated_storage, default_most=edition.max_allocated_storage)
    postgresql = add_postgresql(t, environment, sizing)
    database = add_database(
        t,
        environment,
        network=network,
        access=access,
        port=base.port,
        sizing=sizing,
        storage=storage,
        postgresql=postgresql,
        observation=observation.add_observation(t, environment, key, base.logging, IDENTIFIER),
        recovery=recovery,
        retention=edition.retention,
        origin=begin_empty_with_secret(t, environment, key, edition.retention, postgresql)
        if edition.owns_secret
        else begin_empty(t, key, postgresql),
        multi_az=True
        if edition.always_multi_az
        else add_standby(t, description="A standby in another zone, for trying a failover.", default=False),
        offers_replication=edition.offers_replication,
    )
    if edition.owns_secret:
        attach_master_secret(t, database)
    connect_policy = add_connect_policy(t, f"{database.instance.title}.DbiResourceId")
    watch_database(t, environment, database, base.alerts)
    watch_health(t, base.alerts)
    selection = backup.protect_database(t, environment, vault, plan, database)
    backup.watch_backups(t, vault, base.alerts)
    add_outputs(
        t,
        network=network,
        access=access,
        database=database,
        connect_policy=connect_policy,
        archive=archive,
        alerts=base.alerts,
        vault=vault,
        keys={**base.keys, "Archive": archive_key},
    )
    return Service(database=database, archive=archive, vault=vault, backup_selection=selection)


def finish(t: Template, service: Service) -> Template:
    """Order the console's groups and the making of resources, when everything has been added."""
    arrange(t, GROUPS)
    create_last(t, logical_id(service.database.instance))
    return t
