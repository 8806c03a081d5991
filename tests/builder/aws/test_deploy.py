"""`deploy`: the real AWS CLI against a simulated account."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from builder.aws import aws_cli, checks
from builder.aws.account import Account
from builder.aws.aws_cli import Outcome as CliOutcome
from tests.builder.aws.conftest import LOG_GROUP, TOPIC, Site

TAGGED = """
    from troposphere.s3 import Bucket
    from troposphere.cloudwatch import Alarm
    common = {"Environment": Ref(suffix), "Team": "data base"}
    template.add_resource(Bucket("Papers", Tags=Tags(**common)))
    template.add_resource(Topic("Alerts", Tags=Tags(Name="alerts", **common)))
    template.add_resource(
        Alarm(
            "Late", EvaluationPeriods=1, ComparisonOperator="LessThanThreshold", Threshold=1, Namespace="N",
            MetricName="M", Period=60, Statistic="Sum",
        )
    )
"""
SECRETIVE = """
    template.add_parameter(Parameter("Password", Type="String", NoEcho=True, Default="nothing"))
    template.add_parameter(Parameter("List", Type="CommaDelimitedList", Default=""))
    template.add_parameter(Parameter("Text", Type="String", Default="some"))
"""


def shown_command(out: str) -> str:
    """The last command that was shown, as a person would copy it."""
    lines = out[out.rindex("$ ") + 2 :].splitlines()
    end = next(index for index, line in enumerate(lines) if not line.endswith("\\"))
    return "\n".join(lines[: end + 1])


def test_a_stack_is_deployed_with_the_parameters_of_its_environment(site: Site) -> None:
    site.built("small", TOPIC, params={"Show": "from file"})
    done = site.deploy("small")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Deploying small-dev to us-east-1 of account 123456789012.\n$ ")
    assert "small-dev is CREATE_COMPLETE." in done.out
    (topic,) = site.aws.client("sns").list_topics()["Topics"]
    attributes = site.aws.client("sns").get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]
    assert attributes["DisplayName"] == "from file"
    assert "--disable-rollback" not in done.out


def test_deploying_again_changes_nothing(site: Site) -> None:
    site.built("small", TOPIC)
    site.deploy("small")
    again = site.deploy("small")
    assert again.code == 0
    assert "No changes to deploy" in again.out
    assert site.status("small-dev") == "CREATE_COMPLETE"


def test_the_command_that_is_shown_can_be_copied(site: Site) -> None:
    site.built("small", TAGGED, SECRETIVE)
    done = site.deploy("small", "--set", "Text=it's $HOME, a = b", "--set", "List=a,b")
    copied = subprocess.run(
        ["bash", "-c", shown_command(done.out)], cwd=site.project.root, capture_output=True, text=True, check=False
    )
    assert (copied.returncode, copied.stderr) == (0, "")
    assert "No changes to deploy" in copied.stdout


def test_settings_override_the_file_character_by_character(site: Site) -> None:
    site.built("small", TOPIC, SECRETIVE, params={"Show": "from file", "Text": "from file"})
    done = site.deploy(
        "small",
        "--set",
        "Show= it's $HOME, a = b ",
        "--set",
        "List=a,b",
        "--set",
        "Password=s3cret x",
        "--set",
        "Text=",
    )
    assert done.code == 0, done.err
    (stack,) = site.cloudformation.describe_stacks(StackName="small-dev")["Stacks"]
    assert {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]} == {
        "EnvironmentSuffix": "dev",
        "Show": " it's $HOME, a = b ",
        "Text": "",
        "List": "a,b",
        "Password": "****",
    }
    assert site.aws.stack("small-dev").source.given["Password"] == "s3cret x"  # type: ignore[union-attr]


def test_a_secret_is_not_shown(site: Site) -> None:
    site.built("small", TOPIC, SECRETIVE)
    done = site.deploy("small", "--set", "Password=s3cret")
    assert "s3cret" not in done.out + done.err
    assert "Password=****" in done.out


def test_what_a_template_leaves_untagged_gets_the_tags_that_all_others_share(site: Site) -> None:
    site.built("small", TAGGED)
    assert site.deploy("small").code == 0
    (stack,) = site.cloudformation.describe_stacks(StackName="small-dev")["Stacks"]
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]} == {"Environment": "dev", "Team": "data base"}
    cloudwatch = site.aws.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert {"Key": "Environment", "Value": "dev"} in tags


def test_a_stack_can_have_another_name(site: Site) -> None:
    site.built("small", TOPIC)
    assert site.deploy("small", "--stack-name", "mine").code == 0
    assert site.status("mine") == "CREATE_COMPLETE"


def test_a_stack_that_keeps_something_is_protected_once_it_stands(site: Site) -> None:
    site.built("kept", LOG_GROUP, TOPIC)
    done = site.deploy("kept")
    assert "--disable-rollback" in done.out
    assert "no update may replace or delete 1 resource." in done.out
    (stack,) = site.cloudformation.describe_stacks(StackName="kept-dev")["Stacks"]
    assert stack["EnableTerminationProtection"]
    policy = json.loads(site.cloudformation.get_stack_policy(StackName="kept-dev")["StackPolicyBody"])
    assert policy["Statement"][1]["Resource"] == ["LogicalResourceId/Records"]


def test_protection_stops_an_update_that_would_replace_what_is_kept(site: Site) -> None:
    site.built("kept", LOG_GROUP, TOPIC)
    site.deploy("kept")
    site.built("kept", LOG_GROUP.replace("/records/", "/annals/"), TOPIC, params={"Show": "two"})
    done = site.deploy("kept")
    assert done.code == 5
    assert "--disable-rollback" not in done.out
    assert "kept-dev: Records: AWS::Logs::LogGroup is UPDATE_FAILED: Action denied by stack policy" in done.err
    assert site.deploy("kept", "--set", "Show=three").code == 5
    site.built("kept", LOG_GROUP, TOPIC, params={"Show": "two"})
    assert site.deploy("kept").code == 0


def test_a_failed_first_creation_of_a_protected_stack_stays_and_is_continued(site: Site) -> None:
    site.built("kept", LOG_GROUP, TOPIC)
    logs = site.aws.client("logs")
    logs.create_log_group(logGroupName="/records/dev")
    failed = site.deploy("kept")
    assert failed.code == 5
    first = failed.err.splitlines()[0]
    assert first.startswith("error: kept-dev: Records: AWS::Logs::LogGroup is CREATE_FAILED: ")
    assert "already exists" in first
    assert first.endswith("fix: correct it, then deploy again")
    assert site.status("kept-dev") == "CREATE_FAILED"
    assert not site.cloudformation.describe_stacks(StackName="kept-dev")["Stacks"][0]["EnableTerminationProtection"]

    logs.delete_log_group(logGroupName="/records/dev")
    done = site.deploy("kept")
    assert done.code == 0, done.err
    assert "--disable-rollback" in done.out
    assert "Protected" in done.out


def test_a_first_creation_that_was_rolled_back_is_told_how_to_go_on(site: Site) -> None:
    site.built("small", LOG_GROUP.replace("RetainExceptOnCreate", "Delete").replace("Retain", "Delete"))
    site.aws.client("logs").create_log_group(logGroupName="/records/dev")
    failed = site.deploy("small")
    assert failed.code == 5
    way_out = (
        "delete it, nothing lives in it (aws cloudformation delete-stack --stack-name small-dev --region us-east-1)"
    )
    assert f"fix: correct it, {way_out}, then deploy again" in failed.err
    again = site.deploy("small")
    assert again.code == 1
    assert "small-dev: is ROLLBACK_COMPLETE, which cannot be deployed to" in again.err
    assert f"fix: {way_out}, then deploy again" in again.err


def test_the_cause_of_a_failure_is_found_in_a_nested_stack(site: Site) -> None:
    site.project.stack("inner", "\n".join(["from troposphere import Sub", NAMED.strip()]))
    site.built("outer", 'template.add_resource(Stack("Inner", TemplateURL="./inner.json"))')
    site.aws.client("logs").create_log_group(logGroupName="/taken")
    done = site.deploy("outer", "--bucket", site.bucket())
    assert done.code == 5
    first = done.err.splitlines()[0]
    assert first.startswith("error: outer-dev-Inner-")
    assert ": Taken: AWS::Logs::LogGroup is CREATE_FAILED: " in first


NAMED = 'from troposphere.logs import LogGroup; template.add_resource(LogGroup("Taken", LogGroupName="/taken"))'


def test_a_change_set_that_is_refused_is_told_by_its_reason(site: Site) -> None:
    importing = 'template.add_resource(Topic("Alerts", DisplayName=ImportValue("nobody")))'
    site.built("small", "from troposphere import ImportValue", importing)
    done = site.deploy("small")
    assert done.code == 5
    assert done.err.startswith("error: small-dev: No export named nobody found; fix: correct what it names")
    site.built("small", TOPIC)
    assert site.deploy("small").code == 0, "the empty stack that it leaves is not in the way"


def test_a_stack_that_fails_as_a_whole_is_told_by_its_reason(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    exporting = 'template.add_output(Output("O", Value="x", Export=Export("shared")))'
    site.built("small", TOPIC, "from troposphere import Export", exporting)
    site.create("small", "first")
    monkeypatch.setattr(checks, "_taken", lambda *_: ())  # as when both are deployed at the same time
    done = site.deploy("small")
    assert done.code == 5
    assert "error: small-dev: is ROLLBACK_COMPLETE" in done.err


def test_what_the_aws_cli_says_is_told_without_its_progress(site: Site) -> None:
    vpc = 'template.add_parameter(Parameter("Vpc", Type="AWS::EC2::VPC::Id", Default="vpc-0b123456789abcde1"))'
    site.built("small", TOPIC, vpc)
    done = site.deploy("small", "--bucket", site.bucket())
    assert done.code == 5
    assert "An error occurred (ValidationError) when calling the CreateChangeSet operation: " in done.err
    assert "Uploading" not in done.err
    assert done.err.count("\n") == 2


def test_after_an_hour_it_is_told_how_to_go_on_waiting(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.built("small", TOPIC)
    run = aws_cli.run

    def lose_patience(account: Account, root: Path, *arguments: object, **options: object) -> CliOutcome:
        run(account, root, *arguments, **options)  # type: ignore[arg-type]
        site.aws.stack("small-dev").status = "CREATE_IN_PROGRESS"
        return CliOutcome(code=255, error="Failed to create/update the stack.")

    monkeypatch.setattr(aws_cli, "run", lose_patience)
    done = site.deploy("small", "--set", "Show=x")
    assert done.code == 5
    assert "small-dev: is still CREATE_IN_PROGRESS: the AWS CLI waits an hour at the most" in done.err
    wait = "aws cloudformation wait stack-create-complete --stack-name small-dev --region us-east-1"
    assert f"go on waiting ({wait}), then run python build.py deploy small --env dev --set Show=..." in done.err
    assert "small-dev: is CREATE_IN_PROGRESS, which cannot be deployed to" in site.deploy("small").err


def test_an_interrupted_deployment_is_said_to_go_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> CliOutcome:
        raise KeyboardInterrupt

    site.built("small", TOPIC)
    monkeypatch.setattr(aws_cli, "run", interrupt)
    done = site.deploy("small")
    assert done.code == 130
    see = "aws cloudformation describe-stacks --stack-name small-dev --region us-east-1"
    assert f"What CloudFormation has begun goes on. To see where it stands: {see}\n" in done.err
    assert done.err.endswith("Interrupted.\n")


def test_a_failure_without_a_reason_is_told_by_its_exit_code(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.built("small", TOPIC)
    monkeypatch.setattr(aws_cli, "run", lambda *_, **__: CliOutcome(code=255, error=""))
    done = site.deploy("small")
    assert (done.code, "small-dev: the AWS CLI ended with exit code 255" in done.err) == (5, True)


def test_the_aws_cli_must_be_installed(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site.built("small", TOPIC)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = site.deploy("small")
    assert done.code == 1
    assert "aws: the AWS CLI is not installed; fix: install it" in done.err


def test_the_aws_cli_of_the_path_serves_where_python_has_none(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site.built("small", TOPIC)
    fake = tmp_path / "aws"
    fake.write_text('#!/bin/sh\necho "$AWS_ENDPOINT_URL $*" >&2\nexit 3\n')
    fake.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    done = site.deploy("small")
    assert done.code == 5
    assert f"{site.aws.endpoint} cloudformation deploy --template-file dist/small.json" in done.err
    assert f"$ AWS_ENDPOINT_URL={site.aws.endpoint} aws cloudformation deploy" in done.out


def test_denied_protection_is_told_after_the_deployment(site: Site, refuse: Callable[..., None]) -> None:
    site.built("kept", LOG_GROUP)
    refuse("SetStackPolicy", "AccessDenied", "not allowed.")
    done = site.deploy("kept")
    assert done.code == 5
    assert "kept-dev is CREATE_COMPLETE." in done.out
    assert "error: AWS: SetStackPolicy: access is denied: not allowed; fix: " in done.err
