"""What a value may become, whatever the parameters."""

from __future__ import annotations

from typing import Any

import pytest

from builder.permissions.patterns import patterns, properties_named


def reference(name: str) -> frozenset[str]:
    return frozenset({"queue-*"}) if name == "Queue" else frozenset({"*"})


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ("plain", {"plain"}),
        (5432, {"5432"}),
        (None, set()),
        ({"Ref": "Parameter"}, {"*"}),
        ({"Ref": "Queue"}, {"queue-*"}),
        ({"Ref": "AWS::NoValue"}, set()),
        ({"Ref": "AWS::Region"}, {"${AWS::Region}"}),
        ({"Fn::Sub": "a-${Project}-${AWS::AccountId}"}, {"a-*-${AWS::AccountId}"}),
        ({"Fn::Sub": "${A}${B}"}, {"*"}),
        ({"Fn::Sub": "${Queue.Arn}-${!Literal}"}, {"*-${Literal}"}),
        ({"Fn::Sub": ["${Name}-x", {"Name": {"Ref": "Queue"}}]}, {"queue-*-x"}),
        ({"Fn::Join": ["-", ["a", {"Ref": "P"}, {"Ref": "AWS::NoValue"}, "b"]]}, {"a-*-b"}),
        ({"Fn::If": ["Condition", "yes", {"Ref": "P"}]}, {"yes", "*"}),
        ({"Fn::Sub": ["${V}-z", {"V": {"Fn::If": ["C", "a", "b"]}}]}, {"a-z", "b-z"}),
        ({"Fn::FindInMap": ["Map", "a", "b"]}, {"*"}),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, {"*"}),
        (["a", {"Ref": "P"}], {"a", "*"}),
    ],
)
def test_a_value_becomes_what_its_functions_allow(node: Any, found: set[str]) -> None:
    assert patterns(node, reference) == found


def test_properties_are_found_at_any_depth() -> None:
    node = {"KmsKeyId": 1, "Rules": [{"Inner": {"KmsKeyId": 2}}], "Other": 3}
    assert [value for _, value in properties_named(node, lambda name: name == "KmsKeyId")] == [1, 2]
