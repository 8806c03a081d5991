"""`watch`, and what `deploy` shows: how a deployment goes on, what of it is slow and why, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from builder.aws import follow
from builder.aws.account import Account
from builder.aws.durations import _DURATIONS, usual
from builder.aws.follow import Follower, expected, to_the_end
from builder.problems import ExitCode
from builder.schemas import has_type
from tests.builder.aws.conftest import LOG_GROUP, TOPIC, Site
from tests.builder.aws.test_release import NESTING
from tests.builder.aws.test_states import stack

OUTPUT = 'template.add_output(Output("Name", Value="the value", Description="what it is"))'
ROOT = "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/1"
CHILD = "arn:aws:cloudformation:eu-west-1:123456789012:stack/s-Inner-X/2"
STACK = "AWS::CloudFormation::Stack"
DATABASE = "AWS::RDS::DBInstance"
BEGUN, GIVEN_UP = "Resource creation Initiated", "Resource creation cancelled"
START = datetime(2026, 11, 2, 12, tzinfo=UTC)


def without_times(out: str) -> list[str]:
    """The lines of events, without the time of day and how long something took."""
    found = [line[10:] for line in out.splitlines() if re.match(r"\d\d:\d\d:\d\d  ", line)]
    return [re.sub(r"after \d+ s; |  \[after \d+ s\]$", "", line) for line in found]


class TestCommand:
    def test_what_stands_is_told_by_its_newest_operation_and_its_outputs(self, site: Site) -> None:
        site.built("small", TOPIC, OUTPUT)
        site.create("small")
        done = site.run("watch", "small", "--env", "dev")
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("Watching small-dev in us-east-1 of account 123456789012.\n")
        assert without_times(done.out) == [
            f"CREATE_IN_PROGRESS    small-dev  {STACK}",
            "CREATE_IN_PROGRESS    Alerts  AWS::SNS::Topic",
            "CREATE_COMPLETE       Alerts  AWS::SNS::Topic",
            f"CREATE_COMPLETE       small-dev  {STACK}",
        ]
        assert done.out.endswith(
            "small-dev is CREATE_COMPLETE.\nOutput  Value      What it is\nName    the value  what it is\n"
        )
        assert site.run("watch", "small-dev").out == done.out, "a stack is found by its own name too"
        assert site.run("watch", "any", "--stack-name", "small-dev").out == done.out

    def test_nothing_is_said_of_outputs_where_there_are_none(self, site: Site) -> None:
        site.built("small", TOPIC)
        site.create("small")
        assert site.run("watch", "small-dev").out.endswith("small-dev is CREATE_COMPLETE.\n")

    def test_a_failure_in_a_nested_stack_is_told_by_its_cause(self, site: Site) -> None:
        site.built("inner", TOPIC)
        site.built("outer", NESTING)
        bucket = site.bucket()
        first = site.deploy("outer", "--bucket", bucket)
        assert "CREATE_COMPLETE       Inner/Alerts  AWS::SNS::Topic" in without_times(first.out), first.err
        site.aws.client("logs").create_log_group(logGroupName="/records/dev")
        site.built("inner", TOPIC, LOG_GROUP)
        site.built("outer", NESTING)
        failed = site.deploy("outer", "--bucket", bucket)
        watched = site.run("watch", "outer", "--env", "dev")
        assert watched.code == failed.code == ExitCode.AWS_REFUSED
        assert watched.err == failed.err
        assert watched.err.startswith("error: outer-dev-Inner-")
        assert ": Records: AWS::Logs::LogGroup is CREATE_FAILED: " in watched.err
        assert without_times(watched.out) == without_times(failed.out), "one implementation"
        (line,) = [line for line in without_times(watched.out) if line.startswith("CREATE_FAILED")]
        assert "  Inner/Records  AWS::Logs::LogGroup  [The specified log group already exists" in line

    def test_an_empty_stack_is_told_to_be_one(self, site: Site) -> None:
        site.built("small", TOPIC)
        site.run("plan", "small", "--env", "dev", "--keep")
        done = site.run("watch", "small", "--env", "dev")
        assert done.code == ExitCode.AWS_REFUSED
        assert "error: small-dev: is empty: a change set was made for it, and none was executed; fix: " in done.err

    def test_a_stack_that_does_not_exist_is_told(self, site: Site) -> None:
        done = site.run("watch", "nothing")
        assert (done.code, "error: nothing: does not exist in us-east-1" in done.err) == (ExitCode.AWS_REFUSED, True)

    def test_an_interrupt_ends_only_the_watching(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        site.built("small", TOPIC)
        site.create("small")
        monkeypatch.setattr(follow, "to_the_end", interrupt)
        done = site.run("watch", "small-dev")
        assert done.code == 130
        assert "What CloudFormation has begun goes on; to see where it stands, watch it again.\n" in done.err


class TestDeploy:
    def test_only_what_is_new_is_shown(self, site: Site) -> None:
        site.built("small", TOPIC)
        site.deploy("small")
        done = site.deploy("small", "--set", "Show=two")
        assert without_times(done.out)[0] == f"UPDATE_IN_PROGRESS    small-dev  {STACK}"
        assert "CREATE" not in done.out
        assert without_times(site.deploy("small", "--set", "Show=two").out) == []

    def test_events_that_cannot_be_read_stop_nothing(self, site: Site, refuse: Callable[..., None]) -> None:
        site.built("small", TOPIC)
        refuse("DescribeStackEvents", "AccessDenied")
        for settings in ((), ("--set", "Show=two")):
            done = site.deploy("small", *settings)
            assert (done.code, done.err) == (0, "")
            assert "What goes on cannot be followed: access is denied: No.\n" in done.out


class Shown:
    """A board that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []
        self.states: list[tuple[int, int, str]] = []

    def say(self, line: str, style: str = "") -> None:
        self.lines.append((line[10:], style))

    def progress(self, done: int, total: int, doing: str) -> None:
        self.states.append((done, total, doing))


class History:
    """The events of stacks as they happen; answers are judged by botocore's model of the API."""

    def __init__(self, stubber: Stubber) -> None:
        self.stubber = stubber
        self.events: dict[str, list[dict[str, Any]]] = {ROOT: [], CHILD: []}

    def happens(self, minutes: float, logical_id: str, of_type: str, status: str, **more: Any) -> None:
        inside = more.pop("inside", ROOT)
        event = {
            "StackId": inside,
            "EventId": f"{logical_id}-{len(self.events[inside])}",
            "StackName": "s",
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": more.pop("id", ""),
            "ResourceType": of_type,
            "Timestamp": START + timedelta(minutes=minutes),
            "ResourceStatus": status,
            **more,
        }
        self.events[inside].insert(0, event)

    def told(self, *stack_ids: str) -> None:
        """The events of these stacks are asked for, in this order, by a page each."""
        for stack_id in stack_ids:
            answer = {"StackEvents": list(self.events[stack_id])}
            self.stubber.add_response("describe_stack_events", answer, {"StackName": stack_id})


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Account, Stubber]]:
    monkeypatch.setattr("time.sleep", lambda _: None)
    session = boto3.session.Session(aws_access_key_id="a", aws_secret_access_key="b")
    client: Any = session.client("cloudformation", region_name="eu-west-1")
    with Stubber(client) as stubber:
        yield Account(session=session, region="eu-west-1", number="1", _clients={"cloudformation": client}), stubber
        stubber.assert_no_pending_responses()


class TestFollowing:
    @pytest.fixture
    def history(self, cloud: tuple[Account, Stubber]) -> History:
        return History(cloud[1])

    @pytest.fixture(autouse=True)
    def eight(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(follow, "expected", lambda account, stack_id: 8)

    def test_each_event_is_told_once_in_the_order_of_time_and_old_operations_never(
        self, cloud: tuple[Account, Stubber], history: History
    ) -> None:
        shown, follower = Shown(), Follower(account=cloud[0], stack_id=ROOT)
        history.happens(-60, "s", STACK, "CREATE_IN_PROGRESS", id=ROOT)
        history.happens(-50, "Inner", STACK, "CREATE_COMPLETE", id=CHILD)
        history.happens(-55, "Old", "AWS::SNS::Topic", "CREATE_COMPLETE", inside=CHILD)
        history.happens(0, "s", STACK, "UPDATE_IN_PROGRESS", id=ROOT, ResourceStatusReason="User Initiated")
        history.happens(1, "Inner", STACK, "UPDATE_IN_PROGRESS", id=CHILD)
        history.happens(1.1, "s-Inner-X", STACK, "UPDATE_IN_PROGRESS", id=CHILD, inside=CHILD)
        history.happens(1.2, "Deep", DATABASE, "UPDATE_IN_PROGRESS", inside=CHILD)
        history.told(ROOT, CHILD)
        follower.look(shown)
        history.told(ROOT, CHILD)
        follower.look(shown)
        history.happens(3.5, "Deep", DATABASE, "UPDATE_COMPLETE", inside=CHILD)
        history.happens(3.6, "Inner", STACK, "UPDATE_COMPLETE", id=CHILD)
        history.told(ROOT, CHILD)
        follower.look(shown)
        history.told(ROOT)  # what is over is asked for no more
        follower.look(shown)
        assert [line for line, _ in shown.lines] == [
            f"UPDATE_IN_PROGRESS    s  {STACK}",
            f"UPDATE_IN_PROGRESS    Inner  {STACK}",
            f"UPDATE_IN_PROGRESS    Inner/Deep  {DATABASE}",
            f"UPDATE_COMPLETE       Inner/Deep  {DATABASE}  [after 2 min 18 s]",
            f"UPDATE_COMPLETE       Inner  {STACK}  [after 2 min 36 s]",
        ]
        assert [(done, total) for done, total, _ in shown.states] == [(0, 2), (0, 2), (2, 2), (2, 2)]

    def test_what_is_slow_is_told_with_its_reason_and_the_bar_knows_how_much_there_is(
        self, cloud: tuple[Account, Stubber], history: History, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return START + timedelta(minutes=7)

        monkeypatch.setattr(follow, "datetime", Clock)
        shown, follower = Shown(), Follower(account=cloud[0], stack_id=ROOT)
        history.happens(0, "s", STACK, "CREATE_IN_PROGRESS", id=ROOT)
        history.happens(1, "Database", DATABASE, "CREATE_IN_PROGRESS", ResourceProperties=json.dumps({"MultiAZ": True}))
        history.happens(1.1, "Database", DATABASE, "CREATE_IN_PROGRESS", ResourceStatusReason=BEGUN)
        history.happens(2, "Topic", "AWS::SNS::Topic", "CREATE_IN_PROGRESS")
        history.happens(2.5, "Group", "AWS::Logs::LogGroup", "CREATE_FAILED", ResourceStatusReason="It exists.")
        history.told(ROOT)
        follower.look(shown)
        why = (
            "usually about 15 minutes: RDS makes the instance, its standby in another Availability Zone, then a backup"
        )
        assert shown.lines[1] == (f"CREATE_IN_PROGRESS    Database  {DATABASE}  [{why}]", "")
        assert shown.lines[-1] == ("CREATE_FAILED         Group  AWS::Logs::LogGroup  [It exists]", "bold red")
        assert shown.states == [(1, 8, f"Database for 6 min 0 s ({why}), and 1 more")]

    def test_what_was_given_up_for_another_failure_is_told_without_its_empty_reason(
        self, cloud: tuple[Account, Stubber], history: History
    ) -> None:
        shown = Shown()
        history.happens(0, "s", STACK, "CREATE_IN_PROGRESS", id=ROOT)
        history.happens(1, "Topic", "AWS::SNS::Topic", "CREATE_IN_PROGRESS")
        history.happens(1.5, "Topic", "AWS::SNS::Topic", "CREATE_FAILED", ResourceStatusReason=GIVEN_UP)
        history.happens(2, "s", STACK, "ROLLBACK_IN_PROGRESS", id=ROOT, ResourceStatusReason="It failed. ")
        history.told(ROOT)
        Follower(account=cloud[0], stack_id=ROOT).look(shown)
        assert shown.lines[-2:] == [
            ("CREATE_FAILED         Topic  AWS::SNS::Topic  [after 30 s]", "bold red"),
            (f"ROLLBACK_IN_PROGRESS  s  {STACK}  [It failed]", "yellow"),
        ]

    def test_what_lasts_is_looked_at_again_until_it_is_over_and_its_end_is_shown(
        self, cloud: tuple[Account, Stubber], history: History, capsys: pytest.CaptureFixture[str]
    ) -> None:
        account, stubber = cloud
        history.happens(0, "s", STACK, "DELETE_IN_PROGRESS", id=ROOT)
        for status in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE"):
            answer = {"StackId": ROOT, "StackName": "s", "CreationTime": START, "StackStatus": status}
            stubber.add_response("describe_stacks", {"Stacks": [answer]}, {"StackName": ROOT})
            if status == "DELETE_COMPLETE":
                history.happens(2, "s", STACK, "DELETE_COMPLETE", id=ROOT)
            history.told(ROOT)
            if status == "DELETE_IN_PROGRESS":
                listed = {"LogicalResourceId": "A", "ResourceType": "T", "LastUpdatedTimestamp": START}
                summaries = [listed | {"ResourceStatus": "CREATE_COMPLETE"}]
                stubber.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
        assert to_the_end(account, stack("DELETE_IN_PROGRESS")).status == "DELETE_COMPLETE"
        assert len(without_times(capsys.readouterr().out)) == 2


class TestExpected:
    def test_resources_are_counted_by_the_template_and_the_values_of_the_stack(self, site: Site) -> None:
        off = """
            template.add_condition("Loud", Equals(Ref(show), "loud"))
            template.add_resource(Topic("Horn", Condition="Loud"))
        """
        site.built("small", "from troposphere import Equals", TOPIC, off)
        stack_id = site.create("small")
        account = Account(
            session=boto3.session.Session(),
            region="us-east-1",
            number=site.aws.account,
            _clients={"cloudformation": site.cloudformation},
        )
        assert expected(account, stack_id) == 1
        assert expected(account, "no-such-stack") == 0

    def test_a_template_that_cannot_be_evaluated_tells_no_number(self, cloud: tuple[Account, Stubber]) -> None:
        account, stubber = cloud
        answer = {"StackId": ROOT, "StackName": "s", "CreationTime": START, "StackStatus": "CREATE_IN_PROGRESS"}
        stubber.add_response("describe_stacks", {"Stacks": [answer]})
        body = json.dumps({"Resources": {"A": {"Type": "AWS::SNS::Topic", "Condition": "Missing"}}})
        stubber.add_response("get_template", {"TemplateBody": body})
        assert expected(account, ROOT) == 0


class TestDurations:
    @pytest.mark.parametrize(
        ("properties", "minutes"),
        [
            ("", 10),
            ('{"MultiAZ": "true"}', 15),
            ('{"MultiAZ": true}', 15),
            ('{"MultiAZ": "true", "SourceDBInstanceIdentifier": "a"}', 20),
            ('{"DBSnapshotIdentifier": "a"}', 20),
            ('{"MultiAZ": "tr', 10),
            ("[]", 10),
        ],
    )
    def test_an_instance_takes_as_long_as_what_it_is_made_from(self, properties: str, minutes: int) -> None:
        duration = usual(DATABASE, "CREATE_IN_PROGRESS", properties)
        assert duration is not None
        assert duration.minutes == minutes

    def test_only_a_function_in_a_vpc_is_slow_to_go(self) -> None:
        function = "AWS::Lambda::Function"
        assert usual(function, "DELETE_IN_PROGRESS", '{"VpcConfig": {"SubnetIds": ["a"]}}')
        assert usual(function, "DELETE_IN_PROGRESS", "{}") is None
        assert usual(function, "CREATE_IN_PROGRESS", "{}") is None

    def test_the_table_names_types_that_exist_and_its_sources(self) -> None:
        for (of_type, action), duration in _DURATIONS.items():
            assert has_type(of_type, "us-east-1")
            assert action in ("CREATE", "UPDATE", "DELETE")
            assert duration.source
            assert str(duration) == f"usually about {duration.minutes} minutes: {duration.why}"
