"""Deploying: the real `aws cloudformation deploy` after every check that can be made, and protection after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from builder.aws import aws_cli, checks, failures, follow, protection, stacks, states
from builder.aws.account import Account
from builder.aws.aws_cli import Outcome
from builder.aws.expected import shared_tags
from builder.aws.package import package
from builder.aws.release import Release, Wish, load
from builder.aws.stacks import Stack
from builder.build import fail_if_wrong
from builder.cli import counted
from builder.problems import ExitCode, Failure, Problem


def deploy(root: Path, account: Account, wish: Wish) -> None:
    """Deploys a stack, and protects it if its template keeps anything.

    Raises Failure: with everything that speaks against it before anything is done, or with why it went wrong.
    """
    release = load(root, wish, account.region)
    scene = checks.look(account, wish.stack_name)
    parts = checks.unfold(scene, release)
    fail_if_wrong(checks.problems(scene, release, parts))
    product = release.product
    file = package(root, account, product, wish.bucket) if product.nests else product.file
    tags = shared_tags(parts[0].evaluation, account.region)
    command = _command(release, file, tags, without_rollback=goes_without_rollback(release, scene.stack))
    click.echo(f"Deploying {wish.stack_name} to {account.region} of account {account.number}.")
    try:
        with follow.beside(account, wish.stack_name, scene.stack) as tell:
            outcome = aws_cli.run(account, root, command, hidden=_hidden(release), tell=tell)
    except KeyboardInterrupt:
        see = aws_cli.advice(account, "cloudformation", "describe-stacks", "--stack-name", wish.stack_name)
        click.echo(f"What CloudFormation has begun goes on. To see where it stands: {see}", err=True)
        raise
    stack = stacks.find(account, wish.stack_name)
    if outcome.code or stack is None:
        raise Failure(_why(account, wish, scene.stack, stack, outcome), ExitCode.AWS_REFUSED)
    click.echo(f"{stack.name} is {stack.status}.")
    if product.is_protected:
        protect(account, stack)


def protect(account: Account, stack: Stack) -> None:
    """Sets a stack policy on a stack and on each that it nests, and termination protection on it.

    A policy reaches no further than its own stack, whereas termination protection does. (CloudFormation user guide,
    "Prevent updates to stack resources"; API reference, UpdateTerminationProtection)
    """
    cloudformation = account.client("cloudformation")
    kept = 0
    for stack_id in stacks.nested(account, stack.id):
        stateful = protection.stateful(stacks.template(account, stack_id))
        if stateful:
            cloudformation.set_stack_policy(StackName=stack_id, StackPolicyBody=protection.stack_policy(stateful))
        kept += len(stateful)
    cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=True)
    click.echo(f"Protected: it cannot be deleted, and no update may replace or delete {counted(kept, 'resource')}.")


def _command(release: Release, file: str, tags: Mapping[str, str], *, without_rollback: bool) -> list[str]:
    wish, product, parameters = release.wish, release.product, release.parameters
    command = ["cloudformation", "deploy", "--template-file", file, "--stack-name", wish.stack_name]
    if wish.settings:  # the AWS CLI takes either a file or values
        command += ["--parameter-overrides", *_assignments(parameters.values)]
    else:
        command += ["--parameter-overrides", f"file://{parameters.file}"]
    if product.capabilities:
        command += ["--capabilities", *product.capabilities]
    if wish.bucket:
        command += ["--s3-bucket", wish.bucket, "--s3-prefix", product.name]
    if tags:
        command += ["--tags", *_assignments(tags)]
    if without_rollback:
        command += ["--disable-rollback"]
    return [*command, "--no-fail-on-empty-changeset"]


def goes_without_rollback(release: Release, stack: Stack | None) -> bool:
    """Whether what was made before a failure stays, for the next attempt to go on from.

    A first attempt at a protected stack cannot be rolled back: its database cannot be deleted. Where a stack stands
    halted, CloudFormation demands it.
    """
    halted = stack is not None and stack.status in states.HALTED
    return halted or (release.product.is_protected and states.is_first(stack))


def _assignments(values: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" for key, value in values.items()]


def _hidden(release: Release) -> dict[str, str]:
    """How parameters with NoEcho are shown."""
    return {f"{name}={release.parameters.values[name]}": f"{name}=****" for name in release.secrets}


def _why(
    account: Account, wish: Wish, before: Stack | None, after: Stack | None, outcome: Outcome
) -> Sequence[Problem]:
    """Why the AWS CLI gave up."""
    if after is None or not _moved(before, after):
        # Of a change set that was refused, the CLI tells the waiter's story, then CloudFormation's reason.
        what = outcome.error.rpartition("Reason: ")[2] or f"the AWS CLI ended with exit code {outcome.code}"
        return [Problem(file=wish.stack_name, what=what, fix="correct what it names, then deploy again")]
    if states.in_progress(after.status):
        what = f"is still {after.status}: the AWS CLI waits an hour at the most"
        fix = f"go on waiting ({states.waiting(account, after)}), then run {wish.command('deploy')}"
        return [Problem(file=after.name, what=what, fix=fix)]
    return failures.why(account, after)


def _moved(before: Stack | None, after: Stack) -> bool:
    """Whether an operation was begun on the stack, rather than a change set refused."""
    if after.status == states.EMPTY:
        return False
    return before is None or (before.status, before.updated) != (after.status, after.updated)
