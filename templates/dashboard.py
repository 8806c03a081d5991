"""One dashboard that answers in one look: are we recoverable, are we healthy, are we near a limit.

Three bands, in that order, on a grid of 24 columns: what fits a laptop's width without scrolling sideways. Objectives
are drawn as lines beside what was measured. (CloudWatch API reference, "Dashboard body structure and syntax")
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from troposphere import Sub, Template
from troposphere.cloudwatch import Alarm, Dashboard

from templates import drills, recovery_point
from templates.operations import DIMENSION, NAMESPACE, Operations
from templates.parameters import Group

COLUMNS = 24
TALL = 6
LOW = 2

# Marks, within quotes, a number that `Fn::Sub` puts in.
_NUMBER = "@@"

_THIS = [DIMENSION, "${DatabaseIdentifier}"]
_INSIGHTS = "DB_PERF_INSIGHTS('RDS', '${DatabaseResourceId}', '%s')"


def add_dashboard(t: Template, operations: Operations, alarms: Sequence[Alarm]) -> None:
    """Add the dashboard, which shows the state of the alarms given."""
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
            _graph(
                "Recovery point, s", [_ours(recovery_point.METRIC, "Maximum")], objective="${RecoveryPointObjective}"
            ),
            _graph("Failover in drills, s", [_ours(drills.DURATION, "Maximum")], "${FailoverObjective}"),
            _graph("Drills passed (1) or not (0)", [_ours(drills.OUTCOME, "Minimum")]),
            _alarms(alarms),
        ],
        [_title("Healthy")],
        [
            _graph("Load by active sessions", [_rds("DBLoadCPU"), _rds("DBLoadNonCPU")], stacked=True),
            _graph("CPU, %", [_rds("CPUUtilization")]),
            _graph("Latency p90, s", [_rds("ReadLatency", "p90"), _rds("WriteLatency", "p90")]),
            _graph("Connections", [_rds("DatabaseConnections", "Maximum")]),
        ],
        [_title("Near a limit")],
        [
            _graph("Storage used, %", [[{"expression": _INSIGHTS % "os.fileSys.usedPercent.avg", "label": "used"}]]),
            _graph("Memory free, bytes", [_rds("FreeableMemory", "Minimum")]),
            _graph(
                "Unvacuumed transaction IDs", [_rds("MaximumUsedTransactionIDs", "Maximum")], objective="1000000000"
            ),
            _graph(
                "Slot lag and transaction logs, bytes",
                [_rds("OldestReplicationSlotLag", "Maximum"), _rds("TransactionLogsDiskUsage", "Maximum")],
            ),
        ],
    ]
    t.add_resource(
        Dashboard(
            "Dashboard",
            DashboardName=operations.environment.name("{}-database"),
            DashboardBody=Sub(_body(_placed(rows))),
            Tags=operations.environment.tags(),
        )
    )


def _body(widgets: Sequence[dict[str, Any]]) -> str:
    """The dashboard as the text of a `Fn::Sub`, where a number that Sub puts in loses the quotes that JSON gave it."""
    return re.sub(rf'"{_NUMBER}(.*?){_NUMBER}"', r"\1", json.dumps({"widgets": widgets}, separators=(",", ":")))


def _placed(rows: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Give every widget of every row its place: equal shares of the width, row below row."""
    widgets, y = [], 0
    for row in rows:
        width, height = COLUMNS // len(row), max(widget["height"] for widget in row)
        widgets += [{**widget, "x": width * n, "y": y, "width": width} for n, widget in enumerate(row)]
        y += height
    return widgets


def _title(text: str) -> dict[str, Any]:
    return {"type": "text", "height": LOW, "properties": {"markdown": f"## {text}"}}


def _graph(
    title: str, metrics: Sequence[list[Any]], objective: str | None = None, *, stacked: bool = False
) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "stacked": stacked,
        "region": "${AWS::Region}",
        "period": 300,
        "metrics": list(metrics),
    }
    if objective is not None:
        line = {"label": "objective", "value": f"{_NUMBER}{objective}{_NUMBER}"}
        properties["annotations"] = {"horizontal": [line]}
    return {"type": "metric", "height": TALL, "properties": properties}


def _alarms(alarms: Sequence[Alarm]) -> dict[str, Any]:
    arns = [f"${{{alarm.title}.Arn}}" for alarm in alarms]
    return {"type": "alarm", "height": TALL, "properties": {"title": "Alarms", "alarms": arns}}


def _ours(metric: str, statistic: str) -> list[Any]:
    return [NAMESPACE, metric, *_THIS, {"stat": statistic}]


def _rds(metric: str, statistic: str = "Average") -> list[Any]:
    return ["AWS/RDS", metric, *_THIS, {"stat": statistic}]
