"""One dashboard that answers in one look: are we recoverable, are we healthy, are we near a limit.

Three bands, in that order, on a grid of 24 columns: what fits a laptop's width without scrolling sideways. Objectives
and limits are drawn as lines beside what was measured. What is absent here (a restore test without rds-restore-tests,
an archive without rds-archive) stays empty there. (CloudWatch API reference, "Dashboard body structure and syntax")
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from troposphere import If, Join, Sub, Template
from troposphere.cloudwatch import Alarm, Dashboard

from templates import drills, recovery_point, restore_tests
from templates.environment import in_environment
from templates.incidents import COMPOSED, CRITICAL, WARNING, alarm_name
from templates.operations import DIMENSION, NAMESPACE, Operations
from templates.parameters import Group
from templates.policy import arn
from templates.restore_tests import add_restore_objective

COLUMNS = 24
TALL = 6
LOW = 1

DAY = 86_400  # seconds
GIB = 1024**2  # in KiB, which the file system is measured in

# Days since the last success of each promise, as the hourly check publishes them.
DAYS_SINCE = {
    "DaysSinceBackup": "backup",
    "DaysSinceRestoreTest": "restore test",
    "DaysSinceArchive": "archive",
    "DaysSinceFailoverDrill": "failover drill",
}

# How far back graphs of what happens by the week or month look, whatever the others do.
SELDOM = "-P3M"

# Marks, within quotes, a number that `Fn::Sub` puts in.
_NUMBER = "@@"

_THIS = (DIMENSION, "${DatabaseIdentifier}")
# The vault of the database's stack, which is of the same project and environment.
_VAULT = ("BackupVaultName", in_environment("rds-backup-vault-{}"))


def add_dashboard(t: Template, operations: Operations, alarms: Sequence[Alarm]) -> None:
    """Add the dashboard, which shows the state of the alarms given, and of those that tell for the database's.

    Those of the database itself have names that only its stack knows; what tells for them all has one that is known.
    """
    group = Group(t, "Database")
    group.add(
        "DatabaseResourceId",
        label="Resource ID",
        description="As insights name the instance: output DatabaseResourceId.",
        pattern="db-[A-Z0-9]{10,40}",
        otherwise="must be a resource ID such as db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    )
    rows = [
        [_title("Recoverable")],
        [
            _graph("Recovery point, s", _ours(**{recovery_point.METRIC: "age"}), objective="${RecoveryPointObjective}"),
            _graph(
                "Failover in drills, s",
                _ours(**{drills.DURATION: "failover"}),
                objective="${FailoverObjective}",
                start=SELDOM,
            ),
            _graph(
                "Restore in tests, s",
                _ours(**{restore_tests.DURATION: "restore"}),
                objective=f"${{{add_restore_objective(t).title}}}",
                start=SELDOM,
            ),
            _graph("Days since", _ours(**DAYS_SINCE), view="singleValue"),
        ],
        [
            _graph(
                "Passed (1) or not (0)",
                _ours(**{drills.OUTCOME: "drill", restore_tests.OUTCOME: "restore test"}),
                stat="Minimum",
                start=SELDOM,
            ),
            _graph(
                "Backup and copy jobs",
                _metrics(
                    "AWS/Backup",
                    _VAULT,
                    NumberOfBackupJobsCompleted="backups",
                    NumberOfBackupJobsFailed="failed",
                    NumberOfBackupJobsExpired="expired",
                    NumberOfCopyJobsCompleted="copies",
                    NumberOfCopyJobsFailed="failed copies",
                ),
                stat="Sum",
                period=DAY,
                columns=8,
            ),
            _alarms(alarms),
        ],
        [_title("Healthy")],
        [
            _graph(
                "Sessions on CPU and waiting",
                _rds(DBLoadCPU="on CPU", DBLoadNonCPU="waiting"),
                stat="Average",
                stacked=True,
            ),
            _graph("CPU, %", _rds(CPUUtilization="used"), stat="Average", objective="90"),
            _graph("Latency p90, s", _rds(ReadLatency="reads", WriteLatency="writes"), stat="p90", objective="0.02"),
            _graph(
                "Connections",
                [*_rds(DatabaseConnections="open"), _insight("most", "db.User.max_connections.avg")],
            ),
        ],
        [_title("Near a limit")],
        [
            _graph(
                "Storage used, %, and grown in a day, GiB",
                [
                    _insight("used", "os.fileSys.usedPercent.avg"),
                    _insight("size", "os.fileSys.used.avg", visible=False, period=DAY),
                    [{"expression": f"DIFF(size)/{GIB}", "label": "grown", "yAxis": "right", "period": DAY}],
                ],
                objective="90",
            ),
            _graph("Memory free, bytes", _rds(FreeableMemory="free"), stat="Minimum"),
            _graph("Unvacuumed transaction IDs", _rds(MaximumUsedTransactionIDs="used"), objective="1000000000"),
            _graph(
                "Slot lag, transaction logs, bytes",
                _rds(OldestReplicationSlotLag="lag", TransactionLogsDiskUsage="logs"),
            ),
        ],
    ]
    t.add_resource(
        Dashboard(
            "Dashboard",
            DashboardName=operations.environment.name("{}-database"),
            DashboardBody=Sub(_body(_placed(rows)), OTHERS=Join("", _others(alarms))),
            Tags=operations.environment.tags(),
        )
    )


def _body(widgets: Sequence[dict[str, Any]]) -> str:
    """The dashboard as the text of a `Fn::Sub`, where a number that Sub puts in loses the quotes that JSON gave it."""
    text = json.dumps({"start": "-P7D", "widgets": widgets}, separators=(",", ":"))
    return re.sub(rf'"{_NUMBER}(.*?){_NUMBER}"', r"\1", text).replace(',"OTHERS"', "${OTHERS}")


def _placed(rows: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Give every widget of every row its place, row below row: the columns that it asks for, or an equal share."""
    widgets, y = [], 0
    for row in rows:
        x = 0
        for widget in row:
            width = widget.get("width", COLUMNS // len(row))
            widgets.append({**widget, "x": x, "y": y, "width": width})
            x += width
        y += max(widget["height"] for widget in row)
    return widgets


def _title(text: str) -> dict[str, Any]:
    return {"type": "text", "height": LOW, "properties": {"markdown": f"## {text}", "background": "transparent"}}


def _graph(
    title: str,
    metrics: Sequence[list[Any]],
    *,
    stat: str = "Maximum",
    objective: str | None = None,
    columns: int = 6,
    **more: Any,
) -> dict[str, Any]:
    """A metric widget: lines over time, unless `more` says otherwise; `objective` is a number, or becomes one."""
    properties: dict[str, Any] = {"title": title, "region": "${AWS::Region}", "stat": stat, "metrics": metrics, **more}
    if objective is not None:
        label = "objective" if objective.startswith("${") else "limit"
        line = {"label": label, "value": f"{_NUMBER}{objective}{_NUMBER}"}
        properties["annotations"] = {"horizontal": [line]}
    return {"type": "metric", "height": TALL, "width": columns, "properties": properties}


def _alarms(alarms: Sequence[Alarm]) -> dict[str, Any]:
    """The states of these alarms: those that are always there, and the others where they are."""
    arns = [_arn(alarm) for alarm in alarms if "Condition" not in alarm.resource]
    properties = {"title": "Alarms", "alarms": [*arns, "OTHERS"]}
    return {"type": "alarm", "height": TALL, "width": 10, "properties": properties}


def _arn(alarm: Alarm) -> str:
    return f"${{{alarm.title}.Arn}}"


def _others(alarms: Sequence[Alarm]) -> list[If]:
    """What stands behind the other alarms in the list: what is expected, and what tells for all, where it does."""
    expected = [
        If(alarm.resource["Condition"], Sub(f',"{_arn(alarm)}"'), "")
        for alarm in alarms
        if "Condition" in alarm.resource
    ]
    return [*expected, If(COMPOSED, Sub(_incidents()), "")]


def _incidents() -> str:
    """The alarms that tell for the database's and for these: the text of a `Fn::Sub`."""
    names = [in_environment(alarm_name(severity)) for severity in (CRITICAL, WARNING)]
    return "".join(f',"{arn("cloudwatch", f"alarm:{name}").data["Fn::Sub"]}"' for name in names)


def _metrics(namespace: str, dimension: tuple[str, str], /, **labels: str) -> list[list[Any]]:
    """Metrics of one dimension, by name, with their labels; a dot repeats what stands above."""
    (first, label), *others = labels.items()
    return [
        [namespace, first, *dimension, {"label": label}],
        *([".", name, ".", ".", {"label": label}] for name, label in others),
    ]


def _ours(**labels: str) -> list[list[Any]]:
    return _metrics(NAMESPACE, _THIS, **labels)


def _rds(**labels: str) -> list[list[Any]]:
    return _metrics("AWS/RDS", _THIS, **labels)


def _insight(name: str, counter: str, **more: Any) -> list[Any]:
    """A counter of Performance Insights, which only an expression reads."""
    expression = f"DB_PERF_INSIGHTS('RDS', '${{DatabaseResourceId}}', '{counter}')"
    return [{"expression": expression, "id": name, "label": name, **more}]
