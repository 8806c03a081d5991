"""What is said about a stack's state, and what to do then."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name

from builder.aws import states
from builder.aws.account import Account
from builder.aws.stacks import Stack

ACCOUNT = Account(session=boto3.session.Session(), region="eu-west-1", number="123456789012")
STATUS: Any = botocore.session.get_session().get_service_model("cloudformation").shape_for("StackStatus")
UPDATABLE = {
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
}


def stack(status: str, reason: str = "") -> Stack:
    return Stack(
        id="arn:aws:cloudformation:eu-west-1:123456789012:stack/s/1",
        name="s",
        status=status,
        reason=reason,
        root_id="",
        updated=None,
        terminates=True,
        parameters={},
        outputs=(),
    )


@pytest.fixture(autouse=True)
def _not_hollow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "is_hollow", lambda *_: False)


@pytest.mark.parametrize("status", [each for each in STATUS.enum if each != "DELETE_COMPLETE"])
def test_a_state_is_refused_exactly_when_cloudformation_updates_nothing_in_it(status: str) -> None:
    assert bool(list(states.problems(ACCOUNT, stack(status)))) == (status not in UPDATABLE)


@pytest.mark.parametrize(
    ("status", "command"),
    [
        ("CREATE_IN_PROGRESS", "wait stack-create-complete --stack-name s"),
        ("UPDATE_IN_PROGRESS", "wait stack-update-complete --stack-name s"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "wait stack-update-complete --stack-name s"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "wait stack-rollback-complete --stack-name s"),
        ("DELETE_IN_PROGRESS", "wait stack-delete-complete --stack-name arn:aws:cloudformation:eu-west-1"),
        ("IMPORT_IN_PROGRESS", "wait stack-import-complete --stack-name s"),
        ("ROLLBACK_IN_PROGRESS", "describe-stacks --stack-name s"),
        ("IMPORT_ROLLBACK_IN_PROGRESS", "describe-stacks --stack-name s"),
        ("ROLLBACK_COMPLETE", "delete-stack --stack-name s"),
        ("DELETE_FAILED", "delete-stack --stack-name s"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name s"),
    ],
)
def test_each_state_is_told_with_the_command_that_leads_out_of_it(status: str, command: str) -> None:
    (problem,) = states.problems(ACCOUNT, stack(status))
    assert f"aws cloudformation {command}" in problem.fix
    assert problem.fix.endswith("then deploy again")


def test_the_waiters_that_are_named_exist() -> None:
    waiters = botocore.session.get_session().get_waiter_model("cloudformation").waiter_names
    assert set(states._WAITERS.values()) <= {xform_name(name, "-") for name in waiters}


def test_a_state_is_told_with_its_reason_in_one_line() -> None:
    (problem,) = states.problems(ACCOUNT, stack("ROLLBACK_COMPLETE", "It\n  failed."))
    assert problem.what == "is ROLLBACK_COMPLETE, which cannot be deployed to: It failed"


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "IMPORT_COMPLETE"])
def test_an_empty_or_imported_stack_is_made_by_its_first_deployment(status: str) -> None:
    assert states.is_first(None)
    assert states.is_first(stack(status))
    assert not states.is_first(stack("CREATE_FAILED"))
