"""The alert path, tried: once a week a message takes every step from an alarm to a person, and is followed.

An alarm without a metric is set to OK, which CloudWatch tells the topic as it tells anything: past the topic's policy
and its key, where messages are lost in silence. The alarm falls back by itself. Then the topic must have taken a
message, have a subscription that somebody confirmed, and not have failed a delivery for a week. Whether a person reads
it only that person knows: a Monday without the message is the sign.
(CloudWatch API reference, "SetAlarmState"; SNS developer guide, "Monitoring topics using CloudWatch")
"""

from __future__ import annotations

from typing import Any

from awacs import cloudwatch
from awacs import sns as sns_actions
from troposphere import Equals, Not, Ref, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.scheduler import ScheduleGroup

from templates.nesting import suppress
from templates.operations import (
    DIMENSION,
    NAMESPACE,
    Operations,
    add_machine,
    call,
    if_there,
    may_publish,
    publish,
    start_on_schedule,
)
from templates.parameters import Group, add_condition
from templates.policy import allow, arn

TITLE = "AlertHeartbeat"
METRIC = "AlertPathHealthy"

SETTLE = 900  # seconds until the topic's metrics can be read
WEEK = 604_800  # seconds
DAY = 86_400  # seconds
GIVE_UP = 1800  # seconds

_NOW = "$states.context.State.EnteredTime"

# Whatever a call is refused for is the reason.
_REFUSED = [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Next": "Count"}]


def _sum_of(metric: str, since: str, *, period: int, name: str, then: str) -> dict[str, Any]:
    """A state that assigns the sum of a metric of the topic since a time, a JSONata expression, to a variable."""
    statistic = {
        "Metric": {
            "Namespace": "AWS/SNS",
            "MetricName": metric,
            "Dimensions": [{"Name": "TopicName", "Value": "{% $split('${NotificationTopicArn}', ':')[5] %}"}],
        },
        "Period": period,
        "Stat": "Sum",
    }
    return call(
        "cloudwatch:getMetricData",
        {
            "StartTime": f"{{% {since} %}}",
            "EndTime": f"{{% {_NOW} %}}",
            "MetricDataQueries": [{"Id": "sum", "MetricStat": statistic}],
        },
        Assign={name: "{% $sum($append([], $states.result.MetricDataResults.Values)) %}"},
        Catch=_REFUSED,
        Next=then,
    )


DEFINITION = {
    "StartAt": "Beat",
    "States": {
        "Beat": call(
            "cloudwatch:setAlarmState",
            {
                "AlarmName": "${AlertsReachYou}",
                "StateValue": "OK",
                "StateReason": "The weekly heartbeat: nothing is wrong",
            },
            Assign={"since": f"{{% {_NOW} %}}", "confirmed": 0, "token": None},
            Catch=_REFUSED,
            Next="Settle",
        ),
        "Settle": {"Type": "Wait", "Seconds": SETTLE, "Next": "CountMessages"},
        "CountMessages": _sum_of(
            "NumberOfMessagesPublished", "$since", period=60, name="messages", then="CountFailures"
        ),
        "CountFailures": _sum_of(
            "NumberOfNotificationsFailed",
            f"$fromMillis($toMillis($since) - {WEEK * 1000})",
            period=DAY,
            name="failures",
            then="FindSubscriptions",
        ),
        "FindSubscriptions": {
            **call("sns:listSubscriptionsByTopic", {}, Catch=_REFUSED, Next="HasMore"),
            # An argument that is null would be sent; one that is left out is not.
            "Arguments": "{% $merge([{'TopicArn': '${NotificationTopicArn}'},"
            " $token = null ? {} : {'NextToken': $token}]) %}",
            # What is not confirmed, or deleted, has a word in place of its ARN.
            "Assign": {
                "confirmed": "{% $confirmed +"
                " $count($states.result.Subscriptions[$substringBefore(SubscriptionArn, ':') = 'arn']) %}",
                "token": if_there("$states.result.NextToken"),
            },
        },
        "HasMore": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $token != null %}", "Next": "FindSubscriptions"}],
            "Default": "Judge",
        },
        "Judge": {
            "Type": "Pass",
            "Assign": {
                "why": "{% $join($append([], ["
                "$messages > 0 ? '' : 'the topic took no message',"
                "$confirmed > 0 ? '' : 'nobody has confirmed a subscription',"
                "$failures = 0 ? '' : $failures & ' deliveries failed in a week'"
                "][$ != '']), '; ') %}"
            },
            "Next": "IsHealthy",
        },
        "IsHealthy": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $why = '' %}", "Next": "Healthy"}],
            "Default": "Count",
        },
        "Healthy": publish({METRIC: ("Count", "1")}, End=True),
        "Count": publish({METRIC: ("Count", "0")}, Next="Failed"),
        "Failed": {"Type": "Fail", "Error": "AlertsDoNotArrive", "Cause": "{% $why %}"},
    },
}


def add_heartbeat(t: Template, operations: Operations, schedules: ScheduleGroup) -> None:
    """Add the heartbeat, weekly unless asked otherwise, and an alarm on a path that is broken."""
    schedule = Group(t, "Alerts").add(
        "HeartbeatSchedule",
        label="Heartbeat (UTC)",
        description="Optional. When a message proves that alerts arrive; empty: by hand only.",
        default="cron(0 9 ? * MON *)",
        pattern=r"(cron\([^()]+\))?",
        otherwise="must be empty or a cron expression",
    )
    beat = t.add_resource(
        Alarm(
            "AlertsReachYou",
            AlarmDescription=(
                "Nothing is wrong: the weekly proof that alerts arrive. "
                "First: nothing; if it stays away, see the state machine AlertHeartbeat."
            ),
            Namespace=NAMESPACE,
            # Nobody publishes it, so that the alarm has no state of its own.
            MetricName=TITLE,
            Dimensions=_this(operations),
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="missing",
            OKActions=[operations.topic],
            Tags=operations.environment.tags(),
        )
    )
    machine = add_machine(
        t,
        operations,
        TITLE,
        definition=DEFINITION,
        statements=[
            allow([cloudwatch.SetAlarmState], [arn("cloudwatch", f"alarm:${{{beat.title}}}")]),
            allow([cloudwatch.GetMetricData], ["*"]),
            allow([sns_actions.ListSubscriptionsByTopic], [operations.topic]),
            may_publish(),
        ],
        seconds=GIVE_UP,
        role_metadata=suppress(
            "W9204", reason="metrics are no resources; data sets, which GetMetricData takes, are not read"
        ),
    )
    wanted = add_condition(t, "HasHeartbeatSchedule", Not(Equals(Ref(schedule), "")))
    start_on_schedule(t, operations, schedules, machine, Ref(schedule), condition=wanted)
    t.add_resource(
        Alarm(
            "AlertsDoNotArrive",
            AlarmDescription=(
                "The last heartbeat found the path of the alerts broken. "
                "First: the last execution of AlertHeartbeat, which says where; subscriptions of the topic."
            ),
            Namespace=NAMESPACE,
            MetricName=METRIC,
            Dimensions=_this(operations),
            Statistic="Minimum",
            Period=3600,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            # Between heartbeats there is nothing to judge: the last verdict stands.
            TreatMissingData="ignore",
            AlarmActions=[operations.topic],
            OKActions=[operations.topic],
            Tags=operations.environment.tags(),
        )
    )


def _this(operations: Operations) -> list[MetricDimension]:
    return [MetricDimension(Name=DIMENSION, Value=Ref(operations.instance))]
