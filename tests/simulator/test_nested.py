"""Nested stacks, whose templates are in the simulator's own S3."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
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
    status,
    take,
    template,
    topic,
    update,
    why,
)


def upload(aws: Aws, body: str, key: str = "child") -> str:
    """Put a template into a bucket; its URL."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="templates")
    s3.put_object(Bucket="templates", Key=key, Body=body)
    return f"{aws.endpoint}/templates/{key}"


def child(url: str, **more: Any) -> dict[str, Any]:
    policies: dict[str, Any] = {
        name: more.pop(name) for name in ("DeletionPolicy", "UpdateReplacePolicy") if name in more
    }
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url, **more}, **policies}


def inner(name: str = "/inner", **resources: Any) -> str:
    return template(
        {"Group": group(name), **resources},
        Parameters={"List": {"Type": "CommaDelimitedList", "Default": "x"}, "Text": {"Type": "String", "Default": "t"}},
        Outputs={"Name": {"Value": {"Ref": "Group"}}, "Joined": {"Value": {"Fn::Join": ["+", {"Ref": "List"}]}}},
    )


OUT = {"Out": {"Value": {"Fn::GetAtt": ["Child", "Outputs.Name"]}}}


def nested(aws: Aws) -> str:
    """The ID of the nested stack."""
    return physical_id(aws, "Child")


def test_a_nested_stack_is_a_stack_of_its_own(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner()))}, Outputs=OUT))

    found = described(aws, nested(aws))
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert found["StackName"].startswith("stack-Child-")
    assert found["ParentId"] == found["RootId"] == described(aws)["StackId"]
    assert outputs(aws) == {"Out": "/inner"}


def test_parameters_and_tags_reach_the_nested_stack(aws: Aws) -> None:
    url = upload(aws, inner())

    create(
        aws,
        template({"Child": child(url, Parameters={"List": ["a", "b"], "Text": True})}),
        Tags=[{"Key": "Team", "Value": "a"}],
    )

    given = {each["ParameterKey"]: each["ParameterValue"] for each in described(aws, nested(aws))["Parameters"]}
    assert given == {"List": "a,b", "Text": "true"}
    assert outputs(aws, nested(aws))["Joined"] == "a+b"
    arn = aws.client("logs").describe_log_groups()["logGroups"][0]["logGroupArn"]
    assert aws.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]["Team"] == "a"


def test_stacks_nest_at_any_depth(aws: Aws) -> None:
    deepest = upload(aws, inner(), "deepest")
    middle = upload(aws, template({"Child": child(deepest)}, Outputs={**OUT, "Name": OUT["Out"]}), "middle")

    create(aws, template({"Child": child(middle)}, Outputs=OUT))

    assert outputs(aws) == {"Out": "/inner"}
    innermost = physical_id(aws, "Child", nested(aws))
    assert described(aws, innermost)["RootId"] == described(aws)["StackId"]


def test_a_failure_inside_rolls_the_parent_back(aws: Aws) -> None:
    take(aws)
    url = upload(aws, inner(Taken=TAKEN))

    assert create(aws, template({"Before": group("/before"), "Child": child(url)})) == "ROLLBACK_COMPLETE"

    assert "was not successfully created" in why(aws, "Child")
    assert "failed to create: [Taken]" in why(aws, "Child")
    assert groups(aws) == []


def test_a_template_that_is_not_there_fails_the_nested_stack(aws: Aws) -> None:
    upload(aws, inner())

    create(aws, template({"Child": child(f"{aws.endpoint}/templates/nope")}))

    assert "S3 error" in why(aws, "Child")


def test_a_nested_stack_needs_the_parents_acknowledgement(aws: Aws) -> None:
    policy = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}],
            }
        },
    }
    url = upload(aws, inner(Policy=policy))

    assert create(aws, template({"Child": child(url)})) == "ROLLBACK_COMPLETE"
    assert "Requires capabilities : [CAPABILITY_IAM]" in why(aws, "Child")
    delete(aws)
    assert create(aws, template({"Child": child(url)}), Capabilities=["CAPABILITY_IAM"]) == "CREATE_COMPLETE"


def test_an_unfinished_nested_creation_goes_on_where_it_stopped(aws: Aws) -> None:
    take(aws)
    body = template({"Child": child(upload(aws, inner(Taken=TAKEN)))}, Outputs=OUT)
    assert create(aws, body, DisableRollback=True) == "CREATE_FAILED"
    first = nested(aws)
    assert status(aws, first) == "CREATE_FAILED"
    aws.client("s3").delete_bucket(Bucket="taken")

    assert update(aws, body, DisableRollback=True) == "UPDATE_COMPLETE"

    assert nested(aws) == first
    assert status(aws, first) == "UPDATE_COMPLETE"
    assert outputs(aws) == {"Out": "/inner"}


def test_a_changed_template_behind_the_same_url_updates_the_nested_stack(aws: Aws) -> None:
    url = upload(aws, inner())
    body = template({"Child": child(url)}, Outputs=OUT)
    create(aws, body)
    upload(aws, inner("/other"))

    assert update(aws, body) == "UPDATE_COMPLETE"

    assert groups(aws) == ["/other"]
    assert outputs(aws) == {"Out": "/other"}
    assert status(aws, nested(aws)) == "UPDATE_COMPLETE"


def test_an_unchanged_nested_stack_is_not_updated(aws: Aws) -> None:
    body = {"Child": child(upload(aws, inner()))}
    create(aws, template(body))

    update(aws, template({**body, "Topic": topic()}))

    assert status(aws, nested(aws)) == "CREATE_COMPLETE"


def test_a_failed_update_inside_rolls_both_back(aws: Aws) -> None:
    take(aws)
    create(aws, template({"Child": child(upload(aws, inner()))}))
    worse = upload(aws, inner("/other", Taken={**TAKEN, "DependsOn": "Group"}), "worse")

    assert update(aws, template({"Child": child(worse)})) == "UPDATE_ROLLBACK_COMPLETE"

    assert "was not successfully updated" in why(aws, "Child")
    assert status(aws, nested(aws)) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(aws) == ["/inner"]


def test_a_later_failure_takes_a_finished_nested_update_back(aws: Aws) -> None:
    """Its clean-up waits for the parent, so that what it replaced is still there."""
    take(aws)
    create(aws, template({"Child": child(upload(aws, inner()))}))
    better = upload(aws, inner("/other"), "better")

    update(aws, template({"Child": child(better), "Taken": {**TAKEN, "DependsOn": "Child"}}))

    assert status(aws) == "UPDATE_ROLLBACK_COMPLETE"
    assert status(aws, nested(aws)) == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(aws) == ["/inner"]


def test_a_finished_nested_update_is_kept_when_its_parent_goes_on(aws: Aws) -> None:
    """What it replaced is there until the parent is done."""
    take(aws)
    create(aws, template({"Child": child(upload(aws, inner()))}))
    better = upload(aws, inner("/other"), "better")
    body = template({"Child": child(better), "Taken": {**TAKEN, "DependsOn": "Child"}})
    assert update(aws, body, DisableRollback=True) == "UPDATE_FAILED"
    assert groups(aws) == ["/inner", "/other"]
    aws.client("s3").delete_bucket(Bucket="taken")

    assert update(aws, body, DisableRollback=True) == "UPDATE_COMPLETE"

    assert status(aws, nested(aws)) == "UPDATE_COMPLETE"
    assert groups(aws) == ["/other"]


def test_deleting_the_parent_deletes_what_it_nests(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner()))}))
    inside = nested(aws)

    assert delete(aws) == "DELETE_COMPLETE"

    assert status(aws, inside) == "DELETE_COMPLETE"
    assert groups(aws) == []


def test_dropping_a_nested_stack_deletes_it(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner())), "Topic": topic()}))
    inside = nested(aws)

    update(aws, template({"Topic": topic()}))

    assert status(aws, inside) == "DELETE_COMPLETE"


def test_a_retained_nested_stack_lives_on(aws: Aws) -> None:
    kept = child(upload(aws, inner()), DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    create(aws, template({"Child": kept, "Topic": topic()}))
    inside = nested(aws)

    update(aws, template({"Topic": topic()}))
    delete(aws)

    assert status(aws, inside) == "CREATE_COMPLETE"
    assert groups(aws) == ["/inner"]


def test_what_resists_inside_fails_the_parents_deletion(aws: Aws) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}
    create(aws, template({"Child": child(upload(aws, inner(Bucket=bucket)))}))
    aws.client("s3").put_object(Bucket="full", Key="a", Body=b"")

    assert delete(aws) == "DELETE_FAILED"

    assert reason(aws) == "The following resource(s) failed to delete: [Child]. "
    assert "failed to delete: [Bucket]" in why(aws, "Child")
    aws.client("s3").delete_object(Bucket="full", Key="a")
    assert delete(aws) == "DELETE_COMPLETE"


def test_a_change_set_lists_a_nested_stack_whose_template_may_have_changed(aws: Aws) -> None:
    body = template({"Child": child(upload(aws, inner()))}, Outputs=OUT)
    create(aws, body)
    cloudformation = aws.client("cloudformation")

    cloudformation.create_change_set(StackName="stack", ChangeSetName="change", TemplateBody=body)

    (change,) = cloudformation.describe_change_set(StackName="stack", ChangeSetName="change")["Changes"]
    assert change["ResourceChange"]["LogicalResourceId"] == "Child"
    assert change["ResourceChange"]["Details"][0]["ChangeSource"] == "Automatic"


def test_a_wrong_parameter_fails_the_nested_stack(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner()), Parameters={"Nope": "x"})}))

    assert "Parameters: [Nope] do not exist in the template" in why(aws, "Child")


def test_termination_protection_belongs_to_the_root(aws: Aws) -> None:
    create(aws, template({"Child": child(upload(aws, inner()))}))

    with pytest.raises(ClientError, match="follows that of its root stack"):
        aws.client("cloudformation").update_termination_protection(
            StackName=nested(aws), EnableTerminationProtection=True
        )


def test_the_cli_packages_local_templates(aws: Aws) -> None:
    aws.client("s3").create_bucket(Bucket="templates")
    (aws.home / "inner.json").write_text(inner())
    parent = aws.home / "parent.json"
    parent.write_text(dumps({"Resources": {"Child": child("inner.json")}, "Outputs": OUT}))
    packaged = aws.home / "packaged.yaml"

    package: list[str | Path] = ["package", "--template-file", parent, "--output-template-file", packaged]
    for command in (
        [*package, "--s3-bucket", "templates"],
        ["deploy", "--template-file", packaged, "--stack-name", "stack"],
    ):
        done = aws.cli(["cloudformation", *command])
        assert done.returncode == 0, done.stderr

    assert outputs(aws) == {"Out": "/inner"}
    assert ("Child", "CREATE_COMPLETE") in events(aws)
