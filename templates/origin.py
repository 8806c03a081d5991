"""Where an instance's data and its master user come from; the rest of an instance is the same whatever they are."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from troposphere import Parameter, Ref, Template
from troposphere.rds import MasterUserSecret

from templates.carrier import carrier
from templates.keys import Key
from templates.parameters import Group
from templates.postgresql import PostgreSql

# Extended support is billed for every vCPU, the standby's too, and cannot be left later.
SUPPORT = {"EngineLifecycleSupport": "open-source-rds-extended-support-disabled"}

# Names that PostgreSQL on RDS keeps for itself.
RESERVED_USERS = "rds|pg_|(admin|postgres)$"
RESERVED_DATABASES = "rds|template|(db|postgres)$"


@carrier
class Origin:
    """What an instance states because of where it comes from.

    `upgrade` holds the properties that it states only while a major upgrade is allowed. `master_secret` is the master
    user's secret where the stack owns it; `manages_secret` says that RDS does. `metadata` goes beside the properties.
    """

    properties: dict[str, Any]
    upgrade: dict[str, Any] = field(default_factory=dict)
    manages_secret: bool = False
    master_secret: Ref | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def managed_secret(key: Key) -> dict[str, Any]:
    """The properties by which RDS makes, keeps and rotates (every seven days) the master user's password."""
    return {"ManageMasterUserPassword": True, "MasterUserSecret": MasterUserSecret(KmsKeyId=key.arn)}


def begin_empty(t: Template, key: Key, postgresql: PostgreSql) -> Origin:
    """An empty database under the key, with a master user whose password RDS manages."""
    name, user = add_names(t)
    return Origin(properties={**empty(name, user, key, postgresql), **managed_secret(key)}, manages_secret=True)


def add_names(t: Template) -> tuple[Parameter, Parameter]:
    """Add the names of the first database and of the master user, both final."""
    group = Group(t, "Database")
    name = group.add(
        "DatabaseName",
        label="Database name",
        description="The first database. Final.",
        default="app",
        pattern=f"(?!{RESERVED_DATABASES})[a-z][a-z0-9_]{{0,62}}",
        otherwise="must be lower case and not reserved",
    )
    user = group.add(
        "MasterUsername",
        label="Master user",
        description="The administrator. Final.",
        default="dbadmin",
        pattern=f"(?!{RESERVED_USERS})[a-z][a-z0-9_]{{0,62}}",
        otherwise="must be lower case and not reserved",
    )
    return name, user


def empty(name: Parameter, user: Parameter, key: Key, postgresql: PostgreSql) -> dict[str, Any]:
    """The properties of an instance that begins empty, but for its master user's password."""
    return {
        "DBName": Ref(name),
        "EngineVersion": postgresql.version,
        **SUPPORT,
        "MasterUsername": Ref(user),
        "StorageEncrypted": True,
        "KmsKeyId": key.arn,
    }
