"""How PostgreSQL itself is set up: the parameter group, whose family follows the major version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troposphere import If, Ref, Sub, Template
from troposphere.rds import DBParameterGroup

from templates.carrier import carrier
from templates.environment import Environment
from templates.instance_classes import Sizing
from templates.parameters import Group, when_true

# In standard support on RDS; a bare major takes the newest minor that the Region offers and does not drift when RDS
# upgrades it. (RDS user guide, release calendar; registry schema of AWS::RDS::DBInstance, propertyTransform)
MAJORS = ("15", "16", "17", "18")
DEFAULT_MAJOR = "17"

SLOW_STATEMENT_MS = "1000"


@carrier
class PostgreSql:
    """The version and the parameter group; `slot_retention` is in MiB."""

    version: Ref
    parameter_group: Ref
    slot_retention: Ref


def add_postgresql(
    t: Template,
    environment: Environment,
    sizing: Sizing,
    *,
    of_source: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> PostgreSql:
    """Add the choice of a major version and a parameter group for it, with more `settings` than every group has.

    `of_source` says that the version is another instance's, and only the group follows the choice.

    The group is unnamed, so that a major upgrade can replace it (its family is create-only). Statements are never
    logged whole: `log_statement` would write passwords and data into the log, pgAudit redacts them.
    """
    version = Group(t, "PostgreSQL").add(
        "EngineVersion",
        label="Major version",
        description="That of the source, or an upgrade, with AllowMajorVersionUpgrade."
        if of_source
        else "An upgrade needs AllowMajorVersionUpgrade.",
        default=DEFAULT_MAJOR,
        values=MAJORS,
    )
    slots = add_slot_limit(t)
    parameters = {
        **add_settings(t),
        "max_connections": sizing.of("Connections"),
        "max_slot_wal_keep_size": slots,
        **(settings or {}),
    }
    parameter_group = t.add_resource(
        DBParameterGroup(
            "DatabaseParameterGroup",
            Description=environment.name("PostgreSQL of {}"),
            Family=Sub(f"postgres${{{version.title}}}"),
            Parameters=by_name(parameters),
            Tags=environment.tags(),
        )
    )
    return PostgreSql(version=Ref(version), parameter_group=Ref(parameter_group), slot_retention=slots)


def by_name(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters in the order of their names, wherever they come from."""
    return dict(sorted(parameters.items()))


def add_settings(t: Template) -> dict[str, Any]:
    """Add the choices that PostgreSQL offers wherever it runs, and give the parameters that it is to have there."""
    group = Group(t, "PostgreSQL")
    idle = group.add(
        "IdleInTransactionSessionTimeout",
        label="Idle in transaction, ms",
        description="Ends sessions idle so long in a transaction; 0 ends none.",
        type="Number",
        default=3_600_000,
        range=(0, 2147483647),
    )
    logical = group.switch(
        "LogicalReplication",
        label="Logical replication",
        description="Allows logical slots. A change needs a reboot.",
        default=False,
    )
    return {
        "idle_in_transaction_session_timeout": Ref(idle),
        "log_connections": "1",
        "log_disconnections": "1",
        "log_lock_waits": "1",
        "log_min_duration_statement": SLOW_STATEMENT_MS,
        "log_statement": "none",
        "pgaudit.log": "ddl,role",
        "rds.force_ssl": "1",
        "rds.logical_replication": If(when_true(t, logical), "1", "0"),
        "shared_preload_libraries": "pg_stat_statements,pgaudit",
        "track_activity_query_size": "4096",
    }


def add_slot_limit(t: Template) -> Ref:
    """Add how much of the write-ahead log a replication slot may keep, in MiB: a slot alone could fill the disk."""
    return Ref(
        Group(t, "PostgreSQL").add(
            "MaxSlotWalKeepSize",
            label="WAL kept for slots, MiB",
            description="A slot that lags further is invalidated.",
            type="Number",
            default=4096,
            range=(1024, 2147483647),
        )
    )
