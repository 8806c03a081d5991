"""Policy documents: what they allow is what was granted, within IAM's limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.permissions.derive import Grant, Permissions
from builder.permissions.policies import LONGEST_POLICY, MOST_POLICIES, document, in_place, policies
from builder.problems import Failure
from tests.builder.permissions.deriving import derived, trusting

CONDITION = {"Bool": {"aws:SecureTransport": "true"}}


def grant(action: str, condition: Any = None, **arns: str) -> Grant:
    return Grant(action=action, arns={kind: (arn,) for kind, arn in arns.items()}, condition=condition or {})


def made(*grants: Grant) -> list[dict[str, Any]]:
    """The statements of all policies, by their first action."""
    found = policies(Permissions(grants=grants, needs=()), "template.json")
    return sorted((each for policy in found for each in policy), key=lambda each: str(each["Action"]))


def test_actions_of_one_service_share_a_statement_where_kinds_agree() -> None:
    assert made(grant("a:One", db="db:x"), grant("a:Two", db="db:x", og="og:*")) == [
        {"Effect": "Allow", "Action": ["a:One", "a:Two"], "Resource": ["db:x", "og:*"]}
    ]


def test_an_action_on_other_resources_of_a_kind_has_a_statement_of_its_own() -> None:
    found = made(grant("a:Describe", db="db:*"), grant("a:Modify", db="db:x"))
    assert [each["Resource"] for each in found] == [["db:*"], ["db:x"]]


def test_what_takes_only_everything_is_alone() -> None:
    found = made(grant("a:List"), grant("b:List"), grant("a:One", db="db:x"))
    assert [(each["Action"], each["Resource"]) for each in found] == [
        (["a:List", "b:List"], ["*"]),
        (["a:One"], ["db:x"]),
    ]


def test_conditions_are_kept_apart() -> None:
    found = made(grant("a:One", db="db:x"), grant("a:Two", CONDITION, db="db:x"))
    assert [each.get("Condition") for each in found] == [None, CONDITION]


@given(st.integers(1, 900), st.integers(1, 12))
def test_no_policy_is_longer_than_iam_takes_and_nothing_is_lost(actions: int, kinds: int) -> None:
    wanted = [grant(f"a:Action{number}", **{f"k{number % kinds}": "x" * 60}) for number in range(actions)]
    found = policies(Permissions(grants=tuple(wanted), needs=()), "template.json")
    assert all(len(json.dumps(document(policy), separators=(",", ":"))) <= LONGEST_POLICY for policy in found)
    assert {action for policy in found for each in policy for action in each["Action"]} == {
        each.action for each in wanted
    }


def test_more_policies_than_a_role_has_are_an_error() -> None:
    many = [grant(f"a{number}:{'x' * 5000}", db="db:x") for number in range(MOST_POLICIES + 1)]
    with pytest.raises(Failure, match="takes 11 managed policies"):
        made(*many)


def test_a_place_is_filled_in() -> None:
    (policy,) = policies(derived({"Role": trusting("lambda.amazonaws.com")}), "template.json")
    text = json.dumps(in_place(policy, partition="aws-cn", region="cn-north-1", account="111122223333"))
    assert "arn:aws-cn:iam::111122223333:role/SC-*" in text
    assert "${AWS::" not in text
