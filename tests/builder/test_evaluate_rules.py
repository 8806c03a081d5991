"""Rules: assertions over parameters, broken or undecidable, never confused."""

from __future__ import annotations

from typing import Any

import pytest

from builder.evaluate import Evaluation, EvaluationError, RuleFinding
from tests.builder.evaluating import PLACE, QUEUE, evaluation

TRUE = {"Fn::Equals": ["a", "a"]}
FALSE = {"Fn::Equals": ["a", "b"]}
PARAMETERS: dict[str, Any] = {
    "Name": {"Type": "String", "Default": "b"},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a,b"},
    "Vpc": {"Type": "AWS::EC2::VPC::Id", "Default": "vpc-11111111"},
    "SubnetA": {"Type": "AWS::EC2::Subnet::Id", "Default": "subnet-aaaaaaaa"},
    "SubnetB": {"Type": "AWS::EC2::Subnet::Id", "Default": "subnet-bbbbbbbb"},
    "Groups": {"Type": "List<AWS::EC2::SecurityGroup::Id>", "Default": "sg-11111111,sg-22222222"},
    "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/stored"},
    "Missing": {"Type": "String", "Default": ""},
}
ONE_VPC = {
    "Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]}, {"Fn::RefAll": "AWS::EC2::VPC::Id"}]
}
UNKNOWN = {"Fn::Equals": [{"Fn::ValueOf": ["Vpc", "Tags.Team"]}, "x"]}


def aws(parameter: str, value: str, attribute: str) -> str:
    """What AWS would say; the second subnet is in the wrong VPC."""
    facts = {
        ("subnet-aaaaaaaa", "VpcId"): "vpc-11111111",
        ("subnet-bbbbbbbb", "VpcId"): "vpc-22222222",
        ("subnet-aaaaaaaa", "AvailabilityZone"): "us-east-1a",
        ("vpc-11111111", "Tags.Team"): "data",
        ("sg-11111111", "Tags.Team"): "one",
        ("sg-22222222", "Tags.Team"): "two",
    }
    return facts[value, attribute]


def template(assertion: object, *, when: object = None, conditions: dict[str, Any] | None = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"Assertions": [{"Assert": assertion, "AssertDescription": "it must hold"}]}
    if when is not None:
        rule["RuleCondition"] = when
    return {
        "Parameters": PARAMETERS,
        "Rules": {"R": rule},
        "Conditions": conditions or {},
        "Resources": {"Queue": QUEUE},
    }


def outcome(assertion: object, *, when: object = None, online: bool = True) -> str:
    judged = evaluation(template(assertion, when=when), asked=aws if online else None)
    if judged.undecidable_rules():
        return "undecidable"
    return "broken" if judged.broken_rules() else "holds"


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        (TRUE, True),
        (FALSE, False),
        ({"Fn::Not": [FALSE]}, True),
        ({"Fn::And": [TRUE, FALSE]}, False),
        ({"Fn::Or": [FALSE, TRUE]}, True),
        ({"Fn::Contains": [["a", "b"], {"Ref": "Name"}]}, True),
        ({"Fn::Contains": [["a", "c"], {"Ref": "Name"}]}, False),
        ({"Fn::Contains": [{"Ref": "Zones"}, {"Ref": "Name"}]}, True),
        ({"Fn::EachMemberEquals": [["b", "b"], {"Ref": "Name"}]}, True),
        ({"Fn::EachMemberEquals": [["b", "c"], {"Ref": "Name"}]}, False),
        ({"Fn::EachMemberIn": [["a"], {"Ref": "Zones"}]}, True),
        ({"Fn::EachMemberIn": [["a", "c"], {"Ref": "Zones"}]}, False),
        ({"Fn::Equals": [{"Ref": "Missing"}, ""]}, True),
        ({"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, True),
        ({"Fn::EachMemberEquals": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-11111111"]}, True),
        ({"Fn::Equals": [{"Fn::ValueOf": ["Vpc", "Tags.Team"]}, "data"]}, True),
        ({"Fn::Equals": [{"Fn::ValueOf": ["SubnetA", "AvailabilityZone"]}, "us-east-1a"]}, True),
        ({"Fn::Contains": [{"Fn::ValueOf": ["Groups", "Tags.Team"]}, "two"]}, True),
        ({"Fn::Equals": [{"Fn::ValueOf": ["SubnetB", "VpcId"]}, {"Ref": "Vpc"}]}, False),
        (ONE_VPC, False),
    ],
)
def test_assertions_hold_or_are_broken(assertion: object, holds: bool) -> None:
    assert outcome(assertion) == ("holds" if holds else "broken")


def test_assertions_are_not_looked_at_unless_the_rule_applies() -> None:
    assert outcome(FALSE, when=TRUE) == "broken"
    assert outcome(FALSE, when=FALSE) == "holds"
    assert outcome({"Fn::Contains": "wrong"}, when=FALSE) == "holds"


def test_a_broken_rule_tells_its_description_and_place() -> None:
    broken = evaluation(template(FALSE)).broken_rules()
    assert broken == (RuleFinding(rule="R", path="Rules.R.Assertions[0]", description="it must hold"),)


def test_every_assertion_is_judged() -> None:
    rules = {
        "R": {"Assertions": [{"Assert": FALSE}, {"Assert": TRUE}, {"Assert": FALSE}]},
        "S": {"Assertions": [{"Assert": FALSE}]},
    }
    broken = evaluation({"Rules": rules}).broken_rules()
    assert [each.path for each in broken] == ["Rules.R.Assertions[0]", "Rules.R.Assertions[2]", "Rules.S.Assertions[0]"]
    assert {each.description for each in broken} == {"the assertion does not hold"}


class TestUndecidable:
    @pytest.mark.parametrize("assertion", [ONE_VPC, UNKNOWN, {"Fn::Not": [UNKNOWN]}])
    def test_what_only_aws_can_tell_is_neither_broken_nor_satisfied(self, assertion: object) -> None:
        judged = evaluation(template(assertion))
        assert judged.broken_rules() == ()
        assert [each.path for each in judged.undecidable_rules()] == ["Rules.R.Assertions[0]"]

    def test_the_reason_is_told(self) -> None:
        (finding,) = evaluation(template(UNKNOWN)).undecidable_rules()
        assert finding.description == "Tags.Team of vpc-11111111 is known to AWS only"

    def test_an_undecidable_condition_leaves_the_whole_rule_open(self) -> None:
        judged = evaluation(template(FALSE, when=UNKNOWN))
        assert judged.broken_rules() == ()
        assert [each.path for each in judged.undecidable_rules()] == ["Rules.R.RuleCondition"]

    @pytest.mark.parametrize(
        ("assertion", "result"),
        [
            ({"Fn::And": [UNKNOWN, FALSE]}, "broken"),
            ({"Fn::And": [UNKNOWN, TRUE]}, "undecidable"),
            ({"Fn::Or": [TRUE, UNKNOWN]}, "holds"),
            ({"Fn::Or": [FALSE, UNKNOWN]}, "undecidable"),
            ({"Fn::And": [{"Fn::Not": [UNKNOWN]}, UNKNOWN]}, "undecidable"),
        ],
    )
    def test_logic_decides_where_it_can(self, assertion: object, result: str) -> None:
        assert outcome(assertion, online=False) == result

    def test_an_attribute_that_aws_does_not_know_is_undecidable(self) -> None:
        assert outcome({"Fn::Equals": [{"Fn::ValueOf": ["SubnetB", "AvailabilityZone"]}, "x"]}) == "undecidable"

    def test_a_value_in_parameter_store_is_undecidable(self) -> None:
        assert outcome({"Fn::Equals": [{"Ref": "Stored"}, "x"]}) == "undecidable"

    def test_a_type_that_lists_have_too_is_undecidable(self) -> None:
        assert outcome({"Fn::EachMemberIn": [{"Fn::RefAll": "AWS::EC2::SecurityGroup::Id"}, ["x"]]}) == "undecidable"


@pytest.mark.parametrize(
    "assertion",
    [{"Fn::If": ["Big", FALSE, TRUE]}, {"Fn::Equals": [{"Fn::If": ["Big", "x", {"Ref": "Nope"}]}, "y"]}],
)
def test_if_takes_the_branch_of_a_condition(assertion: object) -> None:
    conditions = {"Big": {"Fn::Equals": [{"Ref": "Name"}, "b"]}}
    assert evaluation(template(assertion, conditions=conditions)).broken_rules()


class TestRefused:
    @pytest.mark.parametrize(
        ("assertion", "what"),
        [
            ({"Fn::Equals": [{"Fn::Sub": "a"}, "a"]}, "Fn::Equals[0]: Fn::Sub is not allowed in a rule"),
            ({"Fn::Equals": [{"Fn::FindInMap": ["a", "b", "c"]}, "a"]}, "Fn::FindInMap is not allowed in a rule"),
            ({"Fn::Equals": [{"Ref": "Queue"}, "a"]}, "'Queue' is a resource, which a rule cannot depend on"),
            ({"Condition": "Big"}, "Assert: Condition does not give true or false in a rule"),
            ({"Fn::Equals": [{"Ref": "Nope"}, "a"]}, "'Nope' is neither a parameter"),
            ({"Fn::Equals": [{"Ref": {"Ref": "Name"}}, "a"]}, "must be a literal name"),
            ({"Fn::Contains": ["a", "a"]}, "Fn::Contains[0]: must be a list, but is a string"),
            ({"Fn::Contains": [[["a"]], "a"]}, "Fn::Contains[0][0]: must be a string, but is a list"),
            ({"Fn::Contains": [["a"], ["a"]]}, "Fn::Contains[1]: must be a string, but is a list"),
            ({"Fn::Contains": [["a"]]}, "must be written as [[strings], string]"),
            ({"Fn::EachMemberIn": ["a", ["a"]]}, "Fn::EachMemberIn[0]: must be a list"),
            ({"Fn::EachMemberIn": [{"Fn::RefAll": ["x"]}, ["a"]]}, "must be a literal type of parameter"),
            ({"Fn::Equals": [{"Fn::ValueOf": ["Nope", "VpcId"]}, "a"]}, "must name a parameter of the template"),
            (
                {"Fn::Equals": [{"Fn::ValueOf": [{"Ref": "Vpc"}, "VpcId"]}, "a"]},
                "must name a parameter of the template",
            ),
            (
                {"Fn::Equals": [{"Fn::ValueOf": ["Vpc", "VpcId"]}, "a"]},
                "of type AWS::EC2::VPC::Id has no attribute 'VpcId'",
            ),
            ({"Fn::Equals": [{"Fn::ValueOf": ["Name", "Tags.a"]}, "a"]}, "of type String has no attribute 'Tags.a'"),
            ({"Fn::Contains": [{"Fn::ValueOfAll": ["AWS::EC2::VPC::Id", 5]}, "a"]}, "must name an attribute literally"),
            ({"Fn::Contains": [{"Fn::ValueOfAll": [5, "VpcId"]}, "a"]}, "must be a literal type of parameter"),
        ],
    )
    def test_what_aws_does_not_allow(self, assertion: object, what: str) -> None:
        with pytest.raises(EvaluationError) as caught:
            evaluation(template(assertion)).broken_rules()
        assert what in str(caught.value)

    @pytest.mark.parametrize(
        ("rule", "what"),
        [
            ("x", "Rules.R: must have a list of Assertions"),
            ({}, "Rules.R: must have a list of Assertions"),
            ({"Assertions": {"Assert": TRUE}}, "Rules.R: must have a list of Assertions"),
            ({"Assertions": [], "Assert": TRUE}, "Rules.R: 'Assert' is not part of a rule"),
            ({"Assertions": [TRUE]}, "Rules.R.Assertions[0]: must be an object with Assert, but is an object"),
            ({"Assertions": ["x"]}, "Rules.R.Assertions[0]: must be an object with Assert, but is a string"),
        ],
    )
    def test_a_rule_of_another_shape(self, rule: object, what: str) -> None:
        with pytest.raises(EvaluationError) as caught:
            Evaluation({"Rules": {"R": rule}}, {}, PLACE).broken_rules()
        assert str(caught.value) == what
