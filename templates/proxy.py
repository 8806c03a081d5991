"""RDS Proxy in front of an instance: TLS alone, IAM authentication from the client to the database, no secret at all.

The proxy's default endpoint reads and writes: it leads to whichever of the instance's two is primary, through network
interfaces in every subnet given, and holds client connections through a failover. It has no reader: a standby serves
nobody, and a replica is another instance. (RDS user guide, "Amazon RDS Proxy", "Configuring IAM authentication")
"""

from __future__ import annotations

from awacs import rds_db
from troposphere import GetAtt, Parameter, Ref, Select, Split, Sub, Template
from troposphere.cloudwatch import MetricDimension
from troposphere.ec2 import SecurityGroup, SecurityGroupEgress, SecurityGroupIngress, SecurityGroupRule
from troposphere.iam import ManagedPolicy, Policy, Role
from troposphere.rds import ConnectionPoolConfigurationInfoFormat, DBProxy, DBProxyTargetGroup

from templates.access import add_application_user, admit
from templates.alarms import Watch, add_alarms, subscribe
from templates.alerts import Alerts
from templates.carrier import carrier
from templates.environment import Environment
from templates.incidents import CRITICAL
from templates.logs import Logging, add_log_group
from templates.network import Network
from templates.ordering import logical_id
from templates.parameters import Group
from templates.policy import allow, arn, document, trust

IDENTIFIER = "postgres-{}"
LOG_GROUP = "/aws/rds/proxy/postgres-{}"

# A proxy listens on its engine's own port, whatever the database's. (RDS user guide, "RDS Proxy limitations")
PROXY_PORT = 5432

# There is just this one, and it cannot be called otherwise. (CloudFormation, AWS::RDS::DBProxyTargetGroup)
TARGET_GROUP = "default"

MICROSECONDS = 1_000_000

PROXY_EVENTS = ("configuration change", "deletion", "failure")


@carrier
class Target:
    """The instance behind the proxy, by what its stack's outputs call it; `clients` is the group that clients wear."""

    identifier: Parameter
    resource_id: Parameter
    security_group: Parameter
    clients: Parameter
    user: Parameter


def add_target(t: Template, identifier: Parameter) -> Target:
    """Add the parameters that attach to an instance, ours or one that was there before."""
    group = Group(t, "Database")
    return Target(
        identifier=identifier,
        resource_id=group.add(
            "DatabaseResourceId",
            label="Resource ID",
            description="Output DatabaseResourceId: what the proxy's role may connect to.",
            pattern="db-[A-Z0-9]{10,60}",
            otherwise="must be a resource ID, db-...",
        ),
        security_group=group.add(
            "DatabaseSecurityGroupId",
            label="Security group",
            description="Output DatabaseSecurityGroupId: opened to the proxy.",
            type="AWS::EC2::SecurityGroup::Id",
        ),
        clients=group.add(
            "ClientSecurityGroupId",
            label="Clients' group",
            description="Output ClientSecurityGroupId: those who wear it reach the proxy, as they do the database.",
            type="AWS::EC2::SecurityGroup::Id",
        ),
        user=add_application_user(t),
    )


def stand_before(t: Template, environment: Environment, network: Network, port: Parameter, target: Target) -> GetAtt:
    """Put a security group between the clients and the database: open to them, and outwards to it alone."""
    group = t.add_resource(
        SecurityGroup(
            "ProxySecurityGroup",
            GroupDescription=environment.name("Proxy of {}"),
            VpcId=network.vpc,
            SecurityGroupIngress=admit(PROXY_PORT, network, Ref(target.clients)),
            SecurityGroupEgress=[
                SecurityGroupRule(
                    IpProtocol="tcp",
                    FromPort=Ref(port),
                    ToPort=Ref(port),
                    DestinationSecurityGroupId=Ref(target.security_group),
                )
            ],
            Tags=environment.tags(Name=environment.name("{}")),
        )
    )
    t.add_resource(
        SecurityGroupEgress(
            "ClientToProxyEgress",
            GroupId=Ref(target.clients),
            IpProtocol="tcp",
            FromPort=PROXY_PORT,
            ToPort=PROXY_PORT,
            DestinationSecurityGroupId=GetAtt(group, "GroupId"),
        )
    )
    t.add_resource(
        SecurityGroupIngress(
            "ProxyToDatabaseIngress",
            GroupId=Ref(target.security_group),
            IpProtocol="tcp",
            FromPort=Ref(port),
            ToPort=Ref(port),
            SourceSecurityGroupId=GetAtt(group, "GroupId"),
        )
    )
    return GetAtt(group, "GroupId")


def add_proxy(
    t: Template, environment: Environment, logging: Logging, network: Network, security_group: GetAtt, target: Target
) -> DBProxy:
    """Add the proxy, its role, its log and its target.

    The role's trust has no condition: RDS documents none for proxies, and only principals of the account can pass it.
    """
    group = Group(t, "Pool")
    idle = group.add(
        "IdleClientTimeout",
        label="Idle clients, s",
        description="A connection of a client that does nothing for so long is closed.",
        type="Number",
        default=1800,
        range=(1, 28800),
    )
    share = group.add(
        "MaxConnectionsPercent",
        label="Share of connections, %",
        description="Of max_connections, for this proxy; what is left is for administrators and others.",
        type="Number",
        default=90,
        range=(1, 100),
    )
    borrow = group.add(
        "ConnectionBorrowTimeout",
        label="Waiting for one, s",
        description="A client that gets no connection for so long is refused.",
        type="Number",
        default=30,
        range=(0, 300),
    )
    role = t.add_resource(
        Role(
            "ProxyRole",
            AssumeRolePolicyDocument=trust("rds.amazonaws.com"),
            Policies=[
                Policy(
                    PolicyName="connect",
                    PolicyDocument=document(
                        allow(
                            [rds_db.connect],
                            [arn("rds-db", f"dbuser:${{{target.resource_id.title}}}/${{{target.user.title}}}")],
                        )
                    ),
                )
            ],
            Tags=environment.tags(),
        )
    )
    log_group = add_log_group(t, "ProxyLogGroup", logging, LOG_GROUP)
    proxy = t.add_resource(
        DBProxy(
            "Proxy",
            DBProxyName=environment.name(IDENTIFIER),
            EngineFamily="POSTGRESQL",
            RequireTLS=True,
            # From the client to the proxy and from there to the database: without Auth, there is no secret.
            DefaultAuthScheme="IAM_AUTH",
            RoleArn=GetAtt(role, "Arn"),
            IdleClientTimeout=Ref(idle),
            # What it would add to the log are statements, with their values.
            DebugLogging=False,
            VpcSubnetIds=network.database_subnets,
            VpcSecurityGroupIds=[security_group],
            Tags=environment.tags(),
            DependsOn=logical_id(log_group),
        )
    )
    t.add_resource(
        DBProxyTargetGroup(
            "ProxyTargetGroup",
            DBProxyName=Ref(proxy),
            TargetGroupName=TARGET_GROUP,
            DBInstanceIdentifiers=[Ref(target.identifier)],
            ConnectionPoolConfigurationInfo=ConnectionPoolConfigurationInfoFormat(
                MaxConnectionsPercent=Ref(share), ConnectionBorrowTimeout=Ref(borrow)
            ),
            # The proxy proves at once whether it reaches its target.
            DependsOn=["ClientToProxyEgress", "ProxyToDatabaseIngress"],
            Tags=environment.tags(),
        )
    )
    return proxy


def add_proxy_policy(t: Template, proxy: DBProxy, target: Target) -> Ref:
    """Add the policy to attach to an application's role: connect to the proxy as the one user.

    IAM knows a proxy by its resource ID, which is the end of its ARN.
    """
    user = Sub(
        "arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:${Proxy}/"
        f"${{{target.user.title}}}",
        Proxy=Select(6, Split(":", GetAtt(proxy, "DBProxyArn"))),
    )
    policy = ManagedPolicy("ConnectPolicy", PolicyDocument=document(allow([rds_db.connect], [user])))
    return Ref(t.add_resource(policy))


def watch_proxy(t: Template, environment: Environment, proxy: DBProxy, alerts: Alerts) -> None:
    """Add the alarms on what the proxy tells of the database's side, and its events.

    Whom it turns away is in its log.
    """
    name = MetricDimension(Name="ProxyName", Value=Ref(proxy))
    writer = [
        name,
        MetricDimension(Name="TargetGroup", Value=TARGET_GROUP),
        MetricDimension(Name="TargetRole", Value="READ_WRITE"),
    ]
    unavailable = Watch(
        title="ProxyTargetUnavailable",
        what="The proxy has no database behind it, as in a new stack. First: its target's health, security groups.",
        metric="AvailabilityPercentage",
        threshold=100,
        above=False,
        periods=3,
        missing="breaching",
        severity=CRITICAL,
    )
    watches = (
        Watch(
            title="ProxyCannotConnect",
            what="The database refuses the proxy. First: its log; rds_iam of ApplicationUser, the proxy's role.",
            metric="DatabaseConnectionsSetupFailed",
            statistic="Sum",
            threshold=5,
            periods=3,
            severity=CRITICAL,
        ),
        Watch(
            title="ProxyPoolExhausted",
            what="Clients wait over a second for a connection. First: long transactions, pinning, the share.",
            metric="DatabaseConnectionsBorrowLatency",
            threshold=MICROSECONDS,
            severity=CRITICAL,
        ),
        Watch(
            title="ProxyConnectionsNearLimit",
            what="90 % of the pool is open. First: pinned sessions; a larger share or class.",
            expression="100 * open / allowed",
            terms=("open=DatabaseConnections", "allowed=MaxDatabaseConnectionsAllowed"),
            statistic="Maximum",
            threshold=90,
        ),
        Watch(
            title="ProxySessionsPinned",
            what="Over half of the connections serve one client each. First: SET and prepared statements in the log.",
            expression="100 * pinned / open",
            terms=("pinned=DatabaseConnectionsCurrentlySessionPinned", "open=DatabaseConnections"),
            threshold=50,
            periods=15,
        ),
    )
    add_alarms(t, environment, alerts, [(unavailable, writer), *((watch, [name]) for watch in watches)])
    subscribe(t, alerts, "Proxy", "db-proxy", PROXY_EVENTS, [Ref(proxy)])
