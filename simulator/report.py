"""What a person sees of a simulated deployment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Event
from typing import Any

from rich.console import Console

from builder.aws.tables import table
from simulator.account import ACCESS_KEY, SECRET_KEY
from simulator.aws import Aws
from simulator.deployment import family, first_failure
from simulator.engine.engine import STACK_TYPE
from simulator.engine.model import Refused, Resource, Stack

# A file or a pipe has no width: nothing is folded for it.
_WIDE = 240

_NOT_AWS = (
    "A simulator is not AWS: moto's services and an engine of this project's own stand in for it. That a template "
    "deploys here does not prove that AWS accepts it."
)


def _console(*, errors: bool = False) -> Console:
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() else _WIDE
    return Console(stderr=errors, width=width, highlight=False, markup=False, emoji=False)


def _say(text: str) -> None:
    _console().print(text, soft_wrap=True)


def _complain(text: str) -> None:
    _console(errors=True).print(text, soft_wrap=True)


def announce(stack: str, env: str, aws: Aws, made: Mapping[str, str]) -> None:
    """Say what is about to happen, and which IDs of the parameter file were replaced."""
    _say(f"{stack} with params/{stack}/{env}.json on a local AWS, {aws.endpoint}, {aws.region}")
    for given, instead in made.items():
        _say(f"  {given} does not exist here: {instead} was made to stand in for it")


def working(what: str) -> AbstractContextManager[Any]:
    """Shows on a terminal that work goes on; prints nothing elsewhere."""
    console = _console(errors=True)
    return console.status(what) if console.is_terminal else nullcontext()


def success(aws: Aws, name: str) -> None:
    """Tables of resources and outputs, and how many of the resources are held."""
    stack = aws.stack(name)
    found = _resources(aws, stack)
    _say(f"\nResources of {name}")
    table(
        ("Logical ID", "Type", "Physical ID", "State"),
        [(label, each.type, each.physical_id, _state(each)) for label, each in found],
    )
    if stack.outputs:
        _say(f"\nOutputs of {name}")
        table(("Output", "Value"), [(output.key, output.value) for output in stack.outputs])
    _say("")
    recorded = sum(not each.held for _, each in found)
    _say(f"{len(found)} resources: {len(found) - recorded} held, {recorded} recorded. {_NOT_AWS}")


def failure(aws: Aws, name: str, log: str) -> None:
    """Why it failed: the first resource that did and its reason, or what the CLI said where it did not come to that."""
    try:
        stack = aws.stack(name)
    except Refused:
        stack = None
    event = first_failure(aws, stack) if stack else None
    if event is None or stack is None:
        reasons = [each.reason for each in stack.change_sets.values() if each.reason] if stack else []
        _complain("\n".join(reasons) or _last_words(log))
        return
    _complain(f"{event.logical_id} ({event.type}): {event.status}: {event.reason}")
    _complain(f"{name} is in {stack.status}. {stack.reason}".rstrip())


def wait(aws: Aws) -> None:
    """Say how to reach the local AWS, and stay until an interrupt."""
    _say(
        f"Kept until Ctrl-C. To look at it:\n"
        f"  export AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} AWS_DEFAULT_REGION={aws.region}\n"
        f"  aws --endpoint-url {aws.endpoint} cloudformation describe-stacks"
    )
    try:
        Event().wait()
    except KeyboardInterrupt:
        _say("Stopped.")


def _resources(aws: Aws, stack: Stack) -> list[tuple[str, Resource]]:
    """Every resource of a stack and of what it nests, labelled by its path."""
    labels = {stack.id: ""}
    found = []
    for each in family(aws, stack):
        for resource in each.resources.values():
            label = labels[each.id] + resource.logical_id
            found.append((label, resource))
            if resource.type == STACK_TYPE:
                labels[resource.physical_id] = f"{label}/"
    return found


def _state(resource: Resource) -> str:
    if not resource.held:
        return "recorded"
    in_part = sum(not request.held or bool(request.unheld) for request in resource.requests)
    return f"held, {in_part} recorded in part" if in_part else "held"


def _last_words(log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    return lines[-1] if lines else "The AWS CLI failed without a word."
