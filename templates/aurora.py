"""Aurora PostgreSQL: a writer and two readers over one volume that is in three zones, whatever becomes of the members.

Backtrack, which rewinds a cluster in place, is Aurora MySQL's alone; here one restores to a point in time, into a new
cluster. (botocore, rds CreateDBCluster: BacktrackWindow)
"""

from __future__ import annotations

from troposphere import And, Equals, If, Not, Or, Parameter, Ref, Sub, Template
from troposphere.rds import (
    DBCluster,
    DBClusterParameterGroup,
    DBInstance,
    DBParameterGroup,
    MasterUserSecret,
    ServerlessV2ScalingConfiguration,
)

from templates.access import Access
from templates.carrier import carrier
from templates.clusters import Cluster, ClusterPostgreSql, Kind, Member, guarded
from templates.database import add_subnet_group
from templates.environment import Environment
from templates.foundation import Base
from templates.instance_classes import SERVERLESS, Sizing
from templates.network import Network
from templates.observation import Observation, Observed
from templates.origin import SUPPORT, add_names
from templates.parameters import NO_VALUE, Group, add_condition, only_if, when_given, when_true
from templates.postgresql import DEFAULT_MAJOR, MAJORS, add_settings, by_name
from templates.recovery import Recovery
from templates.retention import PROTECTED
from templates.rules import is_empty, is_given, require

ENGINE = "aurora-postgresql"
IDENTIFIER = "aurora-{}"
MEMBERS = (1, 2, 3)

KIND = Kind(
    identifier=IDENTIFIER,
    prefix="aurora",
    concern="Aurora",
    port="A change restarts every member at once.",
    # Whether the role's caller acts for the cluster or for a member is not documented: for either.
    observed=Observed(
        kind="cluster",
        publishers=("cluster:{}", "db:{}-*"),
        logs=("postgresql",),
        enabled="PerformanceInsightsEnabled",
        key="PerformanceInsightsKmsKeyId",
    ),
)


@carrier
class Capacity:
    """What Serverless v2 may take, in units of 2 GiB, and the conditions that say whether it is that."""

    least: Ref
    most: Ref
    is_serverless: str
    is_provisioned: str


@carrier
class Aurora:
    """The cluster, and the conditions that say how its members are sized."""

    cluster: Cluster
    is_serverless: str
    is_provisioned: str


def add_capacity(t: Template, sizing: Sizing) -> Capacity:
    """Add what Serverless v2 may take. No member is paused: one that sleeps is not available."""
    group = Group(t, "Database")
    least, most = (
        group.add(
            name,
            label=label,
            description=f"Of each member, in units of 2 GiB, where the class is {SERVERLESS}.",
            type="Number",
            default=default,
            range=(1, 256),
        )
        for name, label, default in (("MinCapacity", "Least capacity", 2), ("MaxCapacity", "Most capacity", 16))
    )
    is_serverless = add_condition(t, "IsServerless", Equals(sizing.instance_class, SERVERLESS))
    return Capacity(
        least=Ref(least),
        most=Ref(most),
        is_serverless=is_serverless,
        is_provisioned=add_condition(t, "IsProvisioned", Not(Equals(sizing.instance_class, SERVERLESS))),
    )


def add_aurora_postgresql(t: Template, environment: Environment) -> ClusterPostgreSql:
    """Add the choice of a major version, and the cluster's parameter group.

    Aurora takes these as parameters of the cluster, where they are every member's too. (Aurora user guide, "Amazon
    Aurora PostgreSQL parameters" and "Turning on query logging for your Aurora PostgreSQL DB cluster")
    """
    version = Group(t, "PostgreSQL").add(
        "EngineVersion",
        label="Major version",
        description="A change restarts every member at once.",
        default=DEFAULT_MAJOR,
        values=MAJORS,
    )
    group = t.add_resource(
        DBClusterParameterGroup(
            "ClusterParameterGroup",
            Description=environment.name("Aurora PostgreSQL of {}"),
            Family=_family(version),
            Parameters=by_name(add_settings(t)),
            Tags=environment.tags(),
        )
    )
    return ClusterPostgreSql(version=Ref(version), parameter_group=Ref(group))


def _family(version: Parameter | Ref) -> Sub:
    name = version.data["Ref"] if isinstance(version, Ref) else version.title
    return Sub(f"{ENGINE}${{{name}}}")


def add_aurora(
    t: Template,
    base: Base,
    *,
    network: Network,
    access: Access,
    sizing: Sizing,
    capacity: Capacity,
    postgresql: ClusterPostgreSql,
    observation: Observation,
    recovery: Recovery,
) -> Aurora:
    """Add the cluster and its three members: which of them writes is Aurora's to say."""
    name, user = add_names(t)
    environment = base.environment
    subnet_group = add_subnet_group(t, environment, network)
    cluster = t.add_resource(
        DBCluster(
            "DatabaseCluster",
            DBClusterIdentifier=environment.name(IDENTIFIER),
            DatabaseName=Ref(name),
            Engine=ENGINE,
            EngineVersion=postgresql.version,
            EngineLifecycleSupport=SUPPORT["EngineLifecycleSupport"],
            AutoMinorVersionUpgrade=True,
            DBClusterParameterGroupName=postgresql.parameter_group,
            DBSubnetGroupName=subnet_group,
            VpcSecurityGroupIds=[access.database_security_group],
            Port=Ref(base.port),
            MasterUsername=Ref(user),
            ManageMasterUserPassword=True,
            MasterUserSecret=MasterUserSecret(KmsKeyId=base.database_key.arn),
            EnableIAMDatabaseAuthentication=True,
            # Stated either way: what is left out, CloudFormation would leave as it was.
            StorageType=If(_wants_optimized_io(t), "aurora-iopt1", "aurora"),
            ServerlessV2ScalingConfiguration=only_if(
                capacity.is_serverless,
                ServerlessV2ScalingConfiguration(MinCapacity=capacity.least, MaxCapacity=capacity.most),
            ),
            DeleteAutomatedBackups=False,
            DependsOn=list(observation.log_groups),
            Tags=environment.tags(),
            **observation.properties,
            **guarded(base.database_key, recovery),
        )
    )
    members = _add_members(t, environment, cluster, sizing=sizing, capacity=capacity, version=postgresql.version)
    return Aurora(
        cluster=Cluster(
            cluster=cluster,
            members=members,
            subnet_group=subnet_group,
            parameter_group=postgresql.parameter_group,
        ),
        is_serverless=capacity.is_serverless,
        is_provisioned=capacity.is_provisioned,
    )


def _wants_optimized_io(t: Template) -> str:
    optimized = Group(t, "Storage").switch(
        "IoOptimized",
        label="I/O-Optimized",
        description="I/O is not billed; storage and members cost more. Back to standard once in 30 days.",
        default=False,
    )
    return when_true(t, optimized)


def _add_members(
    t: Template, environment: Environment, cluster: DBCluster, *, sizing: Sizing, capacity: Capacity, version: Ref
) -> tuple[Member, ...]:
    """Any of them can write next: they are alike. They outlive the stack with their cluster, which would not serve."""
    zones, has_zones = _add_zones(t)
    parameter_group = t.add_resource(
        DBParameterGroup(
            "MemberParameterGroup",
            Description=environment.name("Aurora members of {}"),
            Family=_family(version),
            # Serverless v2 derives it from its most capacity, and is best left to.
            Parameters={"max_connections": If(capacity.is_provisioned, sizing.of("Connections"), NO_VALUE)},
            Tags=environment.tags(),
        )
    )
    return tuple(
        Member(
            title=f"Member{number}",
            identifier=Ref(
                t.add_resource(
                    DBInstance(
                        f"Member{number}",
                        DBInstanceIdentifier=environment.name(f"{IDENTIFIER}-{number}"),
                        DBClusterIdentifier=Ref(cluster),
                        DBInstanceClass=sizing.instance_class,
                        DBParameterGroupName=Ref(parameter_group),
                        Engine=ENGINE,
                        AvailabilityZone=only_if(has_zones, Ref(zone)),
                        AutoMinorVersionUpgrade=True,
                        CACertificateIdentifier="rds-ca-rsa2048-g1",
                        # In the first two tiers a serverless reader keeps the writer's capacity.
                        PromotionTier=min(number - 1, 1),
                        PubliclyAccessible=False,
                        Tags=environment.tags(),
                        **PROTECTED.stateful,
                    )
                )
            ),
        )
        for number, zone in zip(MEMBERS, zones, strict=True)
    )


def _add_zones(t: Template) -> tuple[list[Parameter], str]:
    """Add the members' zones; Aurora chooses each by itself where they are not given, which may be one twice."""
    group = Group(t, "Network")
    zones = [
        group.add(
            f"Zone{number}",
            label=f"Zone of member {number}",
            description="Optional. A zone of a database subnet, for this member alone. Final.",
            default="",
            pattern=r"([a-z]{2}(-[a-z]+)+-\d[a-z])?",
            otherwise="must be empty or an Availability Zone",
        )
        for number in MEMBERS
    ]
    first, second, third = zones
    none = And(*map(is_empty, zones))
    pairs = [Not(Equals(Ref(one), Ref(other))) for one, other in ((first, second), (first, third), (second, third))]
    require(
        t,
        "EachMemberHasItsZone",
        Or(none, And(*map(is_given, zones), *pairs)),
        "Zone1, Zone2 and Zone3 are all empty, or three different Availability Zones",
    )
    return zones, when_given(t, first)
