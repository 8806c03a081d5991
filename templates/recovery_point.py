"""The recovery point, measured: how old is the newest moment that the database could be restored to, right now.

RDS ships transaction logs every five minutes and says how far it is (`LatestRestorableTime` of DescribeDBInstances);
no metric of its own carries that. (RDS user guide, "Restoring a DB instance to a specified time")
"""

from __future__ import annotations

from awacs import rds
from troposphere import Ref, Template
from troposphere.cloudwatch import Alarm
from troposphere.scheduler import ScheduleGroup

from templates.operations import (
    Operations,
    add_alarm,
    add_machine,
    call,
    if_there,
    may_publish,
    publish,
    start_on_schedule,
)
from templates.parameters import Group
from templates.policy import allow

METRIC = "RecoveryPointAge"
PERIOD = 300  # seconds: how often RDS ships its logs, and how often we look
GIVE_UP = 240  # seconds: before the next look

# An instance that is being made or restored has no restorable time yet, and a deleted or renamed one is not found: then
# nothing is published, and the alarm on missing data says so. The status is not looked at: an instance that is stopped,
# modified or full is as recoverable as its logs are.
DEFINITION = {
    "StartAt": "Describe",
    "States": {
        "Describe": call(
            "rds:describeDBInstances",
            {"DbInstanceIdentifier": "${DatabaseIdentifier}"},
            Assign={"restorable": if_there("$states.result.DbInstances[0].LatestRestorableTime")},
            Catch=[{"ErrorEquals": ["Rds.DbInstanceNotFoundException"], "Next": "NoSuchInstance"}],
            Next="IsRestorable",
        ),
        "IsRestorable": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $restorable != null %}", "Next": "Publish"}],
            "Default": "NotRestorableYet",
        },
        "Publish": publish(
            {
                METRIC: (
                    "Seconds",
                    "($toMillis($states.context.State.EnteredTime) - $toMillis($restorable)) / 1000",
                )
            },
            End=True,
        ),
        "NotRestorableYet": {"Type": "Succeed"},
        "NoSuchInstance": {
            "Type": "Fail",
            "Error": "NoSuchInstance",
            "Cause": "There is no instance ${DatabaseIdentifier}: it was deleted or renamed",
        },
    },
}


def watch_recovery_point(t: Template, operations: Operations, schedules: ScheduleGroup) -> Alarm:
    """Publish the age of the recovery point every five minutes, and alarm above the objective and on silence."""
    objective = Group(t, "Objectives").add(
        "RecoveryPointObjective",
        label="Recovery point, s",
        description="How many seconds of work may be lost at most.",
        type="Number",
        default=600,
        range=(300, 86400),
        otherwise="must be 300 to 86400 seconds; RDS ships its logs every 300",
    )
    machine = add_machine(
        t,
        operations,
        "RecoveryPointWatch",
        definition=DEFINITION,
        statements=[allow([rds.DescribeDBInstances], [operations.instance_arn]), may_publish()],
        seconds=GIVE_UP,
    )
    start_on_schedule(t, operations, schedules, machine, f"rate({PERIOD // 60} minutes)")
    return add_alarm(
        t,
        operations,
        "RecoveryPointTooOld",
        what=(
            "The database cannot be restored to within the objective, or nobody can tell. "
            "First: LatestRestorableTime of the instance, then its events and storage."
        ),
        metric=METRIC,
        statistic="Maximum",
        threshold=Ref(objective),
        above=True,
        period=PERIOD,
        periods=3,
        missing="breaching",
        DatapointsToAlarm=2,
        Tags=operations.environment.tags(),
    )
