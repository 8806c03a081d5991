"""The judge of restore tests, executed on the event that AWS Backup sends when a restore is over."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.states import Account, Clock, Execution, Refusal, problems, run
from templates.restore_tests import LONGEST_MESSAGE
from tests.templates.machines import definition, statements
from tests.templates.rendering import built, parameter_file, rendered

STACK, TITLE = "rds-restore-tests", "RestoreTest"
NOW = "2030-01-15T12:00:00Z"
RESTORED = "awsbackup-restore-test-1"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:check-data"

EVENT = {
    "detail": {
        "restoreJobId": "JOB-1",
        "status": "COMPLETED",
        "createdResourceArn": f"arn:aws:rds:eu-west-1:123456789012:db:{RESTORED}",
    }
}


def described(**facts: Any) -> dict[str, Any]:
    group = parameter_file(STACK, "prod")["DatabaseParameterGroupName"]
    instance = {
        "EngineVersion": "17.11",
        "StorageEncrypted": True,
        "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "AllocatedStorage": 100,
        "DBParameterGroups": [{"DBParameterGroupName": group, "ParameterApplyStatus": "in-sync"}],
        **facts,
    }
    return {"DBInstances": [instance]}


def judge(event: dict[str, Any] | None = None, *, seconds: int = 1800, function: str = "", **answers: Any) -> Execution:
    clock = Clock(NOW)
    script: dict[str, Any] = {
        "backup:describeRestoreJob": {
            "RestoreJobId": "JOB-1",
            "CreationDate": clock.ago(seconds),
            "CompletionDate": clock.ago(0),
        },
        "rds:describeDBInstances": [described(), described()],
        "backup:putRestoreValidationResult": {},
        "cloudwatch:putMetricData": {},
        "sns:publish": {"MessageId": "1"},
    }
    script |= {name.replace("__", ":"): answer for name, answer in answers.items()}
    machine = definition(STACK, TITLE, ValidationFunctionArn=function)
    return run(machine, event or EVENT, account=Account(script), clock=clock)


def results(ended: Execution) -> list[tuple[str, str]]:
    return [
        (each["ValidationStatus"], each["ValidationStatusMessage"])
        for each in ended.parameters("backup:putRestoreValidationResult")
    ]


def metrics(ended: Execution) -> dict[str, float]:
    return {
        metric["MetricName"]: metric["Value"]
        for data in ended.parameters("cloudwatch:putMetricData")
        for metric in data["MetricData"]
    }


def test_what_is_restored_as_it_was_passes_and_does_not_claim_to_have_read_the_data() -> None:
    ended = judge()
    assert ended.status == "SUCCEEDED", ended.cause
    assert results(ended) == [("SUCCESSFUL", "Restored and configured; data not verified")]
    assert metrics(ended) == {"RestoreSeconds": 1800, "RestoreTestSucceeded": 1}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"EngineVersion": "17.10"}, "version 17.10, not 17.11"),
        ({"StorageEncrypted": False, "KmsKeyId": None}, "not encrypted; under another key"),
        ({"AllocatedStorage": 50}, "storage 50 GiB"),
        ({"DBParameterGroups": [{"DBParameterGroupName": "default.postgres17"}]}, "parameter group default.postgres17"),
    ],
)
def test_what_differs_fails_the_test_and_is_told(facts: dict[str, Any], reason: str) -> None:
    copy = described(**facts)
    copy["DBInstances"][0] = {name: value for name, value in copy["DBInstances"][0].items() if value is not None}
    ended = judge(rds__describeDBInstances=[copy, described()])
    assert (ended.status, results(ended)) == ("FAILED", [("FAILED", reason)])
    assert metrics(ended) == {"RestoreSeconds": 1800, "RestoreTestSucceeded": 0}
    (message,) = ended.parameters("sns:publish")
    assert reason in message["Message"]


def test_a_restore_that_takes_longer_than_the_objective_fails_and_its_alarm_sees_it() -> None:
    ended = judge(seconds=7201)
    assert results(ended) == [("FAILED", "took 7201 s")]
    assert metrics(ended) == {"RestoreSeconds": 7201, "RestoreTestSucceeded": 0}
    alarm = rendered(STACK).resources["RestoreTooSlow"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("RestoreSeconds", "7200")


def test_a_duration_that_cannot_be_published_does_not_change_the_verdict() -> None:
    denied = Refusal("AccessDenied", "no")
    assert results(judge(cloudwatch__putMetricData=denied))[0][0] == "SUCCESSFUL"


@pytest.mark.parametrize("status", ["FAILED", "ABORTED"])
def test_a_restore_that_failed_is_told_and_not_judged(status: str) -> None:
    detail = {"restoreJobId": "JOB-1", "status": status, "statusMessage": "no capacity"}
    ended = judge({"detail": detail})
    assert (ended.status, results(ended)) == ("FAILED", [])
    (message,) = ended.parameters("sns:publish")
    assert f"ended as {status}: no capacity" in message["Message"]


@pytest.mark.parametrize("action", ["backup__describeRestoreJob", "rds__describeDBInstances"])
def test_a_restore_that_nobody_can_look_at_fails(action: str) -> None:
    answers: dict[str, Any] = {action: Refusal("AccessDenied", "not allowed to look")}
    ended = judge(**answers)
    ((status, why),) = results(ended)
    assert (status, "not allowed to look" in why) == ("FAILED", True)


def job(**facts: Any) -> dict[str, Any]:
    clock = Clock(NOW)
    return {"RestoreJobId": "JOB-1", "CreationDate": clock.ago(1800), "CompletionDate": clock.ago(0), **facts}


def test_a_result_that_cannot_be_reported_is_told() -> None:
    ended = judge(backup__putRestoreValidationResult=Refusal("InvalidRequestException", "the window is over"))
    (message,) = ended.parameters("sns:publish")
    assert "the result was not reported: " in message["Message"]
    assert "the window is over" in message["Message"]
    assert metrics(ended)["RestoreTestSucceeded"] == 0


@pytest.mark.parametrize("status", ["SUCCESSFUL", "FAILED"])
def test_an_event_that_comes_again_is_not_judged_again(status: str) -> None:
    ended = judge(backup__describeRestoreJob=job(ValidationStatus=status))
    assert (ended.status, results(ended), metrics(ended)) == ("SUCCEEDED", [], {})
    assert ended.parameters("sns:publish") == []


def test_a_result_whose_acknowledgement_was_lost_counts_as_reported() -> None:
    ended = judge(
        backup__describeRestoreJob=[job(ValidationStatus="VALIDATING"), job(ValidationStatus="SUCCESSFUL")],
        backup__putRestoreValidationResult=Refusal("InvalidRequestException", "already set"),
    )
    assert ended.status == "SUCCEEDED", ended.cause
    assert metrics(ended) == {"RestoreSeconds": 1800, "RestoreTestSucceeded": 1}


def test_another_result_than_ours_is_told() -> None:
    ended = judge(
        backup__describeRestoreJob=[job(), job(ValidationStatus="FAILED")],
        backup__putRestoreValidationResult=Refusal("InvalidRequestException", "already set"),
    )
    (message,) = ended.parameters("sns:publish")
    assert "already set" in message["Message"]


def test_a_reason_of_any_length_can_be_reported() -> None:
    ended = judge(function=FUNCTION, lambda__invoke=Refusal("SomethingElse", "x" * 5000))
    ((status, why),) = results(ended)
    assert (status, len(why)) == ("FAILED", LONGEST_MESSAGE)


def test_a_function_of_the_users_is_asked_about_the_data() -> None:
    ended = judge(function=FUNCTION, lambda__invoke={"StatusCode": 200, "Payload": b"{}"})
    assert results(ended)[0][0] == "SUCCESSFUL"
    (asked,) = ended.parameters("lambda:invoke")
    assert asked["FunctionName"] == FUNCTION


def test_what_the_function_refuses_fails_the_test() -> None:
    ended = judge(function=FUNCTION, lambda__invoke=Refusal("RowsAreMissing", "rows are missing"))
    ((status, why),) = results(ended)
    assert (status, "rows are missing" in why) == ("FAILED", True)


def test_the_function_is_asked_for_the_data_only_of_what_is_configured_rightly() -> None:
    copy = described(EngineVersion="17.10")
    ended = judge(function=FUNCTION, rds__describeDBInstances=[copy, described()])
    assert ended.parameters("lambda:invoke") == []


def test_a_throttled_function_is_asked_again() -> None:
    busy = Refusal("TooManyRequestsException", "Rate exceeded")
    ended = judge(function=FUNCTION, lambda__invoke=[busy, {"StatusCode": 200, "Payload": b"{}"}])
    assert (ended.status, results(ended)[0][0]) == ("SUCCEEDED", "SUCCESSFUL")


@pytest.mark.parametrize(
    ("arn", "taken"),
    [("", True), (FUNCTION, True), (f"{FUNCTION}:live", True), (f"{FUNCTION}:12", True), ("check-data", False)],
)
def test_a_function_is_named_by_its_arn_with_a_version_or_alias_if_wanted(arn: str, taken: bool) -> None:
    pattern = built(STACK)["Parameters"]["ValidationFunctionArn"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, arn)) == taken


def test_copies_are_made_where_the_database_is_and_guarded_as_it_is() -> None:
    given = parameter_file(STACK, "prod")
    selection = rendered(STACK).only("Backup::RestoreTestingSelection")
    assert selection["RestoreMetadataOverrides"] == {
        "dbParameterGroupName": given["DatabaseParameterGroupName"],
        "dbSubnetGroupName": given["DatabaseSubnetGroupName"],
        "enableIamDatabaseAuthentication": "true",
        "multiAz": "false",
        "publiclyAccessible": "false",
        "vpcSecurityGroupIds": f'["{given["DatabaseSecurityGroupId"]}"]',
    }


def test_names_of_restore_testing_have_no_hyphen() -> None:
    name = rendered(STACK, Project="my-project").only("Backup::RestoreTestingPlan")["RestoreTestingPlanName"]
    assert name == "my_project_prod_restore_test"


def test_its_definition_is_sound_and_its_role_may_do_what_it_calls_and_no_more() -> None:
    role = statements(rendered(STACK, ValidationFunctionArn=FUNCTION), TITLE)
    assert problems(definition(STACK, TITLE, ValidationFunctionArn=FUNCTION), role) == []
