"""What holds for any templates: no false alarm, no crash, a cause for every replacement, and speed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.project import large
from builder.diff.model import Verdict
from builder.diff.parameters import Chosen, compared_sides
from builder.diff.result import diff
from builder.diff.sources import Source, read
from builder.problems import Failure
from tests.builder.diff.comparing import compared
from tests.conftest import REPOSITORY

FILES = sorted((REPOSITORY / "params").glob("*/*.json"))
TYPES: dict[str, tuple[str, ...]] = {
    "AWS::SNS::Topic": ("TopicName", "DisplayName", "FifoTopic"),
    "AWS::SQS::Queue": ("QueueName", "VisibilityTimeout"),
    "AWS::DynamoDB::Table": ("TableName", "KeySchema"),
    "AWS::RDS::DBInstance": ("DBName", "Port", "EngineVersion", "DBParameterGroupName", "Engine", "AllocatedStorage"),
    "AWS::RDS::DBParameterGroup": ("Family", "Parameters"),
    "AWS::EC2::SecurityGroup": ("GroupDescription", "VpcId", "SecurityGroupIngress"),
    "AWS::IAM::Role": ("Path", "AssumeRolePolicyDocument", "ManagedPolicyArns"),
    "AWS::KMS::Key": ("KeySpec", "KeyPolicy"),
    "AWS::Backup::BackupSelection": ("BackupPlanId", "BackupSelection"),
    "Custom::Thing": ("ServiceToken", "A"),
    "Mine::Own::Thing": ("A",),
}
NAMES = ("A", "B", "C", "D")
SCALARS = st.one_of(st.booleans(), st.integers(0, 3), st.sampled_from(("", "a", "b", "17.1", "16")))
VALUES = st.recursive(
    st.one_of(SCALARS, st.sampled_from([{"Ref": "P"}, {"Ref": "AWS::NoValue"}, {"Fn::If": ["C", "x", {"Ref": "P"}]}])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(("Key", "Value", "Statement", "Effect", "Action", "CidrIp")), inner, max_size=3
        ),
    ),
    max_leaves=5,
)


@st.composite
def templates(draw: st.DrawFn) -> dict[str, Any]:
    """Templates of a few resources, each of which may take from those before it."""
    found: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)):
        of_type = draw(st.sampled_from(sorted(TYPES)))
        earlier = [{"Ref": other} for other in found if found[other]["Type"] != "Mine::Own::Thing"]
        values = st.one_of(VALUES, st.sampled_from(earlier)) if earlier else VALUES
        resource: dict[str, Any] = {
            "Type": of_type,
            "Properties": draw(st.dictionaries(st.sampled_from(TYPES[of_type]), values)),
            "DeletionPolicy": draw(st.sampled_from(("Delete", "Retain", "RetainExceptOnCreate"))),
        }
        if draw(st.booleans()):
            resource["UpdateReplacePolicy"] = draw(st.sampled_from(("Delete", "Retain", "Snapshot")))
        if not earlier and draw(st.booleans()):
            resource["Metadata"] = {"a": draw(SCALARS)}
        found[name] = resource
    return {
        "Parameters": {
            "P": {"Type": "String", "Default": draw(st.sampled_from(("p", "q"))), "NoEcho": draw(st.booleans())}
        },
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "p"]}},
        "Resources": found,
        "Outputs": {"O": {"Value": {"Ref": "P"}, "Export": {"Name": draw(st.sampled_from(("e", "f")))}}},
    }


@given(templates())
def test_a_template_compared_with_itself_changes_nothing(template: dict[str, Any]) -> None:
    assert compared(template, template).is_empty


@given(templates(), templates())
@settings(max_examples=200)
def test_any_two_templates_are_compared_without_a_crash(old: dict[str, Any], new: dict[str, Any]) -> None:
    try:
        found = compared(old, new)
    except Failure as failure:
        assert all(problem.file == "test" for problem in failure.problems)
        return
    common = old["Resources"].keys() & new["Resources"].keys()
    for change in found.resources:
        if change.verdict in (Verdict.REPLACE, Verdict.MAY_REPLACE):
            assert change.cause[0] == change.logical_id
            assert len(change.cause) >= 2
            assert change.fate is not None
        assert bool(change.reasons) == (change.verdict is Verdict.WILL_FAIL)
        assert (change.logical_id in common) or change.verdict in (
            Verdict.ADD,
            Verdict.REMOVE,
            Verdict.ORPHAN,
            Verdict.WILL_FAIL,
        )


@given(templates(), st.randoms())
def test_the_order_of_keys_changes_nothing(template: dict[str, Any], random: Any) -> None:
    assert compared(template, shuffled(template, random)).is_empty


def shuffled(node: Any, random: Any) -> Any:
    if isinstance(node, dict):
        items = [(key, shuffled(value, random)) for key, value in node.items()]
        random.shuffle(items)
        return dict(items)
    return [shuffled(item, random) for item in node] if isinstance(node, list) else node


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_no_stack_differs_from_itself_nor_from_itself_reformatted(file: Path) -> None:
    import random

    old = read(str(REPOSITORY / "dist" / f"{file.parent.name}.json"), REPOSITORY)
    forms = (old.template, shuffled(old.template, random.Random(1)), json.loads(json.dumps(old.template, indent=4)))
    for template in forms:
        new = Source(label="new", stack=old.stack, template=template, local_templates=old.local_templates)
        for region in ("us-east-1", "eu-west-1"):
            chosen = Chosen(environment=file.stem)
            was, will, parameters = compared_sides(REPOSITORY, old, new, chosen, region)
            assert diff(was, will, parameters).is_empty


@pytest.mark.parametrize("new", [large("10.0.0.0/16"), large("10.0.0.0/8"), large("10.0.0.0/16", "New")])
def test_two_templates_of_500_resources_take_less_than_a_second(tmp_path: Path, new: dict[str, Any]) -> None:
    for name, template in (("old", large("10.0.0.0/16")), ("new", new)):
        (tmp_path / f"{name}.json").write_text(json.dumps(template))
    command = [sys.executable, "build.py", "diff", *(str(tmp_path / f"{name}.json") for name in ("old", "new"))]

    before = os.times()
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    after = os.times()
    assert done.returncode == 0, done.stderr
    # The processor's time: what else runs on the machine does not count.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 1
