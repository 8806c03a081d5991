"""Copies that arrive: the vault that they are copied into, and word of those that fail or do not come.

AWS Backup counts a copy where it arrives: the metrics of copy jobs are the destination's. (AWS Backup developer guide,
"AWS Backup metrics with CloudWatch")
"""

from __future__ import annotations

from awacs import backup as backup_actions
from awacs.aws import Principal
from troposphere import GenericHelperFn, If, Ref, Template

from templates.alerts import Alerts
from templates.backup import Vault, add_job_alarm, add_job_rule, add_vault
from templates.environment import Environment
from templates.keys import Key
from templates.parameters import Group, when_given
from templates.policy import ACCOUNT, allow, document
from templates.retention import Retention

HOUR = 3600

# Copies are daily: a day and a half of silence is one that did not come, whenever in the day it is made.
PERIOD = 12 * HOUR
PERIODS = 3

# An access policy's resource is always the vault that it is attached to.
THIS_VAULT = ["*"]


def add_destination(t: Template, environment: Environment, key: Key, retention: Retention) -> Vault:
    """Add the vault, which one account may copy into: this one, or the one that is named."""
    source = Group(t, "Source").add(
        "SourceAccountId",
        label="Account of the source",
        description="Optional. The account that copies into this vault; by default its own.",
        default="",
        pattern=r"(\d{12})?",
        otherwise="must be empty or an account's 12 digits",
    )
    account = If(when_given(t, source), Ref(source), ACCOUNT)
    copying = allow([backup_actions.CopyIntoBackupVault], THIS_VAULT, principal=Principal("AWS", account))
    # As a helper: troposphere would make text of an object, and of the functions in it.
    return add_vault(t, environment, key, retention, AccessPolicy=GenericHelperFn(document(copying)))


def watch_copies(t: Template, vault: Vault, alerts: Alerts) -> None:
    """Say on the topic when a copy into the vault failed, and when none arrived for a day and a half."""
    add_job_rule(
        t,
        "CopyJobFailed",
        kinds=("Copy Job State Change",),
        detail={"destinationBackupVaultArn": [vault.arn], "state": ["FAILED"]},
        told='"Copy of <resource> into this vault: <state>. <message> First: copy jobs in AWS Backup, at the source."',
        vault=vault,
        alerts=alerts,
    )
    add_job_alarm(
        t,
        "CopiesFail",
        what="A copy into this vault failed. First: copy jobs in AWS Backup at the source; its key's policy.",
        metric="NumberOfCopyJobsFailed",
        period=HOUR,
        vault=vault,
        alerts=alerts,
        wanted=False,
    )
    add_job_alarm(
        t,
        "CopyAbsent",
        what="No copy for 36 hours, as before the first. First: CopyVaultArn of the source, its copy jobs.",
        metric="NumberOfCopyJobsCompleted",
        period=PERIOD,
        periods=PERIODS,
        vault=vault,
        alerts=alerts,
        wanted=True,
    )
