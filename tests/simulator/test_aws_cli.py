"""The real AWS CLI against the simulator, and what keeps both from the real AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from json import dumps, loads
from pathlib import Path
from time import monotonic

import pytest
from botocore.exceptions import ClientError

from simulator import Aws, deploy, running
from tests.simulator.stacks import HANDLE, TAKEN, create, events, group, groups, status, take, template, topic


def written(aws: Aws, body: str) -> str:
    path = aws.home / "template.json"
    path.write_text(body)
    return str(path)


def test_deploy_creates_updates_and_notices_that_nothing_changed(aws: Aws) -> None:
    body = {"Parameters": {"Name": {"Type": "String"}}, "Resources": {"T": topic(DisplayName={"Ref": "Name"})}}

    assert deploy(aws, "stack", body, {"Name": "a"}).ok
    assert status(aws) == "CREATE_COMPLETE"
    assert deploy(aws, "stack", body, {"Name": "b"}).ok
    assert status(aws) == "UPDATE_COMPLETE"

    again = deploy(aws, "stack", body, {"Name": "b"}, options=["--no-fail-on-empty-changeset"])
    assert again.ok
    assert "No changes to deploy. Stack stack is up to date" in again.log
    assert not deploy(aws, "stack", body, {"Name": "b"}).ok


def test_deploy_fails_when_the_stack_does(aws: Aws) -> None:
    take(aws)

    failed = deploy(aws, "stack", {"Resources": {"Taken": TAKEN}})

    assert not failed.ok
    assert "Failed to create/update the stack" in failed.log
    assert status(aws) == "ROLLBACK_COMPLETE"


def test_a_first_deploy_without_rollback_is_repeated(aws: Aws) -> None:
    take(aws)
    body = {"Resources": {"Group": group("/mine"), "Taken": {**TAKEN, "DependsOn": "Group"}}}
    assert not deploy(aws, "stack", body, options=["--disable-rollback"]).ok
    assert groups(aws) == ["/mine"]
    aws.client("s3").delete_bucket(Bucket="taken")

    without = deploy(aws, "stack", body)
    assert "please use the disable-rollback parameter" in without.log
    assert deploy(aws, "stack", body, options=["--disable-rollback"]).ok


def test_a_large_template_goes_through_a_bucket(aws: Aws) -> None:
    large = {"Resources": {"Handle": HANDLE}, "Metadata": {"Words": "x" * 60_000}}

    assert deploy(aws, "stack", large).ok

    by_hand = aws.cli(
        ["cloudformation", "deploy", "--stack-name", "other", "--template-file", written(aws, dumps(large))]
    )
    assert "greater than 51,200 bytes must be deployed via an S3 Bucket" in by_hand.stderr


def test_the_waiters_of_the_cli_find_operations_finished(aws: Aws) -> None:
    create(aws, template({"Handle": HANDLE}))
    began = monotonic()

    for command in ("wait stack-create-complete", "delete-stack", "wait stack-delete-complete"):
        done = aws.cli(["cloudformation", *command.split(), "--stack-name", "stack"])
        assert done.returncode == 0, done.stderr

    assert monotonic() - began < 25  # one poll more would take 30 s


def test_the_cli_reads_other_services_of_the_simulator(aws: Aws) -> None:
    """`aws rds` of this AWS CLI takes no endpoint from the environment."""
    done = aws.cli(["rds", "describe-db-instances"])

    assert loads(done.stdout) == {"DBInstances": []}


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["cloudformation", "no-such-command"], 2)])
def test_the_cli_of_the_tests_does_what_the_installed_one_does(aws: Aws, arguments: list[str], code: int) -> None:
    installed = replace(aws, program=Path(sys.executable).with_name("aws"))

    ours, theirs = aws.cli(arguments), installed.cli(arguments)

    assert (ours.returncode, ours.stdout, ours.stderr) == (theirs.returncode, theirs.stdout, theirs.stderr)
    assert ours.returncode == code


def test_events_are_paged(aws: Aws) -> None:
    create(aws, template({f"H{number}": HANDLE for number in range(40)}))

    first = aws.client("cloudformation").describe_stack_events(StackName="stack")

    assert len(first["StackEvents"]) == 100
    assert "NextToken" in first
    assert len(events(aws)) == 1 + 40 * 3 + 1


def test_an_action_that_is_not_simulated_says_so(aws: Aws) -> None:
    with pytest.raises(ClientError, match="does not have the action DetectStackDrift"):
        aws.client("cloudformation").detect_stack_drift(StackName="stack")


def test_the_simulator_listens_on_loopback_only(aws: Aws) -> None:
    assert aws.endpoint.startswith("http://127.0.0.1:")


def test_only_one_simulator_runs_in_a_process(aws: Aws) -> None:
    with pytest.raises(RuntimeError, match="is running in this process already"), running():
        pass


def test_the_callers_aws_settings_are_not_used(aws: Aws) -> None:
    assert os.environ["AWS_ENDPOINT_URL"] == aws.endpoint
    assert os.environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


# In a process of its own: settings of a caller that would break or divert every request.
SETTINGS = {"AWS_PROFILE": "nobody", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}

PROGRAM = """
import os
from simulator import deploy, running

with running(region="eu-west-1", settle=0) as aws:
    from botocore.session import Session
    aws.client("cloudformation").create_stack(
        StackName="s", TemplateBody='{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'
    )
    print(aws.client("cloudformation").describe_stacks(StackName="s")["Stacks"][0]["StackStatus"])
    aws.client("cloudformation").get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig={"Delay": 0.1})
    print(aws.client("sns").list_topics()["Topics"][0]["TopicArn"].rsplit("-", 1)[0])
    aws.engine.settle = 45
    print(deploy(aws, "t", {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}).ok)
print(os.environ["AWS_PROFILE"])
"""


def test_nothing_of_the_callers_environment_diverts_the_simulator() -> None:
    """Nor is it lost; and without settling, operations are seen in progress as on AWS."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, **SETTINGS}, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    began, arn, deployed, profile = done.stdout.split()
    assert began in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert arn == "arn:aws:sns:eu-west-1:123456789012:s-T"
    assert (deployed, profile) == ("True", "nobody")
