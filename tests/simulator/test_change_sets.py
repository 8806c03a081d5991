"""Change sets: what they say, and what executing them does."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
    HANDLE,
    code,
    create,
    described,
    group,
    groups,
    physical_id,
    refusal,
    status,
    take,
    template,
    topic,
)
from tests.simulator.stacks import TAKEN as TAKEN_BUCKET

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"


def propose(aws: Aws, body: str, kind: str = "UPDATE", **options: Any) -> dict[str, Any]:
    """A change set with the values of its properties."""
    cloudformation = aws.client("cloudformation")
    made = cloudformation.create_change_set(
        StackName="stack", ChangeSetName="change", TemplateBody=body, ChangeSetType=kind, **options
    )
    return dict(cloudformation.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True))


def changes(proposed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in proposed["Changes"]}


def execute(aws: Aws, **options: Any) -> str:
    aws.client("cloudformation").execute_change_set(StackName="stack", ChangeSetName="change", **options)
    return status(aws)


def test_a_change_set_makes_a_stack_in_review_and_nothing_else(aws: Aws) -> None:
    proposed = propose(aws, template({"Group": group("/mine")}), "CREATE")

    assert (proposed["Status"], proposed["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes(proposed)["Group"]["Action"] == "Add"
    assert status(aws) == "REVIEW_IN_PROGRESS"
    assert groups(aws) == []


def test_executing_a_change_set_creates_its_stack(aws: Aws) -> None:
    propose(aws, template({"Group": group("/mine")}), "CREATE", Description="first")

    assert execute(aws) == "CREATE_COMPLETE"
    assert groups(aws) == ["/mine"]


def test_what_a_change_set_says_of_an_update_in_place(aws: Aws) -> None:
    create(aws, template({"Topic": topic(DisplayName="a"), "Same": topic()}))

    found = changes(propose(aws, template({"Topic": topic(DisplayName="b"), "Same": topic()})))

    assert list(found) == ["Topic"]
    assert found["Topic"]["Action"] == "Modify"
    assert found["Topic"]["Replacement"] == "False"
    assert found["Topic"]["Scope"] == ["Properties"]
    assert found["Topic"]["PhysicalResourceId"] == physical_id(aws, "Topic")
    (detail,) = found["Topic"]["Details"]
    assert detail == {
        "ChangeSource": "DirectModification",
        "Evaluation": "Static",
        "Target": {
            "AfterValue": "b",
            "Attribute": "Properties",
            "AttributeChangeType": "Modify",
            "BeforeValue": "a",
            "Name": "DisplayName",
            "Path": "/Properties/DisplayName",
            "RequiresRecreation": "Never",
        },
    }


def test_what_a_change_set_says_of_replacements_removals_and_their_policies(aws: Aws) -> None:
    old = {
        "Replaced": group("/old", UpdateReplacePolicy="Retain"),
        "Dropped": group("/dropped"),
        "Kept": group("/kept", DeletionPolicy="RetainExceptOnCreate"),
    }
    create(aws, template(old))

    found = changes(propose(aws, template({"Replaced": group("/new", UpdateReplacePolicy="Retain")})))

    assert (found["Replaced"]["Replacement"], found["Replaced"]["PolicyAction"]) == ("True", "ReplaceAndRetain")
    assert (found["Dropped"]["Action"], found["Dropped"]["PolicyAction"]) == ("Remove", "Delete")
    assert (found["Kept"]["Action"], found["Kept"]["PolicyAction"]) == ("Remove", "Retain")


def test_a_replacement_shows_in_what_takes_its_reference(aws: Aws) -> None:
    """In a property that can change, and in one that cannot: that one may be replaced as well."""
    followers = {"Shows": topic(DisplayName={"Ref": "Group"}), "Named": topic(TopicName={"Ref": "Group"})}
    create(aws, template({"Group": group("old"), **followers}))

    found = changes(propose(aws, template({"Group": group("new"), **followers})))

    assert (found["Shows"]["Replacement"], found["Named"]["Replacement"]) == ("False", "Conditional")
    (detail,) = found["Shows"]["Details"]
    assert detail["Target"]["AfterValue"] == UNKNOWN
    assert (detail["Evaluation"], detail["ChangeSource"], detail["CausingEntity"]) == (
        "Dynamic",
        "ResourceReference",
        "Group",
    )


def test_a_property_of_functions_over_unknown_values_is_unknown(aws: Aws) -> None:
    create(aws, template({"Handle": HANDLE}))
    last = {"Fn::Select": [5, {"Fn::Split": [":", {"Ref": "New"}]}]}

    found = changes(propose(aws, template({"Handle": HANDLE, "New": topic(), "Topic": topic(DisplayName=last)})))

    assert set(found) == {"New", "Topic"}


def test_a_change_set_without_changes_fails_as_the_cli_expects(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}))

    proposed = propose(aws, template({"Topic": topic()}))

    assert (proposed["Status"], proposed["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert proposed["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ClientError) as refused:
        execute(aws)
    assert code(refused.value) == "InvalidChangeSetStatus"


def test_an_output_alone_is_a_change_without_resources(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}))

    proposed = propose(aws, template({"Topic": topic()}, Outputs={"Out": {"Value": "a"}}))

    assert (proposed["Status"], proposed["Changes"]) == ("CREATE_COMPLETE", [])


def test_a_change_set_can_be_withdrawn(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}))
    propose(aws, template({"Topic": topic(DisplayName="b")}))
    cloudformation = aws.client("cloudformation")
    (listed,) = cloudformation.list_change_sets(StackName="stack")["Summaries"]

    cloudformation.delete_change_set(StackName="stack", ChangeSetName="change")

    assert listed["ChangeSetName"] == "change"
    assert cloudformation.list_change_sets(StackName="stack")["Summaries"] == []
    with pytest.raises(ClientError) as refused:
        cloudformation.describe_change_set(StackName="stack", ChangeSetName="change")
    assert code(refused.value) == "ChangeSetNotFound"


def test_executing_one_change_set_drops_the_others(aws: Aws) -> None:
    cloudformation = aws.client("cloudformation")
    create(aws, template({"Topic": topic()}))
    propose(aws, template({"Topic": topic(DisplayName="b")}))
    cloudformation.create_change_set(
        StackName="stack", ChangeSetName="other", TemplateBody=template({"Topic": topic(DisplayName="c")})
    )

    assert execute(aws) == "UPDATE_COMPLETE"
    assert cloudformation.list_change_sets(StackName="stack")["Summaries"] == []


def test_an_empty_stack_in_review_can_be_deleted(aws: Aws) -> None:
    propose(aws, template({"Topic": topic()}), "CREATE")
    stack_id = described(aws)["StackId"]

    aws.client("cloudformation").delete_stack(StackName="stack")

    assert status(aws, stack_id) == "DELETE_COMPLETE"


def test_a_stack_that_exists_is_not_created_again(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}))

    with pytest.raises(ClientError, match="already exists and cannot be created again with the changeSet"):
        propose(aws, template({"Topic": topic()}), "CREATE")


def test_a_stack_that_does_not_exist_is_not_updated(aws: Aws) -> None:
    with pytest.raises(ClientError, match=r"Stack \[stack\] does not exist"):
        propose(aws, template({"Topic": topic()}))


def test_what_the_account_lacks_fails_the_change_set_not_the_call(aws: Aws) -> None:
    proposed = propose(aws, template({"Topic": topic(DisplayName={"Fn::ImportValue": "nope"})}), "CREATE")

    assert proposed["Status"] == "FAILED"
    assert proposed["StatusReason"] == "No export named nope found."


def test_a_failed_creation_does_as_the_change_set_says(aws: Aws) -> None:
    take(aws)
    propose(aws, template({"Taken": TAKEN_BUCKET}), "CREATE", OnStackFailure="DO_NOTHING")

    assert execute(aws) == "CREATE_FAILED"


def test_whether_to_roll_back_is_asked_when_a_change_set_is_executed(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Taken": TAKEN_BUCKET}), DisableRollback=True)
    aws.client("s3").delete_bucket(Bucket="taken")
    propose(aws, template({"Taken": TAKEN_BUCKET}))

    with pytest.raises(ClientError) as refused:
        execute(aws)

    assert "please use the disable-rollback parameter" in refusal(refused.value)
    assert execute(aws, DisableRollback=True) == "UPDATE_COMPLETE"


def test_secrets_are_not_shown(aws: Aws) -> None:
    secret = {"Secret": {"Type": "String", "NoEcho": True}}
    propose(
        aws,
        template({"Topic": topic()}, Parameters=secret),
        "CREATE",
        Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hunter2"}],
    )

    execute(aws)

    assert described(aws)["Parameters"] == [{"ParameterKey": "Secret", "ParameterValue": "****"}]


@pytest.mark.parametrize("name", ["1st", "with space", "under_score", "x" * 129])
def test_a_name_that_aws_does_not_take_is_refused(aws: Aws, name: str) -> None:
    with pytest.raises(ClientError, match="failed to satisfy constraint"):
        aws.client("cloudformation").create_change_set(
            StackName=name, ChangeSetName="change", TemplateBody=template({"A": HANDLE}), ChangeSetType="CREATE"
        )
