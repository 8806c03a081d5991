"""Restores, tried: AWS Backup restores the newest recovery point every week, and what it made is compared and reported.

A test that passes says "restored and configured": the engine, its version, encryption and key, storage, parameter group
and time taken are as they should be. It says nothing about the data; a function of the user's can, and is asked when it
is given. AWS Backup deletes what it restored when the validation window ends. There are no restore tests in GovCloud.
(AWS Backup developer guide, "Restore testing")
"""

from __future__ import annotations

from awacs import awslambda, backup, rds, states
from awacs import sns as sns_actions
from troposphere import Equals, GetAtt, If, Join, Not, Parameter, Ref, Split, Sub, Template
from troposphere.backup import RestoreTestingPlan, RestoreTestingRecoveryPointSelection, RestoreTestingSelection
from troposphere.cloudwatch import Alarm
from troposphere.events import Rule, Target
from troposphere.iam import Policy, Role
from troposphere.stepfunctions import StateMachine

from templates.environment import in_environment
from templates.operations import (
    Operations,
    add_alarm,
    add_machine,
    call,
    if_there,
    may_publish,
    not_passed,
    publish,
)
from templates.parameters import Group, add_condition
from templates.policy import SAME_ACCOUNT, allow, arn, aws_policy, document, from_source, trust

TITLE = "RestoreTest"
DURATION = "RestoreSeconds"
OUTCOME = "RestoreTestSucceeded"

# Names of restore testing take no hyphen. (botocore, backup CreateRestoreTestingPlan)
PLAN = "{}_restore_test"
RESTORED = "awsbackup-restore-test-*"

START_WINDOW_HOURS = 1
VALIDATION_WINDOW_HOURS = 4
SELECTION_WINDOW_DAYS = 7
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
    _add_plan(t, operations, group)
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
    _judge_when_over(t, operations, machine)
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


def _add_plan(t: Template, operations: Operations, group: Group) -> None:
    """What is restored where: into the database's subnets, behind its closed security group, with its parameters."""
    environment = operations.environment
    schedule = group.add(
        "RestoreTestSchedule",
        label="Restore test schedule (UTC)",
        description="When the newest recovery point of the last week is restored. The copy is deleted afterwards.",
        default="cron(0 8 ? * SAT *)",
        pattern=r"cron\([^()]+\)",
        otherwise="must be a cron expression",
    )
    vault = group.add(
        "BackupVaultArn",
        label="Vault",
        description="Whose recovery points are restored: output BackupVaultArn.",
        pattern=r"arn:[\w-]+:backup:[\w-]+:\d{12}:backup-vault:[\w-]{2,50}",
        otherwise="must be the ARN of a backup vault",
    )
    subnets = group.add(
        "DatabaseSubnetGroupName",
        label="Subnet group",
        description="Where it is restored: output DatabaseSubnetGroupName.",
        pattern="[A-Za-z0-9 ._-]{1,255}",
        otherwise="must be the name of a DB subnet group",
    )
    security_group = group.add(
        "DatabaseSecurityGroupId",
        label="Security group",
        description="What guards the copy: output DatabaseSecurityGroupId.",
        type="AWS::EC2::SecurityGroup::Id",
    )
    parameters = group.add(
        "DatabaseParameterGroupName",
        label="Parameter group",
        description="What the copy runs with: output DatabaseParameterGroupName.",
        pattern="[A-Za-z][A-Za-z0-9.-]{0,254}",
        otherwise="must be the name of a DB parameter group",
    )
    role = t.add_resource(
        Role(
            "RestoreTestRestoreRole",
            AssumeRolePolicyDocument=trust("backup.amazonaws.com"),
            ManagedPolicyArns=[aws_policy("AWSBackupServiceRolePolicyForRestores")],
            Tags=environment.tags(),
        )
    )
    plan = t.add_resource(
        RestoreTestingPlan(
            "RestoreTestPlan",
            RestoreTestingPlanName=Join("_", Split("-", environment.name(PLAN))),
            ScheduleExpression=Ref(schedule),
            StartWindowHours=START_WINDOW_HOURS,
            RecoveryPointSelection=RestoreTestingRecoveryPointSelection(
                Algorithm="LATEST_WITHIN_WINDOW",
                IncludeVaults=[Ref(vault)],
                RecoveryPointTypes=["CONTINUOUS", "SNAPSHOT"],
                SelectionWindowDays=SELECTION_WINDOW_DAYS,
            ),
            Tags=environment.tags(),
        )
    )
    t.add_resource(
        RestoreTestingSelection(
            "RestoreTestSelection",
            RestoreTestingPlanName=Ref(plan),
            RestoreTestingSelectionName="database",
            ProtectedResourceType="RDS",
            ProtectedResourceArns=[operations.instance_arn],
            IamRoleArn=GetAtt(role, "Arn"),
            ValidationWindowHours=VALIDATION_WINDOW_HOURS,
            RestoreMetadataOverrides={
                "dbParameterGroupName": Ref(parameters),
                "dbSubnetGroupName": Ref(subnets),
                # By it a function that checks the data logs in: whose password a copy has depends on when it was made.
                "enableIamDatabaseAuthentication": "true",
                "multiAz": "false",
                "publiclyAccessible": "false",
                # AWS Backup takes this list as text.
                "vpcSecurityGroupIds": Sub(f'["${{{security_group.title}}}"]'),
            },
        )
    )


def _judge_when_over(t: Template, operations: Operations, machine: StateMachine) -> None:
    """Start the state machine when a restore of this plan is over, however it ended."""
    rule = in_environment(f"{{}}-{TITLE}")
    role = t.add_resource(
        Role(
            f"{TITLE}RuleRole",
            AssumeRolePolicyDocument=trust(
                "events.amazonaws.com", when=[SAME_ACCOUNT, from_source(arn("events", f"rule/{rule}"))]
            ),
            Policies=[
                Policy(PolicyName="start", PolicyDocument=document(allow([states.StartExecution], [Ref(machine)])))
            ],
            Tags=operations.environment.tags(),
        )
    )
    t.add_resource(
        Rule(
            f"{TITLE}Over",
            Name=operations.environment.name(f"{{}}-{TITLE}"),
            EventPattern={
                "source": ["aws.backup"],
                "detail-type": ["Restore Job State Change"],
                "detail": {
                    "restoreTestingPlanArn": [GetAtt("RestoreTestPlan", "RestoreTestingPlanArn")],
                    "status": ["ABORTED", "COMPLETED", "FAILED"],
                },
            },
            Targets=[Target(Id="judge", Arn=Ref(machine), RoleArn=GetAtt(role, "Arn"))],
            Tags=operations.environment.tags(),
        )
    )
