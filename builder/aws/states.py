"""What a stack's status allows, and what to do about those that allow nothing.

Source: "Understand stack creation and update status codes" and "Choose how to handle failures when provisioning
resources" in the CloudFormation user guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from builder.aws import stacks
from builder.aws.account import Account
from builder.aws.aws_cli import advice
from builder.aws.errors import one_line
from builder.aws.stacks import Stack
from builder.problems import Problem

# An empty shell: a change set was made for it, none was executed.
EMPTY = "REVIEW_IN_PROGRESS"
# Kept as they stood when something failed; CloudFormation goes on from there only with rollback disabled.
HALTED = frozenset({"CREATE_FAILED", "UPDATE_FAILED"})
# The waiter of the AWS CLI for an operation; a creation or an import that is rolled back has none.
_WAITERS = {
    "CREATE_": "stack-create-complete",
    "DELETE_": "stack-delete-complete",
    "IMPORT_IN": "stack-import-complete",
    "UPDATE_ROLLBACK_": "stack-rollback-complete",
    "UPDATE_": "stack-update-complete",
}


def is_first(stack: Stack | None) -> bool:
    """Whether a deployment is the one that makes the stack's resources, those aside that an import brought into it."""
    return stack is None or stack.status in (EMPTY, "IMPORT_COMPLETE")


def in_progress(status: str) -> bool:
    """Whether an operation is under way."""
    return status.endswith("_IN_PROGRESS") and status != EMPTY


def has_failed(status: str) -> bool:
    """Whether a stack stands where a failure left it, or came back from one."""
    return status.endswith("_FAILED") or "ROLLBACK" in status


def waiting(account: Account, stack: Stack) -> str:
    """The command that waits until what is under way has ended, an hour at the most, or else shows where it stands."""
    name = ("--stack-name", stack.id if stack.status.startswith("DELETE_") else stack.name)
    for prefix, waiter in _WAITERS.items():
        if stack.status.startswith(prefix):
            return advice(account, "cloudformation", "wait", waiter, *name)
    return advice(account, "cloudformation", "describe-stacks", *name)


def is_hollow(account: Account, stack: Stack) -> bool:
    """Whether a stack was to be made by an import that failed: it holds nothing that could be updated."""
    undone = "IMPORT_ROLLBACK_COMPLETE"
    return stack.status == undone and all(each.status == undone for each in stacks.resources(account, stack.id))


def problems(account: Account, stack: Stack) -> Iterator[Problem]:
    """Why nothing can be deployed to a stack, if so, and what to do."""
    fix = f"wait ({waiting(account, stack)})" if in_progress(stack.status) else way_out(account, stack)
    if fix:
        reason = f": {one_line(stack.reason)}" if stack.reason else ""
        what = f"is {stack.status}, which cannot be deployed to{reason}"
        yield Problem(file=stack.name, what=what, fix=f"{fix}, then deploy again")


def way_out(account: Account, stack: Stack) -> str:
    """How a stack gets out of a state in which it stands and cannot be updated; empty for any other."""
    status, resisted = stack.status, f"see what resisted ({_command(account, stack, 'describe-stack-events')})"
    if status == "ROLLBACK_COMPLETE" or is_hollow(account, stack):
        return f"delete it, nothing lives in it ({_command(account, stack, 'delete-stack')})"
    if status in ("ROLLBACK_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"):
        return f"{resisted}, delete it ({_command(account, stack, 'delete-stack')})"
    if status == "UPDATE_ROLLBACK_FAILED":
        return f"{resisted}, put it right, go on rolling back ({_command(account, stack, 'continue-update-rollback')})"
    return ""


def _command(account: Account, stack: Stack, action: str) -> str:
    return advice(account, "cloudformation", action, "--stack-name", stack.name)
