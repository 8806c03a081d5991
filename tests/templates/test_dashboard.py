"""The dashboard: what it shows exists, and fits a laptop's width."""

from __future__ import annotations

import json
from typing import Any

from tests.templates.rendering import built, rendered

# What RDS publishes for an instance, of what the dashboard shows. (RDS user guide, "CloudWatch metrics for RDS")
RDS_METRICS = {
    "CPUUtilization",
    "DBLoadCPU",
    "DBLoadNonCPU",
    "DatabaseConnections",
    "FreeableMemory",
    "MaximumUsedTransactionIDs",
    "OldestReplicationSlotLag",
    "ReadLatency",
    "TransactionLogsDiskUsage",
    "WriteLatency",
}


def widgets() -> list[dict[str, Any]]:
    body = json.loads(rendered("rds-operations").only("CloudWatch::Dashboard")["DashboardBody"])
    found: list[dict[str, Any]] = body["widgets"]
    return found


def test_widgets_stay_on_the_grid_and_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets():
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells


def test_every_metric_is_published_by_rds_or_by_us() -> None:
    ours: set[str] = set()
    theirs: set[str] = set()
    for widget in widgets():
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], dict):
                continue
            namespace, name, dimension, instance, _ = metric
            assert (dimension, instance) == ("DBInstanceIdentifier", "postgres-tap-prod")
            (ours if namespace == "RdsHighAvailability" else theirs).add(name)
    assert ours == {"FailoverDrillSucceeded", "FailoverSeconds", "RecoveryPointAge"}
    assert theirs == RDS_METRICS


def test_objectives_are_numbers_beside_what_was_measured() -> None:
    lines = {
        widget["properties"]["title"]: widget["properties"]["annotations"]["horizontal"][0]["value"]
        for widget in widgets()
        if "annotations" in widget["properties"]
    }
    assert lines == {
        "Failover in drills, s": 120,
        "Recovery point, s": 600,
        "Unvacuumed transaction IDs": 1_000_000_000,
    }


def test_every_alarm_that_the_stack_always_has_is_shown() -> None:
    (shown,) = [widget for widget in widgets() if widget["type"] == "alarm"]
    resources = built("rds-operations")["Resources"]
    alarms = {name for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    always = {name for name in alarms if "Condition" not in resources[name]}
    assert set(shown["properties"]["alarms"]) == {f"<{name}.Arn>" for name in always}
