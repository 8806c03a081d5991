"""The dashboard: what it shows exists, and fits a laptop's width."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from builder.checks.check import table
from templates import drills, recovery_point, restore_tests
from templates.absence import PROMISES
from templates.dashboard import DAYS_SINCE
from tests.templates.rendering import parameter_file, rendered

STACK = "rds-operations"
OURS = "RdsHighAvailability"

# Counters of Performance Insights for RDS for PostgreSQL. (RDS user guide, "Performance Insights counter metrics")
COUNTERS = {"db.User.max_connections.avg", "os.fileSys.used.avg", "os.fileSys.usedPercent.avg"}


def widgets(**values: str) -> list[dict[str, Any]]:
    body = json.loads(rendered(STACK, **values).only("CloudWatch::Dashboard")["DashboardBody"])
    found: list[dict[str, Any]] = body["widgets"]
    return found


def titled(title: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [each["properties"] for each in widgets() if each["properties"].get("title") == title]
    return found


def metrics() -> Iterator[tuple[str, str, str, str]]:
    """Namespace, name, dimension and its value of every metric that is shown; a dot repeats what stands above."""
    for widget in widgets():
        above: list[str] = []
        for metric in widget["properties"].get("metrics", []):
            fields = [each for each in metric if not isinstance(each, dict)]
            if fields:
                above = [before if each == "." else each for each, before in zip(fields, above or fields, strict=True)]
                namespace, name, dimension, value = above
                yield namespace, name, dimension, value


def expressions() -> list[dict[str, Any]]:
    return [
        metric[0]
        for widget in widgets()
        for metric in widget["properties"].get("metrics", [])
        if isinstance(metric[0], dict)
    ]


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


def test_on_a_laptop_four_graphs_stand_side_by_side_at_most() -> None:
    assert min(widget["width"] for widget in widgets() if widget["type"] != "text") >= 6


def test_every_metric_of_aws_exists_in_its_namespace() -> None:
    known = table("metrics")
    theirs = {(namespace, name, dimension) for namespace, name, dimension, _ in metrics() if namespace != OURS}
    assert {namespace for namespace, *_ in theirs} == {"AWS/Backup", "AWS/RDS"}
    for namespace, name, dimension in theirs:
        assert name in known[namespace]["metrics"]
        assert dimension in known[namespace]["dimensions"]


def test_every_metric_of_ours_is_one_that_we_publish() -> None:
    """Days since the last success are published by the hourly check of absence."""
    published = {
        drills.DURATION,
        drills.OUTCOME,
        recovery_point.METRIC,
        restore_tests.DURATION,
        restore_tests.OUTCOME,
        *DAYS_SINCE,
    }
    assert {name for namespace, name, *_ in metrics() if namespace == OURS} == published


def test_metrics_are_of_this_database_and_of_its_vault() -> None:
    values = {(dimension, value) for _, _, dimension, value in metrics()}
    vault = rendered("rds-high-availability").only("Backup::BackupVault")["BackupVaultName"]
    assert values == {("BackupVaultName", vault), ("DBInstanceIdentifier", "postgres-tap-prod")}


def test_insights_are_asked_by_resource_id_for_counters_that_exist() -> None:
    asked = [
        re.fullmatch(r"DB_PERF_INSIGHTS\('RDS', '(db-\w+)', '(.+)'\)", each["expression"]) for each in expressions()
    ]
    assert {match[2] for match in asked if match} == COUNTERS
    assert {match[1] for match in asked if match} == {parameter_file(STACK, "prod")["DatabaseResourceId"]}


def test_what_is_computed_is_computed_of_what_is_there() -> None:
    (growth,) = [each for each in expressions() if "DIFF" in each["expression"]]
    (size,) = [each for each in expressions() if each.get("id") == "size"]
    assert growth["expression"] == "DIFF(size)/1048576"
    assert growth["period"] == size["period"] == 86_400
    assert size["visible"] is False


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("Failover in drills, s", 120),
        ("Recovery point, s", 600),
        ("Restore in tests, s", 7200),
        ("Unvacuumed transaction IDs", 1_000_000_000),
        ("Latency p90, s", 0.02),
    ],
)
def test_objectives_and_limits_are_numbers_beside_what_was_measured(title: str, value: float) -> None:
    (line,) = titled(title)["annotations"]["horizontal"]
    assert line["value"] == value


def test_connections_stand_beside_the_most_that_the_class_allows() -> None:
    (open_ones, most) = titled("Connections")["metrics"]
    assert open_ones[1] == "DatabaseConnections"
    assert "db.User.max_connections.avg" in most[0]["expression"]


@pytest.mark.parametrize("days", ["0", "9"])
def test_every_alarm_of_the_stack_is_shown_where_it_is_there(days: str) -> None:
    values = {promise.parameter: days for promise in PROMISES}
    (shown,) = [widget for widget in widgets(NotifyBy="alarm", **values) if widget["type"] == "alarm"]
    there = rendered(STACK, **values).of_type("CloudWatch::Alarm")
    assert set(shown["properties"]["alarms"]) == {f"<{name}.Arn>" for name in there}
    assert ("RestoreTestTooLongAgo" in there) == (days == "9")


@pytest.mark.parametrize("title", ["Failover in drills, s", "Restore in tests, s", "Passed (1) or not (0)"])
def test_what_happens_seldom_is_shown_for_long_enough_to_be_seen(title: str) -> None:
    """The dashboard opens on a week; a drill a month would not be there."""
    assert titled(title)["start"] == "-P3M"


def test_the_databases_alarms_are_shown_where_one_tells_for_all() -> None:
    (shown,) = [widget for widget in widgets(NotifyBy="composite") if widget["type"] == "alarm"]
    (alone,) = [widget for widget in widgets(NotifyBy="alarm") if widget["type"] == "alarm"]
    incidents = rendered("rds-high-availability", NotifyBy="composite").of_type("CloudWatch::CompositeAlarm")
    added = [each for each in shown["properties"]["alarms"] if each not in alone["properties"]["alarms"]]
    assert [arn.split(":alarm:")[1] for arn in added] == [each["AlarmName"] for each in incidents.values()]
