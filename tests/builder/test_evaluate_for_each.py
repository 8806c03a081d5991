"""Fn::ForEach: loops are written out before anything else, wherever AWS allows them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builder.evaluating import EXTENDED, QUEUE, bad, evaluation

NAMES: dict[str, Any] = {"Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "A, B"}}}


def resources(loop: list[Any], **sections: Any) -> dict[str, Any]:
    return {**EXTENDED, **NAMES, **sections, "Resources": {"Fn::ForEach::Loop": loop}}


def test_resources_are_repeated() -> None:
    body = {
        "Queue${Name}": {
            **QUEUE,
            "Properties": {"QueueName": {"Ref": "Name"}, "Tag": {"Fn::Sub": "${Name}-${AWS::Region}"}},
        }
    }
    looped = evaluation(resources(["Name", ["A", "B"], body]))
    assert looped.live() == ("QueueA", "QueueB")
    assert looped.resource("QueueB")["Properties"] == {"QueueName": "B", "Tag": "B-us-east-1"}


@pytest.mark.parametrize(
    "collection",
    [
        ["A", "B"],
        {"Ref": "Names"},
        {"Fn::FindInMap": ["M", "a", "b"]},
        {"Fn::Split": ["/", "A/B"]},
        [{"Ref": "One"}, "B"],
    ],
)
def test_a_collection_may_be_any_list_known_beforehand(collection: Any) -> None:
    parameters = {**NAMES["Parameters"], "One": {"Type": "String", "Default": "A"}}
    template = resources(
        ["N", collection, {"Q${N}": QUEUE}], Parameters=parameters, Mappings={"M": {"a": {"b": ["A", "B"]}}}
    )
    assert evaluation(template).live() == ("QA", "QB")


def test_an_empty_collection_gives_nothing() -> None:
    assert evaluation(resources(["N", [], {"Q${N}": QUEUE}])).live() == ()


def test_several_entries_are_repeated_together_and_in_order() -> None:
    body = {"Q${N}": QUEUE, "T${N}": {"Type": "AWS::SNS::Topic"}}
    assert evaluation(resources(["N", [1, 2], body])).live() == ("Q1", "T1", "Q2", "T2")


def test_ampersand_leaves_letters_and_digits_in_keys() -> None:
    body = {"Q&{N}": {**QUEUE, "Properties": {"QueueName": {"Ref": "N"}}}}
    looped = evaluation(resources(["N", ["a.b-c"], body]))
    assert looped.resource("Qabc")["Properties"] == {"QueueName": "a.b-c"}


def test_loops_may_be_nested_and_refer_to_outer_loops() -> None:
    inner = {
        "Fn::ForEach::Inner": ["Y", ["1", "2"], {"Q${X}${Y}": {**QUEUE, "Properties": {"N": {"Fn::Sub": "${X}/${Y}"}}}}]
    }
    looped = evaluation(resources(["X", ["A", "B"], inner]))
    assert looped.live() == ("QA1", "QA2", "QB1", "QB2")
    assert looped.resource("QB1")["Properties"] == {"N": "B/1"}


def test_what_is_no_text_is_repeated_as_it_is() -> None:
    body = {"Q${N}": {**QUEUE, "Properties": {"Delay": 5, "Fifo": True}}}
    assert evaluation(resources(["N", ["A"], body])).resource("QA")["Properties"] == {"Delay": 5, "Fifo": True}


def test_logical_ids_can_be_computed_from_the_identifier() -> None:
    body = {
        "Q${N}": QUEUE,
        "P${N}": {
            "Type": "AWS::SQS::QueuePolicy",
            "DependsOn": "Q${N}",
            "Properties": {"Url": {"Ref": {"Fn::Sub": "Q${N}"}}, "Arn": {"Fn::GetAtt": [{"Fn::Sub": "Q${N}"}, "Arn"]}},
        },
    }
    looped = evaluation(resources(["N", ["A", "B"], body]))
    assert looped.resource("PB") == {
        "Type": "AWS::SQS::QueuePolicy",
        "DependsOn": ["QB"],
        "Properties": {"Url": "QB-id", "Arn": "QB.Arn"},
    }
    assert looped.references("PA") == ("QA",)


def test_properties_are_repeated() -> None:
    properties = {"Fixed": 1, "Fn::ForEach::Props": ["Key", ["One", "Two"], {"${Key}": {"Ref": "Key"}}]}
    looped = evaluation({**EXTENDED, "Resources": {"Q": {**QUEUE, "Properties": {"List": [properties]}}}})
    assert looped.resource("Q")["Properties"] == {"List": [{"Fixed": 1, "One": "One", "Two": "Two"}]}


def test_conditions_are_repeated() -> None:
    template = {
        **EXTENDED,
        "Parameters": {"IsA": {"Type": "String", "Default": "yes"}, "IsB": {"Type": "String", "Default": "no"}},
        "Conditions": {
            "Fn::ForEach::Loop": ["N", ["A", "B"], {"Has${N}": {"Fn::Equals": [{"Ref": {"Fn::Sub": "Is${N}"}}, "yes"]}}]
        },
        "Resources": {"Fn::ForEach::Queues": ["N", ["A", "B"], {"Q${N}": {**QUEUE, "Condition": "Has${N}"}}]},
    }
    assert evaluation(template).live() == ("QA",)


def test_outputs_are_repeated() -> None:
    template = {
        **EXTENDED,
        "Resources": {"QA": QUEUE, "QB": QUEUE},
        "Outputs": {
            "Fn::ForEach::Loop": [
                "N",
                ["A", "B"],
                {"Arn${N}": {"Value": {"Fn::GetAtt": [{"Fn::Sub": "Q${N}"}, "Arn"]}}},
            ]
        },
    }
    assert {name: output["Value"] for name, output in evaluation(template).outputs().items()} == {
        "ArnA": "QA.Arn",
        "ArnB": "QB.Arn",
    }


def test_a_resource_may_look_up_its_condition() -> None:
    """The example of AWS's page: the first NAT gateway is always made."""
    condition = {"Fn::FindInMap": ["Nat", "Condition", {"Ref": "N"}, {"DefaultValue": {"Ref": "AWS::NoValue"}}]}
    template = resources(
        ["N", ["A", "B"], {"Nat${N}": {**QUEUE, "Condition": condition}}],
        Mappings={"Nat": {"Condition": {"B": "Two"}}},
        Conditions={"Two": {"Fn::Equals": ["a", "b"]}},
    )
    looped = evaluation(template)
    assert looped.live() == ("NatA",)
    assert "Condition" not in looped.resource("NatA")


@pytest.mark.parametrize(
    ("loop", "what"),
    [
        (["N", ["A"]], "must be written as"),
        ([{"Ref": "N"}, ["A"], {}], "[0]: must be a literal identifier"),
        (["a b", ["A"], {}], "[0]: must be a literal identifier"),
        (["Names", ["A"], {"Q${Names}": QUEUE}], "identifier 'Names' is the name of something else"),
        (["N", "A", {}], "[1]: must be a list, but is a string"),
        (["N", [["A"]], {}], "[1][0]: must be a string, but is a list"),
        (["N", [{"Ref": "Q"}], {}], "'Q' is neither"),
        (["N", ["A"], []], "[2]: must be an object, but is a list"),
        (["N", ["A", "B"], {"Q": QUEUE}], "gives 'Q' twice"),
        (["N", ["A", "A"], {"Q${N}": QUEUE}], "gives 'QA' twice"),
        (["N", ["a-b"], {"Q${N}": QUEUE}], "Resources.Qa-b: must be named with letters and digits only"),
        (["N", ["a"], {"Q${N}": {**QUEUE, "Properties": {"A": "&{N}"}}}], "&{N} is replaced in keys only"),
        (["N", ["a"], {"Q${N}": QUEUE, "Q&{N}": QUEUE}], "gives 'Qa' twice"),
        (["N", ["a"], {"Fn::ForEach::Loop": ["M", ["a"], {"Q${N}": QUEUE}]}], "must have a name of its own"),
        (
            ["N", ["a"], {"Fn::ForEach::Inner": ["N", ["a"], {"Q${N}": QUEUE}]}],
            "identifier 'N' is the name of something",
        ),
    ],
)
def test_what_aws_does_not_allow_is_refused(loop: list[Any], what: str) -> None:
    assert what in bad(resources(loop))


@pytest.mark.parametrize("name", ["Names", "Fixed", "a-b", ""])
def test_loops_have_names_of_their_own(name: str) -> None:
    template = {
        **EXTENDED,
        **NAMES,
        "Resources": {"Fixed": QUEUE, f"Fn::ForEach::{name}": ["N", ["A"], {"Q${N}": QUEUE}]},
    }
    assert "must have a name of its own" in bad(template)


def test_loops_are_at_most_five_deep_within_a_loop() -> None:
    def nested(depth: int) -> dict[str, Any]:
        if depth == 0:
            return {"Q${I1}": QUEUE}
        return {f"Fn::ForEach::L{depth}": [f"I{depth}", ["x"], nested(depth - 1)]}

    assert evaluation({**EXTENDED, "Resources": nested(6)}).live() == ("Qx",)
    assert "loops may be nested 5 deep" in bad({**EXTENDED, "Resources": nested(7)})


@pytest.mark.parametrize("no_echo", [True, "true", "True"])
def test_a_secret_is_not_looped_over(no_echo: object) -> None:
    parameters = {"Names": {"Type": "CommaDelimitedList", "NoEcho": no_echo, "Default": "A"}}
    template = resources(["N", {"Ref": "Names"}, {"Q${N}": QUEUE}], Parameters=parameters)
    assert "parameter Names is NoEcho and cannot be looped over" in bad(template)


def test_loops_need_the_transform() -> None:
    template = {"Resources": {"Fn::ForEach::Loop": ["N", ["A"], {"Q${N}": QUEUE}]}}
    assert "Resources.Fn::ForEach::Loop: must be named with letters and digits only" in bad(template)


def test_a_collection_cannot_depend_on_a_resource() -> None:
    template = {
        **EXTENDED,
        "Resources": {"Q": QUEUE, "Fn::ForEach::L": ["N", {"Fn::GetAtt": ["Q", "Names"]}, {"R${N}": QUEUE}]},
    }
    assert "'Q' is a resource, which what a loop runs over cannot depend on" in bad(template)
