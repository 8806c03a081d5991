"""The Multi-AZ DB cluster: PostgreSQL on RDS with two standbys that can be read, each in a zone of its own.

It is not Aurora: every member has storage of its own, and a commit waits for one standby of the two. RDS makes the
three members and names them after the cluster. What RDS does not do for it: let its storage grow by itself, change
its port, replicate its automated backups, keep them after a delete, copy its snapshots. (RDS user guide, "Multi-AZ DB
cluster deployments" and "Limitations of Multi-AZ DB clusters")
"""

from __future__ import annotations

from troposphere import Join, Parameter, Ref, Select, Split, Sub, Template
from troposphere.rds import DBCluster, DBClusterParameterGroup, MasterUserSecret

from templates.access import Access
from templates.clusters import Cluster, ClusterPostgreSql, Kind, Member, guarded
from templates.database import add_subnet_group
from templates.environment import Environment
from templates.foundation import Base
from templates.instance_classes import Sizing
from templates.network import Network
from templates.observation import EXPORTED_LOGS, Observation, Observed
from templates.origin import SUPPORT, add_names
from templates.parameters import Group
from templates.postgresql import add_settings, by_name
from templates.recovery import Recovery
from templates.storage import Storage

# RDS allows 52 characters, so that its members, of which there are three, can be called `<identifier>-instance-1`.
# (botocore, rds CreateDBCluster)
IDENTIFIER = "postgres-cluster-{}"
MEMBERS = (1, 2, 3)

KIND = Kind(
    identifier=IDENTIFIER,
    prefix="rds-cluster",
    concern="Cluster",
    port="Final: RDS cannot change a cluster's.",
    # Whether the role's caller acts for the cluster or for a member is not documented: for either.
    observed=Observed(
        kind="cluster",
        publishers=("cluster:{}", "db:{}-instance-*"),
        logs=EXPORTED_LOGS,
        enabled="PerformanceInsightsEnabled",
        key="PerformanceInsightsKmsKeyId",
    ),
)

# RDS takes a bare major for an instance, but is not documented to for a cluster: these name a minor, which RDS leaves
# behind by itself. CloudFormation sends a version only when it is changed. (source of AWS's handler, Translator)
VERSIONS = ("15.19", "16.15", "17.11", "18.6")
DEFAULT_VERSION = "17.11"

# cfn-lint 1.58.0 forbids what the API takes for both kinds of cluster.
IAM_RULE = "E3692"


def add_cluster_postgresql(t: Template, environment: Environment, sizing: Sizing) -> ClusterPostgreSql:
    """Add the choice of a version and a parameter group, of which every member takes its settings.

    Slots are not limited (`max_slot_wal_keep_size`): the standbys themselves may follow the writer through some.
    """
    version = Group(t, "PostgreSQL").add(
        "EngineVersion",
        label="Version",
        description="With the minor to begin with. A change restarts every member at once.",
        default=DEFAULT_VERSION,
        values=VERSIONS,
    )
    settings = add_settings(t)
    group = t.add_resource(
        DBClusterParameterGroup(
            "ClusterParameterGroup",
            Description=environment.name("PostgreSQL cluster of {}"),
            Family=Join("", ["postgres", Select(0, Split(".", Ref(version)))]),
            Parameters=by_name({**settings, "max_connections": sizing.of("Connections")}),
            Tags=environment.tags(),
        )
    )
    return ClusterPostgreSql(version=Ref(version), parameter_group=Ref(group))


def add_multi_az_cluster(
    t: Template,
    base: Base,
    *,
    network: Network,
    access: Access,
    sizing: Sizing,
    storage: Storage,
    postgresql: ClusterPostgreSql,
    observation: Observation,
    recovery: Recovery,
) -> Cluster:
    """Add the cluster: RDS makes its members, its master user's password and whatever replaces a member that fails."""
    group = Group(t, "Database")
    name, user = add_names(t)
    iam = _add_iam(group)
    environment = base.environment
    subnet_group = add_subnet_group(t, environment, network)
    cluster = t.add_resource(
        DBCluster(
            "DatabaseCluster",
            DBClusterIdentifier=environment.name(IDENTIFIER),
            DatabaseName=Ref(name),
            Engine="postgres",
            EngineVersion=postgresql.version,
            EngineLifecycleSupport=SUPPORT["EngineLifecycleSupport"],
            AutoMinorVersionUpgrade=True,
            DBClusterInstanceClass=sizing.instance_class,
            DBClusterParameterGroupName=postgresql.parameter_group,
            DBSubnetGroupName=subnet_group,
            VpcSecurityGroupIds=[access.database_security_group],
            Port=Ref(base.port),
            PubliclyAccessible=False,
            MasterUsername=Ref(user),
            ManageMasterUserPassword=True,
            MasterUserSecret=MasterUserSecret(KmsKeyId=base.database_key.arn),
            EnableIAMDatabaseAuthentication=Ref(iam),
            DependsOn=list(observation.log_groups),
            Tags=environment.tags(),
            Metadata={
                "cfn-lint": {
                    "config": {"ignore_checks": [IAM_RULE]},
                    "reason": "The API takes EnableIAMDatabaseAuthentication; IamAuthentication can turn it off.",
                }
            },
            **storage.properties,
            **observation.properties,
            **guarded(base.database_key, recovery),
        )
    )
    members = (
        Member(title=f"Member{number}", identifier=Sub(f"${{{cluster.title}}}-instance-{number}")) for number in MEMBERS
    )
    return Cluster(
        cluster=cluster,
        members=tuple(members),
        subnet_group=subnet_group,
        parameter_group=postgresql.parameter_group,
    )


def _add_iam(group: Group) -> Parameter:
    return group.switch(
        "IamAuthentication",
        label="IAM authentication",
        description="Connect policies need it; turn it off only where RDS refuses it.",
        default=True,
    )
