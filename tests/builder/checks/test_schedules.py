"""When schedules start and windows last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.checks.schedules import DAY, WEEK, clock, collide, shortest_gap, starts, window


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(1 day)", 7),
        ("rate(12 hours)", 14),
        ("cron(0 0-1,5,7-23 * * ? *)", 7 * 20),
        ("cron(0 22-2 * * ? *)", 7 * 5),
        ("cron(0/15 4 ? * MON-FRI *)", 5 * 4),
        ("cron(0 4 ? * 1,7 *)", 2),
        ("cron(0 4 L * ? *)", 7),
        ("cron(0 4 ? * 2#1 *)", 7),
    ],
)
def test_a_schedule_starts_so_often_in_a_week(expression: str, times: int) -> None:
    assert len(starts(expression) or ()) == times


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "cron(0 4 * * *)",
        "rate(0 days)",
        "cron(60 4 * * ? *)",
        "cron(* x * * ? *)",
        "cron(0 4 ? * 9 *)",
        "cron(0/0 4 * * ? *)",
    ],
)
def test_what_is_no_schedule_starts_never(expression: str) -> None:
    assert starts(expression) is None


def test_windows_daily_and_weekly_may_go_over_midnight() -> None:
    assert window("23:30-00:30") == tuple((day * DAY + 1410, 60) for day in range(7))
    assert window("sat:23:30-sun:00:30") == ((WEEK - 30, 60),)
    for wrong in (None, "03:00", "day:03:00-day:03:30", "03:00-sun:04:00"):
        assert window(wrong) is None


@given(
    st.integers(0, WEEK - 1), st.integers(1, 480), st.integers(0, WEEK - 1), st.integers(30, 480), st.integers(0, 120)
)
def test_spans_collide_exactly_when_they_share_a_minute(
    start: int, length: int, begins: int, lasts: int, lead: int
) -> None:
    first = {(start + minute) % WEEK for minute in range(length)}
    second = {(begins - lead + minute) % WEEK for minute in range(lead + lasts)}
    assert collide(start, length, [(begins, lasts)], lead) == bool(first & second)


def test_the_shortest_gap_reaches_over_the_end_of_the_week() -> None:
    assert shortest_gap([10, WEEK - 20]) == 30
    assert shortest_gap([5]) == WEEK
    assert clock(DAY + 61) == "Mon 01:01"
