"""Restores, tried: AWS Backup restores the newest recovery point every week, and what it made is compared and reported.

A test that passes says "restored and configured": the engine, its version, encryption and key, storage, parameter group
and time taken are as they should be. It says nothing about the data; a function of the user's can, and is asked when it
is given. AWS Backup deletes what it restored when the validation window ends. There are no restore tests in GovCloud.
(AWS Backup developer guide, "Restore testing")
"""

from __future__ import annotations

from awacs import awslambda, backup, rds
from awacs import sns as sns_actions
from troposphere import Equals, GetAtt, If, Not, Parameter, Ref, Template
from troposphere.backup import RestoreTestingPlan
from troposphere.cloudwatch import Alarm
from troposphere.events import Rule, Target
from troposphere.stepfunctions import StateMachine

from templates.environment import in_environment
from templates.operations import (
    Operations,
    add_alarm,
    add_machine,
    add_starter,
    call,
    if_there,
    may_publish,
    not_passed,
    publish,
)
from templates.parameters import Group, add_condition
from templates.policy import allow, arn
from templates.restore_plan import add_restore_plan

TITLE = "RestoreTest"
DURATION = "RestoreSeconds"
OUTCOME = "RestoreTestSucceeded"

RESTORED = "awsbackup-restore-test-*"

GIVE_UP = 7200  # seconds
FUNCTION_SECONDS = 900  # the longest that a function runs
LONGEST_MESSAGE = 1000  # characters; what AWS Backup takes is not documented

_VERDICT = "$why = '' ? 'SUCCESSFUL' : 'FAILED'"

_INSTANCE = "$states.result.DbInstances[0]"
_FACTS = {
    "version": f"{_INSTANCE}.EngineVersion",
    "encrypted": f"{_INSTANCE}.StorageEncrypted",
    "key": f"{_INSTANCE}.KmsKeyId",
    "storage": f"{_INSTANCE}.AllocatedStorage",
    "group": f"{_INSTANCE}.DbParameterGroups[0].DbParameterGroupName",
}


def _facts_of(name: str) -> dict[str, str]:
    """An Assign that keeps, under a name, what the test compares."""
    pairs = ", ".join(f"'{fact}': $exists({path}) ? {path} : null" for fact, path in _FACTS.items())
    return {name: f"{{% {{{pairs}}} %}}"}


# Lambda's own errors, as its guide has them retried; those of the function are its verdict.
# (Step Functions developer guide, "Handle transient Lambda service exceptions")
LAMBDA_BUSY = {
    "ErrorEquals": [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 2,
    "MaxAttempts": 4,
    "JitterStrategy": "FULL",
}

# Whatever a call is refused for fails the test.
REFUSED = [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Next": "Report"}]

DEFINITION = {
    "StartAt": "Read",
    "States": {
        "Read": {
            "Type": "Pass",
            "Assign": {
                "job": "{% $states.input.detail.restoreJobId %}",
                "status": "{% $states.input.detail.status %}",
                "restored": "{% $exists($states.input.detail.createdResourceArn) ?"
                " $split($states.input.detail.createdResourceArn, ':')[6] : '' %}",
                "message": if_there("$states.input.detail.statusMessage"),
                "seconds": 0,
                "why": "",
            },
            "Next": "IsRestored",
        },
        "IsRestored": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $status = 'COMPLETED' %}", "Next": "FindJob"}],
            "Default": "NotRestored",
        },
        # A job that failed has nothing to validate; AWS Backup takes no result for it.
        "NotRestored": {
            "Type": "Pass",
            "Assign": {"why": "{% 'The restore ended as ' & $status & ($message = null ? '' : ': ' & $message) %}"},
            "Next": "Tell",
        },
        "FindJob": call(
            "backup:describeRestoreJob",
            {"RestoreJobId": "{% $job %}"},
            Assign={
                "seconds": "{% ($toMillis($states.result.CompletionDate) - $toMillis($states.result.CreationDate))"
                " / 1000 %}",
                "reported": if_there("$states.result.ValidationStatus"),
            },
            Catch=REFUSED,
            Next="IsReported",
        ),
        # EventBridge may deliver an event twice. (EventBridge user guide, "Retry policy": at least once)
        "IsReported": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $reported in ['SUCCESSFUL', 'FAILED'] %}", "Next": "ReportedBefore"}],
            "Default": "Measure",
        },
        "ReportedBefore": {"Type": "Succeed"},
        # However the test ends, so that the alarm sees a restore that was too slow; the verdict does not hang on it.
        "Measure": publish(
            {DURATION: ("Seconds", "$seconds")},
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "FindRestored"}],
            Next="FindRestored",
        ),
        "FindRestored": call(
            "rds:describeDBInstances",
            {"DbInstanceIdentifier": "{% $restored %}"},
            Assign=_facts_of("copy"),
            Catch=REFUSED,
            Next="FindOriginal",
        ),
        "FindOriginal": call(
            "rds:describeDBInstances",
            {"DbInstanceIdentifier": "${DatabaseIdentifier}"},
            Assign=_facts_of("original"),
            Catch=REFUSED,
            Next="Compare",
        ),
        "Compare": {
            "Type": "Pass",
            "Assign": {
                "why": "{% $join($append([], ["
                "$copy.version = $original.version ? '' : 'version ' & $copy.version & ', not ' & $original.version,"
                "$copy.encrypted ? '' : 'not encrypted',"
                "$copy.key = $original.key ? '' : 'under another key',"
                "$copy.storage >= $original.storage ? '' : 'storage ' & $copy.storage & ' GiB',"
                "$copy.group = $lowercase('${DatabaseParameterGroupName}') ? '' : 'parameter group ' & $copy.group,"
                "$seconds <= ${RestoreObjective} ? '' : 'took ' & $seconds & ' s'"
                "][$ != '']), '; ') %}"
            },
            "Next": "HasFunction",
        },
        "HasFunction": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $why = '' and '${ValidationFunctionArn}' != '' %}", "Next": "AskFunction"}],
            "Default": "Report",
        },
        "AskFunction": {
            "Type": "Task",
            "Resource": "arn:${AWS::Partition}:states:::lambda:invoke",
            "Arguments": {
                # An expression, as a name that is empty could be refused before it is known never to be called.
                "FunctionName": "{% '${ValidationFunctionArn}' %}",
                "Payload": {"DBInstanceIdentifier": "{% $restored %}", "RestoreJobId": "{% $job %}"},
            },
            "TimeoutSeconds": FUNCTION_SECONDS,
            "Retry": [LAMBDA_BUSY],
            "Catch": REFUSED,
            "Next": "Report",
        },
        # The result can be reported once and never be changed.
        "Report": call(
            "backup:putRestoreValidationResult",
            {
                "RestoreJobId": "{% $job %}",
                "ValidationStatus": f"{{% {_VERDICT} %}}",
                "ValidationStatusMessage": "{% $why = '' ? 'Restored and configured; data not verified'"
                f" : $substring($why, 0, {LONGEST_MESSAGE}) %}}",
            },
            Catch=[
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {"refusal": "{% $states.errorOutput.Cause %}"},
                    "Next": "FindReport",
                }
            ],
            Next="HasPassed",
        ),
        # What was refused may be reported all the same: by a call whose answer was lost, or by another execution.
        "FindReport": call(
            "backup:describeRestoreJob",
            {"RestoreJobId": "{% $job %}"},
            Assign={"reported": if_there("$states.result.ValidationStatus")},
            Catch=[{**REFUSED[0], "Next": "Tell"}],
            Next="IsOurs",
        ),
        "IsOurs": {
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% $reported = ({_VERDICT}) %}}", "Next": "HasPassed"}],
            "Default": "NotReported",
        },
        "NotReported": {
            "Type": "Pass",
            "Assign": {
                "why": "{% 'The result was not reported to AWS Backup: ' & $refusal & ($why = '' ? '' : '; ' & $why) %}"
            },
            "Next": "Tell",
        },
        "HasPassed": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $why = '' %}", "Next": "Passed"}],
            "Default": "Tell",
        },
        "Passed": publish({OUTCOME: ("Count", "1")}, End=True),
        **not_passed(
            "Restore test not passed",
            "'restore job ' & $job & ' in AWS Backup'",
            outcome=OUTCOME,
            error="RestoreTestNotPassed",
        ),
    },
}


def add_restore_objective(t: Template) -> Parameter:
    """Add the recovery-time objective, by which tests are judged and beside which the dashboard shows them."""
    return Group(t, "Objectives").add(
        "RestoreObjective",
        label="Restore, s",
        description="How many seconds a restore may take.",
        type="Number",
        default=7200,
        range=(300, 86400),
    )


def add_restore_tests(t: Template, operations: Operations) -> Alarm:
    """Add the plan, the state machine that judges what was restored, and an alarm on a slow restore."""
    group = Group(t, "Restore tests")
    function = group.add(
        "ValidationFunctionArn",
        label="Function that checks the data",
        description="Optional. Called with DBInstanceIdentifier and RestoreJobId; an error fails the test.",
        default="",
        pattern=r"(arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]{1,64}(:[\w-]{1,128})?)?",
        otherwise="must be empty or the ARN of a function, its version or alias",
    )
    objective = add_restore_objective(t)
    has_function = add_condition(t, "HasValidationFunction", Not(Equals(Ref(function), "")))
    plan = add_restore_plan(t, operations, group)
    machine = add_machine(
        t,
        operations,
        TITLE,
        definition=DEFINITION,
        statements=[
            allow([rds.DescribeDBInstances], [operations.instance_arn, arn("rds", f"db:{RESTORED}")]),
            # Neither takes a resource. (service authorization reference, AWS Backup)
            allow([backup.DescribeRestoreJob, backup.PutRestoreValidationResult], ["*"]),
            allow([sns_actions.Publish], [operations.topic]),
            may_publish(),
            # Without a function, on one that cannot be.
            allow([awslambda.InvokeFunction], [If(has_function, Ref(function), arn("lambda", "function:none"))]),
        ],
        seconds=GIVE_UP,
    )
    _judge_when_over(t, operations, plan, machine)
    return add_alarm(
        t,
        operations,
        "RestoreTooSlow",
        what=(
            "The last restore took longer than the objective. "
            "First: its restore job in AWS Backup; a larger database restores more slowly."
        ),
        metric=DURATION,
        statistic="Maximum",
        threshold=Ref(objective),
        above=True,
        Tags=operations.environment.tags(),
    )


def _judge_when_over(t: Template, operations: Operations, plan: RestoreTestingPlan, machine: StateMachine) -> None:
    """Start the state machine when a restore of this plan is over, however it ended."""
    rule = in_environment(f"{{}}-{TITLE}")
    role = add_starter(
        t,
        operations,
        f"{TITLE}RuleRole",
        machine,
        service="events.amazonaws.com",
        source=arn("events", f"rule/{rule}"),
    )
    t.add_resource(
        Rule(
            f"{TITLE}Over",
            Name=operations.environment.name(f"{{}}-{TITLE}"),
            EventPattern={
                "source": ["aws.backup"],
                "detail-type": ["Restore Job State Change"],
                "detail": {
                    "restoreTestingPlanArn": [GetAtt(plan, "RestoreTestingPlanArn")],
                    "status": ["ABORTED", "COMPLETED", "FAILED"],
                },
            },
            Targets=[Target(Id="judge", Arn=Ref(machine), RoleArn=GetAtt(role, "Arn"))],
            Tags=operations.environment.tags(),
        )
    )
