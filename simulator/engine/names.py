"""Names and ARNs of stacks and change sets."""

from __future__ import annotations

import re
from uuid import uuid4

from builder.evaluate import partition_of
from simulator.account import ACCOUNT
from simulator.engine.model import Refused, Stack, now

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


def checked(name: str, what: str = "stackName") -> str:
    """A name that CloudFormation takes for a stack or change set; raises Refused otherwise."""
    if not _NAME.fullmatch(name):
        raise Refused(
            f"1 validation error detected: Value '{name}' at '{what}' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    return name


def new_stack(name: str, region: str) -> Stack:
    """An empty stack in REVIEW_IN_PROGRESS."""
    return Stack(id=arn(region, f"stack/{name}/{uuid4()}"), name=name, region=region, created=now())


def arn(region: str, path: str) -> str:
    """An ARN of CloudFormation's."""
    return f"arn:{partition_of(region)[0]}:cloudformation:{region}:{ACCOUNT}:{path}"
