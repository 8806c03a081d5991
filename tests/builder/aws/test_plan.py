"""`plan` against a simulated account: what AWS says of a change, beside the templates, and that nothing of it stays."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from builder.aws import change_sets, drift, forecast
from builder.diff.model import Notice
from builder.problems import ExitCode, Failure, Problem
from tests.builder.aws.conftest import TOPIC, Site
from tests.builder.aws.test_release import NESTING
from tests.conftest import Outcome

PAPERS = """
    from troposphere.s3 import Bucket
    name = template.add_parameter(Parameter("Name", Type="String", Default="papers-one"))
    template.add_resource(Bucket("Papers", BucketName=Ref(name)))
"""
OTHER = ("--set", "Name=papers-two")
SECRET = """
    password = template.add_parameter(Parameter("Password", Type="String", NoEcho=True, Default="nothing"))
    template.add_resource(Topic("Secret", DisplayName=Ref(password)))
"""


def plan(site: Site, *options: str, stack: str = "small") -> Outcome:
    return site.run("plan", stack, "--env", "dev", *options)


def stacks(site: Site) -> list[str]:
    """The stacks that there are, by name, the random tail of nested ones left out."""
    found = site.cloudformation.describe_stacks()["Stacks"]
    return sorted(each["StackName"].rpartition("-dev")[0] for each in found)


def waiting(site: Site, name: str = "small-dev") -> list[str]:
    """The change sets of a stack that were not executed."""
    summaries = site.cloudformation.list_change_sets(StackName=name)["Summaries"]
    return [str(each["ChangeSetName"]) for each in summaries]


@pytest.fixture
def small(site: Site) -> Site:
    """A deployed stack with a topic and a bucket."""
    site.built("small", TOPIC, PAPERS)
    site.create("small")
    return site


class TestReport:
    def test_a_first_plan_shows_what_is_added_and_leaves_nothing(self, site: Site) -> None:
        site.built("small", TOPIC, PAPERS)
        done = plan(site)
        assert done.code == 0
        assert done.out == (
            "small-dev in us-east-1 of account 123456789012 (dev)\n"
            "  ADD          Alerts  AWS::SNS::Topic\n"
            "  ADD          Papers  AWS::S3::Bucket\n"
            "  2 ADD\n"
            "\n"
            f"To deploy it: python build.py deploy small --env dev --endpoint-url {site.aws.endpoint}\n"
        )
        assert stacks(site) == []

    def test_what_is_deployed_already_changes_nothing(self, small: Site) -> None:
        done = plan(small)
        assert (done.code, "  nothing changes\n" in done.out, waiting(small)) == (0, True, [])

    def test_a_stateful_replacement_is_blocked_until_somebody_agrees(self, small: Site) -> None:
        done = plan(small, *OTHER, "--set", "Show=two")
        assert done.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "BucketName: papers-one -> papers-two  [replaces (registry schema: create-only)]" in done.out
        assert "BLOCKED: Papers is replaced without a snapshot or being retained" in done.out
        assert "To deploy it" not in done.out
        agreed = plan(small, *OTHER, "--set", "Show=two", "--allow-replace", "Papers")
        assert agreed.code == 0
        command = "python build.py deploy small --env dev --set Name=papers-two --set Show=two --endpoint-url "
        assert command in agreed.out
        assert small.status("small-dev") == "CREATE_COMPLETE", "nothing was executed"
        assert waiting(small) == []

    def test_consent_for_what_is_not_affected_is_a_usage_error(self, small: Site) -> None:
        done = plan(small, "--allow-replace", "Papers")
        assert (done.code, "Papers: is neither replaced nor removed" in done.err) == (ExitCode.USAGE, True)

    def test_the_command_that_is_printed_leaves_secrets_out_and_so_does_all_else(self, site: Site) -> None:
        site.built("small", TOPIC, SECRET)
        site.create("small")
        done = plan(site, "--set", "Password=hunter2", "--set", "Show=it's")
        assert done.code == 0
        assert '--set Password=... --set "Show=it\'s"' in done.out.replace("'Show=it'\"'\"'s'", '"Show=it\'s"')
        assert "hunter2" not in done.out + done.err
        assert "Password: is hidden by AWS; its value is taken to stay as it is" in done.out
        assert "Secret: AWS says UPDATE, the templates no change" in done.out
        assert "DisplayName: **** -> ****" in done.out

    @pytest.mark.parametrize("form", ["json", "markdown"])
    def test_another_form_is_all_that_is_on_standard_output(self, small: Site, form: str) -> None:
        done = plan(small, *OTHER, "--format", form)
        assert done.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "Planning small-dev in us-east-1" in done.err
        if form == "markdown":
            assert done.out.startswith("### small-dev in us-east-1 of account 123456789012 (dev)\n")
        else:
            (comparison,) = json.loads(done.out)["comparisons"]
            assert (comparison["blocked"], comparison["disagreements"], comparison["drift"]) == (["Papers"], [], [])

    def test_parameters_that_are_not_given_keep_their_value(self, small: Site) -> None:
        small.project.params("small", "dev", ["EnvironmentSuffix=dev", "Show=two"])
        small.cloudformation.update_stack(
            StackName="small-dev",
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": "Name", "ParameterValue": "papers-three"}],
        )
        done = plan(small)
        assert done.code == 0
        assert "DisplayName: one -> two" in done.out
        assert "Papers" not in done.out

    def test_where_the_templates_cannot_be_compared_aws_alone_is_asked(
        self, small: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise Failure([Problem(file="small-dev as deployed", what="cannot be read", fix="-")])

        monkeypatch.setattr(forecast, "_deployed", fail)
        done = plan(small, *OTHER)
        assert done.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "only AWS is asked: the templates cannot be compared: small-dev as deployed: cannot be read" in done.out
        # Whether a value is secret, only the templates tell.
        assert "BucketName: **** -> ****  [replaces (change set: RequiresRecreation Always)]" in done.out

    def test_every_page_is_read(self, site: Site) -> None:
        many = "for number in range(150): template.add_resource(Topic(f'Topic{number}'))"
        site.built("small", many)
        done = plan(site)
        assert "  150 ADD\n" in done.out
        assert "AWS says" not in done.out


class TestLargeAndNested:
    def test_a_large_template_goes_through_the_bucket(self, site: Site) -> None:
        site.built("small", "for n in range(60): template.add_resource(Topic(f'T{n}', DisplayName='x' * 900))")
        refused = plan(site)
        assert refused.code == ExitCode.AWS_REFUSED
        assert refused.err.splitlines()[0].startswith("error: dist/small.json: needs a bucket: it has ")
        assert "60 ADD" in plan(site, "--bucket", site.bucket()).out
        (uploaded,) = site.aws.client("s3").list_objects_v2(Bucket="artifacts")["Contents"]
        assert uploaded["Key"].startswith("small/")
        assert uploaded["Key"].endswith(".template")

    def test_what_it_nests_is_told_and_compared_with_what_is_nested_now(self, site: Site) -> None:
        site.built("inner", TOPIC, PAPERS)
        site.built("outer", NESTING)
        bucket = site.bucket()
        first = plan(site, "--bucket", bucket, stack="outer")
        assert (first.code, "  ADD          Inner/Papers  AWS::S3::Bucket\n" in first.out) == (0, True)
        assert stacks(site) == []
        assert site.deploy("outer", "--bucket", bucket).code == 0
        same = plan(site, "--bucket", bucket, stack="outer")
        assert "  nothing changes\n" in same.out
        site.built("inner", TOPIC, PAPERS.replace("papers-one", "papers-two"))
        done = plan(site, "--bucket", bucket, stack="outer")
        assert done.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "BLOCKED: Inner/Papers is replaced without a snapshot" in done.out
        assert "AWS says" not in done.out
        assert plan(site, "--bucket", bucket, "--allow-replace", "Inner/Papers", stack="outer").code == 0

    def test_a_nested_template_that_is_refused_is_told_by_its_own_reason(self, site: Site) -> None:
        site.built("inner", TOPIC, "from troposphere import ImportValue, Sub")
        site.built("outer", NESTING)
        body = 'template.add_resource(Topic("Missing", DisplayName=ImportValue("nobody")))'
        site.built("inner", "from troposphere import ImportValue", body)
        done = plan(site, "--bucket", site.bucket(), stack="outer")
        assert done.code == ExitCode.AWS_REFUSED
        assert "outer-dev: no change set can be made: outer-dev-Inner-" in done.err
        assert ": No export named nobody found; fix: correct what it names, then plan again" in done.err
        assert stacks(site) == []


class TestRefusals:
    """One clear line, and exit code 5."""

    @pytest.fixture
    def line(self, small: Site) -> Callable[..., str]:
        def told(*options: str) -> str:
            done = plan(small, *options)
            assert (done.code, done.out) == (ExitCode.AWS_REFUSED, "")
            (found,) = [each for each in done.err.splitlines() if each.startswith("error: ")]
            return found

        return told

    def test_without_credentials(self, line: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        assert line().startswith("error: AWS: no credentials were found; fix: sign in")

    @pytest.mark.parametrize(
        "status", ["UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "UPDATE_IN_PROGRESS"]
    )
    def test_a_stack_in_a_state_that_takes_no_change(self, small: Site, line: Callable[..., str], status: str) -> None:
        small.aws.stack("small-dev").status = status
        assert line().startswith(f"error: small-dev: is {status}, which cannot be deployed to; fix: ")

    @pytest.mark.parametrize(
        ("operation", "code", "said"),
        [
            ("CreateChangeSet", "AccessDenied", "access is denied: No; fix: have that permission granted"),
            ("CreateChangeSet", "Throttling", "AWS throttles the account: No; fix: wait a minute"),
            ("DescribeChangeSet", "AccessDenied", "access is denied: No; fix: have that permission granted"),
            ("GetTemplate", "AccessDenied", "access is denied: No; fix: have that permission granted"),
        ],
    )
    def test_what_is_denied_or_throttled(
        self, line: Callable[..., str], refuse: Callable[..., None], operation: str, code: str, said: str
    ) -> None:
        refuse(operation, code)
        if operation == "DescribeChangeSet":
            refuse("DeleteChangeSet", "ChangeSetNotFound")
        assert line().startswith(f"error: AWS: {operation}: {said}")

    def test_an_export_that_the_account_lacks(self, site: Site, line: Callable[..., str]) -> None:
        body = 'template.add_resource(Topic("Missing", DisplayName=ImportValue("nobody")))'
        site.built("small", "from troposphere import ImportValue", body)
        assert line().startswith("error: small-dev: no change set can be made: No export named nobody found; fix: ")

    def test_a_bucket_that_does_not_exist(self, line: Callable[..., str]) -> None:
        assert line("--bucket", "nowhere").startswith("error: s3://nowhere: does not exist; fix: make it")

    def test_wrong_parameters_are_no_refusal_of_aws(self, small: Site) -> None:
        done = plan(small, "--set", "Nmae=x")
        assert (done.code, "did you" in done.err or "nearest is Name" in done.err) == (ExitCode.CHECK_FAILED, True)


class TestKeep:
    def test_a_change_set_that_is_kept_can_be_executed_as_told(self, small: Site) -> None:
        done = plan(small, "--set", "Show=two", "--keep")
        (name,) = waiting(small)
        assert f"The change set is kept: arn:aws:cloudformation:us-east-1:123456789012:changeSet/{name}/" in done.out
        execute = next(line for line in done.out.splitlines() if line.startswith("To execute it: "))
        assert "To delete it: aws cloudformation delete-change-set --change-set-name arn:" in done.out
        assert "empty stack" not in done.out
        run = small.aws.cli(execute.partition("aws ")[2].split())
        assert (run.returncode, small.status("small-dev")) == (0, "UPDATE_COMPLETE"), run.stderr

    def test_of_a_first_plan_the_empty_stack_is_kept_too_and_how_to_delete_it_told(self, site: Site) -> None:
        site.built("small", TOPIC, 'template.resources["Alerts"].DeletionPolicy = "Retain"')
        done = plan(site, "--keep")
        assert site.status("small-dev") == "REVIEW_IN_PROGRESS"
        assert "Then the empty stack that it made: aws cloudformation delete-stack --stack-name small-dev" in done.out
        assert "--disable-rollback" in done.out
        assert "Deploy afterwards as well: that protects what it keeps" in done.out
        again = plan(site)
        assert again.code == 0, "an empty stack is planned as a first one"
        assert site.status("small-dev") == "REVIEW_IN_PROGRESS", "it was there before"

    def test_a_change_set_of_nothing_is_not_kept(self, small: Site) -> None:
        done = plan(small, "--keep")
        assert (done.code, "kept" in done.out, waiting(small)) == (0, False, [])

    def test_consent_that_is_refused_keeps_nothing(self, small: Site) -> None:
        assert plan(small, "--set", "Show=two", "--keep", "--allow-replace", "Papers").code == ExitCode.USAGE
        assert waiting(small) == []

    def test_what_is_blocked_is_kept_without_a_word_of_executing_it(self, small: Site) -> None:
        done = plan(small, *OTHER, "--keep")
        assert done.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "To execute it" not in done.out
        assert len(waiting(small)) == 1


class TestCleaningUp:
    """The change set goes, and the empty stack with it, whatever happens."""

    @pytest.fixture
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
        """Makes something happen right after an operation of AWS's."""
        original = BaseClient._make_api_call  # type: ignore[attr-defined]
        after: dict[str, Callable[[], object]] = {}

        def call(self: BaseClient, operation: str, arguments: Any) -> Any:
            answer = original(self, operation, arguments)
            after.pop(operation, lambda: None)()
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", call)
        yield after.__setitem__

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    @pytest.mark.parametrize("operation", ["CreateChangeSet", "DescribeChangeSet", "DeleteChangeSet"])
    def test_an_interrupt_at_any_time_leaves_nothing(
        self, site: Site, calls: Callable[..., None], operation: str, number: int, code: int
    ) -> None:
        site.built("small", TOPIC)
        before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        calls(operation, lambda: os.kill(os.getpid(), number))
        try:
            done = plan(site)
        except SystemExit as ended:
            assert ended.code == code
        else:
            assert (done.code, done.out) == (code, "")
        assert stacks(site) == []
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before

    def test_a_change_set_that_is_still_being_made_is_deleted_once_it_is(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site.built("small", TOPIC)
        original, asked = BaseClient._make_api_call, []  # type: ignore[attr-defined]

        def call(self: BaseClient, operation: str, arguments: Any) -> Any:
            if operation == "DeleteChangeSet":
                asked.append(operation)
                if len(asked) < 3:
                    raise ClientError({"Error": {"Code": "InvalidChangeSetStatus", "Message": "wait"}}, operation)
            return original(self, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", call)
        monkeypatch.setattr("time.sleep", lambda _: None)
        assert plan(site).code == 0
        assert (len(asked), stacks(site)) == (3, [])

    def test_an_empty_stack_that_somebody_else_uses_meanwhile_stays(
        self, site: Site, calls: Callable[..., None]
    ) -> None:
        site.built("small", TOPIC)
        body = (site.project.root / "dist/small.json").read_text()
        calls(
            "DeleteChangeSet",
            lambda: site.cloudformation.create_change_set(
                StackName="small-dev", ChangeSetName="theirs", ChangeSetType="CREATE", TemplateBody=body
            ),
        )
        assert plan(site).code == 0
        assert waiting(site) == ["theirs"]

    def test_what_cannot_be_deleted_is_told_with_the_commands_that_do_it(
        self, site: Site, refuse: Callable[..., None]
    ) -> None:
        site.built("small", TOPIC)
        refuse("DeleteChangeSet", "AccessDenied")
        done = plan(site)
        assert (done.code, done.out) == (ExitCode.AWS_REFUSED, "")
        assert "error: small-dev: the change set plan-" in done.err
        assert " may be left: access is denied: No; fix: delete it (aws cloudformation delete-change-set " in done.err
        assert "then the empty stack (aws cloudformation delete-stack --stack-name small-dev" in done.err
        refuse("DescribeChangeSet", "Throttling")
        both = plan(site)
        assert both.code == ExitCode.AWS_REFUSED
        assert "may be left" in both.err
        assert "DescribeChangeSet: AWS throttles the account" in both.err

    @pytest.mark.parametrize("within", [0.0, 60.0])
    def test_one_that_does_not_go_is_told_as_well(
        self, small: Site, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch, within: float
    ) -> None:
        monkeypatch.setattr(change_sets, "_WITHDRAWN_WITHIN", within)
        original = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(self: BaseClient, operation: str, arguments: Any) -> Any:
            if operation == "DeleteChangeSet":
                (made,) = small.aws.stack("small-dev").change_sets.values()
                made.status = "DELETE_FAILED"
                return {}
            return original(self, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", call)
        done = plan(small, "--set", "Show=two")
        assert done.code == ExitCode.AWS_REFUSED
        assert "may be left: CloudFormation is still deleting it; fix: delete it (" in done.err
        assert "empty stack" not in done.err


def test_drift_is_shown_and_its_detection_is_asked_first(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def detect(*_: object) -> Iterator[object]:
        asked.append(waiting(small))
        yield Notice(where="Alerts", what="DisplayName is two, deployed was one")

    monkeypatch.setattr(drift, "drift", detect)
    done = plan(small, "--drift")
    assert asked == [[]]
    assert "Drifted from what was deployed:\n      Alerts: DisplayName is two, deployed was one\n" in done.out
    small.cloudformation.delete_stack(StackName="small-dev")
    assert "Drifted" not in plan(small, "--drift").out
