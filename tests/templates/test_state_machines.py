"""What holds of every state machine, whichever stack has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from builder.sdk_names import states
from simulator.states import problems
from tests.templates.machines import statements
from tests.templates.rendering import STACKS, built, rendered

# What a role may do though no state calls it.
WITHOUT_CALL = {
    "FailoverDrill": {"iam:CreateServiceLinkedRole": "the first experiment of an account makes the role of FIS"},
    "SnapshotExport": {
        "kms:CreateGrant": "RDS encrypts for the caller",
        "kms:DescribeKey": "RDS encrypts for the caller",
    },
}

# Actions that take no resource, or none that could be named. (service authorization reference)
ANY_RESOURCE = {
    "backup:DescribeRestoreJob": "takes none",
    "backup:PutRestoreValidationResult": "takes none",
    "cloudwatch:GetMetricData": "metrics are no resources",
    "cloudwatch:PutMetricData": "takes none; its namespace is held by a condition",
    "rds:DescribeEvents": "takes none",
    "rds:DescribeExportTasks": "takes none",
}

MACHINES = [
    (stack, title)
    for stack in STACKS
    for title, resource in built(stack)["Resources"].items()
    if resource["Type"] == "AWS::StepFunctions::StateMachine"
]
EVERY_MACHINE = pytest.mark.parametrize(("stack", "title"), MACHINES)


def machine(stack: str, title: str) -> dict[str, Any]:
    text = rendered(stack).resources[title]["Properties"]["DefinitionString"]
    found: dict[str, Any] = json.loads(text)
    return found


def tasks(stack: str, title: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, state in states(machine(stack, title)):
        if state["Type"] == "Task":
            yield path, dict(state)


def test_there_are_as_many_as_there_are_promises() -> None:
    assert {title for _, title in MACHINES} == {
        "AbsenceWatch",
        "AlertHeartbeat",
        "FailoverDrill",
        "RecoveryPointWatch",
        "RestoreTest",
        "SnapshotExport",
    }


@EVERY_MACHINE
def test_a_definition_is_sound_and_its_role_may_do_what_it_calls_and_no_more(stack: str, title: str) -> None:
    held = statements(rendered(stack), title)
    assert problems(machine(stack, title), held, without_call=WITHOUT_CALL.get(title)) == []


@EVERY_MACHINE
def test_a_role_names_what_it_may_act_on_where_that_has_a_name(stack: str, title: str) -> None:
    for statement in statements(rendered(stack), title):
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= ANY_RESOURCE.keys(), statement


def test_every_reason_for_any_resource_is_needed() -> None:
    used = {
        action
        for stack, title in MACHINES
        for statement in statements(rendered(stack), title)
        if "*" in statement["Resource"]
        for action in statement["Action"]
    }
    assert used == ANY_RESOURCE.keys()


@EVERY_MACHINE
def test_every_call_is_repeated_when_aws_is_busy_and_waits_longer_each_time(stack: str, title: str) -> None:
    for path, task in tasks(stack, title):
        last = task["Retry"][-1]
        assert last["MaxAttempts"] > 1, path
        assert last["JitterStrategy"] == "FULL", path
        assert last.get("BackoffRate", 2) >= 2, path  # 2 unless stated (States language, "Retrying after error")


@EVERY_MACHINE
def test_it_ends_and_its_executions_are_logged_with_all_that_they_saw(stack: str, title: str) -> None:
    assert machine(stack, title)["TimeoutSeconds"] > 0
    logging = rendered(stack).resources[title]["Properties"]["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", True)
    (destination,) = logging["Destinations"]
    arn = destination["CloudWatchLogsLogGroup"]["LogGroupArn"]
    group = rendered(stack).resources[arn.strip("<>").removesuffix(".Arn")]["Properties"]
    assert group["LogGroupName"].startswith("/aws/vendedlogs/")
