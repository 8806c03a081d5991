"""The function that empties what a disposable stack deletes, run as Lambda would, against clients of our own.

How it works with S3 itself is shown where the disposable stack is deployed and deleted.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.templates.rendering import built

PLENTY = 600_000


class Context:
    def __init__(self, milliseconds: int = PLENTY) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


class Account:
    """Just enough of an AWS account: what it holds, and what it was asked to delete."""

    def __init__(self, status: str = "DELETE_IN_PROGRESS") -> None:
        self.status = status
        self.versions = [{"Key": "a", "VersionId": "1"}, {"Key": "a", "VersionId": "2"}]
        self.markers = [{"Key": "b", "VersionId": "3"}]
        self.uploads = [{"Key": "c", "UploadId": "4"}]
        self.points = ["arn:point:1", "arn:point:2"]
        self.failure: str | None = None
        self.locked: list[dict[str, str]] = []
        self.slow_deletions = 1

    def client(self, service: str) -> Account:
        return self

    def get_paginator(self, operation: str) -> Any:
        account = self

        class Paginator:
            def paginate(self, **arguments: str) -> list[dict[str, Any]]:
                if account.failure:
                    raise ClientError({"Error": {"Code": account.failure, "Message": "no"}}, operation)
                return [dict(getattr(account, operation)())]

        return Paginator()

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": self.status}]}

    def list_object_versions(self) -> dict[str, Any]:
        return {"Versions": self.versions, "DeleteMarkers": self.markers} if self.versions else {}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        if self.locked:
            return {"Errors": self.locked}
        gone = Delete["Objects"]
        self.versions = [each for each in self.versions if each not in gone]
        self.markers = [each for each in self.markers if each not in gone]
        return {}

    def list_multipart_uploads(self) -> dict[str, Any]:
        return {"Uploads": self.uploads}

    def abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> None:
        self.uploads = [each for each in self.uploads if each["UploadId"] != UploadId]

    def list_recovery_points_by_backup_vault(self) -> dict[str, Any]:
        return {"RecoveryPoints": [{"RecoveryPointArn": point} for point in self.points]}

    def delete_recovery_point(self, BackupVaultName: str, RecoveryPointArn: str) -> None:
        self.asked = [*getattr(self, "asked", []), RecoveryPointArn]


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def function(account: Account, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The function's module, with the account in place of boto3 and its answers kept in `answers`."""
    answers: list[dict[str, Any]] = []

    def send(event: Any, context: Any, status: str, data: Any, identity: str, *, reason: str | None = None) -> None:
        answers.append({"status": status, "identity": identity, "reason": reason})

    stub = ModuleType("cfnresponse")
    stub.send = send  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cfnresponse", stub)
    monkeypatch.delitem(sys.modules, "templates.functions.empty_on_delete", raising=False)
    module = importlib.import_module("templates.functions.empty_on_delete")
    monkeypatch.setattr(module, "boto3", account)

    def pass_time(seconds: float) -> None:
        account.points = []

    monkeypatch.setattr(module.time, "sleep", pass_time)
    module.answers = answers  # type: ignore[attr-defined]
    return module


def ask(
    function: ModuleType, request: str, properties: dict[str, str], context: Context | None = None
) -> dict[str, Any]:
    event = {
        "RequestType": request,
        "StackId": "arn:stack",
        "LogicalResourceId": "Emptier",
        "ResourceProperties": {"ServiceToken": "arn:function", **properties},
    }
    function.handler(event, context or Context())
    answer: dict[str, Any] = function.answers[-1]
    return answer


def test_a_bucket_loses_versions_markers_and_uploads(function: ModuleType, account: Account) -> None:
    assert ask(function, "Delete", {"Bucket": "archive"})["status"] == "SUCCESS"
    assert (account.versions, account.markers, account.uploads) == ([], [], [])


def test_an_empty_bucket_is_left_alone(function: ModuleType, account: Account) -> None:
    account.versions, account.markers, account.uploads = [], [], []
    assert ask(function, "Delete", {"Bucket": "archive"})["status"] == "SUCCESS"


def test_a_vault_is_waited_for_until_it_is_empty(function: ModuleType, account: Account) -> None:
    assert ask(function, "Delete", {"BackupVault": "vault"})["status"] == "SUCCESS"
    assert account.asked == ["arn:point:1", "arn:point:2"]
    assert account.points == []


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_nothing_is_deleted_before_the_stack_goes(request_type: str, function: ModuleType, account: Account) -> None:
    assert ask(function, request_type, {"Bucket": "archive", "BackupVault": "vault"})["status"] == "SUCCESS"
    assert account.versions
    assert account.points


def test_an_update_that_drops_the_emptier_empties_nothing(function: ModuleType, account: Account) -> None:
    account.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert ask(function, "Delete", {"Bucket": "archive"})["status"] == "SUCCESS"
    assert account.versions


@pytest.mark.parametrize("properties", [{"Bucket": "archive"}, {"BackupVault": "vault"}])
@pytest.mark.parametrize("code", ["NoSuchBucket", "ResourceNotFoundException"])
def test_what_is_gone_already_is_no_failure(
    code: str, properties: dict[str, str], function: ModuleType, account: Account
) -> None:
    account.failure = code
    assert ask(function, "Delete", properties)["status"] == "SUCCESS"


@pytest.mark.parametrize("properties", [{"Bucket": "archive"}, {"BackupVault": "vault"}])
def test_a_refusal_is_answered_with_its_reason(
    properties: dict[str, str], function: ModuleType, account: Account
) -> None:
    account.failure = "AccessDenied"
    answer = ask(function, "Delete", properties)
    assert answer["status"] == "FAILED"
    assert "AccessDenied" in answer["reason"]


def test_an_object_that_cannot_be_deleted_is_named(function: ModuleType, account: Account) -> None:
    account.locked = [{"Key": "held", "Message": "Access Denied"}]
    answer = ask(function, "Delete", {"Bucket": "archive"})
    assert (answer["status"], "archive/held: Access Denied" in answer["reason"]) == ("FAILED", True)


@pytest.mark.parametrize("properties", [{"Bucket": "archive"}, {"BackupVault": "vault"}])
def test_it_answers_before_its_time_is_up(properties: dict[str, str], function: ModuleType) -> None:
    answer = ask(function, "Delete", properties, Context(milliseconds=29_999))
    assert answer["status"] == "FAILED"
    assert "delete the stack again to go on" in answer["reason"]


def test_its_identity_never_changes(function: ModuleType) -> None:
    """CloudFormation deletes the old of two identities, and so would have what is in use emptied."""
    identities = {
        ask(function, request, {"Bucket": "archive"})["identity"] for request in ("Create", "Update", "Delete")
    }
    assert identities == {"Emptier"}


class TestVault:
    """What the function cannot see: AWS Backup answers that a point is deleted, and keeps it as expired."""

    TEMPLATE = built("rds-high-availability-disposable")["Resources"]

    def test_what_made_the_recovery_points_outlives_them(self) -> None:
        assert self.TEMPLATE["BackupVaultEmptier"]["DependsOn"] == "BackupRole"
        assert self.TEMPLATE["BackupRole"]["Condition"] == self.TEMPLATE["BackupVaultEmptier"]["Condition"]

    def test_the_function_may_make_the_role_by_which_aws_backup_deletes_them(self) -> None:
        (policy,) = [
            policy["Fn::If"][1]["PolicyDocument"]["Statement"]
            for policy in self.TEMPLATE["EmptierRole"]["Properties"]["Policies"]
            if "Fn::If" in policy
        ]
        (making,) = [each for each in policy if each["Action"] == ["iam:CreateServiceLinkedRole"]]
        assert making["Condition"] == {"StringEquals": {"iam:AWSServiceName": "backup.amazonaws.com"}}
