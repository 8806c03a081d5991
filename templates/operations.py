"""What every measured promise is made of: a state machine that calls AWS, a role that may do just that, a schedule.

State machines are written in JSONata and call AWS's APIs directly, without Lambda functions. A definition is sent
through `Fn::Sub`; what is known only when it runs stands in `{% %}`. An expression that gives nothing fails the
execution (Step Functions developer guide, "Transforming data with JSONata"), so what may be absent is asked for by
`if_there`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from awacs import cloudwatch, kms, logs, states
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

from templates.alerts import use_alerts
from templates.carrier import carrier
from templates.environment import Environment, in_environment
from templates.logs import Logging, add_log_group
from templates.parameters import Group
from templates.policy import SAME_ACCOUNT, allow, arn, document, from_source, through, trust

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


# Whoever publishes to an encrypted topic uses its key, which only the topic knows: any key of ours, through SNS alone.
# (SNS developer guide, "Key management": permissions for publishers)
_ENCRYPT = Policy(
    PolicyName="encrypt",
    PolicyDocument=document(
        allow(
            [kms.Decrypt, kms.GenerateDataKey],
            [arn("kms", "key/*")],
            when=[through("sns")],
        )
    ),
)


@carrier
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
    instance = use_instance(t, "The RDS PostgreSQL instance whose promises are measured: output DatabaseIdentifier.")
    return Operations(environment=environment, instance=instance, topic=use_alerts(t).topic, logging=logging)


def use_instance(t: Template, description: str) -> Parameter:
    """Take an instance that is there, by its identifier."""
    return Group(t, "Database").add(
        "DatabaseIdentifier",
        label="Instance identifier",
        description=description,
        pattern="[a-z](-?[a-z0-9]){0,62}",
        otherwise="must be the identifier of an RDS instance",
    )


def call(action: str, arguments: dict[str, Any], **state: Any) -> dict[str, Any]:
    """A state that calls an AWS API, named `service:action` as Step Functions spells it, retried when it is busy.

    `state` holds the rest: Assign, Output, Catch, Next or End. Errors that are caught by name are not retried.
    """
    caught = [name for each in state.get("Catch", []) for name in each["ErrorEquals"] if name != "States.ALL"]
    busy = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 2,  # and then twice as long each time
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


def paged(action: str, arguments: dict[str, str], **state: Any) -> dict[str, Any]:
    """`call` for one page of a listing, the one after `$marker`: null before the first page, and again after the last.

    `arguments` are JSONata expressions. `Assign` of `state` takes what the page holds; `$marker` is added to it.
    """
    given = ", ".join(f"'{name}': {expression}" for name, expression in arguments.items())
    listing = call(action, {}, **state)
    # An argument that is null would be sent; one that is left out is not.
    listing["Arguments"] = f"{{% $merge([{{{given}}}, $marker = null ? {{}} : {{'Marker': $marker}}]) %}}"
    listing["Assign"] = {**listing["Assign"], "marker": if_there("$states.result.Marker")}
    return listing


def publish(values: dict[str, tuple[str, str]], *, at: str = "", **state: Any) -> dict[str, Any]:
    """A state that publishes metrics of the instance: name -> (unit, JSONata expression).

    `at` is a JSONata expression of when they were so, where that is not now: within two weeks. (CloudWatch API
    reference, PutMetricData)
    """
    time = {"Timestamp": f"{{% {at} %}}"} if at else {}
    data = [
        {
            "MetricName": name,
            "Unit": unit,
            "Value": f"{{% {expression} %}}",
            "Dimensions": [{"Name": DIMENSION, "Value": "${DatabaseIdentifier}"}],
            **time,
        }
        for name, (unit, expression) in values.items()
    ]
    return call("cloudwatch:putMetricData", {"Namespace": NAMESPACE, "MetricData": data}, **state)


def not_passed(subject: str, first: str, *, outcome: str, error: str) -> dict[str, Any]:
    """The states in which a promise that was not kept ends: from `Tell`, which sends `$why` to the topic.

    `subject` is the message's, followed by the instance; `first` a JSONata expression of what to look at; `outcome` the
    metric that becomes 0; `error` the name under which the execution fails.
    """
    return {
        "Tell": call(
            "sns:publish",
            {
                "TopicArn": "${NotificationTopicArn}",
                "Subject": f"{subject}: ${{DatabaseIdentifier}}",
                "Message": f"{{% $why & '. First: ' & {first} %}}",
            },
            # Who cannot be told can still be shown.
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Count"}],
            Next="Count",
        ),
        "Count": publish({outcome: ("Count", "0")}, Next="Failed"),
        "Failed": {"Type": "Fail", "Error": error, "Cause": "{% $why %}"},
    }


def add_alarm(
    t: Template,
    operations: Operations,
    title: str,
    *,
    what: str,
    metric: str,
    statistic: str,
    threshold: Any,
    above: bool,
    period: int = 3600,
    periods: int = 1,
    missing: str = "ignore",
    condition: str | None = None,
    **properties: Any,
) -> Alarm:
    """Add an alarm on a metric of our own, judged by the `period` in seconds, with further properties.

    Between two tries there is nothing to judge, so the last verdict stands where `missing` does not say otherwise.
    """
    conditional: dict[str, Any] = {"Condition": condition} if condition else {}
    return t.add_resource(
        Alarm(
            title,
            AlarmDescription=what,
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[MetricDimension(Name=DIMENSION, Value=Ref(operations.instance))],
            Statistic=statistic,
            Period=period,
            EvaluationPeriods=periods,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold" if above else "LessThanThreshold",
            TreatMissingData=missing,
            AlarmActions=[operations.topic],
            OKActions=[operations.topic],
            **properties,
            **conditional,
        )
    )


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
    role_metadata: dict[str, Any] | None = None,
) -> StateMachine:
    """Add a state machine that ends after so many seconds at most, with its role and its log."""
    environment = operations.environment
    described: dict[str, Any] = {"Metadata": role_metadata} if role_metadata else {}
    text = _text({"QueryLanguage": "JSONata", "TimeoutSeconds": seconds, **definition})
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
                *([_ENCRYPT] if "sns:publish" in text else []),
            ],
            Tags=environment.tags(),
            **described,
        )
    )
    return t.add_resource(
        StateMachine(
            title,
            StateMachineName=environment.name(f"{{}}-{title}"),
            DefinitionString=Sub(text),
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


def add_starter(
    t: Template, operations: Operations, title: str, machine: StateMachine, *, service: str, source: Sub, **more: Any
) -> Role:
    """Add the role by which a service starts a state machine, for a source of this account; `more` are attributes."""
    return t.add_resource(
        Role(
            title,
            AssumeRolePolicyDocument=trust(service, when=[SAME_ACCOUNT, from_source(source)]),
            Policies=[
                Policy(PolicyName="start", PolicyDocument=document(allow([states.StartExecution], [Ref(machine)])))
            ],
            Tags=operations.environment.tags(),
            **more,
        )
    )


def add_schedule_group(t: Template, operations: Operations, name: str = "{}-operations") -> ScheduleGroup:
    """Add the group of the stack's schedules: a role can trust a group, but not a single schedule."""
    return t.add_resource(
        ScheduleGroup("Schedules", Name=operations.environment.name(name), Tags=operations.environment.tags())
    )


def start_on_schedule(
    t: Template,
    operations: Operations,
    group: ScheduleGroup,
    machine: StateMachine,
    expression: Any,
    *,
    condition: str | None = None,
    retries: int = 0,
) -> None:
    """Start a state machine on a schedule, at the time it says, and once.

    `retries` are for what is due so seldom that a start which failed is worth repeating, and bears being started twice.
    """
    conditional: dict[str, Any] = {"Condition": condition} if condition else {}
    role = add_starter(
        t,
        operations,
        f"{machine.title}ScheduleRole",
        machine,
        service="scheduler.amazonaws.com",
        source=arn("scheduler", f"schedule-group/{group.Name.data['Fn::Sub']}"),
        **conditional,
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
                RetryPolicy=RetryPolicy(MaximumRetryAttempts=retries),
            ),
            **conditional,
        )
    )
