"""When things run: AWS's cron and rate expressions, and the windows of RDS, as minutes of a week that starts on Sunday.

Source: AWS Backup developer guide and EventBridge user guide, "Cron expressions"; RDS user guide, "The maintenance
window" and "Backup window".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

DAY = 24 * 60
WEEK = 7 * DAY
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_DAILY = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_WEEKLY = re.compile(r"([a-z]{3}):(\d\d):(\d\d)-([a-z]{3}):(\d\d):(\d\d)", re.IGNORECASE)
_UNITS = {"minute": 1, "hour": 60, "day": DAY}


def starts(expression: str) -> tuple[int, ...] | None:
    """The minutes of a week at which a schedule starts, sorted; None for one that is not understood.

    Days of the month may fall on any weekday, and so stand for every day.
    """
    if rate := _RATE.fullmatch(expression):
        every = int(rate[1]) * _UNITS[rate[2]]
        return tuple(range(0, WEEK, every)) if every else None
    cron = _CRON.fullmatch(expression)
    if cron is None:
        return None
    minutes, hours = _field(cron[1], 0, 59), _field(cron[2], 0, 23)
    days = _weekdays(cron[5])
    if not minutes or not hours or not days:
        return None
    return tuple(day * DAY + hour * 60 + minute for day in days for hour in hours for minute in minutes)


def shortest_gap(times: Iterable[int]) -> int:
    """The minutes between the two starts of a week that are closest to each other; a week where there is one."""
    ordered = sorted(times)
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    return min([*gaps, WEEK - ordered[-1] + ordered[0]])


def window(text: object) -> tuple[tuple[int, int], ...] | None:
    """A daily (hh:mm-hh:mm) or weekly (ddd:hh:mm-ddd:hh:mm) window as spans of (start, length); None for neither."""
    if not isinstance(text, str):
        return None
    if daily := _DAILY.fullmatch(text):
        start, end = int(daily[1]) * 60 + int(daily[2]), int(daily[3]) * 60 + int(daily[4])
        return tuple((day * DAY + start, (end - start) % DAY) for day in range(7))
    weekly = _WEEKLY.fullmatch(text)
    if weekly is None or weekly[1].upper() not in _DAYS or weekly[4].upper() not in _DAYS:
        return None
    start = _DAYS.index(weekly[1].upper()) * DAY + int(weekly[2]) * 60 + int(weekly[3])
    end = _DAYS.index(weekly[4].upper()) * DAY + int(weekly[5]) * 60 + int(weekly[6])
    return ((start, (end - start) % WEEK),)


def collide(start: int, length: int, spans: Iterable[tuple[int, int]], lead: int) -> bool:
    """Whether what begins within `length` minutes from `start` may begin in a span, or `lead` minutes before it."""
    return any(
        (start - (begins - lead)) % WEEK < lead + lasts or (begins - lead - start) % WEEK < length
        for begins, lasts in spans
    )


def clock(minute: int) -> str:
    """A minute of the week as people write it: Sun 03:00."""
    return f"{_DAYS[minute // DAY % 7].capitalize()} {minute // 60 % 24:02}:{minute % 60:02}"


def _field(text: str, low: int, high: int) -> list[int]:
    """The values of one field of a cron expression; none when it is not understood."""
    values: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?", part)
        if match is None:
            return []
        first = low if match[1] == "*" else int(match[1])
        step = int(match[3] or 1)
        last = int(match[2]) if match[2] else high if match[1] == "*" or match[3] else first
        if step == 0 or first < low or last > high:
            return []
        # A range may go over the end: 22-2.
        reach = range(first, last + 1, step) if first <= last else [*range(first, high + 1), *range(low, last + 1)]
        values |= set(reach)
    return sorted(values)


def _weekdays(text: str) -> list[int]:
    """The days of the week of a cron expression, Sunday first; every day for ? and for what depends on the month."""
    if text in ("?", "*"):
        return list(range(7))
    for index, name in enumerate(_DAYS):
        text = re.sub(name, str(index + 1), text, flags=re.IGNORECASE)
    if "#" in text or "L" in text:
        return list(range(7))
    return [day - 1 for day in _field(text, 1, 7)]
