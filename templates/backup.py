"""AWS Backup: a vault, a plan of frequent and daily snapshots, and word of every job that did not do what it should.

RDS snapshots stay under the database's key, whatever the vault's. No schedule improves the recovery point: that comes
from the transaction logs, which RDS ships every five minutes (RDS user guide, "Restoring to a specified time").
"""

from __future__ import annotations

from typing import Any, Protocol

from troposphere import Equals, GetAtt, If, Not, Ref, Template
from troposphere.backup import (
    BackupPlan,
    BackupPlanResourceType,
    BackupRuleResourceType,
    BackupSelection,
    BackupSelectionResourceType,
    BackupVault,
    CopyActionResourceType,
    LifecycleResourceType,
    LockConfigurationType,
)
from troposphere.cloudwatch import Alarm, MetricDimension
from troposphere.events import InputTransformer, Rule, Target
from troposphere.iam import Role

from templates.alerts import Alerts
from templates.carrier import carrier
from templates.environment import Environment
from templates.keys import Key
from templates.ordering import logical_id
from templates.parameters import Group, add_condition, only_if, when_given, when_true
from templates.policy import aws_policy, trust
from templates.recovery import Recovery
from templates.retention import Retention

ROLE = "BackupRole"

HOUR = 3600
FREQUENT_DAYS = 7
SMALLEST_WINDOW = 60  # minutes; the least that AWS Backup takes (botocore, backup CreateBackupPlan)
LONGEST_RUN = 180  # minutes from the schedule to giving up
LONGEST_SILENCE = 6 * HOUR  # longer than the gap that quiet hours make

# The acknowledgement is the value itself.
COMPLIANCE = "compliance-for-ever-and-irreversible"
COMPLIANCE_GRACE_DAYS = 3


class Protected(Protocol):
    """A database, whatever it is made of."""

    @property
    def arn(self) -> GetAtt: ...


@carrier
class Vault:
    """The vault. `conditional` is what resources that need it must be given: its Condition, or nothing."""

    name: Ref
    arn: GetAtt
    conditional: dict[str, Any]


@carrier
class Copies:
    """Where daily backups are copied to, and the condition under which they are."""

    vault_arn: Ref
    wanted: str


@carrier
class Plan:
    """The plan, and the role that carries it out."""

    id: Ref
    role_arn: GetAtt


def add_vault(
    t: Template, environment: Environment, key: Key, retention: Retention, *, prefix: str = "rds", **properties: Any
) -> Vault:
    """Add the vault, with further properties: always and locked in protected editions, by parameter in disposable ones.

    Its name and key are final.
    """
    locked: dict[str, Any] = {}
    conditional: dict[str, Any] = {}
    if retention.protected:
        locked = {"LockConfiguration": _lock(t)}
    else:
        conditional = {"Condition": _wanted(t)}
    vault = t.add_resource(
        BackupVault(
            "BackupVault",
            BackupVaultName=environment.name(f"{prefix}-backup-vault-{{}}"),
            EncryptionKeyArn=key.arn,
            BackupVaultTags=environment.tag_map(),
            **properties,
            **locked,
            **conditional,
            **retention.stateful,
        )
    )
    return Vault(name=Ref(vault), arn=GetAtt(vault, "BackupVaultArn"), conditional=conditional)


def _wanted(t: Template) -> str:
    vault = Group(t, "Recovery").switch(
        "AwsBackup",
        label="Backups by AWS Backup",
        description="A vault with frequent and daily snapshots, emptied when the stack is deleted.",
        default=False,
    )
    return when_true(t, vault)


def _lock(t: Template) -> If:
    """Governance: those with the permission may lift it. Compliance: after three days nobody can, AWS included."""
    lock = Group(t, "Recovery").add(
        "VaultLock",
        label="Vault lock",
        description="governance can be lifted; the other, after three days, by nobody.",
        default="governance",
        values=("none", "governance", COMPLIANCE),
    )
    locked = add_condition(t, "LocksVault", Not(Equals(Ref(lock), "none")))
    for_ever = add_condition(t, "LocksVaultForEver", Equals(Ref(lock), COMPLIANCE))
    return only_if(
        locked,
        LockConfigurationType(
            MinRetentionDays=FREQUENT_DAYS, ChangeableForDays=only_if(for_ever, COMPLIANCE_GRACE_DAYS)
        ),
    )


def add_copies(t: Template) -> Copies:
    """Add the choice to copy each daily recovery point into a vault of another Region or account."""
    vault = Group(t, "Recovery").add(
        "CopyVaultArn",
        label="Copy daily backups to",
        description="Optional. ARN of a vault in another Region or account.",
        default="",
        pattern=r"(arn:[\w-]+:backup:[\w-]+:\d{12}:backup-vault:[\w-]{2,50})?",
        otherwise="must be empty or a vault's ARN",
    )
    return Copies(vault_arn=Ref(vault), wanted=when_given(t, vault))


def add_plan(
    t: Template,
    environment: Environment,
    *,
    vault: Vault,
    recovery: Recovery,
    copies: Copies | None = None,
    prefix: str = "rds",
) -> Plan:
    """Add the plan: frequent snapshots for a week, daily ones for as long as point-in-time recovery reaches.

    Where AWS Backup owns point-in-time recovery, the daily rule is the continuous one (one a resource; its schedule
    only sets when it is synchronised), with the retention that the instance itself states.
    """
    role = _add_role(t, environment, vault)
    daily: dict[str, Any] = {}
    if recovery.owned_by_backup is not None:
        daily["EnableContinuousBackup"] = If(recovery.owned_by_backup, True, False)
    if copies is not None:
        copy = CopyActionResourceType(
            DestinationBackupVaultArn=copies.vault_arn,
            Lifecycle=LifecycleResourceType(DeleteAfterDays=recovery.retention_days),
        )
        daily["CopyActions"] = only_if(copies.wanted, [copy])
    plan = t.add_resource(
        BackupPlan(
            "BackupPlan",
            BackupPlan=BackupPlanResourceType(
                BackupPlanName=environment.name(f"{prefix}-backup-plan-{{}}"),
                BackupPlanRule=[
                    _rule(environment, vault, "Frequent", recovery.frequent_schedule, FREQUENT_DAYS),
                    _rule(environment, vault, "Daily", recovery.daily_schedule, recovery.retention_days, **daily),
                ],
            ),
            BackupPlanTags=environment.tag_map(),
            **vault.conditional,
        )
    )
    return Plan(id=Ref(plan), role_arn=GetAtt(role, "Arn"))


def _rule(
    environment: Environment, vault: Vault, kind: str, schedule: Any, days: int | Ref, **more: Any
) -> BackupRuleResourceType:
    return BackupRuleResourceType(
        RuleName=f"{kind}Backups",
        TargetBackupVault=vault.name,
        ScheduleExpression=schedule,
        StartWindowMinutes=SMALLEST_WINDOW,
        CompletionWindowMinutes=LONGEST_RUN,
        Lifecycle=LifecycleResourceType(DeleteAfterDays=days),
        RecoveryPointTags=environment.tag_map(BackupType=kind),
        **more,
    )


def _add_role(t: Template, environment: Environment, vault: Vault) -> Role:
    """The role of AWS Backup, with the policy that AWS keeps for it: a narrower one needs an account to be proven.

    AWS Backup documents no source conditions for the roles that it assumes; only principals of the same account can
    pass it one.
    """
    return t.add_resource(
        Role(
            ROLE,
            AssumeRolePolicyDocument=trust("backup.amazonaws.com"),
            ManagedPolicyArns=[aws_policy("AWSBackupServiceRolePolicyForBackup")],
            Tags=environment.tags(),
            **vault.conditional,
        )
    )


def protect_database(
    t: Template, environment: Environment, vault: Vault, plan: Plan, database: Protected, *, prefix: str = "rds"
) -> str:
    """Put the database under the plan and return the selection's logical ID.

    It is named by its ARN: a selection by tags would obey the account's opt-in settings.
    """
    selection = t.add_resource(
        BackupSelection(
            "BackupSelection",
            BackupPlanId=plan.id,
            BackupSelection=BackupSelectionResourceType(
                SelectionName=environment.name(f"{prefix}-selection-{{}}"),
                IamRoleArn=plan.role_arn,
                Resources=[database.arn],
            ),
            **vault.conditional,
        )
    )
    return logical_id(selection)


def watch_backups(t: Template, vault: Vault, alerts: Alerts) -> None:
    """Say on the topic when a job failed, expired, was aborted or completed with issues, and when none completed.

    AWS Backup's console calls a job "completed with issues" when its state is COMPLETED and it has a message: a text
    with a space in it, which an absent or empty one has not. (AWS Backup developer guide, "Monitoring events")
    """
    detail = {
        "$or": [
            {"backupVaultArn": [vault.arn], "state": ["ABORTED", "EXPIRED", "FAILED"]},
            {"backupVaultArn": [vault.arn], "state": ["COMPLETED"], "statusMessage": [{"wildcard": "* *"}]},
            {"sourceBackupVaultArn": [vault.arn], "state": ["FAILED"]},
        ]
    }
    add_job_rule(
        t,
        "BackupJobFailed",
        kinds=("Backup Job State Change", "Copy Job State Change"),
        detail=detail,
        told='"Backup or copy of <resource>: <state>. <message> First: jobs in AWS Backup."',
        vault=vault,
        alerts=alerts,
    )
    # The metric has no value where nothing completed: silence is what this alarm is for. A new stack is silent too.
    add_job_alarm(
        t,
        "BackupAbsent",
        what="No backup for six hours, as in a new stack. First: jobs in AWS Backup.",
        metric="NumberOfBackupJobsCompleted",
        period=LONGEST_SILENCE,
        vault=vault,
        alerts=alerts,
        wanted=True,
    )


def add_job_rule(
    t: Template,
    title: str,
    *,
    kinds: tuple[str, ...],
    detail: dict[str, Any],
    told: str,
    vault: Vault,
    alerts: Alerts,
) -> None:
    """Pass events of AWS Backup's jobs on to the topic; `told` names `<resource>`, `<state>` and `<message>`."""
    t.add_resource(
        Rule(
            title,
            EventPattern={"source": ["aws.backup"], "detail-type": list(kinds), "detail": detail},
            Targets=[
                Target(
                    Id="alerts",
                    Arn=alerts.topic,
                    InputTransformer=InputTransformer(
                        InputPathsMap={
                            "message": "$.detail.statusMessage",
                            "resource": "$.detail.resourceArn",
                            "state": "$.detail.state",
                        },
                        InputTemplate=told,
                    ),
                )
            ],
            **vault.conditional,
        )
    )


def add_job_alarm(
    t: Template,
    title: str,
    *,
    what: str,
    metric: str,
    period: int,
    vault: Vault,
    alerts: Alerts,
    wanted: bool,
    periods: int = 1,
) -> None:
    """Alarm on jobs of a vault: on their absence where they are `wanted`, for as long as all periods (seconds) last.

    AWS Backup publishes no zeros: nothing is missing data.
    """
    t.add_resource(
        Alarm(
            title,
            AlarmDescription=what,
            Namespace="AWS/Backup",
            MetricName=metric,
            Dimensions=[MetricDimension(Name="BackupVaultName", Value=vault.name)],
            Statistic="Sum",
            Period=period,
            EvaluationPeriods=periods,
            Threshold=1,
            ComparisonOperator="LessThanThreshold" if wanted else "GreaterThanOrEqualToThreshold",
            TreatMissingData="breaching" if wanted else "notBreaching",
            AlarmActions=[alerts.topic],
            OKActions=[alerts.topic],
            **vault.conditional,
        )
    )
