"""RDS instances: settings that contradict each other, and that only the API would refuse.

Source: RDS user guide; botocore's model of CreateDBInstance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from builder.checks import schedules
from builder.checks.check import Check, Finding, at, is_dynamic, listed, number, table, truth
from builder.render import Rendered

_INTERVALS = (0, 1, 5, 10, 15, 30, 60)
_ADVANCED = 465
_NEAR = timedelta(days=180)
_LONGEST_MULTI_AZ_NAME = 52
_TYPES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")


def _today() -> date:
    return date.today()


def _databases(rendered: Rendered) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from rendered.of_type(*_TYPES)


def _engine(properties: Mapping[str, Any]) -> str:
    return str(properties.get("Engine", "")).split("-")[0].lower()


def monitoring(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _databases(rendered):
        interval = number(properties.get("MonitoringInterval"))
        if interval is not None and interval not in _INTERVALS:
            what = f"{interval:g} is none of {', '.join(map(str, _INTERVALS))} seconds"
            yield Finding(path=at(logical_id, "MonitoringInterval"), what=what, fix="give one of them")
        if interval and "MonitoringRoleArn" not in properties:
            what = "enhanced monitoring needs MonitoringRoleArn"
            yield Finding(path=at(logical_id, "MonitoringInterval"), what=what, fix="give the role, or the interval 0")
        if "MonitoringRoleArn" in properties and not interval:
            what = "a monitoring role without MonitoringInterval is refused"
            yield Finding(path=at(logical_id, "MonitoringRoleArn"), what=what, fix="give an interval such as 60")


def insights(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _databases(rendered):
        name = "PerformanceInsightsRetentionPeriod"
        days = number(properties.get(name))
        if days is not None and days not in (7, 731) and not (days % 31 == 0 and 31 <= days <= 713):
            what = f"{days:g} days is none of 7, 31 times 1 to 23, 731"
            yield Finding(path=at(logical_id, name), what=what, fix="give one of them, such as 465")
        advanced = properties.get("DatabaseInsightsMode") == "advanced"
        enabled = (
            "EnablePerformanceInsights" if "EnablePerformanceInsights" in properties else "PerformanceInsightsEnabled"
        )
        on = truth(properties.get(enabled))
        if advanced and on is not True:
            what = "advanced Database Insights needs Performance Insights on"
            yield Finding(path=at(logical_id, "DatabaseInsightsMode"), what=what, fix=f"set {enabled} to true")
        if advanced and (days is None or days < _ADVANCED):
            what = f"advanced Database Insights needs {_ADVANCED} days, and keeps {days or 7:g}"
            yield Finding(path=at(logical_id, "DatabaseInsightsMode"), what=what, fix=f"set {name} to {_ADVANCED}")
        if on is not True and days is not None:
            what = "is given, but Performance Insights is off"
            yield Finding(path=at(logical_id, name), what=what, fix=f"set {enabled} to true, or leave it out")


def retention(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _databases(rendered):
        days = number(properties.get("BackupRetentionPeriod"))
        low = 1 if rendered.resources[logical_id]["Type"] == "AWS::RDS::DBCluster" else 0
        if days is not None and not low <= days <= 35:
            what = f"{days:g} days is outside {low} to 35"
            yield Finding(path=at(logical_id, "BackupRetentionPeriod"), what=what, fix=f"give {low} to 35")
        replicated = number(properties.get("AutomaticBackupReplicationRetentionPeriod"))
        if replicated is not None and not 1 <= replicated <= 35:
            what = f"{replicated:g} days is outside 1 to 35"
            yield Finding(
                path=at(logical_id, "AutomaticBackupReplicationRetentionPeriod"), what=what, fix="give 1 to 35"
            )
        region = properties.get("AutomaticBackupReplicationRegion")
        given = [name for name in properties if name.startswith("AutomaticBackupReplication")]
        if given and region is None:
            what = f"{', '.join(given)} without AutomaticBackupReplicationRegion replicates nothing"
            yield Finding(path=at(logical_id, given[0]), what=what, fix="name the Region")
        encrypted = truth(properties.get("StorageEncrypted")) is True
        if region is not None and encrypted and "AutomaticBackupReplicationKmsKeyId" not in properties:
            what = "backups of an encrypted instance are replicated only under a key of that Region"
            fix = "give AutomaticBackupReplicationKmsKeyId"
            yield Finding(path=at(logical_id, "AutomaticBackupReplicationRegion"), what=what, fix=fix)
        if region == rendered.place.region:
            what = f"{region} is where the instance is"
            yield Finding(path=at(logical_id, "AutomaticBackupReplicationRegion"), what=what, fix="name another Region")


def windows(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _databases(rendered):
        spans = {}
        for name, form in (
            ("PreferredBackupWindow", "hh:mm-hh:mm"),
            ("PreferredMaintenanceWindow", "ddd:hh:mm-ddd:hh:mm"),
        ):
            text = properties.get(name)
            span = schedules.window(text)
            if text is not None and not is_dynamic(text) and (span is None or (len(span) == 7) != (form[0] == "h")):
                what = f"{text!r} is no window"
                yield Finding(path=at(logical_id, name), what=what, fix=f"write {form}, in UTC")
            elif span is not None and span[0][1] < 30:
                what = f"{text} is {span[0][1]} minutes, under the 30 that RDS demands"
                yield Finding(path=at(logical_id, name), what=what, fix="give half an hour or more")
            spans[name] = span or ()
        backup, maintenance = spans.values()
        if any(schedules.collide(start, length, backup, 0) for start, length in maintenance):
            what = "overlaps PreferredBackupWindow, which RDS refuses"
            yield Finding(path=at(logical_id, "PreferredMaintenanceWindow"), what=what, fix="move one of them")


def log_exports(rendered: Rendered) -> Iterator[Finding]:
    known = table("postgresql")["log exports"]
    for logical_id, properties in _databases(rendered):
        names = known.get(str(properties.get("Engine"))) or known.get(_engine(properties))
        for index, name in enumerate(listed(properties.get("EnableCloudwatchLogsExports"))):
            if names and name not in names:
                what = f"{name!r} is no log of {properties['Engine']}"
                fix = f"choose from {', '.join(names)}"
                yield Finding(path=at(logical_id, "EnableCloudwatchLogsExports", index), what=what, fix=fix)


def support_ends(rendered: Rendered) -> Iterator[Finding]:
    ends = {major: date.fromisoformat(day) for major, day in table("postgresql")["end of standard support"].items()}
    for logical_id, properties in _databases(rendered):
        major = str(properties.get("EngineVersion", "")).split(".")[0]
        if not str(properties.get("Engine", "")).endswith(("postgres", "postgresql")) or major not in ends:
            continue
        left = ends[major] - _today()
        if left < _NEAR:
            when = f"ended on {ends[major]}" if left.days < 0 else f"ends on {ends[major]}, in {left.days} days"
            what = f"standard support of PostgreSQL {major} {when}; extended support is charged by the hour"
            yield Finding(path=at(logical_id, "EngineVersion"), what=what, fix="upgrade to a newer major")


def credentials(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _databases(rendered):
        password = properties.get("MasterUserPassword")
        managed = truth(properties.get("ManageMasterUserPassword")) is True
        if managed and password is not None:
            what = "cannot be given with ManageMasterUserPassword"
            yield Finding(path=at(logical_id, "MasterUserPassword"), what=what, fix="leave one of them out")
        if "MasterUserSecret" in properties and not managed:
            what = "names a key for a secret that RDS does not manage"
            yield Finding(
                path=at(logical_id, "MasterUserSecret"), what=what, fix="set ManageMasterUserPassword to true"
            )
        declared = rendered.evaluation.declared(logical_id).get("Properties", {}).get("MasterUserPassword")
        if isinstance(declared, str) and not is_dynamic(declared):
            what = "stands in the template, for all to read"
            fix = "let RDS manage it (ManageMasterUserPassword), or use a dynamic reference"
            yield Finding(path=at(logical_id, "MasterUserPassword"), what=what, fix=fix)


def exposed(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in _databases(rendered):
        if truth(properties.get("PubliclyAccessible")) is True:
            what = "gives the database an address on the internet"
            yield Finding(path=at(logical_id, "PubliclyAccessible"), what=what, fix="set it to false")


def engine_names(rendered: Rendered) -> Iterator[Finding]:
    reserved = re.compile(r"(rdsadmin|admin|postgres|pg_.*)", re.IGNORECASE)
    for logical_id, properties in _databases(rendered):
        user = properties.get("MasterUsername")
        if properties.get("Engine") == "postgres" and isinstance(user, str) and not is_dynamic(user):
            if user.lower() in ("rdsadmin", "rds_superuser") or user.lower().startswith("pg_"):
                what = f"{user!r} is reserved by PostgreSQL or RDS"
                yield Finding(path=at(logical_id, "MasterUsername"), what=what, fix="choose another name")
            elif reserved.fullmatch(user):
                what = f"{user!r} is the first name that an attacker tries (Security Hub RDS.25)"
                yield Finding(path=at(logical_id, "MasterUsername"), what=what, fix="choose a name of your own")


def multi_az_names(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in rendered.of_type("AWS::RDS::DBCluster"):
        name = properties.get("DBClusterIdentifier")
        if "DBClusterInstanceClass" in properties and isinstance(name, str) and len(name) > _LONGEST_MULTI_AZ_NAME:
            what = (
                f"{name!r} has {len(name)} characters, and a Multi-AZ DB cluster's has {_LONGEST_MULTI_AZ_NAME} at most"
            )
            fix = "shorten it: RDS names the members after it"
            yield Finding(path=at(logical_id, "DBClusterIdentifier"), what=what, fix=fix)


CHECKS = (
    Check(
        id="E9131",
        reason="enhanced monitoring has seven intervals, and needs a role",
        source="RDS user guide, USER_Monitoring.OS.Enabling",
        find=monitoring,
    ),
    Check(
        id="E9132",
        reason="insights keep 7, 31 times 1 to 23, or 731 days; advanced needs 465",
        source="RDS user guide, USER_DatabaseInsights; botocore rds, PerformanceInsightsRetentionPeriod",
        find=insights,
    ),
    Check(
        id="E9133",
        reason="automated backups keep at most 35 days; their replication is all or nothing",
        source="RDS user guide, USER_WorkingWithAutomatedBackups and USER_ReplicateBackups",
        find=retention,
    ),
    Check(
        id="E9134",
        reason="each engine has its own logs to export",
        source="botocore rds, CreateDBInstance: EnableCloudwatchLogsExports",
        find=log_exports,
    ),
    Check(
        id="W9135",
        reason="a major near or past its end of standard support",
        source="RDS user guide, PostgreSQL release calendar",
        find=support_ends,
    ),
    Check(
        id="E9130",
        reason="windows are half an hour at least, and apart",
        source="RDS user guide, USER_WorkingWithAutomatedBackups.BackupWindow and Concepts.DBMaintenance",
        find=windows,
    ),
    Check(
        id="E9137",
        reason="one owner of the master password, and never the template",
        source="RDS user guide, rds-secrets-manager",
        find=credentials,
    ),
    Check(id="W9138", reason="a database on the internet", source="Security Hub, RDS.2", find=exposed),
    Check(
        id="E9140",
        reason="a Multi-AZ DB cluster leaves room for its members' names",
        source="botocore rds, CreateDBCluster: DBClusterIdentifier",
        find=multi_az_names,
    ),
    Check(
        id="W9139", reason="a reserved or default master user name", source="Security Hub, RDS.25", find=engine_names
    ),
)
