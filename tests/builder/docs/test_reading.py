"""Templates as the reference reads them."""

from __future__ import annotations

import pytest

from builder.docs.reading import marked, plain, read
from builder.evaluate import EvaluationError
from tests.builder.docs.templates import REGION, att, of, reading, ref, template


def test_a_value_tells_which_resources_it_comes_from() -> None:
    read = reading({"Topic": "SNS::Topic", "Queue": "SQS::Queue"})
    node = {"a": ["⟦Topic⟧", {"⟦Queue.Arn⟧": 1}], "b": "arn:⟦Topic⟧/x", "c": 5}
    assert read.mentioned(node) == ("Topic", "Queue")


def test_what_is_not_created_is_not_mentioned() -> None:
    topic = {"Type": "SNS::Topic", "Condition": "Never"}
    read = reading({"Topic": topic, "Queue": "SQS::Queue"}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    assert list(read.resources) == ["Queue"]
    assert read.mentioned("⟦Topic⟧") == ()


def test_an_attribute_that_is_an_input_is_that_input() -> None:
    resources = {
        "Net": of("EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Subnet": of(
            "EC2::Subnet",
            VpcId=ref("Net"),
            CidrBlock={"Fn::Select": [1, {"Fn::Cidr": [att("Net", "CidrBlock"), 2, 8]}]},
        ),
    }
    assert reading(resources).resources["Subnet"].properties["CidrBlock"] == "10.0.1.0/24"


def test_an_attribute_that_is_a_list_stays_one() -> None:
    resources = {
        "Net": of("EC2::VPC", CidrBlock="10.0.0.0/16"),
        "Topic": of("SNS::Topic", TopicName={"Fn::Select": [0, att("Net", "CidrBlockAssociations")]}),
    }
    assert reading(resources).mentioned(reading(resources).resources["Topic"].properties["TopicName"]) == ("Net",)


def test_a_required_parameter_that_is_not_given_stands_as_its_name() -> None:
    parameters = {"Name": {"Type": "String"}, "Names": {"Type": "CommaDelimitedList"}}
    read = reading({"Topic": of("SNS::Topic", TopicName=ref("Name"))}, Parameters=parameters)
    assert read.resources["Topic"].properties["TopicName"] == "Name"
    assert read.values["Names"] == ["Names"]


def test_what_cannot_be_evaluated_is_read_as_it_is_written() -> None:
    resources = {
        "Key": "KMS::Key",
        "Topic": of(
            "SNS::Topic",
            KmsMasterKeyId=att("Key", "Arn"),
            TopicName={"Fn::Select": [3, ["a"]]},
            Tags=[{"Key": "k", "Value": {"Fn::Sub": "x-${Key}"}}, {"Key": "l", "Value": ref("Key")}],
        ),
    }
    outputs = {"Name": {"Value": {"Fn::Select": [3, ["a"]]}}}
    read = reading(resources, Outputs=outputs)
    assert read.mentioned(dict(read.resources["Topic"].properties)) == ("Key",)
    assert read.outputs["Name"] == {"Value": {"Fn::Select": [3, ["a"]]}}


def test_every_form_of_a_reference_is_marked() -> None:
    node = [{"Fn::GetAtt": "A.Arn"}, {"Fn::Sub": ["${B}-${!C}", {"B": 1}]}, {"Fn::GetAtt": ["D", "E"]}, 5]
    assert marked(node) == ["⟦A.Arn⟧", "⟦B⟧-${!C}", "⟦D.E⟧", 5]


def test_people_see_no_marks() -> None:
    assert plain("to ⟦Topic⟧ of ⟦Vault.Arn⟧") == "to Topic of Vault.Arn"


def test_a_literal_leads_back_to_the_one_parameter_that_gave_it() -> None:
    parameters = {name: {"Type": "String", "Default": value} for name, value in {"A": "x", "B": "y", "C": "y"}.items()}
    read = reading({"Topic": "SNS::Topic"}, Parameters=parameters)
    assert [read.parameter_of(value) for value in ("x", "y", "z", "")] == ["A", None, None, None]


def test_a_parameter_that_must_be_given_and_identifies_something_is_found_where_its_value_stands() -> None:
    parameters = {
        "TopicArn": {"Type": "String"},
        "DatabaseIdentifier": {"Type": "String"},
        "Stage": {"Type": "String"},
        "KeyArn": {"Type": "String", "Default": "key"},
    }
    given = {"TopicArn": "arn:aws:sns:eu-west-1:1:t", "DatabaseIdentifier": "shop", "Stage": "dev", "KeyArn": "key"}
    read = reading({"Topic": "SNS::Topic"}, given, Parameters=parameters)
    assert read.given(["arn:aws:rds:eu-west-1:1:db:shop", "dev", "key"]) == ("DatabaseIdentifier",)
    assert read.given({"to": "arn:aws:sns:eu-west-1:1:t"}) == ("TopicArn",)
    assert read.given("shop-2 workshop") == ()


def test_a_template_with_wrong_conditions_is_refused_with_their_place() -> None:
    wrong = template({"T": {"Type": "SNS::Topic", "Condition": "C"}}, Conditions={"C": {"Fn::Equals": ["a"]}})
    with pytest.raises(EvaluationError, match=r"Conditions\.C"):
        read(wrong, {}, REGION)
