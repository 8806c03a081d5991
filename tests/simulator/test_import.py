"""Importing resources that exist into a stack."""

from __future__ import annotations

from typing import Any

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
