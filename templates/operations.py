"""What every measured promise is made of: a state machine that calls AWS, a role that may do just that, a schedule.

State machines are written in JSONata and call AWS's APIs directly, without Lambda functions. A definition is sent
through `Fn::Sub`; what is known only when it runs stands in `{% %}`. An expression that gives nothing fails the
execution (Step Functions developer guide, "Transforming data with JSONata"), so what may be absent is asked for by
`if_there`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from awacs import cloudwatch, logs, states
from awacs.aws import Statement, StringEquals
from troposphere import GetAtt, Parameter, Ref, Sub, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.iam import Policy, Role
from troposphere.scheduler import FlexibleTimeWindow, RetryPolicy, Schedule, ScheduleGroup
from troposphere.scheduler import Target as ScheduleTarget
from troposphere.stepfunctions import (
    CloudWatchLogsLogGroup,
    LogDestination,
    LoggingConfiguration,
    StateMachine,
)

from templates.environment import Environment, in_environment
from templates.logs import Logging, add_log_group
from templates.parameters import Group
from templates.policy import SAME_ACCOUNT, allow, arn, document, from_source, trust

# The namespace of the metrics that we publish; a role may publish into no other.
NAMESPACE = "RdsHighAvailability"
DIMENSION = "DBInstanceIdentifier"

# Log groups that services write to on somebody's behalf are found by this prefix; others would fill the account's
# resource policy, which has a size limit. (Step Functions developer guide, "Logging using CloudWatch Logs")
VENDED_LOG_GROUPS = "/aws/vendedlogs/{}/*"

# What delivers vended logs takes no resource. (the same)
LOG_DELIVERY = [
    logs.CreateLogDelivery,
    logs.DeleteLogDelivery,
    logs.DescribeLogGroups,
    logs.DescribeResourcePolicies,
    logs.GetLogDelivery,
    logs.ListLogDeliveries,
    logs.PutResourcePolicy,
    logs.UpdateLogDelivery,
]


@dataclass(frozen=True, kw_only=True)
class Operations:
    """The instance that is watched, who hears of it, and where executions are logged."""

    environment: Environment
    instance: Parameter
    topic: Ref
    logging: Logging

    @property
    def instance_arn(self) -> Sub:
        return arn("rds", f"db:${{{self.instance.title}}}")


def add_operations(t: Template, environment: Environment, logging: Logging) -> Operations:
    """Add the parameters that attach to an instance, ours or one that was there before, and to a topic."""
    group = Group(t, "Database")
    instance = group.add(
        "DatabaseIdentifier",
        label="Instance identifier",
        description="The RDS PostgreSQL instance whose promises are measured: output DatabaseIdentifier.",
        pattern="[a-z](-?[a-z0-9]){0,62}",
        otherwise="must be the identifier of an RDS instance",
    )
    topic = Group(t, "Alerts").add(
        "NotificationTopicArn",
        label="Topic",
        description="Where alarms go: output NotificationTopicArn. Its policy must admit CloudWatch.",
        pattern=r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}",
        otherwise="must be the ARN of an SNS topic",
    )
    return Operations(environment=environment, instance=instance, topic=Ref(topic), logging=logging)


def watch(
    t: Template,
    operations: Operations,
    title: str,
    *,
    metric: str,
    description: str,
    namespace: str = NAMESPACE,
    **properties: Any,
) -> Alarm:
    """Add an alarm on a metric of the instance, by default one that we publish; it tells the topic."""
    return t.add_resource(
        Alarm(
            title,
            AlarmDescription=description,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[MetricDimension(Name=DIMENSION, Value=Ref(operations.instance))],
            **properties,
            AlarmActions=[operations.topic],
            OKActions=[operations.topic],
            Tags=operations.environment.tags(),
        )
    )


def call(action: str, arguments: dict[str, Any], **state: Any) -> dict[str, Any]:
    """A state that calls an AWS API, named `service:action` as Step Functions spells it, retried when it is busy.

    `state` holds the rest: Assign, Output, Catch, Next or End. Errors that are caught by name are not retried.
    """
    caught = [name for each in state.get("Catch", []) for name in each["ErrorEquals"] if name != "States.ALL"]
    busy = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxAttempts": 4,
        "JitterStrategy": "FULL",
    }
    final = [{"ErrorEquals": caught, "MaxAttempts": 0}] if caught else []
    return {
        "Type": "Task",
        "Resource": f"arn:${{AWS::Partition}}:states:::aws-sdk:{action}",
        "Arguments": arguments,
        "Retry": [*final, busy],
        **state,
    }


def if_there(expression: str) -> str:
    """A JSONata expression that gives null where the other gives nothing."""
    return f"{{% $exists({expression}) ? {expression} : null %}}"


def publish(values: dict[str, tuple[str, str]], **state: Any) -> dict[str, Any]:
    """A state that publishes metrics of the instance: name -> (unit, JSONata expression)."""
    data = [
        {
            "MetricName": name,
            "Unit": unit,
            "Value": f"{{% {expression} %}}",
            "Dimensions": [{"Name": DIMENSION, "Value": "${DatabaseIdentifier}"}],
        }
        for name, (unit, expression) in values.items()
    ]
    return call("cloudwatch:putMetricData", {"Namespace": NAMESPACE, "MetricData": data}, **state)


def not_passed(what: str, error: str, outcome: str, first: str) -> dict[str, Any]:
    """The states, from "Tell" on, that end a test which was not passed: the topic hears why, the metric counts 0.

    `$why` holds the reason; `first` is a JSONata expression of what to look at first.
    """
    told = {
        "TopicArn": "${NotificationTopicArn}",
        "Subject": f"{what} not passed: ${{DatabaseIdentifier}}",
        "Message": f"{{% $why & {first} %}}",
    }
    return {
        "Tell": call("sns:publish", told, Next="Count"),
        "Count": publish({outcome: ("Count", "0")}, Next="Failed"),
        "Failed": {"Type": "Fail", "Error": error, "Cause": "{% $why %}"},
    }


def may_publish() -> Statement:
    """Permission for `publish`: the action takes no resource, but the namespace can be held."""
    return allow([cloudwatch.PutMetricData], ["*"], when=[StringEquals("cloudwatch:namespace", NAMESPACE)])


def add_machine(
    t: Template,
    operations: Operations,
    title: str,
    *,
    definition: dict[str, Any],
    statements: Sequence[Statement],
    seconds: int,
) -> StateMachine:
    """Add a state machine that ends after so many seconds at most, with its role and its log."""
    environment = operations.environment
    name = in_environment(f"{{}}-{title}")
    log_group = add_log_group(t, f"{title}LogGroup", operations.logging, VENDED_LOG_GROUPS.replace("*", title))
    role = t.add_resource(
        Role(
            f"{title}Role",
            AssumeRolePolicyDocument=trust(
                "states.amazonaws.com", when=[SAME_ACCOUNT, from_source(arn("states", f"stateMachine:{name}"))]
            ),
            # Inline, and so there before the state machine is made, which tries to deliver its log.
            Policies=[
                Policy(PolicyName="call", PolicyDocument=document(*statements)),
                Policy(PolicyName="log", PolicyDocument=document(allow(LOG_DELIVERY, ["*"]))),
            ],
            Tags=environment.tags(),
        )
    )
    return t.add_resource(
        StateMachine(
            title,
            StateMachineName=environment.name(f"{{}}-{title}"),
            DefinitionString=Sub(_text({"QueryLanguage": "JSONata", "TimeoutSeconds": seconds, **definition})),
            RoleArn=GetAtt(role, "Arn"),
            LoggingConfiguration=LoggingConfiguration(
                Level="ALL",
                IncludeExecutionData=True,
                Destinations=[
                    LogDestination(CloudWatchLogsLogGroup=CloudWatchLogsLogGroup(LogGroupArn=GetAtt(log_group, "Arn")))
                ],
            ),
            Tags=environment.tags(),
        )
    )


def _text(definition: dict[str, Any]) -> str:
    return json.dumps(definition, separators=(",", ":"))


def add_schedule_group(t: Template, operations: Operations) -> ScheduleGroup:
    """Add the group of the stack's schedules: a role can trust a group, but not a single schedule."""
    return t.add_resource(
        ScheduleGroup(
            "Schedules", Name=operations.environment.name("{}-operations"), Tags=operations.environment.tags()
        )
    )


def start_on_schedule(
    t: Template,
    operations: Operations,
    group: ScheduleGroup,
    machine: StateMachine,
    expression: Any,
    *,
    condition: str | None = None,
) -> None:
    """Start a state machine on a schedule, at the time it says and once."""
    conditional: dict[str, Any] = {"Condition": condition} if condition else {}
    name = operations.environment.name("{}-operations").data["Fn::Sub"]
    role = t.add_resource(
        Role(
            f"{machine.title}ScheduleRole",
            AssumeRolePolicyDocument=trust(
                "scheduler.amazonaws.com", when=[SAME_ACCOUNT, from_source(arn("scheduler", f"schedule-group/{name}"))]
            ),
            Policies=[
                Policy(PolicyName="start", PolicyDocument=document(allow([states.StartExecution], [Ref(machine)])))
            ],
            Tags=operations.environment.tags(),
            **conditional,
        )
    )
    t.add_resource(
        Schedule(
            f"{machine.title}Schedule",
            GroupName=Ref(group),
            ScheduleExpression=expression,
            FlexibleTimeWindow=FlexibleTimeWindow(Mode="OFF"),
            Target=ScheduleTarget(
                Arn=Ref(machine),
                RoleArn=GetAtt(role, "Arn"),
                Input="{}",
                # The next run is due before a retry would be of use.
                RetryPolicy=RetryPolicy(MaximumRetryAttempts=0),
            ),
            **conditional,
        )
    )
