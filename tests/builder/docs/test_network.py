"""Where things stand, by the template alone."""

from __future__ import annotations

import pytest

from builder.docs.network import subnets_of, vpcs, way_out
from tests.builder.docs.templates import POSTGRES, TWO_ZONES, of, reading, ref

GIVEN = {
    "VpcId": {"Type": "AWS::EC2::VPC::Id"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
}
FUNCTION = of("Lambda::Function", VpcConfig={"SubnetIds": ref("Subnets"), "SecurityGroupIds": []})
GROUP = of("EC2::SecurityGroup", GroupDescription="x", VpcId=ref("VpcId"))


def test_subnets_of_one_purpose_are_a_tier_with_one_in_each_zone() -> None:
    (vpc,) = vpcs(reading(TWO_ZONES))
    assert (vpc.name, vpc.note, vpc.is_given) == ("Net", "10.0.0.0/16", False)
    assert vpc.zones == ("eu-west-1a", "eu-west-1b")
    assert [(tier.title, tier.note) for tier in vpc.tiers] == [
        ("Open subnets", "routed to the internet gateway"),
        ("Inner subnets", "out through NAT gateways"),
    ]
    assert [subnet.note for subnet in vpc.tiers[0].subnets if subnet] == ["10.0.1.0/24", "10.0.2.0/24"]


def test_what_stands_in_one_subnet_is_in_it_and_what_stands_in_several_spans_them() -> None:
    (vpc,) = vpcs(reading(TWO_ZONES | POSTGRES))
    first = vpc.tiers[0].subnets[0]
    assert first and first.holds == ("Nat",)
    assert vpc.tiers[1].holds == ("Shop",)
    assert vpc.edge == ("Gate",)


def test_a_zone_without_a_subnet_of_a_tier_stays_empty() -> None:
    resources = {name: each for name, each in TWO_ZONES.items() if not name.startswith("Inner2")}
    assert vpcs(reading(resources))[0].tiers[1].subnets[1] is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("PublicSubnet1", "Public subnets"),
        ("SubnetDatabaseA", "Database subnets"),
        ("VpcPrivateSubnet1Subnet5C2D37C7", "Vpc private subnets"),
        ("Subnet2", "Subnets"),
    ],
)
def test_a_tier_is_called_by_what_its_subnets_names_share(name: str, title: str) -> None:
    resources = {"Net": of("EC2::VPC", CidrBlock="10.0.0.0/16"), name: of("EC2::Subnet", VpcId=ref("Net"))}
    assert vpcs(reading(resources))[0].tiers[0].title == title


def test_a_vpc_and_subnets_that_are_given_are_called_by_their_parameters() -> None:
    given = {"VpcId": "vpc-12345678", "Subnets": "subnet-12345678"}
    (vpc,) = vpcs(reading({"Group": GROUP, "Run": FUNCTION}, given, Parameters=GIVEN))
    assert (vpc.is_given, vpc.note) == (True, "given by VpcId")
    (tier,) = vpc.tiers
    assert [(subnet.note, subnet.holds) for subnet in tier.subnets if subnet] == [("Subnets", ("Run",))]
    assert tier.note == "given"


def test_subnets_that_nobody_can_name_keep_their_ids() -> None:
    given = {"VpcId": "vpc-12345678", "Subnets": "subnet-12345678,subnet-87654321"}
    (vpc,) = vpcs(reading({"Group": GROUP, "Run": FUNCTION}, given, Parameters=GIVEN))
    assert [subnet.note for subnet in vpc.tiers[0].subnets if subnet] == ["subnet-12345678", "subnet-87654321"]
    assert vpc.tiers[0].title == "Subnets"


def test_a_given_vpc_that_no_parameter_gave_is_called_by_its_id() -> None:
    (vpc,) = vpcs(reading({"Group": of("EC2::SecurityGroup", GroupDescription="x", VpcId="vpc-12345678")}))
    assert vpc.note == "given by vpc-12345678"
    assert (vpc.zones, vpc.tiers) == ((), ())


def test_with_two_vpcs_given_subnets_are_guessed_into_neither() -> None:
    resources = {**TWO_ZONES, "Group": GROUP, "Run": FUNCTION}
    given = {"VpcId": "vpc-12345678", "Subnets": "subnet-12345678"}
    own, other = vpcs(reading(resources, given, Parameters=GIVEN))
    assert (own.name, other.tiers) == ("Net", ())


def test_subnets_are_found_through_subnet_groups() -> None:
    read = reading(TWO_ZONES | POSTGRES)
    assert subnets_of(read.resources["Shop"], read) == ("Inner1", "Inner2")


@pytest.mark.parametrize(("subnet", "way"), [("Open1", "public"), ("Inner1", "private"), ("subnet-1", "given")])
def test_the_way_out_is_in_the_routes(subnet: str, way: str) -> None:
    assert way_out(subnet, reading(TWO_ZONES)) == way


def test_a_subnet_without_a_route_is_isolated() -> None:
    resources = {name: each for name, each in TWO_ZONES.items() if name != "InnerRoute"}
    assert way_out("Inner1", reading(resources)) == "isolated"
