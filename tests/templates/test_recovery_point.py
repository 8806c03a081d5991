"""The recovery point watch, executed: what it publishes when the database is fresh, stale, not there or busy."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.states import Account, Clock, Execution, Refusal, run
from tests.templates.machines import INSTANCE, definition, instance
from tests.templates.rendering import rendered

STACK, TITLE = "rds-operations", "RecoveryPointWatch"
NOW = "2030-01-15T12:00:00Z"


def watch(*answers: Any) -> Execution:
    account = Account({"rds:describeDBInstances": list(answers), "cloudwatch:putMetricData": {}})
    return run(definition(STACK, TITLE), {}, account=account, clock=Clock(NOW))


def restorable(seconds_ago: int) -> dict[str, Any]:
    return instance(LatestRestorableTime=Clock(NOW).ago(seconds_ago))


def published(ended: Execution) -> list[float]:
    return [
        metric["Value"]
        for call in ended.calls
        if call.action == "cloudwatch:putMetricData"
        for metric in call.parameters["MetricData"]
    ]


@pytest.mark.parametrize("age", [0, 240, 7200])
def test_the_age_of_the_recovery_point_is_published_in_seconds(age: int) -> None:
    ended = watch(restorable(age))
    assert ended.status == "SUCCEEDED"
    assert published(ended) == [pytest.approx(age)]
    (data,) = ended.parameters("cloudwatch:putMetricData")
    assert data["Namespace"] == "RdsHighAvailability"
    assert data["MetricData"][0]["Dimensions"] == [
        {"Name": "DBInstanceIdentifier", "Value": INSTANCE["DBInstanceIdentifier"]}
    ]


@pytest.mark.parametrize("status", ["backing-up", "modifying", "stopped", "storage-full"])
def test_an_instance_is_as_recoverable_as_its_logs_whatever_its_status(status: str) -> None:
    described = restorable(60)
    described["DBInstances"][0]["DBInstanceStatus"] = status
    assert published(watch(described)) == [pytest.approx(60)]


def test_an_instance_that_is_being_restored_publishes_nothing_yet() -> None:
    """The alarm on missing data says so, if it lasts."""
    ended = watch(instance(DBInstanceStatus="creating"))
    assert (ended.status, published(ended)) == ("SUCCEEDED", [])


def test_a_deleted_or_renamed_instance_fails_at_once_and_by_name() -> None:
    ended = watch(Refusal("DBInstanceNotFoundFault", "not found"))
    assert (ended.status, ended.error, ended.retry_delays) == ("FAILED", "NoSuchInstance", [])
    assert "postgres-tap-prod" in str(ended.cause)


def test_a_throttled_call_is_tried_again() -> None:
    ended = watch(Refusal("Throttling", "Rate exceeded"), Refusal("Throttling", "Rate exceeded"), restorable(60))
    assert published(ended) == [pytest.approx(60 + ended.seconds, abs=1)]
    assert len(ended.retry_delays) == 2


def test_it_ends_before_it_is_due_again() -> None:
    ended = watch(*[Refusal("Throttling", "Rate exceeded")] * 5)
    assert ended.status == "FAILED"
    assert ended.seconds < definition(STACK, TITLE)["TimeoutSeconds"] < 300


def test_the_alarm_speaks_up_above_the_objective_and_in_silence() -> None:
    alarm = rendered(STACK, RecoveryPointObjective="900").resources["RecoveryPointTooOld"]["Properties"]
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == ("900", 2, 3)
    assert alarm["TreatMissingData"] == "breaching"


def test_it_runs_every_five_minutes_and_is_not_retried() -> None:
    schedule = rendered(STACK).resources["RecoveryPointWatchSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0}
