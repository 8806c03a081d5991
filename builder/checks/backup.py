"""AWS Backup: plans whose rules it refuses, or whose jobs it fails, and who owns point-in-time recovery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.checks import lookup, schedules
from builder.checks.check import Check, Finding, at, dig, entries, listed, number, truth
from builder.render import Rendered

_LEAD = 60  # AWS Backup developer guide, "NumberOfBackupJobsFailed": not during a window, nor within the hour before
_DEFAULT_START_WINDOW = 480  # AWS Backup API, BackupRuleInput: eight hours


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A rule of a plan: where it stands, and what it says."""

    plan: str
    index: int
    body: Mapping[str, Any]

    def path(self, *names: str) -> tuple[str | int, ...]:
        return at(self.plan, "BackupPlan", "BackupPlanRule", self.index, *names)

    @property
    def name(self) -> str:
        return str(self.body.get("RuleName"))

    @property
    def continuous(self) -> bool:
        return truth(self.body.get("EnableContinuousBackup")) is True


def _rules(rendered: Rendered, plan: str | None = None) -> Iterator[_Rule]:
    for logical_id, properties in rendered.of_type("AWS::Backup::BackupPlan"):
        if plan in (None, logical_id):
            for index, body in entries(dig(properties, "BackupPlan", "BackupPlanRule")):
                yield _Rule(plan=logical_id, index=index, body=body)


def _selected(rendered: Rendered) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Plan, database and its properties, for every DB instance or cluster of this template that a selection names."""
    for _, properties in rendered.of_type("AWS::Backup::BackupSelection"):
        plan = lookup.named(rendered, "AWS::Backup::BackupPlan", properties.get("BackupPlanId"))
        for resource in listed(dig(properties, "BackupSelection", "Resources")):
            database = lookup.database(rendered, resource) or lookup.cluster(rendered, resource)
            if plan and database:
                yield plan, database, rendered.resources[database]["Properties"]


def too_frequent(rendered: Rendered) -> Iterator[Finding]:
    for rule in _rules(rendered):
        expression = rule.body.get("ScheduleExpression")
        times = schedules.starts(expression) if isinstance(expression, str) else None
        if times and (gap := schedules.shortest_gap(times)) < 60:
            yield Finding(
                path=rule.path("ScheduleExpression"),
                what=f"{expression} starts jobs {gap} minutes apart, and AWS Backup refuses less than 60",
                fix="schedule it hourly or less often; point-in-time recovery is what closes the gap",
            )
        if isinstance(expression, str) and times is None:
            yield Finding(
                path=rule.path("ScheduleExpression"),
                what=f"{expression!r} is no schedule that starts anything",
                fix="write cron(minutes hours day-of-month month day-of-week year), with ? for one of the days",
            )


def start_window_too_short(rendered: Rendered) -> Iterator[Finding]:
    for rule in _rules(rendered):
        minutes = number(rule.body.get("StartWindowMinutes"))
        if minutes is not None and minutes < 60:
            what = f"a start window of {minutes:g} minutes is under the 60 that AWS Backup demands"
            yield Finding(path=rule.path("StartWindowMinutes"), what=what, fix="give at least 60")
        complete = number(rule.body.get("CompletionWindowMinutes"))
        if complete is not None and complete <= (minutes or _DEFAULT_START_WINDOW):
            yield Finding(
                path=rule.path("CompletionWindowMinutes"),
                what=f"a job may start {minutes or _DEFAULT_START_WINDOW:g} minutes late, and must end by {complete:g}",
                fix="make the completion window longer than the start window",
            )


def continuous_twice(rendered: Rendered) -> Iterator[Finding]:
    owners: dict[str, list[_Rule]] = {}
    for plan, instance, _ in _selected(rendered):
        owners.setdefault(instance, []).extend(rule for rule in _rules(rendered, plan) if rule.continuous)
    for instance, rules in owners.items():
        for rule in rules[1:]:
            yield Finding(
                path=rule.path("EnableContinuousBackup"),
                what=f"{instance} has continuous backup by {rules[0].name}; this rule falls back to snapshots",
                fix="let one rule alone be continuous",
            )


def continuous_refused(rendered: Rendered) -> Iterator[Finding]:
    for rule in _rules(rendered):
        if rule.continuous:
            days = number(dig(rule.body, "Lifecycle", "DeleteAfterDays"))
            if days is None or not 1 <= days <= 35:
                what = "continuous backup keeps 1 to 35 days, and must say how many"
                yield Finding(path=rule.path("Lifecycle"), what=what, fix="give DeleteAfterDays from 1 to 35")
            if dig(rule.body, "Lifecycle", "MoveToColdStorageAfterDays") is not None:
                what = "continuous backup cannot move to cold storage"
                yield Finding(path=rule.path("Lifecycle"), what=what, fix="remove MoveToColdStorageAfterDays")


def cold_storage_too_short(rendered: Rendered) -> Iterator[Finding]:
    for rule in _rules(rendered):
        cold = number(dig(rule.body, "Lifecycle", "MoveToColdStorageAfterDays"))
        delete = number(dig(rule.body, "Lifecycle", "DeleteAfterDays"))
        if cold is not None and delete is not None and 0 < delete < cold + 90:
            what = f"deleted {delete:g} days after creation, but cold storage from day {cold:g} lasts at least 90 days"
            yield Finding(path=rule.path("Lifecycle"), what=what, fix=f"delete after {cold + 90:g} days or later")


def retention_at_odds(rendered: Rendered) -> Iterator[Finding]:
    for plan, instance, properties in _selected(rendered):
        native = number(properties.get("BackupRetentionPeriod"))
        for rule in _rules(rendered, plan):
            days = number(dig(rule.body, "Lifecycle", "DeleteAfterDays"))
            if rule.continuous and native is not None and days is not None and native != days:
                yield Finding(
                    path=at(instance, "BackupRetentionPeriod"),
                    what=f"is {native:g}, but {rule.name} makes AWS Backup set {days:g}: the next stack update fails",
                    fix="give one owner of point-in-time recovery: the same days in both, or no continuous rule",
                )


def window_under_backup(rendered: Rendered) -> Iterator[Finding]:
    for plan, instance, properties in _selected(rendered):
        owner = next((rule for rule in _rules(rendered, plan) if rule.continuous), None)
        if owner and properties.get("PreferredBackupWindow") is not None:
            yield Finding(
                path=at(instance, "PreferredBackupWindow"),
                what=f"cannot be set while {owner.name} lets AWS Backup own point-in-time recovery",
                fix="leave the window out",
            )


def in_a_window(rendered: Rendered) -> Iterator[Finding]:
    for plan, instance, properties in _selected(rendered):
        rules = list(_rules(rendered, plan))
        names = ["PreferredMaintenanceWindow"]
        if not any(rule.continuous for rule in rules):
            names.append("PreferredBackupWindow")
        for rule in rules:
            expression = rule.body.get("ScheduleExpression")
            times = schedules.starts(expression) if isinstance(expression, str) else None
            length = int(number(rule.body.get("StartWindowMinutes")) or _DEFAULT_START_WINDOW)
            for name in names:
                spans = schedules.window(properties.get(name)) or ()
                hit = next((time for time in times or () if schedules.collide(time, length, spans, _LEAD)), None)
                if hit is not None:
                    yield Finding(
                        path=rule.path("ScheduleExpression"),
                        what=f"a job may start {length} minutes from {schedules.clock(hit)}: in {name} of {instance} "
                        f"({properties[name]}) or the hour before, where jobs fail",
                        fix="move the schedule or the window",
                    )


def outside_the_lock(rendered: Rendered) -> Iterator[Finding]:
    for rule in _rules(rendered):
        vault = lookup.named(rendered, "AWS::Backup::BackupVault", rule.body.get("TargetBackupVault"))
        lock = dig(rendered.resources, vault or "", "Properties", "LockConfiguration")
        days = number(dig(rule.body, "Lifecycle", "DeleteAfterDays"))
        if days is None or lock is None:
            continue
        low, high = number(dig(lock, "MinRetentionDays")), number(dig(lock, "MaxRetentionDays"))
        if (low is not None and days < low) or (high is not None and days > high):
            yield Finding(
                path=rule.path("Lifecycle", "DeleteAfterDays"),
                what=f"{days:g} days are outside what the lock of {vault} admits ({dict(lock)}): every job fails",
                fix="keep within the lock's retention",
            )


def lock_incomplete(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in rendered.of_type("AWS::Backup::BackupVault"):
        lock = properties.get("LockConfiguration")
        if not isinstance(lock, Mapping):
            continue
        grace = number(lock.get("ChangeableForDays"))
        if grace is not None and grace < 3:
            what = f"{grace:g} days of grace are under the 3 that AWS Backup demands of a compliance lock"
            yield Finding(path=at(logical_id, "LockConfiguration"), what=what, fix="give 3 or more, or leave it out")
        low, high = number(lock.get("MinRetentionDays")), number(lock.get("MaxRetentionDays"))
        if low is not None and high is not None and low > high:
            what = f"MinRetentionDays {low:g} is above MaxRetentionDays {high:g}"
            yield Finding(path=at(logical_id, "LockConfiguration"), what=what, fix="swap them")


def not_for_multi_az_clusters(rendered: Rendered) -> Iterator[Finding]:
    for plan, database, properties in _selected(rendered):
        if "DBClusterInstanceClass" not in properties:
            continue
        for rule in _rules(rendered, plan):
            if rule.continuous:
                what = f"{database} is a Multi-AZ DB cluster, for which AWS Backup has no point-in-time recovery"
                fix = "leave it to RDS: BackupRetentionPeriod of the cluster"
                yield Finding(path=rule.path("EnableContinuousBackup"), what=what, fix=fix)
            if listed(rule.body.get("CopyActions")):
                what = f"{database} is a Multi-AZ DB cluster, whose snapshots cannot be copied: every copy fails"
                yield Finding(path=rule.path("CopyActions"), what=what, fix="leave the copy out")


def selects_nothing(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in rendered.of_type("AWS::Backup::BackupSelection"):
        for index, resource in enumerate(listed(dig(properties, "BackupSelection", "Resources"))):
            if isinstance(resource, str) and resource != "*" and not lookup.ARN.fullmatch(resource):
                yield Finding(
                    path=at(logical_id, "BackupSelection", "Resources", index),
                    what=f"{resource!r} is no ARN, and selects nothing",
                    fix="give the ARN of the resource, such as Fn::GetAtt of DBInstanceArn",
                )


_GUIDE = "AWS Backup developer guide"
CHECKS = (
    Check(
        id="E9101",
        reason="AWS Backup refuses schedules under 60 minutes, and cron that starts nothing",
        source=f"{_GUIDE}, creating-a-backup-plan; botocore backup, BackupRuleInput",
        find=too_frequent,
    ),
    Check(
        id="E9102",
        reason="AWS Backup refuses start windows under 60 minutes, or that outlast completion",
        source="AWS Backup API, BackupRuleInput",
        find=start_window_too_short,
    ),
    Check(
        id="E9103",
        reason="a resource has one continuous rule; a second makes snapshots",
        source=f"{_GUIDE}, point-in-time-recovery",
        find=continuous_twice,
    ),
    Check(
        id="E9104",
        reason="native and AWS Backup retention at odds make stack updates fail",
        source=f"{_GUIDE}, point-in-time-recovery; crossplane provider-aws #1356",
        find=retention_at_odds,
    ),
    Check(
        id="E9105",
        reason="under AWS Backup ownership no backup window can be set",
        source=f"{_GUIDE}, point-in-time-recovery",
        find=window_under_backup,
    ),
    Check(
        id="E9106",
        reason="backup jobs fail in the native and maintenance windows and the hour before",
        source=f"{_GUIDE}, cloudwatch: NumberOfBackupJobsFailed",
        find=in_a_window,
    ),
    Check(
        id="E9107",
        reason="continuous backup keeps 1 to 35 days and has no cold storage",
        source=f"{_GUIDE}, point-in-time-recovery",
        find=continuous_refused,
    ),
    Check(
        id="E9108",
        reason="cold storage is for 90 days at least",
        source="AWS Backup API, Lifecycle",
        find=cold_storage_too_short,
    ),
    Check(
        id="E9109",
        reason="jobs whose retention is outside the vault's lock fail",
        source=f"{_GUIDE}, vault-lock",
        find=outside_the_lock,
    ),
    Check(
        id="E9110", reason="a vault lock that AWS Backup refuses", source=f"{_GUIDE}, vault-lock", find=lock_incomplete
    ),
    Check(
        id="E9111",
        reason="a selection names its resources by ARN",
        source="AWS Backup API, BackupSelection",
        find=selects_nothing,
    ),
    Check(
        id="E9112",
        reason="of a Multi-AZ DB cluster there are snapshots only, and where it is",
        source=f"{_GUIDE}, rds-backup: Amazon RDS Multi-Availability Zone backups",
        find=not_for_multi_az_clusters,
    ),
)
