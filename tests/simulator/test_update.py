"""Updating stacks: in place, by replacement, by removal; policies; failures and the way back."""

from __future__ import annotations

from json import dumps
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
    HANDLE,
    TAKEN,
    create,
    delete,
    described,
    events,
    group,
    groups,
    outputs,
    physical_id,
    reason,
    refusal,
    status,
    take,
    template,
    topic,
    update,
    why,
)

NAMED = {"Topic": topic(DisplayName={"Ref": "Name"})}
PARAMETERS = {"Name": {"Type": "String", "Default": "first"}}


def display_name(aws: Aws, logical_id: str = "Topic") -> str:
    arn = physical_id(aws, logical_id)
    return str(aws.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"])


def test_a_changed_property_is_changed_in_place(aws: Aws) -> None:
    create(aws, template({"Topic": topic(DisplayName="a")}))
    before = physical_id(aws, "Topic")

    assert update(aws, template({"Topic": topic(DisplayName="b")})) == "UPDATE_COMPLETE"

    assert display_name(aws) == "b"
    assert physical_id(aws, "Topic") == before


def test_what_did_not_change_is_left_alone(aws: Aws) -> None:
    create(aws, template({"Topic": topic(DisplayName="a"), "Same": topic(DisplayName="s")}))

    update(aws, template({"Topic": topic(DisplayName="b"), "Same": topic(DisplayName="s")}))

    assert ("Same", "UPDATE_COMPLETE") not in events(aws)


def test_a_changed_parameter_reaches_the_resource_through_any_function(aws: Aws) -> None:
    body = template({"Topic": topic(DisplayName={"Fn::Sub": "is ${Name}"})}, Parameters=PARAMETERS)
    create(aws, body)

    update(aws, body, given={"Name": "second"})

    assert display_name(aws) == "is second"


def test_a_previous_value_can_be_kept(aws: Aws) -> None:
    body = template(NAMED, Parameters=PARAMETERS)
    create(aws, body, given={"Name": "mine"})
    other = template({**NAMED, "Handle": HANDLE}, Parameters={"Name": {"Type": "String", "Default": "other"}})

    aws.client("cloudformation").update_stack(
        StackName="stack", TemplateBody=other, Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}]
    )

    assert display_name(aws) == "mine"


def test_an_omitted_parameter_takes_the_default(aws: Aws) -> None:
    body = template(NAMED, Parameters=PARAMETERS)
    create(aws, body, given={"Name": "mine"})

    update(aws, body)

    assert display_name(aws) == "first"


def test_a_previous_value_that_never_was_is_refused(aws: Aws) -> None:
    create(aws, template({"Handle": HANDLE}))

    with pytest.raises(ClientError, match="parameter key not in the previous template"):
        aws.client("cloudformation").update_stack(
            StackName="stack",
            TemplateBody=template(NAMED, Parameters=PARAMETERS),
            Parameters=[{"ParameterKey": "Name", "UsePreviousValue": True}],
        )


def test_an_update_without_a_change_is_refused(aws: Aws) -> None:
    body = template({"Topic": topic(DisplayName=80)})
    create(aws, body)

    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        update(aws, template({"Topic": topic(DisplayName="80")}, Description="words change nothing"))


@pytest.mark.parametrize(
    "changed",
    [
        {"Outputs": {"Out": {"Value": "a"}}},
        {"Resources": {"Topic": {**topic(), "Metadata": {"a": "b"}}}},
        {"Resources": {"Topic": {**topic(), "DeletionPolicy": "Retain"}}},
    ],
)
def test_outputs_metadata_and_policies_are_changes_of_their_own(aws: Aws, changed: dict[str, Any]) -> None:
    create(aws, template({"Topic": topic()}))

    assert update(aws, dumps({"Resources": {"Topic": topic()}, **changed})) == "UPDATE_COMPLETE"


def test_changed_stack_tags_reach_resources(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}), Tags=[{"Key": "Team", "Value": "a"}, {"Key": "Old", "Value": "1"}])

    update(aws, template({"Topic": topic()}), Tags=[{"Key": "Team", "Value": "b"}])

    found = aws.client("sns").list_tags_for_resource(ResourceArn=physical_id(aws, "Topic"))["Tags"]
    tags = {each["Key"]: each["Value"] for each in found}
    assert tags["Team"] == "b"
    assert "Old" not in tags


def test_a_create_only_property_makes_a_new_resource_and_deletes_the_old(aws: Aws) -> None:
    create(aws, template({"Group": group("/old")}, Outputs={"Name": {"Value": {"Ref": "Group"}}}))

    update(aws, template({"Group": group("/new")}, Outputs={"Name": {"Value": {"Ref": "Group"}}}))

    assert groups(aws) == ["/new"]
    assert outputs(aws) == {"Name": "/new"}
    order = [event for event in events(aws) if event[1] in ("UPDATE_COMPLETE", "DELETE_COMPLETE")]
    assert order == [("Group", "UPDATE_COMPLETE"), ("Group", "DELETE_COMPLETE"), ("stack", "UPDATE_COMPLETE")]


def test_the_update_replace_policy_says_whether_the_old_resource_stays(aws: Aws) -> None:
    create(aws, template({"Group": group("/old", UpdateReplacePolicy="Retain", DeletionPolicy="Delete")}))

    update(aws, template({"Group": group("/new", UpdateReplacePolicy="Retain", DeletionPolicy="Delete")}))

    assert groups(aws) == ["/new", "/old"]


def test_the_policy_for_the_old_resource_is_that_of_the_new_template(aws: Aws) -> None:
    create(aws, template({"Group": group("/old")}))

    update(aws, template({"Group": group("/new", UpdateReplacePolicy="Retain")}))

    assert groups(aws) == ["/new", "/old"]


def test_a_replacement_reaches_what_refers_to_the_resource(aws: Aws) -> None:
    follower = topic(DisplayName={"Ref": "Group"})
    create(aws, template({"Group": group("/old"), "Topic": follower}))

    update(aws, template({"Group": group("/new"), "Topic": follower}))

    assert display_name(aws) == "/new"


def test_a_resource_with_a_name_of_its_own_is_not_replaced(aws: Aws) -> None:
    def alias(fifo: bool) -> str:
        return template({"Topic": topic(TopicName="mine.fifo", **({"FifoTopic": True} if fifo else {}))})

    create(aws, alias(fifo=True))

    assert update(aws, alias(fifo=False)) == "UPDATE_ROLLBACK_COMPLETE"

    assert why(aws, "Topic").startswith(
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename mine.fifo"
    )


def test_a_type_cannot_change_under_its_logical_id(aws: Aws) -> None:
    create(aws, template({"Thing": topic()}))

    with pytest.raises(ClientError, match=r"Update of resource type is not permitted.*\[Thing\]"):
        update(aws, template({"Thing": HANDLE}))


def test_what_the_template_drops_is_deleted_last(aws: Aws) -> None:
    create(aws, template({"Gone": group("/gone"), "Topic": topic(DisplayName="a")}))

    update(aws, template({"Topic": topic(DisplayName="b")}))

    assert groups(aws) == []
    assert events(aws).index(("Topic", "UPDATE_COMPLETE")) < events(aws).index(("Gone", "DELETE_IN_PROGRESS"))
    assert list(aws.resources("stack")) == ["Topic"]


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_what_the_template_drops_stays_where_its_policy_says_so(aws: Aws, policy: str) -> None:
    create(aws, template({"Kept": group("/kept", DeletionPolicy=policy), "Handle": HANDLE}))

    update(aws, template({"Handle": HANDLE}))

    assert groups(aws) == ["/kept"]
    assert ("Kept", "DELETE_SKIPPED") in events(aws)


def test_a_failed_update_goes_back_to_the_previous_template(aws: Aws) -> None:
    take(aws)
    body = template(NAMED, Parameters=PARAMETERS, Outputs={"Out": {"Value": {"Ref": "Name"}}})
    create(aws, body, given={"Name": "mine"})
    worse = template(
        {**NAMED, "New": group("/new"), "Taken": {**TAKEN, "DependsOn": ["Topic", "New"]}}, Parameters=PARAMETERS
    )

    assert update(aws, worse, given={"Name": "theirs"}) == "UPDATE_ROLLBACK_COMPLETE"

    assert display_name(aws) == "mine"
    assert groups(aws) == []
    assert outputs(aws) == {"Out": "mine"}
    assert described(aws)["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": "mine"}]
    assert list(aws.resources("stack")) == ["Topic"]
    with pytest.raises(ClientError, match="No updates"):
        update(aws, body, given={"Name": "mine"})


def test_a_rollback_returns_to_the_resource_that_was_replaced(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Group": group("/old")}))
    before = physical_id(aws, "Group")

    update(aws, template({"Group": group("/new"), "Taken": {**TAKEN, "DependsOn": "Group"}}))

    assert physical_id(aws, "Group") == before == "/old"
    assert groups(aws) == ["/old"]


def test_nothing_is_deleted_before_an_update_has_worked(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Gone": group("/gone"), "Handle": HANDLE}))

    update(aws, template({"Handle": HANDLE, "Taken": TAKEN}))

    assert groups(aws) == ["/gone"]


def test_an_update_without_rollback_stays_where_it_failed(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Topic": topic(DisplayName="a")}))
    worse = template({"Topic": topic(DisplayName="b"), "Taken": {**TAKEN, "DependsOn": "Topic"}})

    assert update(aws, worse, DisableRollback=True) == "UPDATE_FAILED"

    assert display_name(aws) == "b"
    assert "[Taken]" in reason(aws)


def test_a_failed_update_goes_on_where_it_stopped(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Topic": topic(DisplayName="a")}))
    body = template({"Topic": topic(DisplayName="b"), "Taken": {**TAKEN, "DependsOn": "Topic"}})
    update(aws, body, DisableRollback=True)
    aws.client("s3").delete_bucket(Bucket="taken")

    assert update(aws, body, DisableRollback=True) == "UPDATE_COMPLETE"


def test_failed_updates_are_all_undone_by_one_rollback(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Topic": topic(DisplayName="a"), "Group": group("/old")}))
    second = {"Topic": topic(DisplayName="b"), "Group": group("/old"), "Taken": {**TAKEN, "DependsOn": "Topic"}}
    update(aws, template(second), DisableRollback=True)
    third = {**second, "Topic": topic(DisplayName="c"), "Group": group("/new")}
    update(aws, template(third), DisableRollback=True)

    aws.client("cloudformation").rollback_stack(StackName="stack")

    assert status(aws) == "UPDATE_ROLLBACK_COMPLETE"
    assert display_name(aws) == "a"
    assert groups(aws) == ["/old"]


def test_a_rollback_that_fails_can_be_continued(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Topic": topic(DisplayName="a")}))
    body = template({"Topic": topic(DisplayName="b"), "Taken": {**TAKEN, "DependsOn": "Topic"}})
    update(aws, body, DisableRollback=True)
    arn = physical_id(aws, "Topic")
    aws.client("sns").delete_topic(TopicArn=arn)

    aws.client("cloudformation").rollback_stack(StackName="stack")
    assert status(aws) == "UPDATE_ROLLBACK_FAILED"
    assert "[Topic]" in reason(aws)

    aws.client("cloudformation").continue_update_rollback(StackName="stack", ResourcesToSkip=["Topic"])
    assert status(aws) == "UPDATE_ROLLBACK_COMPLETE"


def test_an_old_resource_that_cannot_be_deleted_does_not_fail_the_update(aws: Aws) -> None:
    create(aws, template({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}, "H": HANDLE}))
    aws.client("s3").put_object(Bucket="full", Key="a", Body=b"")

    assert update(aws, template({"H": HANDLE})) == "UPDATE_COMPLETE"

    assert "could not be deleted" in reason(aws)
    assert "not empty" in why(aws, "Bucket")


def policy(*statements: dict[str, Any]) -> str:
    everything = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    return dumps({"Statement": [everything, *statements]})


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Principal": "*", "Resource": "*", **more}


def test_a_stack_policy_forbids_replacement(aws: Aws) -> None:
    create(aws, template({"Group": group("/old")}), StackPolicyBody=policy(deny("Update:Replace", "Update:Delete")))

    assert update(aws, template({"Group": group("/new")})) == "UPDATE_ROLLBACK_COMPLETE"

    assert "denies [Update:Replace] for resource [LogicalResourceId/Group]" in why(aws, "Group")
    assert groups(aws) == ["/old"]


def test_a_stack_policy_forbids_removal_before_anything_changes(aws: Aws) -> None:
    body = {"Group": group("/mine"), "Topic": topic(DisplayName="a")}
    create(aws, template(body), StackPolicyBody=policy(deny("Update:Delete")))

    update(aws, template({"Topic": topic(DisplayName="b")}))

    assert ("Topic", "UPDATE_IN_PROGRESS") not in events(aws)
    assert groups(aws) == ["/mine"]


def test_a_stack_policy_can_be_about_a_type_or_one_resource(aws: Aws) -> None:
    about_type = deny("Update:Modify", Condition={"StringEquals": {"ResourceType": ["AWS::Logs::LogGroup"]}})
    about_one = deny("Update:Modify", Resource="LogicalResourceId/B*")
    create(aws, template({"A": topic(), "B": topic()}), StackPolicyBody=policy(about_type, about_one))

    assert update(aws, template({"A": topic(DisplayName="a"), "B": topic()})) == "UPDATE_COMPLETE"
    assert update(aws, template({"A": topic(), "B": topic(DisplayName="b")})) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_policy_denies_what_no_statement_allows(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}))
    only_other = dumps(
        {"Statement": {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "LogicalResourceId/X"}}
    )
    aws.client("cloudformation").set_stack_policy(StackName="stack", StackPolicyBody=only_other)

    assert update(aws, template({"Topic": topic(DisplayName="b")})) == "UPDATE_ROLLBACK_COMPLETE"
    assert aws.client("cloudformation").get_stack_policy(StackName="stack")["StackPolicyBody"] == only_other


def test_a_policy_can_be_lifted_for_one_update(aws: Aws) -> None:
    create(aws, template({"Group": group("/old")}), StackPolicyBody=policy(deny("Update:*")))

    assert update(aws, template({"Group": group("/new")}), StackPolicyDuringUpdateBody=policy()) == "UPDATE_COMPLETE"
    assert update(aws, template({"Group": group("/newer")})) == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("text", ["{", '{"Statement": [{"Effect": "Maybe"}]}', '{"Statement": [{"Effect": "Allow"}]}'])
def test_a_policy_that_is_none_is_refused(aws: Aws, text: str) -> None:
    create(aws, template({"Handle": HANDLE}))

    with pytest.raises(ClientError) as refused:
        aws.client("cloudformation").set_stack_policy(StackName="stack", StackPolicyBody=text)

    assert refusal(refused.value).startswith("Error validating stack policy")


def test_a_stack_can_be_deleted_after_a_rolled_back_update(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Group": group("/mine")}))
    update(aws, template({"Group": group("/mine"), "Taken": TAKEN}))

    assert delete(aws) == "DELETE_COMPLETE"
    assert groups(aws) == []
