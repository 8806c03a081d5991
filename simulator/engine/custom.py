"""Custom resources: inline Python functions, run in a child process, that answer CloudFormation over HTTP.

The function calls the simulator's services (AWS_ENDPOINT_URL) and puts its answer to an URL of the simulator's. It gets
no more time than its own Timeout and the resource's ServiceTimeout. A function that ends without an answer fails at
once, where AWS would wait for the rest of ServiceTimeout.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from simulator.engine.engine import Engine
from simulator.engine.model import Resource, ResourceFailure
from simulator.environment import child_environment
from simulator.handlers.base import Context, Handler

RESPONSE_PATH = "/_simulator/response/"

_SCRIPT = Path(__file__).with_name("function_process.py")
_LONGEST = 3600  # seconds; the default and the maximum of ServiceTimeout [registry schema]
_LAMBDA_DEFAULT = 3  # seconds; the default Timeout of a function
_LONGEST_ANSWER = 4096  # bytes; CloudFormation user guide, "Custom resource response objects"
_REQUIRED = ("Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId")


@dataclass(kw_only=True)
class Mailbox:
    """Answers of custom resources by the token in their ResponseURL; filled by the server, read by the engine."""

    answers: dict[str, bytes] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)

    def put(self, token: str, body: bytes) -> bool:
        """Keep an answer; False for a token that nobody waits for."""
        if token not in self.expected:
            return False
        self.answers.setdefault(token, body)
        return True


def handler(engine: Engine, mailbox: Mailbox) -> Handler:
    """The handler of Custom::* and AWS::CloudFormation::CustomResource."""

    def create(context: Context) -> str:
        # An ID for the case that no answer brings one: the deletion in a rollback names it.
        context.made(context.name(""))
        return _invoke(engine, mailbox, context, "Create")

    def update(context: Context) -> str:
        return _invoke(engine, mailbox, context, "Update")

    def delete(context: Context) -> None:
        _invoke(engine, mailbox, context, "Delete")

    return Handler(create=create, update=update, delete=delete, attributes=lambda context: context.resource.answer)


def as_text(value: Any) -> Any:
    """Values as a function receives them: CloudFormation sends every scalar as text."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _invoke(engine: Engine, mailbox: Mailbox, context: Context, request_type: str) -> str:
    resource = context.resource
    function = _find(engine, str(context.properties["ServiceToken"]))
    token = uuid4().hex
    event = {
        "RequestType": request_type,
        "ServiceToken": context.properties["ServiceToken"],
        "ResponseURL": f"{engine.clients.endpoint}{RESPONSE_PATH}{token}",
        "StackId": context.stack.id,
        "RequestId": str(uuid4()),
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        "ResourceProperties": as_text(context.properties),
    }
    if request_type != "Create":
        event["PhysicalResourceId"] = resource.physical_id
    if request_type == "Update":
        event["OldResourceProperties"] = as_text(context.old)
    mailbox.expected.add(token)
    try:
        log = _run(engine, context, function, event)
        answer = mailbox.answers.pop(token, None)
    finally:
        mailbox.expected.discard(token)
    return _judge(resource, event, answer, log)


def _find(engine: Engine, arn: str) -> Resource:
    """The stack resource that is the function of this ARN."""
    prefix, _, rest = arn.partition(":function:")
    region, name = prefix.split(":")[-2] if rest else "", rest.split(":")[0]
    for stack in engine.store.of(region):
        for resource in list(stack.resources.values()):
            if resource.type == "AWS::Lambda::Function" and resource.physical_id == name:
                return resource
    raise ResourceFailure(f"ServiceToken {arn} is not a Lambda function of a stack; the simulator runs no other")


def _run(engine: Engine, context: Context, function: Resource, event: Mapping[str, Any]) -> str:
    """Run the function and return the end of what it wrote."""
    properties = function.properties
    code = properties.get("Code", {}).get("ZipFile")
    if not code or not str(properties.get("Runtime", "")).startswith("python"):
        raise ResourceFailure(f"The simulator runs inline Python functions only; {function.logical_id} is not one")
    seconds = min(
        float(properties.get("Timeout", _LAMBDA_DEFAULT)), float(context.properties.get("ServiceTimeout", _LONGEST))
    )
    arn = str(event["ServiceToken"])
    work = {
        "code": code,
        "handler": properties["Handler"],
        "event": event,
        "function": {"name": function.physical_id, "arn": arn, "memory": properties.get("MemorySize", 128)},
        "seconds": seconds,
    }
    with tempfile.TemporaryDirectory() as home:
        environment = child_environment(engine.clients.endpoint, context.region, Path(home))
        environment |= {"AWS_LAMBDA_FUNCTION_NAME": function.physical_id, "_HANDLER": properties["Handler"]}
        environment |= properties.get("Environment", {}).get("Variables", {})
        command = [sys.executable, "-I", str(_SCRIPT)]
        try:
            done = subprocess.run(
                command, input=json.dumps(work), capture_output=True, text=True, env=environment, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return f"it was stopped after {seconds:g} s"
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _judge(resource: Resource, event: Mapping[str, Any], body: bytes | None, log: str) -> str:
    """The physical ID of an answer that reports success; raises ResourceFailure in CloudFormation's words otherwise."""
    if body is None:
        raise ResourceFailure(
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
            f"[{event['RequestId']}]. If you are using the Python cfn-response module, you may need to update your "
            "Lambda function code so that CloudFormation can attach the updated version. "
            f"(Its last words: {log or 'none'})"
        )
    if len(body) > _LONGEST_ANSWER:
        raise ResourceFailure("Response object is too long.")
    try:
        answer = json.loads(body)
        status, physical_id = (str(answer[name]) for name in _REQUIRED[:2])
        mismatched = [name for name in _REQUIRED[2:] if answer[name] != event[name]]
    except (ValueError, KeyError, TypeError) as error:
        raise ResourceFailure(f"Invalid Response object: {type(error).__name__}: {error}") from error
    if mismatched:
        raise ResourceFailure(f"Invalid Response object: Value of property {mismatched[0]} is not what was sent")
    if event["RequestType"] == "Create":
        resource.physical_id = physical_id
    if status != "SUCCESS":
        raise ResourceFailure(
            f"Received response status [{status}] from custom resource. Message returned: {answer.get('Reason', '')} "
            f"(RequestId: {event['RequestId']})"
        )
    resource.answer = dict(_flat(answer.get("Data") or {}))
    return physical_id


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Data as Fn::GetAtt reads it: nested objects by dotted names."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
