"""A check is suppressed on one resource with its reason, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from builder.suppressions import problems


def told(template: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in problems(template, "dist/one.json")]


def resource(metadata: object) -> dict[str, Any]:
    return {"Resources": {"Alerts": {"Type": "AWS::SNS::Topic", "Metadata": metadata}, "Loop": []}}


IGNORED = {"ignore_checks": ["W3045", "I3011"]}


def test_a_suppression_with_its_reason_beside_it_is_fine() -> None:
    assert told(resource({"cfn-lint": {"config": IGNORED, "reason": "the ACL is the point"}})) == []


@pytest.mark.parametrize("reason", [{}, {"reason": ""}, {"reason": " "}, {"reason": ["x"]}])
def test_a_suppression_without_a_reason_is_not(reason: dict[str, object]) -> None:
    assert told(resource({"cfn-lint": {"config": IGNORED, **reason}})) == [
        "dist/one.json: Resources.Alerts.Metadata.cfn-lint: suppresses W3045, I3011 without a reason; "
        'fix: say why, in one sentence, in "reason" beside "config"'
    ]


def test_a_suppression_for_the_whole_template_is_refused_whatever_the_reason() -> None:
    assert told({"Metadata": {"cfn-lint": {"config": IGNORED, "reason": "they annoy"}}}) == [
        "dist/one.json: Metadata.cfn-lint: switches W3045, I3011 off for every resource; "
        "fix: suppress it on the one resource that needs it, with its reason"
    ]


@pytest.mark.parametrize(
    "metadata", [None, [], {}, {"cfn-lint": None}, {"cfn-lint": {"config": {"ignore_checks": []}}}]
)
def test_other_metadata_is_nobodys_business(metadata: object) -> None:
    assert told(resource(metadata)) == []
    assert told({"Metadata": metadata}) == []
