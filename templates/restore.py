"""A new instance from a backup: a snapshot, or a moment that an instance or its retained automated backups reach.

The backup brings the data, the users and the encryption with its key: what it brings must not be stated. (RDS API
reference, RestoreDBInstanceFromDBSnapshot and RestoreDBInstanceToPointInTime) A moment is never restored by the name of
the source: CloudFormation would promote a replica when that is taken out. What is stated is stated for life: another
origin would be another instance.
"""

from __future__ import annotations

from typing import Any

from troposphere import And, Condition, If, Not, Or, Ref, Template

from templates.database import add_subnet_group
from templates.environment import Environment
from templates.keys import Key
from templates.nesting import suppress
from templates.network import Network
from templates.origin import SUPPORT, Origin, managed_secret
from templates.parameters import Group, add_condition, only_if, when_given
from templates.postgresql import PostgreSql
from templates.rules import is_empty, is_given, require

_ARN = r"arn:[\w-]+:rds:[\w-]+:\d{12}"


def restore(t: Template, key: Key, postgresql: PostgreSql) -> Origin:
    """An instance restored from exactly one of three, with a new password of the master user that RDS manages.

    No engine version is stated, as CloudFormation would apply it afterwards as an upgrade. The latest moment that can
    be restored is taken where none is given.
    """
    group = Group(t, "Source")
    snapshot = group.add(
        "SnapshotIdentifier",
        label="Snapshot",
        description="Optional. Its name, or ARN if it is another account's. Final, as the next two.",
        default="",
        pattern=rf"([A-Za-z][A-Za-z0-9:-]{{0,254}}|{_ARN}:snapshot:[\w:-]+)?",
        otherwise="must be empty or the name or ARN of a DB snapshot",
    )
    instance = group.add(
        "SourceResourceId",
        label="Or instance",
        description="Optional. Resource ID of an instance, there still or deleted with its backups retained.",
        default="",
        pattern="(db-[A-Z0-9]{10,60})?",
        otherwise="must be empty or a resource ID, db-...",
    )
    backups = group.add(
        "AutomatedBackupsArn",
        label="Or automated backups",
        description="Optional. ARN of automated backups, retained here or replicated to this Region.",
        default="",
        pattern=rf"({_ARN}:auto-backup:ab-[a-z0-9-]+)?",
        otherwise="must be empty or the ARN of automated backups",
    )
    moment = group.add(
        "RestoreTime",
        label="Moment, UTC",
        description="Optional. As 2030-01-31T12:00:00Z; by default the latest. Not with a snapshot. Final.",
        default="",
        pattern=r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?",
        otherwise="must be empty or like 2030-01-31T12:00:00Z",
    )
    origins = (snapshot, instance, backups)
    exactly_one = Or(
        *(And(is_given(one), *(is_empty(other) for other in origins if other is not one)) for one in origins)
    )
    names = "SnapshotIdentifier, SourceResourceId and AutomatedBackupsArn"
    require(t, "RestoresFromOneOrigin", exactly_one, f"Give exactly one of {names}")
    require(
        t,
        "RestoreTimeIsOfNoSnapshot",
        is_empty(snapshot),
        "RestoreTime does not go with SnapshotIdentifier: a snapshot has its own",
        when=is_given(moment),
    )
    from_snapshot, from_instance, from_backups = (when_given(t, each) for each in origins)
    at_moment = when_given(t, moment)
    latest = add_condition(t, "RestoresLatest", Not(Or(Condition(from_snapshot), Condition(at_moment))))
    return Origin(
        properties={
            "DBSnapshotIdentifier": only_if(from_snapshot, Ref(snapshot)),
            "SourceDbiResourceId": only_if(from_instance, Ref(instance)),
            "SourceDBInstanceAutomatedBackupsArn": only_if(from_backups, Ref(backups)),
            "RestoreTime": only_if(at_moment, Ref(moment)),
            "UseLatestRestorableTime": only_if(latest, True),
            **SUPPORT,
            **managed_secret(key),
        },
        upgrade={"EngineVersion": postgresql.version},
        manages_secret=True,
        metadata={"Metadata": suppress("W9232", reason="the backup says whether it is encrypted, and under which key")},
    )


def choose_subnet_group(t: Template, environment: Environment, network: Network) -> Any:
    """The subnet group: a given one, or else one of the stack's own.

    RDS moves an instance to other subnets of the same VPC only through another VPC, so one that is to replace another
    is restored into its group.
    """
    given = Group(t, "Network").add(
        "SubnetGroupName",
        label="Subnet group",
        description="Optional. One that is there, for an instance that is to take its owner's place. Final.",
        default="",
        pattern="([A-Za-z][A-Za-z0-9._-]{0,254})?",
        otherwise="must be empty or the name of a DB subnet group",
    )
    is_there = when_given(t, given)
    made = add_subnet_group(
        t, environment, network, Condition=add_condition(t, "MakesSubnetGroup", Not(Condition(is_there)))
    )
    return If(is_there, Ref(given), made)
