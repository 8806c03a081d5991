"""What a template will give its stack, told beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from builder.aws.expected import shared_tags, unfold
from builder.evaluate import Evaluation, EvaluationError, Place

PLACE = Place(region="eu-west-1", stack_name="s")
TOPIC = "AWS::SNS::Topic"


def tags_of(*properties: dict[str, Any], kind: str = TOPIC) -> dict[str, str]:
    """The tags shared by topics of these properties."""
    resources = {f"R{index}": {"Type": kind, "Properties": each} for index, each in enumerate(properties)}
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [1, 2]}},
        "Resources": resources,
    }
    return shared_tags(Evaluation(template, {"P": "p"}, PLACE), "eu-west-1")


def listed(**tags: object) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def test_only_tags_that_all_tagged_resources_have_with_one_value_are_shared() -> None:
    assert tags_of(listed(A="1", B="2", C="3"), listed(A="1", B="x"), {}) == {"A": "1"}


def test_tags_are_shared_by_what_they_evaluate_to() -> None:
    assert tags_of(listed(A={"Ref": "P"}), listed(A={"Fn::Sub": "${P}"})) == {"A": "p"}


def test_a_tag_that_is_left_out_is_not_there() -> None:
    left_out = {"Fn::If": ["C", {"Key": "A", "Value": "1"}, {"Ref": "AWS::NoValue"}]}
    assert tags_of({"Tags": [left_out, {"Key": "B", "Value": "2"}]}) == {"B": "2"}
    assert tags_of({"Tags": {"Fn::If": ["C", [], [{"Key": "B", "Value": "2"}]]}}) == {"B": "2"}


def test_a_tag_that_names_a_resource_is_not_shared_and_hides_no_other() -> None:
    assert tags_of(listed(A={"Ref": "R1"}, B="2"), listed(B="2")) == {"B": "2"}


def test_tags_may_be_a_map() -> None:
    assert tags_of({"BackupVaultName": "v", "BackupVaultTags": {"A": 1}}, kind="AWS::Backup::BackupVault") == {"A": "1"}


def test_where_nothing_is_tagged_nothing_is_shared() -> None:
    assert tags_of({}, {}) == {}
    assert tags_of(listed(A="1"), kind="Custom::Thing") == {}


def parent(**parameters: object) -> dict[str, Any]:
    inner = {"TemplateURL": "./inner.json", "Parameters": parameters}
    return {
        "Conditions": {"Off": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Topic": {"Type": TOPIC},
            "Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": inner},
            "Never": {"Type": "AWS::CloudFormation::Stack", "Condition": "Off", "Properties": inner},
        },
    }


INNER = {
    "Parameters": {"Name": {"Type": "String"}, "List": {"Type": "CommaDelimitedList", "Default": ""}},
    "Resources": {"Topic": {"Type": TOPIC}},
    "Outputs": {
        "Shared": {"Value": {"Ref": "Topic"}, "Export": {"Name": {"Fn::Sub": "${Name}-${AWS::StackName}"}}},
        "Private": {"Value": "x"},
    },
}


def test_nested_stacks_are_unfolded_with_what_is_passed_to_them() -> None:
    outer = parent(Name="n", List=["a", "b"])
    itself, inner = unfold("outer", {"outer": outer, "inner": INNER}, {}, PLACE)
    assert (itself.key, inner.key) == ("", "Inner")
    assert inner.given == {"Name": "n", "List": "a,b"}
    assert inner.exports == {"n-s-Inner"}


def test_a_nested_stack_is_left_out_when_what_it_is_given_is_known_to_aws_only() -> None:
    (itself,) = unfold("outer", {"outer": parent(Name={"Ref": "Topic"}), "inner": INNER}, {}, PLACE)
    assert itself.key == ""


def test_a_parameter_that_is_not_given_keeps_its_value() -> None:
    (itself,) = unfold("inner", {"inner": INNER}, {}, PLACE, previous={"Name": "before"})
    assert itself.exports == {"before-s"}


def test_an_export_without_a_name_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="Name"):
        list(unfold("inner", {"inner": INNER}, {}, PLACE))
