"""Deleting stacks: order, policies, protection, and what resists."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
    HANDLE,
    create,
    delete,
    events,
    group,
    groups,
    reason,
    status,
    template,
    topic,
    why,
)

BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket"}}


def fill(aws: Aws) -> None:
    """Make the bucket impossible to delete."""
    aws.client("s3").put_object(Bucket="bucket", Key="key", Body=b"")


def test_resources_are_deleted_before_what_they_refer_to(aws: Aws) -> None:
    create(aws, template({"A": topic(), "B": topic(DisplayName={"Ref": "A"}), "C": {**HANDLE, "DependsOn": "B"}}))
    stack_id = aws.stack("stack").id

    assert delete(aws) == "DELETE_COMPLETE"

    assert [name for name, each in events(aws, stack_id) if each == "DELETE_COMPLETE"] == ["C", "B", "A", "stack"]


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_retained_resources_stay(aws: Aws, policy: str) -> None:
    create(aws, template({"Kept": group("/kept", DeletionPolicy=policy), "Gone": group("/gone")}))

    assert delete(aws) == "DELETE_COMPLETE"

    assert groups(aws) == ["/kept"]


def test_what_resists_fails_the_deletion_and_keeps_what_it_stands_on(aws: Aws) -> None:
    body = template({"Base": group("/base"), "Bucket": {**BUCKET, "DependsOn": "Base"}, "Apart": group("/apart")})
    create(aws, body)
    fill(aws)

    assert delete(aws) == "DELETE_FAILED"

    assert reason(aws) == "The following resource(s) failed to delete: [Bucket]. "
    assert "not empty" in why(aws, "Bucket")
    assert groups(aws) == ["/base"]


def test_a_failed_deletion_can_be_repeated(aws: Aws) -> None:
    create(aws, template({"Base": group("/base"), "Bucket": {**BUCKET, "DependsOn": "Base"}}))
    fill(aws)
    delete(aws)
    aws.client("s3").delete_object(Bucket="bucket", Key="key")

    assert delete(aws) == "DELETE_COMPLETE"
    assert groups(aws) == []


def test_a_repeated_deletion_can_give_up_what_resists(aws: Aws) -> None:
    create(aws, template({"Base": group("/base"), "Bucket": {**BUCKET, "DependsOn": "Base"}}))
    fill(aws)
    delete(aws)

    assert delete(aws, RetainResources=["Bucket"]) == "DELETE_COMPLETE"
    assert groups(aws) == []
    aws.client("s3").head_bucket(Bucket="bucket")


def test_only_a_failed_deletion_takes_resources_to_retain(aws: Aws) -> None:
    create(aws, template({"Bucket": BUCKET}))

    with pytest.raises(ClientError, match="only by a stack in DELETE_FAILED"):
        delete(aws, RetainResources=["Bucket"])


def test_a_forced_deletion_leaves_what_resists(aws: Aws) -> None:
    create(aws, template({"Bucket": BUCKET}))
    fill(aws)
    delete(aws)

    assert delete(aws, DeletionMode="FORCE_DELETE_STACK") == "DELETE_COMPLETE"
    aws.client("s3").head_bucket(Bucket="bucket")


def test_what_is_gone_already_is_no_failure(aws: Aws) -> None:
    create(aws, template({"Group": group("/mine")}))
    aws.client("logs").delete_log_group(logGroupName="/mine")

    assert delete(aws) == "DELETE_COMPLETE"


def test_a_protected_stack_is_not_deleted(aws: Aws) -> None:
    create(aws, template({"Group": group("/mine")}), EnableTerminationProtection=True)

    with pytest.raises(ClientError, match=r"\[stack\] cannot be deleted while TerminationProtection is enabled"):
        delete(aws)

    assert groups(aws) == ["/mine"]
    aws.client("cloudformation").update_termination_protection(StackName="stack", EnableTerminationProtection=False)
    assert delete(aws) == "DELETE_COMPLETE"


def test_deleting_what_does_not_exist_succeeds(aws: Aws) -> None:
    aws.client("cloudformation").delete_stack(StackName="nobody")


def test_a_deleted_stack_is_found_by_its_id_only(aws: Aws) -> None:
    create(aws, template({"Handle": HANDLE}))
    stack_id = aws.stack("stack").id
    delete(aws)

    with pytest.raises(ClientError, match="Stack with id stack does not exist"):
        status(aws, "stack")
    assert status(aws, stack_id) == "DELETE_COMPLETE"


def test_a_deleted_stack_still_lists_what_became_of_its_resources(aws: Aws) -> None:
    create(aws, template({"Kept": group("/kept", DeletionPolicy="Retain"), "Gone": group("/gone")}))
    stack_id = aws.stack("stack").id

    delete(aws)

    listed = aws.client("cloudformation").list_stack_resources(StackName=stack_id)["StackResourceSummaries"]
    found = {each["LogicalResourceId"]: (each["PhysicalResourceId"], each["ResourceStatus"]) for each in listed}
    assert found == {"Gone": ("/gone", "DELETE_COMPLETE"), "Kept": ("/kept", "DELETE_SKIPPED")}


def test_stacks_made_again_over_what_was_retained_collide_with_it(aws: Aws) -> None:
    body = template({"Kept": group("/kept", DeletionPolicy="RetainExceptOnCreate")})
    create(aws, body)
    delete(aws)

    assert create(aws, body) == "ROLLBACK_COMPLETE"

    assert "already exists" in why(aws, "Kept")
    assert groups(aws) == ["/kept"]
