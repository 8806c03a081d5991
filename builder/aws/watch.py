"""Watching a deployment that is under way: what goes on in it, then what came of it."""

from __future__ import annotations

import click

from builder.aws import failures, follow, outputs, stacks, states
from builder.aws.account import Account
from builder.problems import ExitCode, Failure, Problem


def watch(account: Account, name: str) -> None:
    """Shows what goes on in the stack of that name until nothing does any more, then its outputs.

    Of a stack in which nothing goes on, the newest operation is told. Raises Failure with ExitCode.AWS_REFUSED and the
    cause if that failed, or if there is none.
    """
    stack = stacks.require(account, name)
    if stack.status == states.EMPTY:
        what, fix = "is empty: a change set was made for it, and none was executed", "deploy it, or delete it"
        raise Failure([Problem(file=name, what=what, fix=fix)], ExitCode.AWS_REFUSED)
    click.echo(f"Watching {stack.name} in {account.region} of account {account.number}.")
    try:
        stack = follow.to_the_end(account, stack)
    except KeyboardInterrupt:
        click.echo("What CloudFormation has begun goes on; to see where it stands, watch it again.", err=True)
        raise
    if states.has_failed(stack.status):
        raise Failure(failures.why(account, stack), ExitCode.AWS_REFUSED)
    click.echo(f"{stack.name} is {stack.status}.")
    if stack.outputs:
        outputs.show(account, stack.id, "table")
