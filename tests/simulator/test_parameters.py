"""What is asked of parameters, Rules and capabilities before anything is made."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import HANDLE, ROLE, code, create, outputs, refusal, template, update

NAMED_ROLE = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "mine"}}


def with_parameter(**declaration: Any) -> str:
    return template({"Handle": HANDLE}, Parameters={"P": {"Type": "String", **declaration}})


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        ({"AllowedValues": ["a", "b"]}, "c"),
        ({"AllowedPattern": "[a-z]+"}, "A"),
        ({"MaxLength": 3}, "long"),
        ({"Type": "Number", "MinValue": 5}, "4"),
        ({"Type": "Number"}, "four"),
    ],
)
def test_a_value_outside_its_constraints_is_refused(aws: Aws, declaration: dict[str, Any], value: str) -> None:
    with pytest.raises(ClientError, match="Parameter P failed to satisfy constraint"):
        create(aws, with_parameter(**declaration), given={"P": value})


def test_the_templates_own_words_for_a_constraint_are_repeated(aws: Aws) -> None:
    with pytest.raises(ClientError, match="must be one small letter"):
        create(
            aws,
            with_parameter(AllowedPattern="[a-z]", ConstraintDescription="must be one small letter"),
            given={"P": "1"},
        )


def test_parameters_without_a_value_are_named_together(aws: Aws) -> None:
    both = {"A": {"Type": "String"}, "B": {"Type": "String"}}

    with pytest.raises(ClientError, match=r"Parameters: \[A, B\] must have values"):
        create(aws, template({"Handle": HANDLE}, Parameters=both))


def test_unknown_parameters_are_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match=r"Parameters: \[Q\] do not exist in the template"):
        create(aws, with_parameter(Default="x"), given={"Q": "1"})


@pytest.mark.parametrize(
    ("of_type", "value"),
    [
        ("AWS::EC2::VPC::Id", "vpc-0123456789abcdef0"),
        ("List<AWS::EC2::Subnet::Id>", "subnet-0123456789abcdef0"),
        ("AWS::EC2::SecurityGroup::Id", "sg-0123456789abcdef0"),
        ("AWS::EC2::AvailabilityZone::Name", "us-east-1z"),
    ],
)
def test_a_value_of_an_aws_type_must_exist(aws: Aws, of_type: str, value: str) -> None:
    with pytest.raises(ClientError, match=f"parameter value {value} for parameter name P does not exist"):
        create(aws, with_parameter(Type=of_type), given={"P": value})


def test_rules_read_attributes_of_what_a_parameter_names(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    home, other = (ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (1, 2))
    subnet = ec2.create_subnet(VpcId=home, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    body = template(
        {"Handle": HANDLE},
        Parameters={"Vpc": {"Type": "AWS::EC2::VPC::Id"}, "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"}},
        Rules={
            "SameVpc": {
                "Assertions": [
                    {
                        "Assert": {
                            "Fn::EachMemberIn": [
                                {"Fn::ValueOf": ["Subnets", "VpcId"]},
                                {"Fn::RefAll": "AWS::EC2::VPC::Id"},
                            ]
                        },
                        "AssertDescription": "the subnets must be in the VPC",
                    }
                ]
            }
        },
    )

    with pytest.raises(ClientError, match="Rule SameVpc: the subnets must be in the VPC"):
        create(aws, body, given={"Vpc": other, "Subnets": subnet})
    assert create(aws, body, given={"Vpc": home, "Subnets": subnet}) == "CREATE_COMPLETE"


def test_a_value_can_come_from_the_parameter_store(aws: Aws) -> None:
    aws.client("ssm").put_parameter(Name="/a/b", Value="stored", Type="String")
    body = template(
        {"Handle": HANDLE},
        Parameters={"P": {"Type": "AWS::SSM::Parameter::Value<String>"}},
        Outputs={"Out": {"Value": {"Ref": "P"}}},
    )

    create(aws, body, given={"P": "/a/b"})

    assert outputs(aws) == {"Out": "stored"}


@pytest.mark.parametrize(
    ("resource", "capabilities", "needed"),
    [
        (ROLE, [], "CAPABILITY_IAM"),
        (NAMED_ROLE, [], "CAPABILITY_NAMED_IAM"),
        (NAMED_ROLE, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
    ],
)
def test_what_touches_permissions_must_be_acknowledged(
    aws: Aws, resource: dict[str, Any], capabilities: list[str], needed: str
) -> None:
    with pytest.raises(ClientError) as refused:
        create(aws, template({"Role": resource}), Capabilities=capabilities)

    assert code(refused.value) == "InsufficientCapabilitiesException"
    assert refusal(refused.value) == f"Requires capabilities : [{needed}]"


@pytest.mark.parametrize("capability", ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
def test_an_unnamed_role_takes_either_capability(aws: Aws, capability: str) -> None:
    assert create(aws, template({"Role": ROLE}), Capabilities=[capability]) == "CREATE_COMPLETE"


def test_an_update_asks_for_capabilities_too(aws: Aws) -> None:
    create(aws, template({"Handle": HANDLE}))

    with pytest.raises(ClientError, match="Requires capabilities"):
        update(aws, template({"Handle": HANDLE, "Role": ROLE}))


def test_templates_can_be_looked_at_without_a_stack(aws: Aws) -> None:
    cloudformation = aws.client("cloudformation")
    body = template(
        {"Role": NAMED_ROLE},
        Description="About",
        Parameters={"P": {"Type": "String", "Default": "x", "AllowedValues": ["x"], "NoEcho": True}},
    )

    validated = cloudformation.validate_template(TemplateBody=body)
    summary = cloudformation.get_template_summary(TemplateBody=body)

    assert (validated["Description"], validated["Capabilities"]) == ("About", ["CAPABILITY_NAMED_IAM"])
    assert validated["Parameters"] == [{"ParameterKey": "P", "DefaultValue": "x", "NoEcho": True}]
    assert summary["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["x"]}
    assert summary["ResourceTypes"] == ["AWS::IAM::Role"]
    assert summary["ResourceIdentifierSummaries"][0]["ResourceIdentifiers"] == ["RoleName"]
    with pytest.raises(ClientError, match="Template format error"):
        cloudformation.validate_template(TemplateBody=template({"Role": {}}))


def test_a_stack_gives_its_template_back(aws: Aws) -> None:
    body = with_parameter(Default="x")
    create(aws, body)

    assert aws.client("cloudformation").get_template(StackName="stack")["TemplateBody"]["Parameters"] == {
        "P": {"Type": "String", "Default": "x"}
    }
