"""Failover, tried: a drill reboots the instance with failover, measures it, and says whether the standby took over.

What it measures is RDS's own window, from "failover started" to "failover completed": the outage that a client sees
also depends on how long it keeps a DNS answer and how it reconnects. A reboot that has begun cannot be stopped.
(FIS user guide, "aws:rds:reboot-db-instances"; RDS user guide, "Amazon RDS event categories and event messages")
"""

from __future__ import annotations

from awacs import cloudwatch, fis, rds
from awacs import sns as sns_actions
from troposphere import Equals as SameAs
from troposphere import GetAtt, Not, Ref, Template
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.fis import (
    CloudWatchLogsConfiguration,
    ExperimentTemplate,
    ExperimentTemplateAction,
    ExperimentTemplateLogConfiguration,
    ExperimentTemplateStopCondition,
    ExperimentTemplateTarget,
)
from troposphere.iam import Policy, Role
from troposphere.scheduler import ScheduleGroup

from templates.logs import add_log_group
from templates.operations import (
    DIMENSION,
    LOG_DELIVERY,
    VENDED_LOG_GROUPS,
    Operations,
    add_alarm,
    add_machine,
    call,
    if_there,
    may_publish,
    not_passed,
    publish,
    start_on_schedule,
)
from templates.parameters import Group, add_condition
from templates.policy import SAME_ACCOUNT, allow, arn, document, from_source, may_make_service_role, trust

TITLE = "FailoverDrill"
DURATION = "FailoverSeconds"
OUTCOME = "FailoverDrillSucceeded"

LOOK_EVERY = 30  # seconds between two looks at the events
LOOKS = 40  # twenty minutes: a failover takes one or two
GIVE_UP = 1800  # seconds
WATCH_MINUTES = 15  # longer than the alarm on silence takes; billed by the minute

# Events, by the words that RDS sends them with: DescribeEvents gives no event IDs.
STARTED = "failover started"
COMPLETED = "failover completed"
REFUSED = "failover recently occurred"

_INSTANCE = "$states.result.DbInstances[0]"

# Whatever a call is refused for is told as it stands.
TOLD = [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Next": "Tell"}]

# Messages since the experiment was started, by what they say. (`$toMillis`: delivery is unordered, the dates are not)
_DATE_OF = "$min($states.result.Events[$contains(Message, '{}')].$toMillis(Date))"

DEFINITION = {
    "StartAt": "Describe",
    "States": {
        "Describe": call(
            "rds:describeDBInstances",
            {"DbInstanceIdentifier": "${DatabaseIdentifier}"},
            Assign={
                "status": f"{{% {_INSTANCE}.DbInstanceStatus %}}",
                "standby": if_there(f"{_INSTANCE}.SecondaryAvailabilityZone"),
                "zone": f"{{% {_INSTANCE}.AvailabilityZone %}}",
                # A static parameter that waits for a reboot is a change, too: the drill would make it.
                "pending": f"{{% $count({_INSTANCE}.PendingModifiedValues.*) > 0"
                f" or 'pending-reboot' in {_INSTANCE}.DbParameterGroups.ParameterApplyStatus %}}",
            },
            Catch=TOLD,
            Next="IsReady",
        ),
        "IsReady": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $status = 'available' and $standby != null and $not($pending) %}",
                    "Next": "FindAlarms",
                }
            ],
            "Default": "NotReady",
        },
        "NotReady": {
            "Type": "Pass",
            "Assign": {
                "why": (
                    "{% 'Not drilled: the instance is ' & $status & ($standby = null ? ', without a standby' : '')"
                    " & ($pending ? ', with changes pending' : '') %}"
                )
            },
            "Next": "Tell",
        },
        "FindAlarms": call(
            "cloudwatch:describeAlarms",
            {"AlarmNamePrefix": "${AlarmPrefix}", "StateValue": "ALARM"},
            Assign={"alarms": "{% [$states.result.MetricAlarms.AlarmName] %}"},
            Catch=TOLD,
            Next="FindOwnAlarms",
        ),
        # A slow drill before this one is no reason against it: its alarm is not asked for.
        "FindOwnAlarms": call(
            "cloudwatch:describeAlarms",
            {"AlarmNames": ["${RecoveryPointTooOld}", "${DatabaseSilentTooLong}"], "StateValue": "ALARM"},
            Assign={"alarms": "{% $append($alarms, [$states.result.MetricAlarms.AlarmName]) %}"},
            Catch=TOLD,
            Next="IsQuiet",
        ),
        "IsQuiet": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($alarms) = 0 %}", "Next": "Start"}],
            "Default": "NotQuiet",
        },
        "NotQuiet": {
            "Type": "Pass",
            "Assign": {"why": "{% 'Not drilled, as these alarms are on: ' & $join($alarms, ', ') %}"},
            "Next": "Tell",
        },
        "Start": call(
            "fis:startExperiment",
            {"ClientToken": "{% $states.context.Execution.Name %}", "ExperimentTemplateId": "${FailoverExperiment}"},
            Assign={
                "experiment": "{% $states.result.Experiment.Id %}",
                "since": "{% $states.context.State.EnteredTime %}",
                "looks": 0,
            },
            Catch=TOLD,
            Next="Wait",
        ),
        "Wait": {"Type": "Wait", "Seconds": LOOK_EVERY, "Next": "Look"},
        "Look": call(
            "rds:describeEvents",
            {"SourceIdentifier": "${DatabaseIdentifier}", "SourceType": "db-instance", "StartTime": "{% $since %}"},
            Assign={
                "started": if_there(_DATE_OF.format(STARTED)),
                "completed": if_there(_DATE_OF.format(COMPLETED)),
                "refused": if_there(_DATE_OF.format(REFUSED)),
                "looks": "{% $looks + 1 %}",
            },
            Catch=TOLD,
            Next="IsOver",
        ),
        "IsOver": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $refused != null %}", "Next": "Refused"},
                {"Condition": "{% $started != null and $completed != null %}", "Next": "DescribeAgain"},
                {"Condition": f"{{% $looks >= {LOOKS} %}}", "Next": "NotSeen"},
            ],
            "Default": "FindExperiment",
        },
        "FindExperiment": call(
            "fis:getExperiment",
            {"Id": "{% $experiment %}"},
            Assign={
                "state": "{% $states.result.Experiment.State.Status %}",
                "reason": if_there("$states.result.Experiment.State.Reason"),
            },
            Catch=TOLD,
            Next="IsStopped",
        ),
        "IsStopped": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $state in ['cancelled', 'failed', 'stopped'] %}", "Next": "Stopped"}],
            "Default": "Wait",
        },
        "Stopped": {
            "Type": "Pass",
            "Assign": {"why": "{% 'The experiment ended: ' & $state & ($reason = null ? '' : ', ' & $reason) %}"},
            "Next": "Tell",
        },
        "Refused": {
            "Type": "Pass",
            "Assign": {"why": "RDS refused the failover, as another one was too recent"},
            "Next": "Tell",
        },
        "NotSeen": {
            "Type": "Pass",
            "Assign": {"why": "RDS did not report a failover started and completed within twenty minutes"},
            "Next": "Tell",
        },
        "DescribeAgain": call(
            "rds:describeDBInstances",
            {"DbInstanceIdentifier": "${DatabaseIdentifier}"},
            Assign={"now": f"{{% {_INSTANCE}.AvailabilityZone %}}"},
            Catch=TOLD,
            Next="HasSwapped",
        ),
        "HasSwapped": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $now = $standby %}", "Next": "Succeeded"}],
            "Default": "NotSwapped",
        },
        "NotSwapped": {
            "Type": "Pass",
            "Assign": {"why": "{% 'RDS reported a failover, but the instance is still in ' & $now %}"},
            "Next": "Tell",
        },
        "Succeeded": publish(
            {DURATION: ("Seconds", "($completed - $started) / 1000"), OUTCOME: ("Count", "1")},
            Output="{% {'seconds': ($completed - $started) / 1000, 'from': $zone, 'to': $now} %}",
            End=True,
        ),
        **not_passed(
            "Failover drill not passed",
            "'the execution ' & $states.context.Execution.Id",
            outcome=OUTCOME,
            error="DrillNotPassed",
        ),
    },
}


def add_failover_drill(t: Template, operations: Operations, schedules: ScheduleGroup) -> tuple[Alarm, Alarm]:
    """Add the drill: to be started by hand, or on a schedule where one is given.

    Returns the alarm on a slow failover, and the one on an instance that stays silent, which stops the experiment.
    """
    group = Group(t, "Drills")
    group.add(
        "AlarmPrefix",
        label="Alarms that must be quiet",
        description="Names of alarms that must be quiet before a drill begin so: the name of the database's stack.",
        pattern="[A-Za-z][A-Za-z0-9-]{0,127}",
        otherwise="must be the beginning of alarm names",
    )
    schedule = group.add(
        "DrillSchedule",
        label="Drill schedule (UTC)",
        description="Optional. Such as cron(30 4 ? * SUN#1 *): in quiet hours, when nothing else runs; empty: by hand.",
        default="",
        pattern=r"((cron|rate)\([^()]+\))?",
        otherwise="must be empty, or a cron or rate expression",
    )
    objective = Group(t, "Objectives").add(
        "FailoverObjective",
        label="Failover, s",
        description="How many seconds a failover may take.",
        type="Number",
        default=120,
        range=(30, 3600),
    )
    silent = _add_silence_alarm(t, operations)
    experiment = _add_experiment(t, operations, silent)
    experiment_arn = arn("fis", f"experiment-template/${{{experiment.title}}}")
    machine = add_machine(
        t,
        operations,
        TITLE,
        definition=DEFINITION,
        statements=[
            allow([rds.DescribeDBInstances], [operations.instance_arn]),
            allow([rds.DescribeEvents], ["*"]),
            allow([cloudwatch.DescribeAlarms], [arn("cloudwatch", "alarm:*")]),
            # Starting an experiment needs the experiment's ARN as well as its template's.
            allow([fis.StartExperiment], [experiment_arn, arn("fis", "experiment/*")]),
            allow([fis.GetExperiment], [arn("fis", "experiment/*")]),
            # The first experiment of an account makes it. (FIS user guide, "Use service-linked roles")
            may_make_service_role("fis.amazonaws.com", "AWSServiceRoleForFIS"),
            allow([sns_actions.Publish], [operations.topic]),
            may_publish(),
        ],
        seconds=GIVE_UP,
    )
    wanted = add_condition(t, "HasDrillSchedule", Not(SameAs(Ref(schedule), "")))
    start_on_schedule(t, operations, schedules, machine, Ref(schedule), condition=wanted)
    slow = add_alarm(
        t,
        operations,
        "FailoverTooSlow",
        what=(
            "The last drill's failover took longer than the objective. "
            "First: RDS events of the drill; long transactions and dirty buffers delay recovery."
        ),
        metric=DURATION,
        statistic="Maximum",
        threshold=Ref(objective),
        above=True,
        Tags=operations.environment.tags(),
    )
    return slow, silent


def _add_silence_alarm(t: Template, operations: Operations) -> Alarm:
    return t.add_resource(
        Alarm(
            "DatabaseSilentTooLong",
            AlarmDescription="No metrics for ten minutes, longer than a failover takes. First: RDS events.",
            Namespace="AWS/RDS",
            MetricName="CPUUtilization",
            Dimensions=[MetricDimension(Name=DIMENSION, Value=Ref(operations.instance))],
            Statistic="SampleCount",
            Period=60,
            EvaluationPeriods=10,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
            AlarmActions=[operations.topic],
            OKActions=[operations.topic],
            Tags=operations.environment.tags(),
        )
    )


def _add_experiment(t: Template, operations: Operations, silent: Alarm) -> ExperimentTemplate:
    """Reboot with failover, then wait: while the experiment waits it is stopped when the instance stays silent."""
    environment = operations.environment
    log_group = add_log_group(t, "ExperimentLogGroup", operations.logging, VENDED_LOG_GROUPS.replace("*", "Experiment"))
    role = t.add_resource(
        Role(
            "ExperimentRole",
            AssumeRolePolicyDocument=trust(
                "fis.amazonaws.com", when=[SAME_ACCOUNT, from_source(arn("fis", "experiment/*"))]
            ),
            Policies=[
                Policy(
                    PolicyName="fail-over",
                    PolicyDocument=document(
                        allow([rds.RebootDBInstance], [operations.instance_arn]),
                        allow([rds.DescribeDBInstances, *LOG_DELIVERY], ["*"]),
                    ),
                )
            ],
            Tags=environment.tags(),
        )
    )
    return t.add_resource(
        ExperimentTemplate(
            "FailoverExperiment",
            Description=environment.name("Reboot the database of {} with failover"),
            RoleArn=GetAtt(role, "Arn"),
            Targets={
                "Database": ExperimentTemplateTarget(
                    ResourceType="aws:rds:db", ResourceArns=[operations.instance_arn], SelectionMode="ALL"
                )
            },
            Actions={
                "FailOver": ExperimentTemplateAction(
                    ActionId="aws:rds:reboot-db-instances",
                    Parameters={"forceFailover": "true"},
                    Targets={"DBInstances": "Database"},
                ),
                # Without it the experiment would be over once the reboot is asked for, and nothing could stop it.
                "Watch": ExperimentTemplateAction(
                    ActionId="aws:fis:wait", Parameters={"duration": f"PT{WATCH_MINUTES}M"}, StartAfter=["FailOver"]
                ),
            },
            StopConditions=[
                ExperimentTemplateStopCondition(Source="aws:cloudwatch:alarm", Value=GetAtt(silent, "Arn"))
            ],
            LogConfiguration=ExperimentTemplateLogConfiguration(
                LogSchemaVersion=2,
                # The ARN that GetAtt gives ends in `:*`, which FIS wants.
                CloudWatchLogsConfiguration=CloudWatchLogsConfiguration(LogGroupArn=GetAtt(log_group, "Arn")),
            ),
            Tags=environment.tag_map(Name=environment.name("{}-failover")),
        )
    )
