"""What a stack keeps is read from its template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder.aws import protection
from simulator.engine.policy import denial

KEY = "AWS::KMS::Key"
INSTANCE = "AWS::RDS::DBInstance"


def template(**resources: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": resources}


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate", "Snapshot"])
def test_whatever_outlives_its_stack_is_stateful(policy: str) -> None:
    assert protection.stateful(template(A={"Type": KEY, "DeletionPolicy": policy}, B={"Type": KEY})) == ("A",)


@pytest.mark.parametrize("policy", ["Retain", "Snapshot"])
def test_whatever_outlives_its_replacement_is_stateful(policy: str) -> None:
    kept = {"Type": KEY, "DeletionPolicy": "Delete", "UpdateReplacePolicy": policy}
    assert protection.stateful(template(A=kept)) == ("A",)


def test_what_is_deleted_is_not_stateful() -> None:
    gone = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    resources = template(A={"Type": KEY, **gone}, B={"Type": INSTANCE, **gone}, C={"Type": KEY})
    assert protection.stateful(resources) == ()


@pytest.mark.parametrize(
    ("resource", "policy"),
    [
        ({"Type": KEY}, "Delete"),
        ({"Type": INSTANCE}, "Snapshot"),
        ({"Type": INSTANCE, "Properties": {"DBClusterIdentifier": "c"}}, "Delete"),
        ({"Type": "AWS::RDS::DBCluster"}, "Snapshot"),
        ({"Type": INSTANCE, "DeletionPolicy": "Delete"}, "Delete"),
    ],
)
def test_a_database_without_a_policy_leaves_a_snapshot(resource: dict[str, Any], policy: str) -> None:
    assert protection.deletion_policy(resource) == policy


def test_what_a_loop_makes_is_passed_over() -> None:
    assert protection.stateful({"Resources": {"Fn::ForEach::Keys": ["K", ["a"], {}]}}) == ()


def test_a_stack_policy_forbids_to_replace_or_delete_what_is_stateful_and_nothing_else() -> None:
    policy = protection.stack_policy(("A", "B"))
    assert len(json.loads(policy)["Statement"]) == 2
    for logical_id in ("A", "B"):
        assert denial(policy, "Update:Replace", logical_id, KEY)
        assert denial(policy, "Update:Delete", logical_id, KEY)
        assert not denial(policy, "Update:Modify", logical_id, KEY)
    assert not denial(policy, "Update:Replace", "C", KEY)
    assert not denial(policy, "Update:Delete", "C", KEY)
