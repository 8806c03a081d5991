"""Custom resources: inline functions that run in a process of their own and answer over HTTP."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.stacks import (
    HANDLE,
    ROLE,
    TAKEN,
    create,
    delete,
    outputs,
    physical_id,
    status,
    take,
    template,
    update,
    why,
)

# A file of this test process's own, which its functions append to.
EVENTS = Path(tempfile.gettempdir()) / f"simulator-events-{os.getpid()}"

# Writes every event down, <type>/<physical ID>/<value>, and gives the value back.
RECORDER = """
import os
import cfnresponse


def handler(event, context):
    value = event["ResourceProperties"]["Value"]
    with open(os.environ["EVENTS"], "a") as events:
        print(event["RequestType"], event.get("PhysicalResourceId", "none"), value, sep="/", file=events)
    data = {"Value": value, "Env": os.environ["COLOUR"], "Deep": {"Er": "x"}}
    cfnresponse.send(event, context, cfnresponse.SUCCESS, data, event["ResourceProperties"].get("Id", "thing"))
"""


def function(code: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"ZipFile": code},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Timeout": 30,
            "Environment": {"Variables": {"COLOUR": "green", "EVENTS": str(EVENTS)}},
            **properties,
        },
    }


def custom(code: str, timeout: int = 20, resources: Mapping[str, Any] | None = None, **properties: Any) -> str:
    """A template with a custom resource, "Thing", of that function; its attributes as outputs."""
    return template(
        {
            **(resources or {}),
            "Role": ROLE,
            "Function": function(code),
            "Thing": {
                "Type": "Custom::Thing",
                "Properties": {
                    "ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]},
                    "ServiceTimeout": timeout,
                    **properties,
                },
            },
        },
        Outputs={
            "Ref": {"Value": {"Ref": "Thing"}},
            **({"Value": {"Value": {"Fn::GetAtt": ["Thing", "Value"]}}} if "Value" in properties else {}),
            **({"Deep": {"Value": {"Fn::Sub": "${Thing.Deep.Er} ${Thing.Env}"}}} if "Value" in properties else {}),
        },
    )


def make(aws: Aws, body: str) -> str:
    return create(aws, body, Capabilities=["CAPABILITY_IAM"])


def change(aws: Aws, body: str) -> str:
    return update(aws, body, Capabilities=["CAPABILITY_IAM"])


def calls() -> list[str]:
    """What the recorder was called with."""
    return EVENTS.read_text().splitlines()


@pytest.fixture(autouse=True)
def no_events() -> Iterator[None]:
    yield
    EVENTS.unlink(missing_ok=True)


def test_a_function_makes_a_custom_resource_and_gives_it_attributes(aws: Aws) -> None:
    assert make(aws, custom(RECORDER, Value="a")) == "CREATE_COMPLETE"

    assert outputs(aws) == {"Ref": "thing", "Value": "a", "Deep": "x green"}
    assert calls() == ["Create/none/a"]


def test_a_function_is_told_of_updates_and_of_the_end(aws: Aws) -> None:
    make(aws, custom(RECORDER, Value="a"))
    change(aws, custom(RECORDER, Value="b"))
    assert outputs(aws)["Value"] == "b"

    delete(aws)

    assert calls() == ["Create/none/a", "Update/thing/b", "Delete/thing/b"]


def test_another_physical_id_replaces_the_resource(aws: Aws) -> None:
    make(aws, custom(RECORDER, Value="a", Id="first"))

    change(aws, custom(RECORDER, Value="b", Id="second"))

    assert physical_id(aws, "Thing") == "second"
    assert calls() == ["Create/none/a", "Update/first/b", "Delete/first/a"]


def test_only_what_a_function_answered_is_an_attribute(aws: Aws) -> None:
    """Not the properties that it was given."""
    silent = """
import cfnresponse


def handler(event, context):
    cfnresponse.send(event, context, "SUCCESS", {}, "x")
"""

    assert make(aws, custom(silent, Value="a")) == "ROLLBACK_COMPLETE"

    assert any("attribute 'Value' of Thing" in event.reason for event in aws.stack("stack").events)


def test_every_scalar_arrives_as_text(aws: Aws) -> None:
    tell = """
import cfnresponse


def handler(event, context):
    cfnresponse.send(event, context, "SUCCESS", {"Value": repr(event["ResourceProperties"]["Value"])}, "x")
"""
    body = (
        custom(tell, Value=[1, True, {"a": 2.5}])
        .replace('"Deep"', '"Left"')
        .replace("${Thing.Deep.Er} ${Thing.Env}", "")
    )

    make(aws, body)

    assert outputs(aws)["Value"] == "['1', 'true', {'a': '2.5'}]"


def test_a_function_that_reports_failure_fails_the_resource(aws: Aws) -> None:
    fail = """
import cfnresponse


def handler(event, context):
    status = "FAILED" if event["RequestType"] == "Create" else "SUCCESS"
    cfnresponse.send(event, context, status, {}, "made", reason="out of cheese")
"""

    assert make(aws, custom(fail)) == "ROLLBACK_COMPLETE"

    assert why(aws, "Thing").startswith(
        "Received response status [FAILED] from custom resource. Message returned: out of cheese (RequestId: "
    )


def test_a_function_without_an_answer_fails_with_its_last_words(aws: Aws) -> None:
    """It would fail to answer the deletion in the rollback as well."""
    assert (
        make(aws, custom("def handler(event, context):\n    raise ValueError('no such luck')\n")) == "ROLLBACK_FAILED"
    )

    assert "did not receive a response from your Custom Resource" in why(aws, "Thing")
    assert "ValueError: no such luck" in why(aws, "Thing")


def test_a_function_is_stopped_at_the_service_timeout(aws: Aws) -> None:
    began = monotonic()

    make(aws, custom("import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n", timeout=1))

    assert monotonic() - began < 20
    assert "it was stopped after 1 s" in why(aws, "Thing")


def test_a_function_has_no_more_time_than_its_own(aws: Aws) -> None:
    slow = "import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n"
    body = custom(slow).replace('"Timeout": 30', '"Timeout": 1')

    make(aws, body)

    assert "it was stopped after 1 s" in why(aws, "Thing")


def test_a_rollback_deletes_a_custom_resource(aws: Aws) -> None:
    take(aws)

    make(aws, custom(RECORDER, Value="a", resources={"Taken": {**TAKEN, "DependsOn": "Thing"}}))

    assert calls() == ["Create/none/a", "Delete/thing/a"]


def test_an_answer_for_another_request_is_not_believed(aws: Aws) -> None:
    forge = """
import cfnresponse


def handler(event, context):
    cfnresponse.send({**event, "RequestId": "other"}, context, "SUCCESS", {}, "x")
"""

    make(aws, custom(forge))

    assert "Value of property RequestId is not what was sent" in why(aws, "Thing")


def test_an_answer_may_not_be_long(aws: Aws) -> None:
    long = """
import cfnresponse


def handler(event, context):
    cfnresponse.send(event, context, "SUCCESS", {"a": "x" * 5000}, "x")
"""

    make(aws, custom(long))

    assert why(aws, "Thing") == "Response object is too long."


def test_a_function_that_is_not_inline_python_is_refused(aws: Aws) -> None:
    body = custom("exports.handler = 1").replace("python3.13", "nodejs22.x")

    make(aws, body)

    assert "inline Python functions only" in why(aws, "Thing")


@pytest.mark.parametrize(
    "token", ["arn:aws:lambda:us-east-1:123456789012:function:nobody", "arn:aws:sns:us-east-1:123456789012:topic"]
)
def test_a_token_that_is_no_function_is_refused(aws: Aws, token: str) -> None:
    body = template(
        {
            "Thing": {
                "Type": "AWS::CloudFormation::CustomResource",
                "Properties": {"ServiceToken": token},
            }
        }
    )

    create(aws, body)

    assert "is not a Lambda function of a stack" in why(aws, "Thing")


def test_a_function_reaches_nothing_but_the_simulator(aws: Aws) -> None:
    look = """
import urllib.request
import cfnresponse


def handler(event, context):
    try:
        urllib.request.urlopen("https://sts.amazonaws.com", timeout=5)
        found = "reached"
    except OSError as error:
        found = "refused" if "refused" in str(error) else str(error)
    cfnresponse.send(event, context, "SUCCESS", {"Value": found, "Deep": {"Er": ""}, "Env": ""}, "x")
"""

    make(aws, custom(look, Value="?"))

    assert outputs(aws)["Value"] == "refused"


def test_a_failing_deletion_can_be_repeated(aws: Aws) -> None:
    stubborn = """
import boto3
import cfnresponse


def handler(event, context):
    groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix="/blocked")["logGroups"]
    stuck = event["RequestType"] == "Delete" and groups
    cfnresponse.send(event, context, "FAILED" if stuck else "SUCCESS", {}, "x")
"""
    make(aws, custom(stubborn))
    aws.client("logs").create_log_group(logGroupName="/blocked")

    assert delete(aws) == "DELETE_FAILED"
    aws.client("logs").delete_log_group(logGroupName="/blocked")
    assert delete(aws) == "DELETE_COMPLETE"


def test_an_operation_in_progress_excludes_others(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = """
import time
import cfnresponse


def handler(event, context):
    time.sleep(2)
    cfnresponse.send(event, context, "SUCCESS", {}, "x")
"""
    cloudformation = aws.client("cloudformation")
    monkeypatch.setattr(aws.engine, "settle", 0)

    cloudformation.create_stack(StackName="stack", TemplateBody=custom(slow), Capabilities=["CAPABILITY_IAM"])

    assert status(aws) == "CREATE_IN_PROGRESS"
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        cloudformation.update_stack(StackName="stack", TemplateBody=template({"Handle": HANDLE}))
    with pytest.raises(ClientError, match="cannot be deleted while in status CREATE_IN_PROGRESS"):
        cloudformation.delete_stack(StackName="stack")
    while status(aws) == "CREATE_IN_PROGRESS":
        sleep(0.1)
    assert status(aws) == "CREATE_COMPLETE"
