"""A VPC of the database's own: public, private and database subnets in three Availability Zones."""

from __future__ import annotations

from collections.abc import Sequence

from awacs import logs as log_actions
from troposphere import (
    Cidr,
    Equals,
    FindInMap,
    GetAtt,
    If,
    Not,
    Parameter,
    Ref,
    Select,
    Split,
    Sub,
    Template,
    ec2,
)
from troposphere.iam import Policy, Role

from templates.environment import Environment
from templates.logs import Logging, add_log_group, log_group_arn
from templates.network import Client, Network, no_route
from templates.parameters import Group, add_condition, when_given, when_true
from templates.policy import SAME_ACCOUNT, allow, arn, document, from_source, trust

FLOW_LOG_GROUP = "/rds-high-availability/{}/flow-logs"

# Three zones by construction: the order of Fn::GetAZs may change from one update to the next, which would replace
# subnets. An AZ ID is the same place in every account, unlike a zone's name. (Amazon RDS and EC2 user guides, AZ IDs)
ZONE_IDS = {
    "ap-northeast-1": ("apne1-az1", "apne1-az2", "apne1-az4"),
    "ap-south-1": ("aps1-az1", "aps1-az2", "aps1-az3"),
    "ap-southeast-1": ("apse1-az1", "apse1-az2", "apse1-az3"),
    "ap-southeast-2": ("apse2-az1", "apse2-az2", "apse2-az3"),
    "ca-central-1": ("cac1-az1", "cac1-az2", "cac1-az4"),
    "eu-central-1": ("euc1-az1", "euc1-az2", "euc1-az3"),
    "eu-north-1": ("eun1-az1", "eun1-az2", "eun1-az3"),
    "eu-west-1": ("euw1-az1", "euw1-az2", "euw1-az3"),
    "eu-west-2": ("euw2-az1", "euw2-az2", "euw2-az3"),
    "eu-west-3": ("euw3-az1", "euw3-az2", "euw3-az3"),
    "sa-east-1": ("sae1-az1", "sae1-az2", "sae1-az3"),
    "us-east-1": ("use1-az1", "use1-az2", "use1-az4"),
    "us-east-2": ("use2-az1", "use2-az2", "use2-az3"),
    "us-gov-west-1": ("usgw1-az1", "usgw1-az2", "usgw1-az3"),
    "us-west-2": ("usw2-az1", "usw2-az2", "usw2-az3"),
}
REGIONS = tuple(ZONE_IDS)
ZONES = (1, 2, 3)

# Subnets are /24s cut from the VPC's range in this order; three tiers of three leave room for more in a /20.
TIERS = ("Public", "Private", "Database")
SUBNET_BITS = 8

EPHEMERAL_PORTS = ("1024", "65535")

# What workloads without a route to the internet call when they use the database: its password, its key, their role,
# their logs and metrics.
INTERFACE_ENDPOINTS = {
    "Kms": "kms",
    "Logs": "logs",
    "Monitoring": "monitoring",
    "SecretsManager": "secretsmanager",
    "Sts": "sts",
}


def add_network(
    t: Template, environment: Environment, logging: Logging, port: Parameter, *, default_nat_gateways: int
) -> Network:
    """Add a VPC over three zones whose database subnets have no route out, with flow logs and an S3 endpoint."""
    group = Group(t, "Network")
    cidr = group.add(
        "VpcCidr",
        label="Address range of the VPC",
        description="Nine /24 subnets are cut from it. Changing it replaces the VPC and everything in it.",
        default="10.0.0.0/16",
        pattern=r"(\d{1,3}\.){3}\d{1,3}/(1[6-9]|20)",
        otherwise="must be an IPv4 range from /16 to /20, such as 10.0.0.0/16",
    )
    zones = group.add(
        "AvailabilityZoneIds",
        label="Availability Zone IDs",
        description="Optional. Three zone IDs, separated by commas, in place of the Region's usual ones; final.",
        default="",
        pattern=r"([a-z]{2,5}\d-az\d{1,2}(,[a-z]{2,5}\d-az\d{1,2}){2})?",
        otherwise="must be empty or three zone IDs such as use1-az1,use1-az2,use1-az4",
    )
    nat = group.add(
        "NatGateways",
        label="NAT gateways",
        description="The private subnets' way out: none, one for all zones, or one in each.",
        default=str(default_nat_gateways),
        values=("0", "1", "3"),
    )
    endpoints = group.switch(
        "InterfaceEndpoints",
        label="Interface endpoints",
        description=f"Where there is no NAT gateway: {', '.join(INTERFACE_ENDPOINTS.values())}.",
        default=False,
    )

    vpc = t.add_resource(
        ec2.VPC(
            "Vpc",
            CidrBlock=Ref(cidr),
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=environment.tags(Name=environment.name("{}")),
        )
    )
    subnets = _add_subnets(t, environment, vpc, cidr, zones)
    _add_public_routes(t, environment, vpc, subnets["Public"])
    private_tables = _add_route_tables(t, environment, vpc, "Private", subnets["Private"])
    _add_nat_gateways(t, environment, nat, subnets["Public"], private_tables)
    database_tables = _add_route_tables(t, environment, vpc, "Database", subnets["Database"])
    _add_database_acl(t, environment, vpc, cidr, subnets["Database"], port)
    t.add_resource(
        ec2.VPCEndpoint(
            "S3Endpoint",
            VpcId=Ref(vpc),
            VpcEndpointType="Gateway",
            ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
            RouteTableIds=[Ref(table) for table in (*private_tables, *database_tables)],
            Tags=environment.tags(Name=environment.name("{}-s3")),
        )
    )
    _add_interface_endpoints(t, environment, vpc, cidr, subnets["Private"], when_true(t, endpoints))
    _add_flow_logs(t, environment, logging, vpc)
    return Network(
        vpc=Ref(vpc),
        database_subnets=[Ref(subnet) for subnet in subnets["Database"]],
        clients=tuple(Client(source={"CidrIp": GetAtt(subnet, "CidrBlock")}) for subnet in subnets["Private"]),
    )


def _add_subnets(
    t: Template, environment: Environment, vpc: ec2.VPC, cidr: Parameter, zones: Parameter
) -> dict[str, list[ec2.Subnet]]:
    chosen = when_given(t, zones)
    t.add_mapping("ZoneIds", {region: {f"Zone{z}": ids[z - 1] for z in ZONES} for region, ids in ZONE_IDS.items()})
    blocks = Cidr(Ref(cidr), len(TIERS) * len(ZONES), SUBNET_BITS)
    return {
        tier: [
            t.add_resource(
                ec2.Subnet(
                    f"{tier}Subnet{zone}",
                    VpcId=Ref(vpc),
                    CidrBlock=Select(TIERS.index(tier) * len(ZONES) + zone - 1, blocks),
                    AvailabilityZoneId=If(
                        chosen,
                        Select(zone - 1, Split(",", Ref(zones))),
                        FindInMap("ZoneIds", Ref("AWS::Region"), f"Zone{zone}"),
                    ),
                    MapPublicIpOnLaunch=False,
                    Tags=environment.tags(Name=environment.name(f"{{}}-{tier.lower()}-{zone}")),
                )
            )
            for zone in ZONES
        ]
        for tier in TIERS
    }


def _add_route_tables(
    t: Template, environment: Environment, vpc: ec2.VPC, tier: str, subnets: Sequence[ec2.Subnet]
) -> list[ec2.RouteTable]:
    """One table a subnet, with nothing in it yet but the VPC's own range."""
    tables = []
    for zone, subnet in zip(ZONES, subnets, strict=True):
        table = t.add_resource(
            ec2.RouteTable(
                f"{tier}RouteTable{zone}",
                VpcId=Ref(vpc),
                Tags=environment.tags(Name=environment.name(f"{{}}-{tier.lower()}-{zone}")),
            )
        )
        _associate(t, subnet, table)
        tables.append(table)
    return tables


def _associate(t: Template, subnet: ec2.Subnet, table: ec2.RouteTable) -> None:
    t.add_resource(
        ec2.SubnetRouteTableAssociation(f"{subnet.title}Routes", SubnetId=Ref(subnet), RouteTableId=Ref(table))
    )


def _add_public_routes(t: Template, environment: Environment, vpc: ec2.VPC, subnets: Sequence[ec2.Subnet]) -> None:
    gateway = t.add_resource(ec2.InternetGateway("InternetGateway", Tags=environment.tags(Name=environment.name("{}"))))
    attachment = t.add_resource(
        ec2.VPCGatewayAttachment("InternetGatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(gateway))
    )
    table = t.add_resource(
        ec2.RouteTable("PublicRouteTable", VpcId=Ref(vpc), Tags=environment.tags(Name=environment.name("{}-public")))
    )
    t.add_resource(
        ec2.Route(
            "PublicRoute",
            RouteTableId=Ref(table),
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=Ref(gateway),
            DependsOn=attachment.title,
        )
    )
    for subnet in subnets:
        _associate(t, subnet, table)


def _add_nat_gateways(
    t: Template,
    environment: Environment,
    count: Parameter,
    public_subnets: Sequence[ec2.Subnet],
    private_tables: Sequence[ec2.RouteTable],
) -> None:
    any_at_all = add_condition(t, "HasNatGateway", Not(Equals(Ref(count), "0")))
    in_each_zone = add_condition(t, "HasNatGatewayPerZone", Equals(Ref(count), "3"))
    gateways = []
    for zone, subnet in zip(ZONES, public_subnets, strict=True):
        condition = any_at_all if zone == ZONES[0] else in_each_zone
        tags = environment.tags(Name=environment.name(f"{{}}-nat-{zone}"))
        address = t.add_resource(
            ec2.EIP(
                f"NatAddress{zone}",
                Domain="vpc",
                Condition=condition,
                DependsOn="InternetGatewayAttachment",
                Tags=tags,
            )
        )
        gateways.append(
            t.add_resource(
                ec2.NatGateway(
                    f"NatGateway{zone}",
                    AllocationId=GetAtt(address, "AllocationId"),
                    SubnetId=Ref(subnet),
                    Condition=condition,
                    DependsOn="PublicRoute",
                    Tags=tags,
                )
            )
        )
    for zone, table in zip(ZONES, private_tables, strict=True):
        own, shared = Ref(gateways[zone - 1]), Ref(gateways[0])
        t.add_resource(
            ec2.Route(
                f"PrivateRoute{zone}",
                RouteTableId=Ref(table),
                DestinationCidrBlock="0.0.0.0/0",
                NatGatewayId=own if zone == ZONES[0] else If(in_each_zone, own, shared),
                Condition=any_at_all,
            )
        )


def _add_database_acl(
    t: Template,
    environment: Environment,
    vpc: ec2.VPC,
    cidr: Parameter,
    subnets: Sequence[ec2.Subnet],
    port: Parameter,
) -> None:
    """Database subnets speak with the VPC alone: in on the database's port, out to the ports that asked.

    (RDS keeps a standby in step over its own network, which no network ACL of ours sees.)
    """
    acl = t.add_resource(
        ec2.NetworkAcl(
            "DatabaseNetworkAcl", VpcId=Ref(vpc), Tags=environment.tags(Name=environment.name("{}-database"))
        )
    )
    for title, egress, ports in (
        ("DatabaseNetworkAclIn", False, (Ref(port), Ref(port))),
        ("DatabaseNetworkAclOut", True, EPHEMERAL_PORTS),
    ):
        t.add_resource(
            ec2.NetworkAclEntry(
                title,
                NetworkAclId=Ref(acl),
                RuleNumber=100,
                Protocol=6,
                RuleAction="allow",
                Egress=egress,
                CidrBlock=Ref(cidr),
                PortRange=ec2.PortRange(From=ports[0], To=ports[1]),
            )
        )
    for subnet in subnets:
        t.add_resource(
            ec2.SubnetNetworkAclAssociation(f"{subnet.title}Acl", SubnetId=Ref(subnet), NetworkAclId=Ref(acl))
        )


def _add_interface_endpoints(
    t: Template,
    environment: Environment,
    vpc: ec2.VPC,
    cidr: Parameter,
    subnets: Sequence[ec2.Subnet],
    condition: str,
) -> None:
    security_group = t.add_resource(
        ec2.SecurityGroup(
            "EndpointSecurityGroup",
            GroupDescription=environment.name("Interface endpoints of {}: HTTPS from the VPC"),
            VpcId=Ref(vpc),
            SecurityGroupIngress=[
                ec2.SecurityGroupRule(
                    IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=Ref(cidr), Description="HTTPS from the VPC"
                )
            ],
            SecurityGroupEgress=[no_route()],
            Condition=condition,
            Tags=environment.tags(Name=environment.name("{}-endpoints")),
        )
    )
    for title, service in INTERFACE_ENDPOINTS.items():
        t.add_resource(
            ec2.VPCEndpoint(
                f"{title}Endpoint",
                VpcId=Ref(vpc),
                VpcEndpointType="Interface",
                ServiceName=Sub(f"com.amazonaws.${{AWS::Region}}.{service}"),
                PrivateDnsEnabled=True,
                SubnetIds=[Ref(subnet) for subnet in subnets],
                SecurityGroupIds=[Ref(security_group)],
                Condition=condition,
                Tags=environment.tags(Name=environment.name(f"{{}}-{service}")),
            )
        )


def _add_flow_logs(t: Template, environment: Environment, logging: Logging, vpc: ec2.VPC) -> None:
    group = add_log_group(t, "FlowLogGroup", logging, FLOW_LOG_GROUP)
    role = t.add_resource(
        Role(
            "FlowLogRole",
            Description=environment.name("Writes the flow logs of {}"),
            AssumeRolePolicyDocument=trust(
                "vpc-flow-logs.amazonaws.com", when=[SAME_ACCOUNT, from_source(arn("ec2", "vpc-flow-log/*"))]
            ),
            Policies=[
                Policy(
                    PolicyName="write-flow-logs",
                    PolicyDocument=document(
                        allow(
                            [log_actions.CreateLogStream, log_actions.DescribeLogStreams, log_actions.PutLogEvents],
                            [log_group_arn(group)],
                        ),
                        allow([log_actions.DescribeLogGroups], [arn("logs", "log-group:*")]),
                    ),
                )
            ],
            Tags=environment.tags(),
        )
    )
    t.add_resource(
        ec2.FlowLog(
            "FlowLog",
            ResourceId=Ref(vpc),
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=Ref(group),
            DeliverLogsPermissionArn=GetAtt(role, "Arn"),
            Tags=environment.tags(Name=environment.name("{}")),
        )
    )
