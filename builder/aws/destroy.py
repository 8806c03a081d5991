"""Deleting a stack for good, unless it is protected: then everything that protects it is told, and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click
from botocore.exceptions import ClientError, WaiterError

from builder import capabilities
from builder.aws import errors, failures, protection, stacks, states
from builder.aws.account import Account
from builder.aws.aws_cli import advice
from builder.aws.stacks import STACK_TYPE, Resource, Stack
from builder.aws.tables import table
from builder.problems import ExitCode, Failure, Problem


@dataclass(frozen=True, kw_only=True)
class _Guarded:
    """How a type of database is asked whether it is protected, and told that it no longer is."""

    describe: str
    identifier: str
    found: str
    modify: str
    option: str
    missing: str


_GUARDED = {
    "AWS::RDS::DBInstance": _Guarded(
        describe="describe_db_instances",
        identifier="DBInstanceIdentifier",
        found="DBInstances",
        modify="modify-db-instance",
        option="--db-instance-identifier",
        missing="DBInstanceNotFound",
    ),
    "AWS::RDS::DBCluster": _Guarded(
        describe="describe_db_clusters",
        identifier="DBClusterIdentifier",
        found="DBClusters",
        modify="modify-db-cluster",
        option="--db-cluster-identifier",
        missing="DBClusterNotFoundFault",
    ),
}


def destroy(account: Account, name: str) -> None:
    """Deletes the stack of that name and waits until it is gone.

    Raises Failure: with ExitCode.STATEFUL_CHANGE_BLOCKED when the stack is protected, with what resisted otherwise.
    """
    stack = stacks.require(account, name)
    rest = list(_rest(account, stack.id)) if stack.status != states.EMPTY else []
    kept = [(resource, end) for resource, end in rest if end]
    if kept:
        click.echo(f"Deleting {name} would leave behind, and go on costing:")
        table(
            ("Logical ID", "Type", "ID", "What becomes of it"),
            [(resource.logical_id, resource.type, resource.id, end) for resource, end in kept],
        )
    locks = [*_locks(account, stack), *(lock for resource, end in rest for lock in _lock(account, resource, end))]
    if kept:
        delete = advice(account, "cloudformation", "delete-stack", "--stack-name", name)
        what = "keeps what it holds, and is not deleted from here"
        fix = f"{'lift what is named above' if locks else 'if it must go'}, then {delete}"
        locks.append(Problem(file=name, what=what, fix=fix))
    if locks:
        raise Failure(locks, ExitCode.STATEFUL_CHANGE_BLOCKED)
    _delete(account, stack)


def _rest(account: Account, stack_id: str) -> Iterator[tuple[Resource, str]]:
    """Every resource of a stack and of those deleted with it, each with what would stay of it, "" for nothing."""
    declared = dict(capabilities.resources(stacks.template(account, stack_id)))
    for resource in stacks.resources(account, stack_id):
        if not resource.id or resource.status == stacks.GONE:
            continue
        policy = protection.deletion_policy(declared.get(resource.logical_id, {"Type": resource.type}))
        if policy == "Snapshot":
            yield resource, "a final snapshot"
        elif policy != "Delete":
            yield resource, "it stays, with all that it nests" if resource.type == STACK_TYPE else "it stays"
        else:
            yield resource, ""
            if resource.type == STACK_TYPE:
                yield from _rest(account, resource.id)


def _locks(account: Account, stack: Stack) -> Iterator[Problem]:
    if not stack.terminates:
        command = ("cloudformation", "update-termination-protection", "--no-enable-termination-protection")
        fix = advice(account, *command, "--stack-name", stack.name)
        yield Problem(file=stack.name, what="has termination protection", fix=fix)


def _lock(account: Account, resource: Resource, end: str) -> Iterator[Problem]:
    """That a database which would be deleted refuses to be."""
    guarded = _GUARDED.get(resource.type)
    if guarded is None or end.startswith("it stays"):
        return
    try:
        answer = getattr(account.client("rds"), guarded.describe)(**{guarded.identifier: resource.id})
    except ClientError as error:
        if errors.code_of(error) == guarded.missing:
            return
        raise
    if answer[guarded.found][0].get("DeletionProtection"):
        command = ("rds", guarded.modify, guarded.option, resource.id)
        fix = advice(account, *command, "--no-deletion-protection", "--apply-immediately")
        yield Problem(file=resource.id, key=resource.logical_id, what="has deletion protection", fix=fix)


def _delete(account: Account, stack: Stack) -> None:
    cloudformation = account.client("cloudformation")
    click.echo(f"Deleting {stack.name} from {account.region} of account {account.number}.")
    click.echo(f"$ {advice(account, 'cloudformation', 'delete-stack', '--stack-name', stack.name)}")
    cloudformation.delete_stack(StackName=stack.name)
    click.echo(f"$ {advice(account, 'cloudformation', 'wait', 'stack-delete-complete', '--stack-name', stack.id)}")
    try:
        # By its ID: a name means nothing once the stack is gone.
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack.id)
    except WaiterError as error:
        raise Failure(_why(account, stack.id), ExitCode.AWS_REFUSED) from error
    click.echo(f"{stack.name} is deleted.")


def _why(account: Account, stack_id: str) -> tuple[Problem, ...]:
    stack = stacks.require(account, stack_id)
    if states.in_progress(stack.status):
        fix = f"go on waiting ({states.waiting(account, stack)})"
        return (Problem(file=stack.name, what=f"is still {stack.status}", fix=fix),)
    fix = "put right what resisted, then destroy it again"
    found = failures.problems(account, stack_id, fix)
    return found or (Problem(file=stack.name, what=f"is {stack.status}: {errors.one_line(stack.reason)}", fix=fix),)
