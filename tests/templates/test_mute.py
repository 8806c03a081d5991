"""Mute rules: what is muted, when, and what never is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.templates.rendering import DATABASES, built, rendered

STACK = "rds-alert-path"


def rules(**values: str) -> dict[str, dict[str, Any]]:
    return rendered(STACK, **values).of_type("CloudWatch::AlarmMuteRule")


def test_nothing_is_muted_unless_asked_for() -> None:
    assert built(STACK)["Parameters"]["MuteSchedule"]["Default"] == ""
    assert not rules(MuteSchedule="")


@pytest.mark.parametrize("stack", DATABASES)
def test_the_one_alarm_that_tells_for_all_warnings_is_muted_and_nothing_else(stack: str) -> None:
    """Alarms on backups, deletion and failure are critical or tell by themselves: test_incidents.py."""
    (rule,) = rules(MuteSchedule="cron(0 4 * * SUN)", MuteDuration="PT2H").values()
    incidents = rendered(stack, NotifyBy="composite").of_type("CloudWatch::CompositeAlarm")
    assert rule["MuteTargets"] == {"AlarmNames": [incidents["WarningIncident"]["AlarmName"]]}
    assert rule["Rule"] == {"Schedule": {"Expression": "cron(0 4 * * SUN)", "Duration": "PT2H"}}


@pytest.mark.parametrize("stack", DATABASES)
def test_no_alarm_on_backups_deletion_or_failure_is_among_what_is_muted(stack: str) -> None:
    r = rendered(stack, NotifyBy="composite")
    rule = r.resources["WarningIncident"]["Properties"]["AlarmRule"]
    muted = [r.resources[name]["Properties"] for name in re.findall(r"<(\w+)>", rule)]
    assert muted
    for alarm in muted:
        metrics = [alarm, *(each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each)]
        assert {each["Namespace"] for each in metrics if "Namespace" in each} <= {"AWS/RDS"}, "none of AWS Backup's"
        assert alarm["TreatMissingData"] != "breaching", "none on an instance that is gone"


@pytest.mark.parametrize(
    ("parameter", "value", "taken"),
    [
        ("MuteSchedule", "cron(0 23 * * *)", True),
        ("MuteSchedule", "cron(0 4 1,15 JAN-JUN MON)", True),
        ("MuteSchedule", "at(2030-01-31T04:00)", True),
        ("MuteSchedule", "cron(0 4 ? * SUN *)", False),  # six fields, as EventBridge has them
        ("MuteSchedule", "rate(7 days)", False),
        ("MuteDuration", "PT1H", True),
        ("MuteDuration", "P2DT12H", True),
        ("MuteDuration", "P15D", True),
        ("MuteDuration", "P16D", False),
        ("MuteDuration", "P", False),
        ("MuteDuration", "P1DT", False),
        ("MuteDuration", "2h", False),
    ],
)
def test_schedules_and_durations_are_cloudwatchs_own(parameter: str, value: str, taken: bool) -> None:
    pattern = built(STACK)["Parameters"][parameter]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, value)) == taken


def test_the_parent_refuses_to_mute_an_alarm_that_it_does_not_make() -> None:
    with pytest.raises(AssertionError):
        rendered("tap-stack", NotifyBy="alarm", MuteSchedule="cron(0 4 * * SUN)")
    assert rendered("tap-stack", NotifyBy="composite", MuteSchedule="cron(0 4 * * SUN)")
