"""The failover drill, executed: every way it can end, and what it says then."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.states import Account, Clock, Execution, Refusal, problems, run
from templates.drills import LOOK_EVERY, LOOKS
from tests.templates.machines import OTHER, THERE, definition, instance, statements
from tests.templates.rendering import rendered

STACK, TITLE = "rds-operations", "FailoverDrill"
NOW = "2030-01-15T12:00:00Z"

RUNNING = {"experiment": {"id": "EXP1", "state": {"status": "running"}}}
SWAPPED = instance(AvailabilityZone=OTHER, SecondaryAvailabilityZone=THERE)


def event(message: str, seconds: int) -> dict[str, Any]:
    return {"Message": message, "Date": Clock(NOW).ago(-seconds), "SourceType": "db-instance"}


STARTED = event("Multi-AZ instance failover started.", 40)
COMPLETED = event("Multi-AZ instance failover completed", 115)
ABANDONED = event("Abandoning user requested failover since a failover recently occurred on the database instance", 40)


def drill(**answers: Any) -> Execution:
    script: dict[str, Any] = {
        "rds:describeDBInstances": [instance(), SWAPPED],
        "cloudwatch:describeAlarms": {"MetricAlarms": []},
        "fis:startExperiment": RUNNING,
        "fis:getExperiment": RUNNING,
        "rds:describeEvents": [{"Events": []}, {"Events": [STARTED]}, {"Events": [COMPLETED, STARTED]}],
        "cloudwatch:putMetricData": {},
        "sns:publish": {"MessageId": "1"},
    }
    script |= {name.replace("__", ":"): answer for name, answer in answers.items()}
    return run(definition(STACK, TITLE), {}, account=Account(script), clock=Clock(NOW), name="drill-1")


def metrics(ended: Execution) -> dict[str, float]:
    return {
        metric["MetricName"]: metric["Value"]
        for data in ended.parameters("cloudwatch:putMetricData")
        for metric in data["MetricData"]
    }


def told(ended: Execution) -> str:
    """The one message to the topic; the drill is counted as not passed."""
    (message,) = ended.parameters("sns:publish")
    assert (ended.status, ended.error) == ("FAILED", "DrillNotPassed")
    assert metrics(ended) == {"FailoverDrillSucceeded": 0}
    text: str = message["Message"]
    return text


def test_a_failover_is_measured_by_the_dates_of_its_events() -> None:
    ended = drill()
    assert ended.status == "SUCCEEDED", ended.cause
    assert metrics(ended) == {"FailoverSeconds": 75, "FailoverDrillSucceeded": 1}
    assert ended.output == {"seconds": 75, "from": THERE, "to": OTHER}
    assert ended.parameters("sns:publish") == []


def test_an_experiment_is_started_once_however_often_the_call_is_repeated() -> None:
    ended = drill(fis__startExperiment=[Refusal("ThrottlingException", "busy"), RUNNING])
    tokens = {each["clientToken"] for each in ended.parameters("fis:startExperiment")}
    assert (ended.status, tokens) == ("SUCCEEDED", {"drill-1"})


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"DBInstanceStatus": "modifying"}, "the instance is modifying"),
        ({"SecondaryAvailabilityZone": None, "MultiAZ": False}, "without a standby"),
        ({"PendingModifiedValues": {"AllocatedStorage": 200}}, "with changes pending"),
        (
            {"DBParameterGroups": [{"DBParameterGroupName": "p", "ParameterApplyStatus": "pending-reboot"}]},
            "with changes pending",
        ),
    ],
)
def test_an_instance_that_is_not_ready_is_not_rebooted(facts: dict[str, Any], reason: str) -> None:
    ended = drill(rds__describeDBInstances=instance(**facts))
    assert reason in told(ended)
    assert ended.parameters("fis:startExperiment") == []


def test_empty_lists_among_pending_changes_are_no_changes() -> None:
    groups = [{"DBParameterGroupName": "p", "ParameterApplyStatus": "in-sync"}]
    ready = instance(PendingModifiedValues={"ProcessorFeatures": []}, DBParameterGroups=groups)
    assert drill(rds__describeDBInstances=[ready, SWAPPED]).status == "SUCCEEDED"


def test_nobody_drills_into_an_alarm() -> None:
    alarms = {"MetricAlarms": [{"AlarmName": "one"}, {"AlarmName": "two"}]}
    ended = drill(cloudwatch__describeAlarms=alarms)
    assert "these alarms are on: one, two" in told(ended)
    assert ended.parameters("fis:startExperiment") == []


def test_nobody_drills_while_the_recovery_point_is_out_of_reach() -> None:
    own = {"MetricAlarms": [{"AlarmName": "RecoveryPointTooOld"}]}
    ended = drill(cloudwatch__describeAlarms=[{"MetricAlarms": []}, own])
    assert "these alarms are on: RecoveryPointTooOld" in told(ended)
    theirs, ours = ended.parameters("cloudwatch:describeAlarms")
    assert theirs == {"AlarmNamePrefix": "rds-high-availability-prod", "StateValue": "ALARM"}
    assert ours["AlarmNames"] == ["<RecoveryPointTooOld>", "<DatabaseSilentTooLong>"]


def test_a_message_that_nobody_takes_does_not_keep_the_drill_from_being_counted() -> None:
    ended = drill(
        rds__describeEvents={"Events": [ABANDONED]}, sns__publish=Refusal("AuthorizationErrorException", "no")
    )
    assert (ended.error, metrics(ended)) == ("DrillNotPassed", {"FailoverDrillSucceeded": 0})


def test_a_refused_failover_is_told() -> None:
    assert "another one was too recent" in told(drill(rds__describeEvents={"Events": [ABANDONED]}))


def test_an_experiment_that_an_alarm_stopped_is_told() -> None:
    stopped = {"experiment": {"id": "EXP1", "state": {"status": "stopped", "reason": "Stop condition met"}}}
    ended = drill(rds__describeEvents={"Events": [STARTED]}, fis__getExperiment=stopped)
    assert "The experiment ended: stopped, Stop condition met" in told(ended)


def test_a_failover_that_did_not_swap_zones_is_not_passed() -> None:
    ended = drill(rds__describeDBInstances=[instance(), instance()])
    assert f"still in {THERE}" in told(ended)


def test_a_failover_that_nobody_reports_is_given_up_after_twenty_minutes() -> None:
    ended = drill(rds__describeEvents={"Events": []})
    assert "within twenty minutes" in told(ended)
    assert 1200 <= ended.seconds < definition(STACK, TITLE)["TimeoutSeconds"]


@pytest.mark.parametrize(
    "action",
    [
        "rds__describeDBInstances",
        "cloudwatch__describeAlarms",
        "fis__startExperiment",
        "fis__getExperiment",
        "rds__describeEvents",
    ],
)
def test_a_call_that_is_refused_to_the_end_is_told_as_it_stands(action: str) -> None:
    denied = {action: Refusal("AccessDenied", "not allowed to do this")}
    events = {} if action == "rds__describeEvents" else {"rds__describeEvents": {"Events": [STARTED]}}
    assert "not allowed to do this" in told(drill(**events, **denied))


def test_events_are_asked_for_since_the_experiment_began() -> None:
    (first, *_) = drill().parameters("rds:describeEvents")
    assert first["StartTime"] == Clock(NOW).now


def test_a_drill_is_on_a_schedule_only_where_one_is_given() -> None:
    assert "FailoverDrillSchedule" not in rendered(STACK, "prod").resources
    schedule = rendered(STACK, "staging").resources["FailoverDrillSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "cron(30 4 ? * SUN#1 *)"


def test_the_experiment_fails_over_and_stops_on_silence_alone() -> None:
    experiment = rendered(STACK).only("FIS::ExperimentTemplate")
    assert experiment["Actions"]["FailOver"]["ActionId"] == "aws:rds:reboot-db-instances"
    assert experiment["Actions"]["FailOver"]["Parameters"] == {"forceFailover": "true"}
    assert experiment["StopConditions"] == [{"Source": "aws:cloudwatch:alarm", "Value": "<DatabaseSilentTooLong.Arn>"}]


def test_the_experiment_lasts_until_silence_would_have_stopped_it() -> None:
    resources = rendered(STACK).resources
    watch = resources["FailoverExperiment"]["Properties"]["Actions"]["Watch"]
    assert (watch["ActionId"], watch["StartAfter"]) == ("aws:fis:wait", ["FailOver"])
    (minutes,) = re.findall(r"PT(\d+)M", watch["Parameters"]["duration"])
    silent = resources["DatabaseSilentTooLong"]["Properties"]
    assert int(minutes) * 60 > silent["Period"] * silent["EvaluationPeriods"]
    assert int(minutes) * 60 < LOOKS * LOOK_EVERY


def test_its_definition_is_sound_and_its_role_may_do_what_it_calls_and_no_more() -> None:
    first = {"iam:CreateServiceLinkedRole": "the first experiment of an account makes the role of FIS"}
    held = statements(rendered(STACK), TITLE)
    assert problems(definition(STACK, TITLE), held, without_call=first) == []
    (role,) = [each for each in held if each["Action"] == list(first)]
    assert role["Condition"] == {"StringEquals": {"iam:AWSServiceName": "fis.amazonaws.com"}}
