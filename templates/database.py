"""The database: one PostgreSQL instance with a synchronous standby in another zone, and everything it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from troposphere import GetAtt, Parameter, Ref, Template
from troposphere.rds import DBInstance, DBSubnetGroup, MasterUserSecret

from templates.access import Access
from templates.environment import Environment
from templates.instance_classes import Sizing
from templates.keys import Key
from templates.network import Network
from templates.observation import Observation
from templates.parameters import Group, only_if, when_given
from templates.postgresql import PostgreSql
from templates.recovery import Recovery
from templates.retention import Retention
from templates.rules import all_or_none, require
from templates.storage import Storage

# A fixed identifier: it makes an update that would replace the instance fail instead, and the log groups' names known.
IDENTIFIER = "postgres-{}"

# Extended support is billed for every vCPU, the standby's too, and cannot be left later.
NO_EXTENDED_SUPPORT = "open-source-rds-extended-support-disabled"

# Names that PostgreSQL on RDS keeps for itself.
RESERVED_USERS = "rds|pg_|(admin|postgres)$"
RESERVED_DATABASES = "rds|template|(db|postgres)$"


@dataclass(frozen=True, kw_only=True)
class Database:
    """The instance and what it was made of, for whatever watches, protects or reaches it."""

    instance: DBInstance
    subnet_group: Ref
    sizing: Sizing
    storage: Storage
    postgresql: PostgreSql
    observation: Observation

    @property
    def identifier(self) -> Ref:
        return Ref(self.instance)

    @property
    def arn(self) -> GetAtt:
        return GetAtt(self.instance, "DBInstanceArn")

    @property
    def resource_id(self) -> GetAtt:
        """What IAM authentication and insights call it; a restore or a Blue/Green switch gives a new one."""
        return GetAtt(self.instance, "DbiResourceId")


def add_database(
    t: Template,
    environment: Environment,
    *,
    network: Network,
    access: Access,
    port: Parameter,
    key: Key,
    sizing: Sizing,
    storage: Storage,
    postgresql: PostgreSql,
    observation: Observation,
    recovery: Recovery,
    retention: Retention,
    always_multi_az: bool,
) -> Database:
    """Add the instance; `always_multi_az` leaves no choice about the standby.

    RDS makes, keeps and rotates (every seven days) the password of its master user.
    """
    group = Group(t, "Database")
    name, user = add_names(group)
    multi_az = True if always_multi_az else Ref(_standby(group))
    major_upgrade = group.switch(
        "AllowMajorVersionUpgrade",
        label="Allow major upgrade",
        description="For an upgrade, with ApplyImmediately.",
        default=False,
    )
    immediately = group.switch(
        "ApplyImmediately",
        label="Apply changes at once",
        description="Not in the maintenance window; may restart.",
        default=False,
    )
    subnet_group = add_subnet_group(t, environment, network)
    instance = t.add_resource(
        DBInstance(
            "Database",
            DBInstanceIdentifier=environment.name(IDENTIFIER),
            DBName=Ref(name),
            Engine="postgres",
            EngineVersion=postgresql.version,
            EngineLifecycleSupport=NO_EXTENDED_SUPPORT,
            AutoMinorVersionUpgrade=True,
            AllowMajorVersionUpgrade=Ref(major_upgrade),
            ApplyImmediately=Ref(immediately),
            DBInstanceClass=sizing.instance_class,
            MultiAZ=multi_az,
            DBParameterGroupName=postgresql.parameter_group,
            DBSubnetGroupName=subnet_group,
            VPCSecurityGroups=[access.database_security_group],
            Port=Ref(port),
            PubliclyAccessible=False,
            CACertificateIdentifier="rds-ca-rsa2048-g1",
            MasterUsername=Ref(user),
            ManageMasterUserPassword=True,
            MasterUserSecret=MasterUserSecret(KmsKeyId=key.arn),
            EnableIAMDatabaseAuthentication=True,
            StorageEncrypted=True,
            KmsKeyId=key.arn,
            BackupRetentionPeriod=recovery.retention_days,
            PreferredBackupWindow=recovery.backup_window,
            PreferredMaintenanceWindow=recovery.maintenance_window,
            CopyTagsToSnapshot=True,
            DeleteAutomatedBackups=not retention.protected,
            DeletionProtection=retention.protected,
            DependsOn=list(observation.log_groups),
            Tags=environment.tags(),
            **storage.properties,
            **observation.properties,
            **_replication(t),
            **retention.database,
        )
    )
    return Database(
        instance=instance,
        subnet_group=subnet_group,
        sizing=sizing,
        storage=storage,
        postgresql=postgresql,
        observation=observation,
    )


def add_names(group: Group) -> tuple[Parameter, Parameter]:
    """Add the names of the first database and of the master user; both are final."""
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


def add_subnet_group(t: Template, environment: Environment, network: Network) -> Ref:
    """Add the group of the database's subnets."""
    return Ref(
        t.add_resource(
            DBSubnetGroup(
                "DatabaseSubnetGroup",
                DBSubnetGroupDescription=environment.name("Database subnets of {}"),
                SubnetIds=network.database_subnets,
                Tags=environment.tags(),
            )
        )
    )


def _standby(group: Group) -> Parameter:
    return group.switch(
        "MultiAz",
        label="Standby",
        description="A standby in another zone, for trying a failover.",
        default=False,
    )


def _replication(t: Template) -> dict[str, Any]:
    """Automated backups copied to another Region: all three properties or none."""
    group = Group(t, "Recovery")
    region = group.add(
        "ReplicationRegion",
        label="Replicate backups to",
        description="Optional. A Region that RDS pairs with this one.",
        default="",
        pattern=r"([a-z]{2}(-[a-z]+)+-\d)?",
        otherwise="must be empty or a Region",
    )
    key = group.add(
        "ReplicationKmsKeyArn",
        label="Key in that Region",
        description="Optional. ARN of a customer key there.",
        default="",
        pattern=r"(arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+)?",
        otherwise="must be empty or a key's ARN",
    )
    days = group.add(
        "ReplicationRetentionDays",
        label="Days kept in that Region",
        description="Where backups are replicated.",
        type="Number",
        default=35,
        range=(1, 35),
        otherwise="must be 1 to 35",
    )
    require(
        t,
        "ReplicationIsWholeOrNone",
        all_or_none([region, key]),
        "ReplicationRegion and ReplicationKmsKeyArn go together",
    )
    wanted = when_given(t, region)
    return {
        "AutomaticBackupReplicationRegion": only_if(wanted, Ref(region)),
        "AutomaticBackupReplicationKmsKeyId": only_if(wanted, Ref(key)),
        "AutomaticBackupReplicationRetentionPeriod": only_if(wanted, Ref(days)),
    }
