"""Absence, seen: how many days ago a backup, a restore test, an archive and a failover drill last succeeded.

An alarm looks back seven days at the most, and what never runs never fails: so the age of the last success is published
every hour, and alarms judge that. What never succeeded is as old as this watch: a new stack has as long as any success
may be old, and silence does not last. (CloudWatch user guide, "Alarm evaluation")
"""

from __future__ import annotations

from collections.abc import Sequence

from awacs import cloudwatch, states
from troposphere import Equals, Not, Ref, Template
from troposphere.cloudwatch import Alarm
from troposphere.scheduler import ScheduleGroup

from templates import drills, exports, restore_tests
from templates.carrier import carrier
from templates.environment import in_environment
from templates.nesting import suppress
from templates.operations import (
    DIMENSION,
    NAMESPACE,
    Operations,
    add_alarm,
    add_machine,
    call,
    may_publish,
    start_on_schedule,
)
from templates.parameters import Group, add_condition
from templates.policy import allow, arn
from templates.snapshots import find_newest_snapshot, may_find_snapshots

TITLE = "AbsenceWatch"
GIVE_UP = 600  # seconds: before the next look
LONGEST = 400  # days that a success may be old

# CloudWatch keeps metrics by the hour for 455 days; by the quarter of a day, the most that could be found in that time
# stays within what a state holds. (CloudWatch user guide, "Metrics retention")
LOOK_BACK = 450 * 86400 * 1000  # milliseconds
RESOLUTION = 6 * 3600  # seconds


@carrier
class Promise:
    """Something that must succeed now and then: how its age is published, judged and explained.

    `success` is a metric that is above 0 when it succeeded, and only then; none for backups, which RDS knows of.
    """

    metric: str
    alarm: str
    what: str
    parameter: str
    label: str
    default: int
    success: str = ""


PROMISES = (
    Promise(
        metric="DaysSinceBackup",
        alarm="BackupTooLongAgo",
        what="No snapshot for too long. First: RDS events, then jobs in AWS Backup.",
        parameter="BackupDays",
        label="Backup, days",
        default=2,
    ),
    Promise(
        metric="DaysSinceRestoreTest",
        alarm="RestoreTestTooLongAgo",
        what="No restore test passed for too long. First: the last RestoreTest, then its plan.",
        parameter="RestoreTestDays",
        label="Restore test, days",
        default=0,
        success=restore_tests.OUTCOME,
    ),
    Promise(
        metric="DaysSinceArchive",
        alarm="ArchiveTooLongAgo",
        what=f"No snapshot was archived for too long. First: the last {exports.TITLE}, and its schedule.",
        parameter="ArchiveDays",
        label="Archive, days",
        default=0,
        success=exports.DURATION,
    ),
    Promise(
        metric="DaysSinceFailoverDrill",
        alarm="FailoverDrillTooLongAgo",
        what="No failover drill passed for too long. First: the last FailoverDrill.",
        parameter="DrillDays",
        label="Failover drill, days",
        default=0,
        success=drills.DURATION,
    ),
)

_NOW = "$toMillis($states.context.State.EnteredTime)"
_DIMENSIONS = f"[{{'Name': '{DIMENSION}', 'Value': '${{DatabaseIdentifier}}'}}]"

# One query a metric, told apart by its name in lower case, as Ids are.
_SUCCESSES = ", ".join(f"'{promise.success}'" for promise in PROMISES if promise.success)
_QUERIES = (
    f"$map([{_SUCCESSES}], function($metric) {{{{'Id': $lowercase($metric), 'MetricStat': {{'Metric': {{"
    f"'Namespace': '{NAMESPACE}', 'MetricName': $metric, 'Dimensions': {_DIMENSIONS}}},"
    f" 'Period': {RESOLUTION}, 'Stat': 'Maximum'}}}}}})"
)


# The newest moment of a query's that counts.
_NEWEST = "($values := Values; $filter(Timestamps, function($at, $n) {$values[$n] > 0})[0])"


def _last(promise: Promise) -> str:
    """The moment when it last succeeded, or nothing."""
    return f"$last.{promise.success.lower()}" if promise.success else "$newest.at"


_LAST = ", ".join(f"{{'of': '{promise.metric}', 'at': {_last(promise)}}}" for promise in PROMISES)
_AGES = (
    f"$map([{_LAST}], function($each) {{{{'MetricName': $each.of, 'Dimensions': {_DIMENSIONS},"
    f" 'Value': ({_NOW} - $toMillis($each.at ? $each.at : $since)) / 86400000}}}})"
)

DEFINITION = {
    "StartAt": "FindBirth",
    "States": {
        "FindBirth": call(
            "sfn:describeStateMachine",
            {"StateMachineArn": "{% $states.context.StateMachine.Id %}"},
            Assign={"since": "{% $states.result.CreationDate %}"},
            Next="FindSnapshots",
        ),
        **find_newest_snapshot(then="FindSuccesses"),
        "FindSuccesses": call(
            "cloudwatch:getMetricData",
            {
                "MetricDataQueries": f"{{% {_QUERIES} %}}",
                "StartTime": f"{{% $fromMillis({_NOW} - {LOOK_BACK}) %}}",
                "EndTime": "{% $states.context.State.EnteredTime %}",
                "ScanBy": "TimestampDescending",
            },
            Assign={"last": f"{{% $merge($states.result.MetricDataResults.{{Id: {_NEWEST}}}) %}}"},
            Next="Publish",
        ),
        "Publish": call(
            "cloudwatch:putMetricData", {"Namespace": NAMESPACE, "MetricData": f"{{% {_AGES} %}}"}, End=True
        ),
    },
}


def watch_absence(t: Template, operations: Operations, schedules: ScheduleGroup) -> Sequence[Alarm]:
    """Publish the age of every last success by the hour, and alarm on what is expected and too old.

    Returns the alarms, each of which is there only where its parameter is not 0.
    """
    group = Group(t, "Objectives")
    machine = add_machine(
        t,
        operations,
        TITLE,
        definition=DEFINITION,
        statements=[
            allow([states.DescribeStateMachine], [arn("states", f"stateMachine:{in_environment(f'{{}}-{TITLE}')}")]),
            may_find_snapshots(operations),
            allow([cloudwatch.GetMetricData], ["*"]),
            may_publish(),
        ],
        seconds=GIVE_UP,
        role_metadata=suppress(
            "W9204", reason="metrics are no resources; data sets, which GetMetricData takes, are not read"
        ),
    )
    start_on_schedule(t, operations, schedules, machine, "rate(1 hour)")
    return [_watch(t, operations, group, promise) for promise in PROMISES]


def _watch(t: Template, operations: Operations, group: Group, promise: Promise) -> Alarm:
    days = group.add(
        promise.parameter,
        label=promise.label,
        description="How old the last success may be; 0 expects none.",
        type="Number",
        default=promise.default,
        range=(0, LONGEST),
        otherwise=f"must be 0 to {LONGEST} days",
    )
    return add_alarm(
        t,
        operations,
        promise.alarm,
        what=promise.what,
        metric=promise.metric,
        statistic="Maximum",
        threshold=Ref(days),
        above=True,
        # An hour that is missed, or falls between two looks, is not yet an absence.
        periods=3,
        missing="breaching",
        condition=add_condition(t, f"Expects{promise.parameter}", Not(Equals(Ref(days), "0"))),
    )
