"""Conditions: the predicates, what AWS allows in them, circles, and that they are evaluated once."""

from __future__ import annotations

from typing import Any

import pytest

from builder.evaluate import EvaluationError
from tests.builder.evaluating import EXTENDED, QUEUE, condition, evaluation

TRUE = {"Fn::Equals": ["a", "a"]}
FALSE = {"Fn::Equals": ["a", "b"]}
PARAMETERS: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "orders"},
        "Count": {"Type": "Number", "Default": "3"},
        "Zones": {"Type": "CommaDelimitedList", "Default": "a,b"},
    },
    "Mappings": {"Sizes": {"orders": {"class": "tiny"}}},
    "Resources": {"Queue": QUEUE},
}


def refusal(node: object, template: dict[str, Any] | None = None) -> str:
    with pytest.raises(EvaluationError) as caught:
        condition(node, template)
    return str(caught.value)


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("", "", True),
        (True, "true", True),
        (5, "5", True),
        (5, "5.0", False),
        (1, True, False),
        (["a", 1], ["a", "1"], True),
        (["a"], ["a", "b"], False),
        ({"A": 1}, {"A": "1"}, True),
        ({"Ref": "Name"}, "orders", True),
        ({"Ref": "Count"}, 3, True),
        ({"Ref": "Zones"}, ["a", "b"], True),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Name"}, "class"]}, "tiny", True),
        ({"Fn::Sub": "${Name}-${AWS::Region}"}, "orders-us-east-1", True),
        ({"Fn::Join": ["", {"Ref": "Zones"}]}, "ab", True),
        ({"Fn::Select": [0, {"Ref": "Zones"}]}, "a", True),
        ({"Fn::Select": [0, {"Fn::Split": ["d", {"Ref": "Name"}]}]}, "or", True),
    ],
)
def test_equals_compares_values_as_text(left: object, right: object, equal: bool) -> None:
    assert condition({"Fn::Equals": [left, right]}, PARAMETERS) is equal
    assert condition({"Fn::Equals": [right, left]}, PARAMETERS) is equal


def test_equals_counts_a_list_with_language_extensions() -> None:
    node = {"Fn::Equals": [{"Fn::Length": {"Ref": "Zones"}}, "2"]}
    assert condition(node, {**PARAMETERS, **EXTENDED})


@pytest.mark.parametrize("count", range(2, 11))
def test_and_or_take_two_to_ten_operands(count: int) -> None:
    assert condition({"Fn::And": [TRUE] * count})
    assert not condition({"Fn::And": [*([TRUE] * (count - 1)), FALSE]})
    assert condition({"Fn::Or": [*([FALSE] * (count - 1)), TRUE]})
    assert not condition({"Fn::Or": [FALSE] * count})


@pytest.mark.parametrize("count", [0, 1, 11])
@pytest.mark.parametrize("function", ["Fn::And", "Fn::Or"])
def test_and_or_refuse_fewer_and_more(function: str, count: int) -> None:
    assert refusal({function: [TRUE] * count}).endswith("must be written as a list of 2 to 10 predicates")


def test_not_turns_around() -> None:
    assert condition({"Fn::Not": [FALSE]})
    assert not condition({"Fn::Not": [{"Fn::Not": [FALSE]}]})
    assert "must be written as a list of one predicate" in refusal({"Fn::Not": [TRUE, TRUE]})


def test_conditions_name_conditions() -> None:
    template = {"Conditions": {"B": {"Fn::And": [{"Condition": "A"}, TRUE]}, "A": TRUE, "C": {"Condition": "B"}}}
    assert evaluation(template).condition("C")


def test_a_wrong_operand_is_an_error_even_if_others_decide() -> None:
    wrong = {"Fn::Equals": [{"Ref": "Nope"}, "a"]}
    assert "'Nope' is neither" in refusal({"Fn::Or": [TRUE, wrong]})


def test_a_circle_is_named() -> None:
    template = {
        "Conditions": {
            "A": {"Fn::Not": [{"Condition": "B"}]},
            "B": {"Fn::And": [TRUE, {"Condition": "C"}]},
            "C": {"Condition": "A"},
        }
    }
    with pytest.raises(EvaluationError) as caught:
        evaluation(template).condition("A")
    assert caught.value.path == "Conditions.C.Condition"
    assert caught.value.what == "conditions depend on each other in a circle: A -> B -> C -> A"


def test_a_circle_can_be_asked_for_again() -> None:
    looping = evaluation({"Conditions": {"A": {"Condition": "A"}}})
    for _ in range(2):
        with pytest.raises(EvaluationError, match="A -> A"):
            looping.condition("A")


def test_a_chain_too_long_to_follow_is_an_error_not_a_crash() -> None:
    chain = {f"C{n}": {"Fn::Not": [{"Condition": f"C{n + 1}"}]} for n in range(2000)}
    with pytest.raises(EvaluationError, match="is nested too deeply"):
        evaluation({"Conditions": {**chain, "C2000": TRUE}}).condition("C0")


@pytest.mark.parametrize(
    ("node", "what"),
    [
        ({"Condition": "Nope"}, "Conditions.C.Condition: condition 'Nope' does not exist"),
        ({"Condition": ["A"]}, "Conditions.C.Condition: must be the name of a condition, but is a list"),
        (True, "Conditions.C: must be one function that is true or false, but is a boolean"),
        ("true", "Conditions.C: must be one function that is true or false, but is a string"),
        ({}, "Conditions.C: must be one function that is true or false, but is an object"),
        ({"Ref": "Name"}, "Conditions.C: Ref does not give true or false in a condition"),
        ({"Fn::If": ["A", TRUE, TRUE]}, "Conditions.C: Fn::If does not give true or false in a condition"),
        ({"Fn::Contains": [["a"], "a"]}, "Conditions.C: Fn::Contains does not give true or false in a condition"),
        ({"Fn::Not": ["x"]}, "Conditions.C.Fn::Not[0]: must be one function that is true or false, but is a string"),
        ({"Fn::Equals": ["a"]}, "Conditions.C.Fn::Equals: must be written as [value, value]"),
        (
            {"Fn::Equals": [{"Ref": "Queue"}, "a"]},
            "Conditions.C.Fn::Equals[0].Ref: 'Queue' is a resource, which a condition cannot depend on",
        ),
        (
            {"Fn::Equals": [{"Fn::Sub": "${Queue.Arn}"}, "a"]},
            "Conditions.C.Fn::Equals[0].Fn::Sub: 'Queue' is a resource, which a condition cannot depend on",
        ),
        (
            {"Fn::Equals": [{"Fn::GetAtt": ["Queue", "Arn"]}, "a"]},
            "Conditions.C.Fn::Equals[0]: Fn::GetAtt is not allowed in a condition",
        ),
        (
            {"Fn::Equals": [{"Fn::ImportValue": "x"}, "a"]},
            "Conditions.C.Fn::Equals[0]: Fn::ImportValue is not allowed in a condition",
        ),
        ({"Fn::Equals": [{"Ref": "AWS::NoValue"}, ""]}, "Conditions.C.Fn::Equals: AWS::NoValue cannot be compared"),
    ],
)
def test_what_aws_does_not_allow_is_refused(node: object, what: str) -> None:
    assert refusal(node, PARAMETERS) == what


def test_a_condition_may_have_any_name() -> None:
    """AWS's sample templates hold a condition named Is-EC2-VPC."""
    assert evaluation({"Conditions": {"Is-EC2-VPC": TRUE}}).condition("Is-EC2-VPC")


def test_a_condition_is_evaluated_once() -> None:
    counted = evaluation({"Conditions": {"A": TRUE, "B": {"Condition": "A"}}})
    assert counted.condition("B")
    counted._interpreter.conditions = {}  # whatever is asked now can only come from memory
    assert counted.condition("A")
