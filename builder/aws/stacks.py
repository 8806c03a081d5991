"""What the account has now: stacks, their resources, templates and events, read from CloudFormation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from builder.aws import errors
from builder.aws.account import Account
from builder.evaluate import parse_template
from builder.problems import ExitCode, Failure, Problem

STACK_TYPE = "AWS::CloudFormation::Stack"
GONE = "DELETE_COMPLETE"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack as DescribeStacks shows it; `root_id` is empty unless it is nested."""

    id: str
    name: str
    status: str
    reason: str
    root_id: str
    updated: datetime | None
    terminates: bool  # whether DeleteStack would be obeyed
    parameters: Mapping[str, str]
    outputs: tuple[Output, ...]


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output of a stack."""

    key: str
    value: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a stack as ListStackResources shows it; `id` is the physical one."""

    logical_id: str
    type: str
    id: str
    status: str


def find(account: Account, name: str) -> Stack | None:
    """The stack of that name or ID, or None. One that was deleted is found by its ID only."""
    try:
        (found,) = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # There is no error code of its own for it; the AWS CLI reads the message too (deployer.py, has_stack).
        if errors.code_of(error) == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return Stack(
        id=found["StackId"],
        name=found["StackName"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        root_id=found.get("RootId", ""),
        updated=found.get("LastUpdatedTime"),
        terminates=not found.get("EnableTerminationProtection", False),
        parameters={each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", ())},
        outputs=tuple(
            Output(key=each["OutputKey"], value=each["OutputValue"], description=each.get("Description", ""))
            for each in found.get("Outputs", ())
        ),
    )


def require(account: Account, name: str) -> Stack:
    """The stack of that name. Raises Failure if there is none."""
    stack = find(account, name)
    if stack is None:
        what = f"does not exist in {account.region} of account {account.number}"
        fix = "check STACK, --env, --stack-name, --region and AWS_PROFILE"
        raise Failure([Problem(file=name, what=what, fix=fix)], ExitCode.AWS_REFUSED)
    return stack


def resources(account: Account, stack_id: str) -> tuple[Resource, ...]:
    """The resources of a stack, also of one deleted in the last 90 days, by its ID (API reference)."""
    pages = account.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return tuple(
        Resource(
            logical_id=each["LogicalResourceId"],
            type=each["ResourceType"],
            id=each.get("PhysicalResourceId", ""),
            status=each["ResourceStatus"],
        )
        for page in pages
        for each in page["StackResourceSummaries"]
    )


def nested(account: Account, stack_id: str) -> Iterator[str]:
    """The ID of the stack itself, then those of all that it nests at any depth."""
    yield stack_id
    for resource in resources(account, stack_id):
        if resource.type == STACK_TYPE and resource.id and resource.status != GONE:
            yield from nested(account, resource.id)


def template(account: Account, stack_id: str) -> dict[str, Any]:
    """The template that a stack was made from, as it was given to CloudFormation."""
    body = account.client("cloudformation").get_template(StackName=stack_id, TemplateStage="Original")["TemplateBody"]
    # botocore parses a body that is JSON; what `aws cloudformation package` uploads is YAML.
    return parse_template(body, name_of(stack_id)) if isinstance(body, str) else dict(body)


def deleted(account: Account, name: str) -> Iterator[str]:
    """The IDs of the stacks of that name that were deleted in the last 90 days, the last one first (API reference)."""
    pages = account.client("cloudformation").get_paginator("list_stacks").paginate(StackStatusFilter=[GONE])
    found = [each for page in pages for each in page["StackSummaries"] if each["StackName"] == name]
    for each in sorted(found, key=lambda summary: summary["DeletionTime"], reverse=True):
        yield each["StackId"]


def name_of(stack_id: str) -> str:
    """The name in a stack's ID: `arn:aws:cloudformation:REGION:ACCOUNT:stack/NAME/UUID`."""
    return stack_id.split("/")[1]
