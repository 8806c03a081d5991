"""What clusters have in common, whatever keeps their members alike: what comes before them, and their handle.

A cluster stands beside an instance of the same project and environment, so its names are its own; and its settings
change at once, whatever they are: CloudFormation modifies a cluster with ApplyImmediately alone. (source of AWS's
handler of AWS::RDS::DBCluster, Translator)
"""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Ref, Sub, Template
from troposphere.rds import DBCluster

from templates import foundation
from templates.carrier import carrier
from templates.environment import add_environment
from templates.foundation import Base
from templates.keys import Key
from templates.observation import Observed, log_group_pattern
from templates.recovery import Recovery
from templates.retention import PROTECTED

# How the groups of parameters follow each other on the console.
GROUPS = ("Environment", "Alerts", "Network", "Database", "PostgreSQL", "Storage", "Recovery", "Observation")

RECOVERY_DAYS = 35


@carrier
class Kind:
    """How one kind of cluster is called.

    `identifier` has `{}` for `<project>-<suffix>`; `prefix` begins the names that it shares with nothing else;
    `concern` begins its keys' logical IDs and its exports; `port` is what is to know of changing the port.
    """

    identifier: str
    prefix: str
    concern: str
    port: str
    observed: Observed

    @property
    def beginning(self) -> str:
        """How the names of the alarms begin that tell for others, beside those of an instance."""
        return f"{{}}-{self.prefix}"


@carrier
class ClusterPostgreSql:
    """The version and the cluster's parameter group."""

    version: Ref
    parameter_group: Ref


@carrier
class Member:
    """One instance of a cluster. `title` begins its alarms."""

    title: str
    identifier: Ref | Sub


@carrier
class Cluster:
    """The cluster, for whatever watches, protects or reaches it."""

    cluster: DBCluster
    members: tuple[Member, ...]
    subnet_group: Ref
    parameter_group: Ref

    @property
    def identifier(self) -> Ref:
        return Ref(self.cluster)

    @property
    def arn(self) -> GetAtt:
        return GetAtt(self.cluster, "DBClusterArn")

    @property
    def resource_id(self) -> GetAtt:
        """What IAM authentication calls it; a restored cluster has another."""
        return GetAtt(self.cluster, "DBClusterResourceId")


def add_base(t: Template, kind: Kind) -> Base:
    """Add what comes before a cluster."""
    return foundation.add_base(
        t,
        add_environment(t),
        [log_group_pattern(kind.identifier, of=kind.observed)],
        concern=kind.concern,
        alerts_prefix=kind.prefix,
        port_change=kind.port,
    )


def guarded(key: Key, recovery: Recovery) -> dict[str, Any]:
    """The properties by which any cluster is encrypted, backed up and kept."""
    return {
        "StorageEncrypted": True,
        "KmsKeyId": key.arn,
        "BackupRetentionPeriod": recovery.retention_days,
        "PreferredBackupWindow": recovery.backup_window,
        "PreferredMaintenanceWindow": recovery.maintenance_window,
        "CopyTagsToSnapshot": True,
        "DeletionProtection": True,
        **PROTECTED.database,
    }
