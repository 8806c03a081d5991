"""The database: one PostgreSQL instance with a synchronous standby in another zone, and everything it needs."""

from __future__ import annotations

from typing import Any

from troposphere import GetAtt, Parameter, Ref, Template
from troposphere.rds import DBInstance, DBSubnetGroup

from templates.access import Access
from templates.carrier import carrier
from templates.environment import Environment
from templates.instance_classes import Sizing
from templates.network import Network
from templates.observation import Observation
from templates.origin import Origin
from templates.parameters import Group, only_if, when_given, when_true
from templates.postgresql import PostgreSql
from templates.recovery import Recovery
from templates.retention import Retention
from templates.rules import all_or_none, require
from templates.storage import Storage

# A fixed identifier: it makes an update that would replace the instance fail instead, and the log groups' names known.
IDENTIFIER = "postgres-{}"


@carrier
class Database:
    """The instance and what it was made of, for whatever watches, protects or reaches it."""

    instance: DBInstance
    origin: Origin
    subnet_group: Any
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

    @property
    def master_secret(self) -> Ref | GetAtt | None:
        """The ARN of the master user's secret, the stack's own or RDS's; None where another instance has it."""
        if self.origin.manages_secret:
            return GetAtt(self.instance, "MasterUserSecret.SecretArn")
        return self.origin.master_secret


def add_database(
    t: Template,
    environment: Environment,
    *,
    network: Network,
    access: Access,
    port: Parameter,
    sizing: Sizing,
    storage: Storage,
    postgresql: PostgreSql,
    observation: Observation,
    recovery: Recovery,
    retention: Retention,
    origin: Origin,
    multi_az: Any,
    offers_replication: bool,
    subnet_group: Any = None,
) -> Database:
    """Add the instance; `multi_az` says whether it has a standby.

    `offers_replication` is the choice to replicate its automated backups to another Region. `subnet_group` names one to
    take instead of one of the stack's own.
    """
    group = Group(t, "Database")
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
    group_name = add_subnet_group(t, environment, network) if subnet_group is None else subnet_group
    upgrade: dict[str, Any] = {}
    if origin.upgrade:
        upgrades = when_true(t, major_upgrade)
        upgrade = {name: only_if(upgrades, value) for name, value in origin.upgrade.items()}
    instance = t.add_resource(
        DBInstance(
            "Database",
            DBInstanceIdentifier=environment.name(IDENTIFIER),
            Engine="postgres",
            AutoMinorVersionUpgrade=True,
            AllowMajorVersionUpgrade=Ref(major_upgrade),
            ApplyImmediately=Ref(immediately),
            DBInstanceClass=sizing.instance_class,
            MultiAZ=multi_az,
            DBParameterGroupName=postgresql.parameter_group,
            DBSubnetGroupName=group_name,
            VPCSecurityGroups=[access.database_security_group],
            Port=Ref(port),
            PubliclyAccessible=False,
            CACertificateIdentifier="rds-ca-rsa2048-g1",
            EnableIAMDatabaseAuthentication=True,
            BackupRetentionPeriod=recovery.retention_days,
            PreferredBackupWindow=recovery.backup_window,
            PreferredMaintenanceWindow=recovery.maintenance_window,
            CopyTagsToSnapshot=True,
            DeleteAutomatedBackups=not retention.protected,
            DeletionProtection=retention.protected,
            DependsOn=list(observation.log_groups),
            Tags=environment.tags(),
            **origin.properties,
            **upgrade,
            **storage.properties,
            **observation.properties,
            **(_replication(t) if offers_replication else {}),
            **origin.metadata,
            **retention.database,
        )
    )
    if "MasterUsername" not in origin.properties:
        instance.no_validation()  # what troposphere says of replicas and restores was true years ago
    return Database(
        instance=instance,
        origin=origin,
        subnet_group=group_name,
        sizing=sizing,
        storage=storage,
        postgresql=postgresql,
        observation=observation,
    )


def add_subnet_group(t: Template, environment: Environment, network: Network, **conditional: Any) -> Ref:
    """Add the group of the database's subnets; `conditional` is its Condition, or nothing."""
    return Ref(
        t.add_resource(
            DBSubnetGroup(
                "DatabaseSubnetGroup",
                DBSubnetGroupDescription=environment.name("Database subnets of {}"),
                SubnetIds=network.database_subnets,
                Tags=environment.tags(),
                **conditional,
            )
        )
    )


def add_standby(t: Template, *, description: str, default: bool) -> Ref:
    """Add the choice of a synchronous standby in another zone."""
    return Ref(Group(t, "Database").switch("MultiAz", label="Standby", description=description, default=default))


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
