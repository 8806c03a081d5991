"""Who may connect: security groups, and the IAM policy that lets an application's role in without a password."""

from __future__ import annotations

from typing import Any

from awacs import rds_db
from troposphere import GetAtt, Parameter, Ref, Template
from troposphere.ec2 import SecurityGroup, SecurityGroupEgress, SecurityGroupRule
from troposphere.iam import ManagedPolicy

from templates.carrier import carrier
from templates.environment import Environment
from templates.network import Network, no_route
from templates.parameters import Group, only_if
from templates.policy import allow, arn, document

USER = "ApplicationUser"
PORT_CHANGE = "A change restarts the database."

# Who else may connect, and what follows the application's name in theirs; `build.py roles` makes these database users.
ROLES = {"Migrator": "_migrator", "Reader": "_reader"}


@carrier
class Access:
    """The two security groups: the database's own, and the one that clients wear."""

    database_security_group: GetAtt
    client_security_group: GetAtt


def add_port(t: Template, *, description: str = PORT_CHANGE) -> Parameter:
    """Add the port, which the network and the database both need."""
    return Group(t, "Database").add(
        "Port",
        label="Port",
        description=description,
        type="Number",
        default=5432,
        range=(1150, 65535),
    )


def add_access(t: Template, environment: Environment, network: Network, port: Parameter) -> Access:
    """Add the database's security group, open to clients alone and closed outwards, and the clients' group."""
    clients = t.add_resource(
        SecurityGroup(
            "ClientSecurityGroup",
            GroupDescription=environment.name("Clients of {}"),
            VpcId=network.vpc,
            SecurityGroupEgress=[no_route()],
            Tags=environment.tags(Name=environment.name("{}-database-client")),
        )
    )
    database = t.add_resource(
        SecurityGroup(
            "DatabaseSecurityGroup",
            GroupDescription=environment.name("PostgreSQL of {}"),
            VpcId=network.vpc,
            SecurityGroupIngress=admit(Ref(port), network, GetAtt(clients, "GroupId")),
            SecurityGroupEgress=[no_route()],
            Tags=environment.tags(Name=environment.name("{}-database")),
        )
    )
    # A resource of its own: the two groups name each other.
    t.add_resource(
        SecurityGroupEgress(
            "ClientSecurityGroupEgress",
            GroupId=GetAtt(clients, "GroupId"),
            IpProtocol="tcp",
            FromPort=Ref(port),
            ToPort=Ref(port),
            DestinationSecurityGroupId=GetAtt(database, "GroupId"),
        )
    )
    return Access(
        database_security_group=GetAtt(database, "GroupId"),
        client_security_group=GetAtt(clients, "GroupId"),
    )


def admit(port: Any, network: Network, wearers: Any) -> list[Any]:
    """The rules that let in, at a port, those who wear a group and the network's other clients."""
    others = [
        rule if client.condition is None else only_if(client.condition, rule)
        for client in network.clients
        for rule in [_ingress(port, **client.source)]
    ]
    return [_ingress(port, SourceSecurityGroupId=wearers), *others]


def _ingress(port: Any, **source: Any) -> SecurityGroupRule:
    return SecurityGroupRule(IpProtocol="tcp", FromPort=port, ToPort=port, **source)


def add_application_user(t: Template) -> Parameter:
    """Add the database user whom a connect policy admits."""
    return Group(t, "Database").add(
        USER,
        label="Application's user",
        description="Whom the connect policy admits; GRANT rds_iam to it.",
        default="application",
        pattern="[a-z_][a-z0-9_]{0,62}",
        otherwise="must be lower-case letters, digits, underscores",
    )


def add_connect_policy(t: Template, resource_id: str) -> Ref:
    """Add the policy to attach to an application's role: connect as one database user, with IAM authentication.

    `resource_id` is how a text of `Fn::Sub` names the database's: `Database.DbiResourceId`.
    """
    user = add_application_user(t)
    return _connect(t, "ConnectPolicy", resource_id, f"${{{user.title}}}")


def add_connect_policies(t: Template, resource_id: str) -> dict[str, Ref]:
    """Add the policies of the application, its migrator and its reader, by their names."""
    policies = {"ConnectPolicy": add_connect_policy(t, resource_id)}
    for role, suffix in ROLES.items():
        title = f"{role}ConnectPolicy"
        policies[title] = _connect(t, title, resource_id, f"${{{USER}}}{suffix}")
    return policies


def _connect(t: Template, title: str, resource_id: str, user: str) -> Ref:
    statement = allow([rds_db.connect], [arn("rds-db", f"dbuser:${{{resource_id}}}/{user}")])
    return Ref(t.add_resource(ManagedPolicy(title, PolicyDocument=document(statement))))
