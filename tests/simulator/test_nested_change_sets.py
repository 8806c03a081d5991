"""Change sets of a hierarchy: what is told of nested stacks, and that nothing of it stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import create, group, physical_id, refusal, status, template
from tests.simulator.test_change_sets import changes, propose
from tests.simulator.test_nested import child, inner, nested, upload

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def within(aws: Aws, proposed: dict[str, Any], logical_id: str = "Child") -> dict[str, Any]:
    """The change set of a nested stack."""
    cloudformation = aws.client("cloudformation")
    below = changes(proposed)[logical_id]["ChangeSetId"]
    return dict(cloudformation.describe_change_set(ChangeSetName=below, IncludePropertyValues=True))


def include(aws: Aws, body: str, kind: str = "UPDATE") -> dict[str, Any]:
    return propose(aws, body, kind, IncludeNestedStacks=True)


def live(aws: Aws) -> list[str]:
    """The names of the stacks that there are."""
    found = aws.client("cloudformation").describe_stacks()["Stacks"]
    return sorted(stack["StackName"].rpartition("-")[0] or stack["StackName"] for stack in found)


def test_a_nested_stack_to_be_made_has_a_change_set_and_an_empty_stack(aws: Aws) -> None:
    proposed = include(aws, template({"Child": child(upload(aws, inner()))}), "CREATE")

    below = within(aws, proposed)
    assert (proposed["IncludeNestedStacks"], below["ParentChangeSetId"]) == (True, proposed["ChangeSetId"])
    assert below["RootChangeSetId"] == proposed["ChangeSetId"]
    assert changes(below)["Group"]["Action"] == "Add"
    assert status(aws, below["StackId"]) == "REVIEW_IN_PROGRESS"
    assert live(aws) == ["stack", "stack-Child"]


def test_what_changes_in_a_nested_stack_is_told_with_its_values(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner("/old")))}))

    below = within(aws, include(aws, template({"Child": child(upload(aws, inner("/new"), "other"))})))

    found = changes(below)["Group"]
    assert (found["Replacement"], found["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert json.loads(found["BeforeContext"]) == {"Properties": {"LogGroupName": "/old"}}
    assert json.loads(found["AfterContext"]) == {"Properties": {"LogGroupName": "/new"}}


def test_nested_stacks_in_nested_stacks_are_told_of(aws: Aws) -> None:
    middle = template({"Grandchild": child(upload(aws, inner(), "inner"))})

    proposed = include(aws, template({"Child": child(upload(aws, middle, "middle"))}), "CREATE")

    deepest = within(aws, within(aws, proposed), "Grandchild")
    assert list(changes(deepest)) == ["Group"]
    assert deepest["RootChangeSetId"] == proposed["ChangeSetId"]


def test_a_parameter_that_nobody_knows_yet_is_not_judged(aws: Aws) -> None:
    body = template(
        {"Group": group("/inner"), "Told": group({"Fn::Sub": "/x/${Text}"})},  # type: ignore[arg-type]
        Parameters={
            "Text": {"Type": "String", "AllowedValues": ["/first", "/second"], "Default": "/first"},
            "List": {"Type": "CommaDelimitedList", "Default": ""},
        },
    )
    url = upload(aws, body)
    taken = {"Parameters": {"Text": {"Ref": "Group"}, "List": [{"Ref": "Group"}]}}
    create(aws, template({"Group": group("/first"), "Child": child(url, **taken)}))

    below = within(aws, include(aws, template({"Group": group("/second"), "Child": child(url, **taken)})))

    (detail,) = changes(below)["Told"]["Details"]
    assert (detail["Target"]["AfterValue"], detail["ChangeSource"]) == (f"/x/{UNKNOWN}", "ParameterReference")
    assert changes(below)["Told"]["Replacement"] == "Conditional"


def test_without_being_asked_nothing_nested_is_told(aws: Aws) -> None:
    proposed = propose(aws, template({"Child": child(upload(aws, inner()))}), "CREATE")

    assert "ChangeSetId" not in changes(proposed)["Child"]
    assert live(aws) == ["stack"]


def test_a_nested_stack_that_goes_has_no_change_set(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner())), "Group": group("/mine")}))

    assert "ChangeSetId" not in changes(include(aws, template({"Group": group("/mine")})))["Child"]


def test_a_nested_template_that_is_refused_fails_both_change_sets(aws: Aws) -> None:
    url = upload(aws, template({"Group": group("/mine")}, Parameters={"P": {"Type": "String"}}))

    proposed = include(aws, template({"Child": child(url)}), "CREATE")

    assert (proposed["Status"], proposed["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    below = within(aws, proposed)
    assert proposed["StatusReason"] == (
        f"Nested change set {below['ChangeSetId']} was not successfully created: Currently in FAILED."
    )
    assert (below["Status"], below["StatusReason"]) == ("FAILED", "Parameters: [P] must have values")


def test_deleting_the_root_deletes_the_hierarchy_and_its_empty_stacks(aws: Aws) -> None:
    cloudformation = aws.client("cloudformation")
    proposed = include(aws, template({"Child": child(upload(aws, inner()))}), "CREATE")
    below = within(aws, proposed)
    with pytest.raises(ClientError) as refused:
        cloudformation.delete_change_set(ChangeSetName=below["ChangeSetId"])

    cloudformation.delete_change_set(ChangeSetName=proposed["ChangeSetId"])

    assert "delete its root" in refusal(refused.value)
    assert live(aws) == ["stack"]
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_change_set(ChangeSetName=below["ChangeSetId"])


def test_executing_the_root_makes_each_nested_stack_once(aws: Aws) -> None:
    proposed = include(aws, template({"Child": child(upload(aws, inner()))}), "CREATE")

    aws.client("cloudformation").execute_change_set(ChangeSetName=proposed["ChangeSetId"])

    assert status(aws) == "CREATE_COMPLETE"
    assert live(aws) == ["stack", "stack-Child"]
    assert status(aws, nested(aws)) == "CREATE_COMPLETE"
    assert physical_id(aws, "Group", nested(aws)) == "/inner"
