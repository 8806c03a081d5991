"""What a template's deployer must acknowledge."""

from __future__ import annotations

from typing import Any

import pytest

from builder.capabilities import capabilities, nested, reachable


def template(**resources: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"Resources": {name: {"Type": kind, "Properties": made} for name, (kind, made) in resources.items()}}


def of(one: dict[str, Any], **others: dict[str, Any]) -> tuple[str, ...]:
    return capabilities("one", {"one": one, **others})


def nesting(*urls: Any) -> dict[str, Any]:
    return template(**{f"N{i}": ("AWS::CloudFormation::Stack", {"TemplateURL": url}) for i, url in enumerate(urls)})


UNNAMED = template(Role=("AWS::IAM::Role", {}))
NAMED = template(Role=("AWS::IAM::Role", {"RoleName": "reader"}))


def test_a_template_without_iam_needs_none() -> None:
    assert of({}) == ()
    assert of(template(Topic=("AWS::SNS::Topic", {"TopicName": "alerts"}))) == ()


def test_unnamed_iam_needs_iam() -> None:
    assert of(UNNAMED) == ("CAPABILITY_IAM",)
    assert of({"Resources": {"Role": {"Type": "AWS::IAM::Role"}}}) == ("CAPABILITY_IAM",)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Group", "GroupName"),
        ("InstanceProfile", "InstanceProfileName"),
        ("ManagedPolicy", "ManagedPolicyName"),
        ("Role", "RoleName"),
        ("User", "UserName"),
    ],
)
def test_named_iam_needs_named_iam_which_covers_the_unnamed(kind: str, name: str) -> None:
    one = template(Named=(f"AWS::IAM::{kind}", {name: {"Fn::Sub": "x-${Environment}"}}), Other=("AWS::IAM::Role", {}))
    assert of(one) == ("CAPABILITY_NAMED_IAM",)


def test_an_inline_policys_name_is_no_custom_name() -> None:
    assert of(template(Inline=("AWS::IAM::Policy", {"PolicyName": "read"}))) == ("CAPABILITY_IAM",)


def test_no_value_is_no_name() -> None:
    assert of(template(Role=("AWS::IAM::Role", {"RoleName": {"Ref": "AWS::NoValue"}}))) == ("CAPABILITY_IAM",)


@pytest.mark.parametrize(
    "one",
    [
        {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::Zones": ["Zone", [], {}]}},
        {"Outputs": {"Port": {"Value": [{"Fn::Transform": {"Name": "AWS::Include"}}]}}},
    ],
)
def test_macros_need_auto_expand(one: dict[str, Any]) -> None:
    assert of(one) == ("CAPABILITY_AUTO_EXPAND",)


def test_a_parent_needs_what_its_nested_stacks_need_at_any_depth() -> None:
    assert of(nesting("./two.json"), two=nesting("three.json"), three=UNNAMED) == ("CAPABILITY_IAM",)
    assert of(nesting("./two.json", "./three.json"), two=NAMED, three={"Transform": "x"}) == (
        "CAPABILITY_AUTO_EXPAND",
        "CAPABILITY_NAMED_IAM",
    )


def test_stacks_that_nest_each_other_do_not_hang() -> None:
    both = {"one": nesting("./two.json"), "two": nesting("./one.json")}
    assert reachable("one", both) == ("one", "two")


def test_only_a_path_beside_the_template_names_a_stack() -> None:
    one = nesting("./two.json", "two.json", "sub/two.json", "../two.json", "https://s3/two.json", {"Ref": "Url"})
    assert [child for _, child in nested(one)] == ["two", "two", "sub/two.json", "../two.json"]


def test_what_lies_elsewhere_is_not_guessed_at() -> None:
    assert of(nesting("https://bucket.s3.amazonaws.com/two.json")) == ()
