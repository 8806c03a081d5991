"""Creating stacks: order, failures and what is left after them, and what is refused before anything is made."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
    HANDLE,
    TAKEN,
    code,
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


def test_resources_are_created_after_what_they_refer_to(aws: Aws) -> None:
    body = template(
        {
            "Last": topic(DisplayName={"Ref": "Middle"}),
            "Middle": topic(DisplayName={"Fn::GetAtt": ["First", "TopicName"]}),
            "First": topic(),
        }
    )

    assert create(aws, body) == "CREATE_COMPLETE"

    made = [name for name, each in events(aws) if each == "CREATE_COMPLETE"]
    assert made == ["First", "Middle", "Last", "stack"]


def test_depends_on_orders_what_nothing_else_relates(aws: Aws) -> None:
    create(aws, template({"A": {**HANDLE, "DependsOn": "B"}, "B": HANDLE}))

    made = [name for name, each in events(aws) if each == "CREATE_COMPLETE"]
    assert made == ["B", "A", "stack"]


def test_a_resource_whose_condition_is_false_is_not_created(aws: Aws) -> None:
    never = {"Fn::Equals": ["a", "b"]}

    create(aws, template({"A": HANDLE, "B": {**HANDLE, "Condition": "Never"}}, Conditions={"Never": never}))

    assert list(aws.resources("stack")) == ["A"]


def test_outputs_hold_what_resources_turned_out_to_be(aws: Aws) -> None:
    body = template({"Topic": topic()}, Outputs={"Arn": {"Value": {"Ref": "Topic"}, "Description": "Where"}})

    create(aws, body)

    (output,) = described(aws)["Outputs"]
    assert output == {"OutputKey": "Arn", "OutputValue": physical_id(aws, "Topic"), "Description": "Where"}


def test_a_failed_creation_deletes_what_it_made_and_says_why(aws: Aws) -> None:
    take(aws)
    body = template({"Group": group("/mine"), "Taken": {**TAKEN, "DependsOn": "Group"}})

    assert create(aws, body) == "ROLLBACK_COMPLETE"

    assert groups(aws) == []
    assert "already exists" in why(aws, "Taken")
    assert ("stack", "ROLLBACK_IN_PROGRESS") in events(aws)
    assert aws.resources("stack") == {}


def test_what_comes_after_a_failure_is_not_created(aws: Aws) -> None:
    take(aws)

    create(aws, template({"Taken": TAKEN, "Later": {**group("/later"), "DependsOn": "Taken"}}))

    assert "Later" not in dict(events(aws))


def test_a_rollback_keeps_what_is_to_be_retained(aws: Aws) -> None:
    take(aws)
    kept = group("/kept", DeletionPolicy="Retain")

    create(aws, template({"Kept": kept, "Taken": {**TAKEN, "DependsOn": "Kept"}}))

    assert groups(aws) == ["/kept"]
    assert ("Kept", "DELETE_SKIPPED") in events(aws)


def test_a_rollback_can_be_told_to_keep_nothing_that_it_made(aws: Aws) -> None:
    take(aws)
    kept = group("/kept", DeletionPolicy="Retain")

    create(aws, template({"Kept": kept, "Taken": {**TAKEN, "DependsOn": "Kept"}}), RetainExceptOnCreate=True)

    assert groups(aws) == []


def test_a_rollback_deletes_what_is_retained_except_on_create(aws: Aws) -> None:
    take(aws)
    kept = group("/kept", DeletionPolicy="RetainExceptOnCreate")

    create(aws, template({"Kept": kept, "Taken": {**TAKEN, "DependsOn": "Kept"}}))

    assert groups(aws) == []


def test_a_creation_without_rollback_keeps_all_that_succeeded(aws: Aws) -> None:
    take(aws)
    body = template({"Taken": TAKEN, "Apart": group("/apart"), "Behind": {**HANDLE, "DependsOn": "Taken"}})

    assert create(aws, body, DisableRollback=True) == "CREATE_FAILED"

    assert groups(aws) == ["/apart"]  # made after the failure, of which it is independent
    assert "Behind" not in dict(events(aws))
    assert reason(aws) == "The following resource(s) failed to create: [Taken]. "


def test_an_unfinished_creation_is_only_taken_up_without_rollback(aws: Aws) -> None:
    take(aws)
    body = template({"Taken": TAKEN, "Group": group("/mine")})
    create(aws, body, DisableRollback=True)

    with pytest.raises(ClientError) as refused:
        update(aws, body)

    assert refusal(refused.value).startswith("This stack is currently in a non-terminal [CREATE_FAILED] state.")
    assert "use the disable-rollback parameter" in refusal(refused.value)


def test_an_unfinished_creation_goes_on_where_it_stopped(aws: Aws) -> None:
    take(aws)
    body = template({"Group": group("/mine"), "Taken": {**TAKEN, "DependsOn": "Group"}})
    create(aws, body, DisableRollback=True)
    aws.client("s3").delete_bucket(Bucket="taken")

    assert update(aws, body, DisableRollback=True) == "UPDATE_COMPLETE"

    assert [each for each in events(aws) if each == ("Group", "CREATE_COMPLETE")] == [("Group", "CREATE_COMPLETE")]
    assert physical_id(aws, "Taken") == "taken"


def test_an_unfinished_creation_can_be_rolled_back(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Group": group("/mine"), "Taken": {**TAKEN, "DependsOn": "Group"}}), DisableRollback=True)

    aws.client("cloudformation").rollback_stack(StackName="stack")

    assert status(aws) == "ROLLBACK_COMPLETE"
    assert groups(aws) == []


def test_a_failed_creation_can_delete_its_stack(aws: Aws) -> None:
    take(aws)

    stack_id = aws.client("cloudformation").create_stack(
        StackName="stack", TemplateBody=template({"Taken": TAKEN}), OnFailure="DELETE"
    )["StackId"]

    assert status(aws, stack_id) == "DELETE_COMPLETE"


def test_a_rolled_back_stack_is_only_good_for_deletion(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Taken": TAKEN}))

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        update(aws, template({"Handle": HANDLE}))

    assert delete(aws) == "DELETE_COMPLETE"


def test_a_name_is_free_again_once_its_stack_is_deleted(aws: Aws) -> None:
    create(aws, template({"Handle": HANDLE}))
    with pytest.raises(ClientError) as refused:
        create(aws, template({"Handle": HANDLE}))
    first = described(aws)["StackId"]
    delete(aws)

    assert code(refused.value) == "AlreadyExistsException"
    assert create(aws, template({"Handle": HANDLE})) == "CREATE_COMPLETE"
    assert status(aws, first) == "DELETE_COMPLETE"


def test_types_without_a_handler_are_refused_together_before_anything_is_made(aws: Aws) -> None:
    body = template({"Group": group("/mine"), "A": {"Type": "AWS::SQS::Queue"}, "B": {"Type": "AWS::DynamoDB::Table"}})

    with pytest.raises(ClientError, match="no handler for these resource types: AWS::DynamoDB::Table, AWS::SQS::Queue"):
        create(aws, body)

    assert groups(aws) == []


def test_types_that_aws_does_not_have_are_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::SNS::Nope\]"):
        create(aws, template({"A": {"Type": "AWS::SNS::Nope"}}))


def test_a_property_that_the_api_does_not_have_fails_the_resource(aws: Aws) -> None:
    create(aws, template({"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"Nope": 1}}}))

    assert "unsupported property Nope" in why(aws, "Group")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "Template format error"),
        ("[]", "Template format error"),
        (template({}), "Template format error"),
        (template({"A": {"Properties": {}}}), "Resources.A.Type"),
        (template({"A": HANDLE}, Nonsense={}), "Nonsense"),
        (template({"A": topic(DisplayName={"Ref": "Nope"})}), "'Nope' is neither"),
        (template({"A": {**HANDLE, "DependsOn": "B"}, "B": {**HANDLE, "DependsOn": "A"}}), "circle"),
        (template({"A": HANDLE}, Transform="Somebody::Macro"), "Somebody::Macro"),
    ],
)
def test_a_malformed_template_is_refused(aws: Aws, body: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        create(aws, body)

    assert code(refused.value) == "ValidationError"
    assert message in refusal(refused.value)


def test_a_body_over_the_limit_is_refused(aws: Aws) -> None:
    body = template({"Handle": HANDLE}, Description="x" * 51_200)

    with pytest.raises(ClientError, match="less than or equal to 51200"):
        create(aws, body)


def test_a_body_over_the_limit_comes_from_a_bucket(aws: Aws) -> None:
    body = template({"Handle": HANDLE}, Metadata={"Long": "x" * 51_200})
    aws.client("s3").create_bucket(Bucket="artifacts")
    aws.client("s3").put_object(Bucket="artifacts", Key="a/b.json", Body=body)

    aws.client("cloudformation").create_stack(StackName="one", TemplateURL=f"{aws.endpoint}/artifacts/a/b.json")
    aws.client("cloudformation").create_stack(
        StackName="two", TemplateURL="https://artifacts.s3.us-east-1.amazonaws.com/a/b.json"
    )

    assert [status(aws, "one"), status(aws, "two")] == ["CREATE_COMPLETE"] * 2


def test_yaml_with_short_forms_is_a_template_too(aws: Aws) -> None:
    body = "Resources:\n  A:\n    Type: AWS::SNS::Topic\nOutputs:\n  Name:\n    Value: !GetAtt A.TopicName\n"

    create(aws, body)

    assert outputs(aws)["Name"].startswith("stack-A-")


def test_made_names_carry_stack_and_logical_id(aws: Aws) -> None:
    create(aws, template({"Topic": topic(), "Bucket": {"Type": "AWS::S3::Bucket"}}), name="A-Stack")

    assert ":A-Stack-Topic-" in physical_id(aws, "Topic", "A-Stack")
    assert physical_id(aws, "Bucket", "A-Stack").startswith("a-stack-bucket-")


def test_tags_of_the_stack_reach_resources_whose_own_win(aws: Aws) -> None:
    own = [{"Key": "Owner", "Value": "resource"}]

    create(aws, template({"Topic": topic(Tags=own)}), Tags=[*parameters_as_tags(Owner="stack", Team="a")])

    found = aws.client("sns").list_tags_for_resource(ResourceArn=physical_id(aws, "Topic"))["Tags"]
    tags = {each["Key"]: each["Value"] for each in found}
    assert (tags["Owner"], tags["Team"]) == ("resource", "a")
    assert tags["aws:cloudformation:stack-name"] == "stack"
    assert tags["aws:cloudformation:logical-id"] == "Topic"


def parameters_as_tags(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
