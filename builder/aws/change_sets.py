"""Change sets: made, waited for, read as a whole with what is nested, and withdrawn again, come what may."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from builder.aws import errors, stacks, states
from builder.aws.account import Account
from builder.aws.aws_cli import advice
from builder.aws.errors import one_line
from builder.aws.interrupts import uninterrupted
from builder.aws.stacks import STACK_TYPE, Stack
from builder.cli import show
from builder.diff.change_set import ChangeSet
from builder.problems import ExitCode, Failure, Problem

# What CloudFormation says of a change set in which nothing changes; there is no code for it. The AWS CLI reads the same
# (deployer.py, wait_for_changeset).
_NO_CHANGES = ("The submitted information didn't contain changes.", "No updates are to be performed")
_NESTED_FAILED = re.compile(r"Nested change set (?P<id>arn:\S+?) was not successfully created")
_MADE_WITHIN = 600  # seconds
_WITHDRAWN_WITHIN = 60.0  # seconds; those of nested stacks are deleted behind the call (user guide)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a change set is asked for: a template, by its text or where it was uploaded to, with all that goes with it.

    `parameters` are in the form of the API. `nests` says whether those of nested stacks are wanted with it.
    """

    stack_name: str
    body: str = ""
    url: str = ""
    parameters: Sequence[Mapping[str, Any]] = ()
    capabilities: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    nests: bool = False


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A change set that was made: its ID, and what it says.

    One that CloudFormation refused because nothing changes cannot be executed; one may change only outputs or tags.
    """

    id: str
    content: ChangeSet
    changes_something: bool


@contextmanager
def proposed(account: Account, request: Request, stack: Stack | None, *, keep: bool = False) -> Iterator[Proposal]:
    """A change set for a stack, to be made anew if it is None, and never executed from here.

    After the block it is deleted, unless `keep` and it changes something, and so is the empty stack that was made for
    it, also if anything fails or is interrupted. Raises Failure when CloudFormation refuses it for another reason than
    that nothing changes.
    """
    name = f"plan-{time.strftime('%Y%m%dT%H%M%S')}-{uuid4().hex[:8]}"
    stays = False
    try:
        with uninterrupted():  # it would be made, and nobody know of it
            change_set = _create(account, request, name, stack)
        content = _content(account, request, change_set)
        yield Proposal(id=change_set, content=content or ChangeSet(), changes_something=content is not None)
        stays = keep and content is not None
    finally:
        if not stays:
            with uninterrupted():
                left = _withdraw(account, request.stack_name, name, stack)
            if left and sys.exc_info()[0] is None:
                raise Failure(left, ExitCode.AWS_REFUSED)
            show(left)


def wait(account: Account, change_set: str, *, delay: int = 5) -> str:
    """Waits until a change set is made, and asks every `delay` seconds; why it was refused, empty if it was not."""
    waiter = account.client("cloudformation").get_waiter("change_set_create_complete")
    try:
        waiter.wait(ChangeSetName=change_set, WaiterConfig={"Delay": delay, "MaxAttempts": _MADE_WITHIN // delay})
    except WaiterError as error:
        if "Error" in error.last_response:  # it was not CloudFormation that gave up, but the question was refused
            raise ClientError(error.last_response, "DescribeChangeSet") from error
        return one_line(error.last_response.get("StatusReason") or error)
    return ""


def read(account: Account, change_set: str) -> ChangeSet:
    """Every page of a change set with the values of properties, and those of what it nests."""
    pages = (
        account.client("cloudformation")
        .get_paginator("describe_change_set")
        .paginate(ChangeSetName=change_set, IncludePropertyValues=True)
    )
    changes = tuple(
        change["ResourceChange"] for page in pages for change in page.get("Changes", ()) if "ResourceChange" in change
    )
    nested = {
        change["LogicalResourceId"]: read(account, change["ChangeSetId"])
        for change in changes
        if change["ResourceType"] == STACK_TYPE and change.get("ChangeSetId")
    }
    return ChangeSet(changes=changes, nested=nested)


def _create(account: Account, request: Request, name: str, stack: Stack | None) -> str:
    template = {"TemplateURL": request.url} if request.url else {"TemplateBody": request.body}
    made: Mapping[str, Any] = account.client("cloudformation").create_change_set(
        StackName=request.stack_name,
        ChangeSetName=name,
        ChangeSetType="CREATE" if stack is None or stack.status == states.EMPTY else "UPDATE",
        Description="A plan: to be read, not to be executed",
        Parameters=list(request.parameters),
        Capabilities=list(request.capabilities),
        Tags=[{"Key": key, "Value": value} for key, value in request.tags.items()],
        IncludeNestedStacks=request.nests,
        **template,
    )
    return str(made["Id"])


def _content(account: Account, request: Request, change_set: str) -> ChangeSet | None:
    """What a change set says once it is made, None if nothing changes. Raises Failure if it could not be made."""
    why = wait(account, change_set, delay=2)
    if any(said in why for said in _NO_CHANGES):
        return None
    if why:
        nested = _NESTED_FAILED.search(why)
        if nested:
            below = account.client("cloudformation").describe_change_set(ChangeSetName=nested["id"])
            why = f"{stacks.name_of(below['StackId'])}: {one_line(below.get('StatusReason', why))}"
        what, fix = f"no change set can be made: {why}", "correct what it names, then plan again; nothing was changed"
        raise Failure([Problem(file=request.stack_name, what=what, fix=fix)], ExitCode.AWS_REFUSED)
    return read(account, change_set)


def _withdraw(account: Account, stack_name: str, name: str, before: Stack | None) -> list[Problem]:
    """Deletes a change set and the empty stack that it made; what could not be deleted, and how to."""
    cloudformation = account.client("cloudformation")
    try:
        stack = stacks.find(account, stack_name)
        if stack is None:
            return []
        why = "" if _delete(account, stack, name) else "CloudFormation is still deleting it"
        made_for_it = not why and before is None and stack.status == states.EMPTY
        # Somebody else may have made a change set for the same stack meanwhile.
        if made_for_it and not cloudformation.list_change_sets(StackName=stack.id)["Summaries"]:
            cloudformation.delete_stack(StackName=stack.id)
    except (ClientError, BotoCoreError) as error:
        why = errors.problem(error).what
    if not why:
        return []
    command = ("--change-set-name", name, "--stack-name", stack_name)
    fix = f"delete it ({advice(account, 'cloudformation', 'delete-change-set', *command)})"
    if before is None:
        shell = advice(account, "cloudformation", "delete-stack", "--stack-name", stack_name)
        fix += f", then the empty stack ({shell})"
    return [Problem(file=stack_name, what=f"the change set {name} may be left: {why}", fix=fix)]


def _delete(account: Account, stack: Stack, name: str) -> bool:
    """Deletes a change set of a stack, if it is there; whether it is gone after a while.

    One that is being made cannot be deleted until it is made. (API reference, DeleteChangeSet)
    """
    cloudformation = account.client("cloudformation")
    named = {"StackName": stack.id, "ChangeSetName": name}
    give_up = time.monotonic() + _WITHDRAWN_WITHIN
    while time.monotonic() < give_up:
        try:
            cloudformation.delete_change_set(**named)
            if cloudformation.describe_change_set(**named)["Status"] == "DELETE_FAILED":
                return False
        except ClientError as error:
            if errors.code_of(error).startswith("ChangeSetNotFound"):
                return True
            if not errors.code_of(error).startswith("InvalidChangeSetStatus"):
                raise
        time.sleep(1)
    return False
