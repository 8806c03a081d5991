"""What a rendered template holds: what CloudFormation would see, or everything that stands in the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.evaluate import Place, parameter_values, read_template
from builder.problems import Failure
from builder.render import Rendered, attempt, render
from builder.render.sources import beside
from tests.templates.rendering import ENVIRONMENTS, ROOT, STACKS, parameter_file

PLACE = Place(region="eu-west-1", stack_name="shop")
QUEUE = {"Type": "AWS::SQS::Queue"}


def rendered(template: Mapping[str, Any], region: str = "eu-west-1", **templates: Any) -> Rendered:
    """A template rendered with its parameters' defaults; `templates` lie beside it as NAME.json."""
    values = parameter_values(template, {}, file="t").values
    place = Place(region=region, stack_name="shop")
    return render(template, values, place, file="t", local_templates=lambda url: templates.get(Path(url).stem))


def refusals(template: Mapping[str, Any], **templates: Any) -> list[str]:
    with pytest.raises(Failure) as caught:
        rendered(template, **templates)
    return [f"{problem.key}: {problem.what}" for problem in caught.value.problems]


def test_resources_outputs_and_conditions_are_those_that_hold() -> None:
    found = rendered(
        {
            "Parameters": {"Size": {"Type": "String", "Default": "small"}},
            "Conditions": {"IsLarge": {"Fn::Equals": [{"Ref": "Size"}, "large"]}, "Always": {"Fn::Equals": ["a", "a"]}},
            "Resources": {
                "Kept": {**QUEUE, "Properties": {"QueueName": {"Fn::Sub": "q-${Size}"}}},
                "Left": {**QUEUE, "Condition": "IsLarge"},
            },
            "Outputs": {"Url": {"Value": {"Ref": "Kept"}}, "No": {"Value": "x", "Condition": "IsLarge"}},
        }
    )
    assert found.parameters == {"Size": "small"}
    assert found.conditions == {"IsLarge": False, "Always": True}
    assert dict(found.resources) == {"Kept": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q-small"}}}
    assert list(found.outputs) == ["Url"]
    assert list(found.of_type("AWS::SQS::Queue", "AWS::SNS::Topic")) == [("Kept", {"QueueName": "q-small"})]


def test_everything_that_cannot_be_resolved_is_told_at_once_with_its_path() -> None:
    found = refusals(
        {
            "Conditions": {"Lost": {"Condition": "Nowhere"}},
            "Resources": {
                "A": {**QUEUE, "Properties": {"QueueName": {"Ref": "Nobody"}}},
                "B": {**QUEUE, "Properties": {"QueueName": {"Fn::GetAtt": ["C", "Colour"]}}},
                "C": QUEUE,
                "D": {**QUEUE, "Properties": {"QueueName": {"Fn::ImportValue": "elsewhere"}}},
                "E": {"Type": "AWS::Nothing::Here"},
                "F": {**QUEUE, "Properties": {"QueueName": {"Ref": "E"}}},
            },
            "Outputs": {"O": {"Value": {"Ref": "Nobody"}}},
        }
    )
    paths = [problem.partition(":")[0] for problem in found]
    assert sorted(set(paths)) == [
        "Conditions.Lost.Condition",
        "Outputs.O.Value.Ref",
        "Resources.A.Properties.QueueName.Ref",
        "Resources.B.Properties.QueueName.Fn",
        "Resources.D.Properties.QueueName.Fn",
        "Resources.F.Properties.QueueName.Ref",
    ]
    assert any("lists no such attribute" in problem for problem in found)
    assert any("AWS::Nothing::Here does not exist in eu-west-1" in problem for problem in found)


def test_what_can_be_rendered_stands_beside_what_cannot() -> None:
    template = {"Resources": {"A": QUEUE, "B": {**QUEUE, "Properties": {"QueueName": {"Ref": "Nobody"}}}}}
    found, problems = attempt(template, {}, PLACE, file="t")
    assert found is not None
    assert list(found.resources) == ["A"]
    assert [problem.key for problem in problems] == ["Resources.B.Properties.QueueName.Ref"]


def test_a_macro_leaves_nothing_to_render_and_is_named() -> None:
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": QUEUE}}
    found, problems = attempt(template, {}, PLACE, file="t")
    assert found is None
    assert "AWS::Serverless-2016-10-31" in problems[0].what


def test_broken_rules_are_refused_with_their_own_words() -> None:
    never = {"Assert": {"Fn::Equals": ["a", "b"]}, "AssertDescription": "a must be b."}
    assert refusals({"Rules": {"R": {"Assertions": [never]}}, "Resources": {"A": QUEUE}}) == [
        "Rules.R.Assertions[0]: a must be b"
    ]


def test_names_that_need_each_other_are_told_as_a_circle() -> None:
    a = {**QUEUE, "Properties": {"QueueName": {"Fn::GetAtt": ["B", "QueueName"]}}}
    b = {**QUEUE, "Properties": {"QueueName": {"Fn::GetAtt": ["A", "QueueName"]}}}
    assert any("depends on itself" in problem for problem in refusals({"Resources": {"A": a, "B": b}}))


CHILD = {
    "Parameters": {"Name": {"Type": "String"}, "Zones": {"Type": "CommaDelimitedList", "Default": ""}},
    "Resources": {"Queue": {**QUEUE, "Properties": {"QueueName": {"Ref": "Name"}}}},
    "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
}


def parent(url: str = "./child.json", output: str = "Arn", **parameters: object) -> dict[str, Any]:
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, "Parameters": parameters}}
    return {
        "Resources": {"Nested": stack},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Nested", f"Outputs.{output}"]}}},
    }


def test_a_nested_stack_is_rendered_with_the_parameters_it_is_given_and_gives_its_outputs_back() -> None:
    found = rendered(parent(Name="orders", Zones=["a", "b"]), child=CHILD)
    nested = found.nested["Nested"]
    assert nested.resources["Queue"]["Properties"] == {"QueueName": "orders"}
    assert nested.parameters["Zones"] == ["a", "b"]
    assert found.outputs["Arn"]["Value"] == "arn:aws:sqs:eu-west-1:123456789012:orders"
    assert nested.place.stack_name.startswith("shop-Nested-")


def test_what_is_wrong_with_a_nested_stack_is_told_where_the_parent_names_it() -> None:
    assert refusals(parent(Nme="x"), child=CHILD)[:2] == [
        "Resources.Nested.Properties.Parameters.Nme: is not a parameter of the template; the nearest is Name",
        "Resources.Nested.Properties.Parameters.Name: is required and has no default",
    ]
    assert any("has no such output" in each for each in refusals(parent(Name="x", output="Nope"), child=CHILD))
    assert refusals(parent("./gone.json", Name="x"))[0] == (
        "Resources.Nested.Properties.TemplateURL: there is no template './gone.json'"
    )
    broken = {**CHILD, "Resources": {"Queue": {**QUEUE, "Properties": {"QueueName": {"Ref": "Nobody"}}}}}
    assert any("child.json: Resources.Queue" in each for each in refusals(parent(Name="x"), child=broken))


def test_a_stack_that_nests_itself_is_refused() -> None:
    itself = parent()
    assert any("nested more than 10 deep" in each for each in refusals(itself, child=itself))


def test_outputs_of_a_template_that_is_not_at_hand_are_placeholders() -> None:
    found = rendered(parent("https://example.com/child.json", Name="x"))
    assert found.nested == {}
    assert "Arn" in found.outputs["Arn"]["Value"]


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_each_partition_has_its_own_arns_and_addresses(region: str, partition: str, suffix: str) -> None:
    found = rendered(
        {
            "Resources": {"Queue": QUEUE, "Topic": {"Type": "AWS::SNS::Topic"}, "Role": {"Type": "AWS::IAM::Role"}},
            "Outputs": {
                "Topic": {"Value": {"Ref": "Topic"}},
                "Role": {"Value": {"Fn::GetAtt": "Role.Arn"}},
                "Queue": {"Value": {"Ref": "Queue"}},
            },
        },
        region,
    )
    values = {name: output["Value"] for name, output in found.outputs.items()}
    assert values["Topic"].startswith(f"arn:{partition}:sns:{region}:123456789012:shop-Topic-")
    assert values["Role"].startswith(f"arn:{partition}:iam::123456789012:role/shop-Role-")
    assert values["Queue"].startswith("https://")
    assert f".{suffix}/" in values["Queue"]


def test_short_form_yaml_renders_as_the_json_it_stands_for(tmp_path: Path) -> None:
    text = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "b-${AWS::AccountId}"}
Outputs:
  Arn: {Value: !GetAtt Bucket.Arn}
  Name: {Value: !Join ["/", [!Ref Bucket, !Select [1, !GetAZs ""]]]}
"""
    (tmp_path / "t.yaml").write_text(text)
    found = rendered(read_template(tmp_path / "t.yaml"))
    assert found.outputs["Arn"]["Value"] == "arn:aws:s3:::b-123456789012"
    assert found.outputs["Name"]["Value"] == "b-123456789012/eu-west-1b"


def test_dynamic_references_stay_as_written() -> None:
    secret = "{{resolve:secretsmanager:db:SecretString:password}}"
    found = rendered({"Resources": {"A": {**QUEUE, "Properties": {"QueueName": secret}}}})
    assert found.resources["A"]["Properties"]["QueueName"] == secret


@given(st.dictionaries(st.from_regex(r"[A-Z][a-z]{0,5}", fullmatch=True), st.text(max_size=20), min_size=1, max_size=6))
def test_a_template_without_functions_renders_to_itself(names: dict[str, str]) -> None:
    resources = {name: {**QUEUE, "Properties": {"QueueName": text}} for name, text in names.items()}
    assert rendered({"Resources": resources}).resources == resources


@pytest.mark.unmeasured
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_renders_in_every_environment_and_region_that_it_declares(stack: str) -> None:
    template = json.loads((ROOT / "dist" / f"{stack}.json").read_text(encoding="utf-8"))
    for environment in ENVIRONMENTS:
        values = parameter_values(template, parameter_file(stack, environment), file="t").values
        for region in STACKS[stack].regions:
            place = Place(region=region, stack_name=stack)
            assert render(template, values, place, file=stack, local_templates=beside(ROOT / "dist")).resources
