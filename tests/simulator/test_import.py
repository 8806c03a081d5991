"""Importing resources that exist into a stack."""

from __future__ import annotations

from dataclasses import replace
from json import loads
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws, cloud_control
from tests.simulator.stacks import (
    HANDLE,
    create,
    delete,
    events,
    group,
    groups,
    status,
    template,
    topic,
)

LOG_GROUP = [
    {
        "ResourceType": "AWS::Logs::LogGroup",
        "LogicalResourceId": "Group",
        "ResourceIdentifier": {"LogGroupName": "/mine"},
    }
]


def kept(**properties: Any) -> dict[str, Any]:
    found = group("/mine", DeletionPolicy="Retain")
    found["Properties"] |= properties
    return found


def adopt(aws: Aws, body: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Make an import change set and execute it if it can be; the change set."""
    cloudformation = aws.client("cloudformation")
    made = cloudformation.create_change_set(
        StackName="stack",
        ChangeSetName="adopt",
        ChangeSetType="IMPORT",
        TemplateBody=body,
        ResourcesToImport=resources,
    )
    proposed = cloudformation.describe_change_set(ChangeSetName=made["Id"])
    if proposed["Status"] == "CREATE_COMPLETE":
        cloudformation.execute_change_set(ChangeSetName=made["Id"])
    return dict(proposed)


def test_an_existing_resource_becomes_the_stacks_own(aws: Aws) -> None:
    aws.client("logs").create_log_group(logGroupName="/mine")

    proposed = adopt(aws, template({"Group": kept()}), LOG_GROUP)

    assert proposed["Changes"][0]["ResourceChange"]["Action"] == "Import"
    assert status(aws) == "IMPORT_COMPLETE"
    assert ("Group", "IMPORT_COMPLETE") in events(aws)
    assert aws.resources("stack")["Group"].physical_id == "/mine"
    assert delete(aws) == "DELETE_COMPLETE"
    assert groups(aws) == ["/mine"]


def test_an_import_applies_what_the_template_says(aws: Aws) -> None:
    aws.client("logs").create_log_group(logGroupName="/mine")

    adopt(aws, template({"Group": kept(RetentionInDays=7)}), LOG_GROUP)

    (found,) = aws.client("logs").describe_log_groups()["logGroups"]
    assert found["retentionInDays"] == 7


def test_a_resource_is_imported_beside_those_of_a_stack(aws: Aws) -> None:
    aws.client("logs").create_log_group(logGroupName="/mine")
    create(aws, template({"Topic": topic()}))

    adopt(aws, template({"Topic": topic(), "Group": kept()}), LOG_GROUP)

    assert status(aws) == "IMPORT_COMPLETE"
    assert set(aws.resources("stack")) == {"Topic", "Group"}


def test_an_import_of_what_does_not_exist_is_rolled_back(aws: Aws) -> None:
    create(aws, template({"Topic": topic()}))

    adopt(aws, template({"Topic": topic(), "Group": kept()}), LOG_GROUP)

    assert status(aws) == "IMPORT_ROLLBACK_COMPLETE"
    assert set(aws.resources("stack")) == {"Topic"}


def test_an_import_changes_nothing_else(aws: Aws) -> None:
    aws.client("logs").create_log_group(logGroupName="/mine")
    create(aws, template({"Topic": topic()}))

    with pytest.raises(ClientError, match=r"You have modified resources \[Topic\]"):
        adopt(aws, template({"Topic": topic(DisplayName="b"), "Group": kept()}), LOG_GROUP)


@pytest.mark.parametrize(
    ("resource", "identifier", "message"),
    [
        (group("/mine"), {"LogGroupName": "/mine"}, "must have DeletionPolicy"),
        (kept(), {"Arn": "/mine"}, r"must be \['LogGroupName'\]"),
        ({**HANDLE, "DeletionPolicy": "Retain"}, {"Id": "x"}, "not supported for Import"),
    ],
)
def test_what_cannot_be_imported_is_refused(
    aws: Aws, resource: dict[str, Any], identifier: dict[str, str], message: str
) -> None:
    wanted = {"ResourceType": resource["Type"], "LogicalResourceId": "Group", "ResourceIdentifier": identifier}

    with pytest.raises(ClientError, match=message):
        adopt(aws, template({"Group": resource}), [wanted])


def test_an_import_names_its_resources(aws: Aws) -> None:
    with pytest.raises(ClientError, match="must specify ResourcesToImport"):
        aws.client("cloudformation").create_change_set(
            StackName="stack", ChangeSetName="adopt", ChangeSetType="IMPORT", TemplateBody=template({"A": HANDLE})
        )


def test_what_can_be_read_by_cloud_control_is_shown_as_its_properties(aws: Aws) -> None:
    aws.client("logs").create_log_group(logGroupName="/mine", tags={"Team": "orders"})
    shown = aws.client("cloudcontrol").get_resource(TypeName="AWS::Logs::LogGroup", Identifier="/mine")
    properties = loads(shown["ResourceDescription"]["Properties"])
    assert properties["LogGroupName"] == "/mine"
    assert properties["Tags"] == [{"Key": "Team", "Value": "orders"}]


@pytest.mark.parametrize(
    ("of_type", "identifier", "refusal"),
    [
        ("AWS::Logs::LogGroup", "/nobodys", "ResourceNotFoundException"),
        ("AWS::RDS::DBInstance", "nobody", "ResourceNotFoundException"),
        ("AWS::SNS::Topic", "arn", "UnsupportedActionException"),
    ],
)
def test_what_cloud_control_does_not_have_is_refused(aws: Aws, of_type: str, identifier: str, refusal: str) -> None:
    with pytest.raises(ClientError, match=refusal):
        aws.client("cloudcontrol").get_resource(TypeName=of_type, Identifier=identifier)


def test_a_faulty_answer_is_not_taken_for_an_absent_resource(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(client: Any, identifier: str) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "Throttling", "Message": "Slow down"}}, "DescribeLogGroups")

    reader = replace(cloud_control._READERS["AWS::Logs::LogGroup"], found=fault)
    monkeypatch.setitem(cloud_control._READERS, "AWS::Logs::LogGroup", reader)
    with pytest.raises(ClientError, match="ClientError"):
        aws.client("cloudcontrol").get_resource(TypeName="AWS::Logs::LogGroup", Identifier="/mine")
