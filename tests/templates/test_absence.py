"""The watch over absence, executed: how long ago everything last succeeded, or never did."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from simulator.states import Account, Clock, Execution, Refusal, run
from simulator.states.interpreter import DATA_BYTES
from templates.absence import LONGEST, LOOK_BACK, PROMISES
from tests.templates.machines import definition
from tests.templates.rendering import rendered

STACK, TITLE = "rds-operations", "AbsenceWatch"
NOW = "2030-01-15T12:00:00Z"
DAY = 86400


# As Ids of queries and as metrics: what is published when something succeeded.
SUCCESSES = {
    "restoretestsucceeded": "RestoreTestSucceeded",
    "archiveseconds": "ArchiveSeconds",
    "failoverseconds": "FailoverSeconds",
}


def days_ago(days: float) -> datetime:
    return Clock(NOW).ago(days * DAY)


def data(**days: list[float]) -> dict[str, Any]:
    """An answer of GetMetricData: for each query the days since its data points, newest first; 0 where negative."""
    results = [
        {
            "Id": query,
            "Timestamps": [days_ago(abs(each)) for each in days.get(query, [])],
            "Values": [float(each >= 0) for each in days.get(query, [])],
            "StatusCode": "Complete",
        }
        for query in SUCCESSES
    ]
    return {"MetricDataResults": results}


def snapshots(*days: float) -> dict[str, Any]:
    found = [
        {"DBSnapshotArn": f"arn:{each}", "Status": "available", "SnapshotCreateTime": days_ago(each)} for each in days
    ]
    return {"DBSnapshots": found}


def watch(*, old: float = 300, **answers: Any) -> Execution:
    """Run the watch, `old` days after it was made."""
    script: dict[str, Any] = {
        "sfn:describeStateMachine": {
            "stateMachineArn": "a",
            "name": "n",
            "definition": "{}",
            "roleArn": "r",
            "type": "STANDARD",
            "creationDate": days_ago(old),
        },
        "rds:describeDBSnapshots": [snapshots(0.5, 1.5), snapshots(1)],
        "cloudwatch:getMetricData": data(restoretestsucceeded=[3, 10], archiveseconds=[14], failoverseconds=[100]),
        "cloudwatch:putMetricData": {},
    }
    script |= {name.replace("__", ":"): answer for name, answer in answers.items()}
    return run(definition(STACK, TITLE), {}, account=Account(script), clock=Clock(NOW))


def ages(ended: Execution) -> dict[str, float]:
    assert ended.status == "SUCCEEDED", ended.cause
    (published,) = ended.parameters("cloudwatch:putMetricData")
    return {metric["MetricName"]: round(metric["Value"], 3) for metric in published["MetricData"]}


def test_days_since_the_last_success_of_everything_are_published() -> None:
    ended = watch()
    assert ages(ended) == {
        "DaysSinceBackup": 0.5,
        "DaysSinceRestoreTest": 3,
        "DaysSinceArchive": 14,
        "DaysSinceFailoverDrill": 100,
    }
    (published,) = ended.parameters("cloudwatch:putMetricData")
    assert published["Namespace"] == "RdsHighAvailability"
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": "postgres-tap-prod"}]
    assert all(metric["Dimensions"] == dimensions for metric in published["MetricData"])


def test_what_never_succeeded_is_as_old_as_the_watch() -> None:
    """A new stack is not late at once, and silence does not last."""
    nothing = {"rds__describeDBSnapshots": {"DBSnapshots": []}, "cloudwatch__getMetricData": data()}
    assert set(ages(watch(old=0.25, **nothing)).values()) == {0.25}
    assert set(ages(watch(old=60, **nothing)).values()) == {60}


def test_one_that_never_succeeded_does_not_hide_the_others() -> None:
    assert ages(watch(old=60, cloudwatch__getMetricData=data(archiveseconds=[7]))) == {
        "DaysSinceBackup": 0.5,
        "DaysSinceRestoreTest": 60,
        "DaysSinceArchive": 7,
        "DaysSinceFailoverDrill": 60,
    }


def test_what_was_tried_and_not_passed_is_no_success() -> None:
    found = ages(watch(old=60, cloudwatch__getMetricData=data(restoretestsucceeded=[-1, -8, 15, 22])))
    assert found["DaysSinceRestoreTest"] == 15
    found = ages(watch(old=60, cloudwatch__getMetricData=data(restoretestsucceeded=[-1])))
    assert found["DaysSinceRestoreTest"] == 60


def test_successes_are_those_metrics_that_are_above_0_with_a_success_only() -> None:
    (asked,) = watch().parameters("cloudwatch:getMetricData")
    queries = {each["Id"]: each["MetricStat"] for each in asked["MetricDataQueries"]}
    assert {name: each["Metric"]["MetricName"] for name, each in queries.items()} == SUCCESSES
    assert {each["Metric"]["Namespace"] for each in queries.values()} == {"RdsHighAvailability"}
    assert asked["ScanBy"] == "TimestampDescending"


def test_it_looks_back_further_than_any_success_may_be_old_but_not_beyond_what_cloudwatch_keeps() -> None:
    (asked,) = watch().parameters("cloudwatch:getMetricData")
    assert asked["EndTime"] == Clock(NOW).now
    assert asked["StartTime"] == days_ago(LOOK_BACK / 1000 / DAY)
    assert LONGEST * DAY * 1000 < LOOK_BACK < 455 * DAY * 1000
    assert {each["MetricStat"]["Period"] % 3600 for each in asked["MetricDataQueries"]} == {0}


def test_as_many_data_points_as_there_can_be_fit_into_a_state() -> None:
    (asked,) = watch().parameters("cloudwatch:getMetricData")
    period = asked["MetricDataQueries"][0]["MetricStat"]["Period"]
    every = [n * period / DAY for n in range(LOOK_BACK // 1000 // period)]
    answer = data(restoretestsucceeded=every, archiveseconds=every, failoverseconds=every)
    assert len(json.dumps(answer, default=str)) < DATA_BYTES


def test_a_throttled_call_is_tried_again() -> None:
    busy = Refusal("Throttling", "Rate exceeded")
    ended = watch(rds__describeDBSnapshots=[busy, snapshots(2), busy, snapshots()])
    assert ages(ended)["DaysSinceBackup"] == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    "action", ["sfn__describeStateMachine", "rds__describeDBSnapshots", "cloudwatch__getMetricData"]
)
def test_what_cannot_be_looked_up_is_not_published_and_so_alarms(action: str) -> None:
    refused: dict[str, Any] = {action: Refusal("AccessDenied", "no")}
    ended = watch(**refused)
    assert (ended.status, ended.parameters("cloudwatch:putMetricData")) == ("FAILED", [])
    for promise in PROMISES:
        alarm = rendered(STACK, **{promise.parameter: "9"}).resources[promise.alarm]["Properties"]
        assert alarm["TreatMissingData"] == "breaching"


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.metric)
def test_what_is_expected_is_watched_and_what_is_not_has_no_alarm(promise: Any) -> None:
    alarm = rendered(STACK, **{promise.parameter: "9"}).resources[promise.alarm]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == (promise.metric, "9")
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert " First: " in alarm["AlarmDescription"]
    assert promise.alarm not in rendered(STACK, **{promise.parameter: "0"}).resources


def test_it_looks_every_hour_and_an_alarm_bears_one_that_is_missed() -> None:
    schedule = rendered(STACK).resources["AbsenceWatchSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "rate(1 hour)"
    alarm = rendered(STACK).resources["BackupTooLongAgo"]["Properties"]
    assert alarm["Period"] == 3600
    assert alarm["EvaluationPeriods"] > 1
