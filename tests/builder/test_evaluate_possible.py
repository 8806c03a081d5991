"""Where a condition can hold at all: what the Region decides, and what it leaves to parameters."""

from __future__ import annotations

from typing import Any

import pytest

from builder.evaluate import can_hold

COMMERCIAL = {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws"]}
WANTED = {"Fn::Equals": [{"Ref": "Wanted"}, "true"]}
NOT = {"Fn::Not": [COMMERCIAL]}


@pytest.mark.parametrize(
    ("test", "commercial", "government"),
    [
        (COMMERCIAL, True, False),
        (NOT, False, True),
        (WANTED, True, True),
        ({"Fn::Not": [WANTED]}, True, True),
        ({"Fn::And": [WANTED, COMMERCIAL]}, True, False),
        ({"Fn::And": [WANTED, {"Condition": "Commercial"}]}, True, False),
        ({"Fn::Or": [WANTED, COMMERCIAL]}, True, True),
        ({"Fn::Or": [COMMERCIAL, {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}]}, True, False),
        ({"Fn::And": [{"Fn::Not": [NOT]}, COMMERCIAL]}, True, False),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Map", "a", "b"]}, "x"]}, True, True),
        ({"Fn::If": ["Commercial", COMMERCIAL, NOT]}, True, True),
        ({"Condition": "Nobody"}, True, True),
        ({"Fn::Not": "Commercial"}, True, True),
    ],
)
def test_only_what_no_parameter_could_make_true_cannot_hold(
    test: dict[str, Any], commercial: bool, government: bool
) -> None:
    template = {"Conditions": {"Asked": test, "Commercial": COMMERCIAL}}
    held = [can_hold(template, "Asked", region) for region in ("eu-west-1", "us-gov-west-1")]
    assert held == [commercial, government]
