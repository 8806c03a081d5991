"""Where the database lives and who may reach it: the handle, and an existing VPC taken by typed parameters.

`vpc.add_network` makes a VPC and returns the same handle, so that nothing else can tell which of the two it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import Equals, If, Not, Parameter, Ref, Select, Split, Sub, Template
from troposphere.ec2 import SecurityGroupRule

from templates.carrier import carrier
from templates.parameters import Group, add_condition, variable, when_given
from templates.rules import attribute_of, every, require

SUBNET = "AWS::EC2::Subnet::Id"
ZONE = "AvailabilityZone"
CIDR = r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}"


@carrier
class Client:
    """Who may open connections: the part of an ingress rule that names the source, where its condition holds."""

    source: dict[str, Any]
    condition: str | None = None


@carrier
class Network:
    """Where the database lives. `database_subnets` is one list-valued expression."""

    vpc: Ref
    database_subnets: Any
    clients: tuple[Client, ...]


def no_route() -> SecurityGroupRule:
    """An egress rule that lets nothing out: an empty list would mean that everything may leave."""
    return SecurityGroupRule(
        IpProtocol="icmp", FromPort=252, ToPort=86, CidrIp="255.255.255.255/32", Description="Nothing may leave"
    )


def use_network(t: Template) -> Network:
    """Take an existing VPC, two or three of its subnets, and those who may reach the database."""
    group = Group(t, "Network")
    vpc = _add_vpc(group)
    first, second = _add_subnets(group, ("one zone", "another zone"))
    third = group.add(
        "DatabaseSubnet3",
        label="Third database subnet",
        description="Optional. One in a third zone.",
        default="",
        pattern="(subnet-[0-9a-f]{8,17})?",
        otherwise="must be empty or a subnet ID",
    )
    _require_vpc(t, "DatabaseSubnet1 and DatabaseSubnet2 must be subnets of VpcId")
    _require_zones(t, first, "DatabaseSubnet1 and DatabaseSubnet2 must be in different Availability Zones")
    has_third = when_given(t, third)
    two = [Ref(first), Ref(second)]
    return Network(
        vpc=Ref(vpc),
        database_subnets=If(has_third, [*two, Ref(third)], two),
        clients=_existing_clients(t, group),
    )


def use_network_of_three(t: Template) -> Network:
    """Take an existing VPC and three of its subnets, each in a zone of its own, for what lives in three zones."""
    group = Group(t, "Network")
    vpc = _add_vpc(group)
    subnets = _add_subnets(group, ("one zone", "another zone", "a third zone"))
    _require_vpc(t, "The three database subnets must be subnets of VpcId")
    # Rules can tell whether all are in one zone, not whether each is in its own: RDS refuses that itself.
    _require_zones(t, subnets[0], "The three database subnets must be in three different Availability Zones")
    return Network(vpc=Ref(vpc), database_subnets=list(map(Ref, subnets)), clients=_existing_clients(t, group))


def _add_vpc(group: Group) -> Parameter:
    return group.add(
        "VpcId",
        label="VPC",
        description="The VPC of the database. Final.",
        type="AWS::EC2::VPC::Id",
    )


def _add_subnets(group: Group, places: Sequence[str]) -> list[Parameter]:
    return [
        group.add(
            f"DatabaseSubnet{number}",
            label=f"{ordinal} database subnet",
            description=f"A subnet without a route to the internet, in {where}.",
            type=SUBNET,
        )
        for number, (ordinal, where) in enumerate(zip(("First", "Second", "Third"), places, strict=False), start=1)
    ]


def _require_vpc(t: Template, sentence: str) -> None:
    require(
        t,
        "DatabaseSubnetsAreInVpc",
        {"Fn::EachMemberIn": [every(SUBNET, "VpcId"), {"Fn::RefAll": "AWS::EC2::VPC::Id"}]},
        sentence,
    )


def _require_zones(t: Template, first: Parameter, sentence: str) -> None:
    require(
        t,
        "DatabaseSubnetsAreInDifferentZones",
        {"Fn::Not": [{"Fn::EachMemberEquals": [every(SUBNET, ZONE), attribute_of(first, ZONE)]}]},
        sentence,
    )


def _existing_clients(t: Template, group: Group) -> tuple[Client, ...]:
    ranges = group.add(
        "ClientCidrs",
        label="Client ranges",
        description="Optional. Up to three IPv4 ranges, by commas.",
        default="",
        pattern=_up_to(3, CIDR),
        otherwise="must be up to three IPv4 ranges",
    )
    groups = group.add(
        "ClientSecurityGroups",
        label="Client groups",
        description="Optional. Up to two security groups, by commas.",
        default="",
        pattern=_up_to(2, "sg-[0-9a-f]{8,17}"),
        otherwise="must be up to two security group IDs",
    )
    prefix_list = group.add(
        "ClientPrefixList",
        label="Client prefix list",
        description="Optional. A prefix list that may connect.",
        default="",
        pattern=_up_to(1, "pl-[0-9a-f]{8,17}"),
        otherwise="must be empty or a prefix list ID",
    )
    return (
        *_each_of(t, "CidrIp", ranges, 3),
        *_each_of(t, "SourceSecurityGroupId", groups, 2),
        Client(source={"SourcePrefixListId": Ref(prefix_list)}, condition=when_given(t, prefix_list)),
    )


def _up_to(most: int, pattern: str) -> str:
    more = f"(,{pattern}){{0,{most - 1}}}" if most > 1 else ""
    return f"({pattern}{more})?"


def _each_of(t: Template, source: str, parameter: Parameter, most: int) -> list[Client]:
    """A client for each possible element; a Select beyond the list's end would fail, so the test is on a longer one."""
    longer = Split(",", Sub(variable(Ref(parameter)) + "," * (most - 1)))
    has_more = [
        add_condition(t, f"Has{parameter.title}{index + 1}", Not(Equals(Select(index, longer), "")))
        for index in range(1, most)
    ]
    return [
        Client(source={source: Select(index, Split(",", Ref(parameter)))}, condition=condition)
        for index, condition in enumerate([when_given(t, parameter), *has_more])
    ]
