"""Stand-ins for IDs of things that exist in another account."""

from __future__ import annotations

from simulator import Aws
from simulator.standins import stand_in


def test_ids_are_replaced_wherever_they_stand(aws: Aws) -> None:
    """Each by one and the same, in lists and in a String too; subnets are in different zones of the VPC."""
    given = {
        "Vpc": "vpc-0123456789abcdef0",
        "Subnets": "subnet-0123456789abcdef1,subnet-0123456789abcdef2",
        "One": "subnet-0123456789abcdef1",
        "Group": "sg-0123456789abcdef3",
        "Prefixes": "pl-0123456789abcdef4",
        "Other": "text",
    }

    values, made = stand_in(aws.client("ec2"), given)

    first, second = values["Subnets"].split(",")
    assert values["One"] == first == made["subnet-0123456789abcdef1"]
    subnets = aws.client("ec2").describe_subnets(SubnetIds=[first, second])["Subnets"]
    assert {each["VpcId"] for each in subnets} == {values["Vpc"]}
    assert len({each["AvailabilityZone"] for each in subnets}) == 2
    (group,) = aws.client("ec2").describe_security_groups(GroupIds=[values["Group"]])["SecurityGroups"]
    assert group["VpcId"] == values["Vpc"]
    aws.client("ec2").describe_managed_prefix_lists(PrefixListIds=[values["Prefixes"]])
    assert values["Other"] == "text"
    assert len(made) == 5


def test_what_exists_is_left_alone(aws: Aws) -> None:
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    assert stand_in(aws.client("ec2"), {"Vpc": vpc, "Text": ""}) == ({"Vpc": vpc, "Text": ""}, {})


def test_a_subnet_alone_gets_a_vpc(aws: Aws) -> None:
    values, made = stand_in(aws.client("ec2"), {"Subnet": "subnet-0123456789abcdef1"})

    assert list(made) == ["subnet-0123456789abcdef1"]
    (subnet,) = aws.client("ec2").describe_subnets(SubnetIds=[values["Subnet"]])["Subnets"]
    assert subnet["VpcId"]
