"""When and by whom the database is made recoverable: one choice of quiet hours, one owner of point-in-time recovery.

AWS Backup refuses to start a job during, or within the hour before, the instance's own backup or maintenance window,
and a job may start anywhere in its start window of an hour: the windows and both schedules come from one row of a
mapping, so that they cannot collide. (AWS Backup developer guide, "Amazon RDS backups")
"""

from __future__ import annotations

from typing import Any

from troposphere import Equals, FindInMap, If, Ref, Select, Template

from templates.carrier import carrier
from templates.parameters import NO_VALUE, Group, add_condition

# One list a row, in this order.
MAPPING = "QuietHours"
COLUMN = "Windows"
WINDOWS = ("Backup", "Maintenance", "Frequent", "Daily")

# The hours (UTC) at which quiet time may begin: early enough that maintenance stays on a Sunday.
BEGINNINGS = (0, 3, 7, 11, 15, 19)

# Counted from the beginning: the instance's own backup in hour 0, maintenance in hour 1, the daily job in hour 3. A job
# that starts an hour late would run into a window, or into the hour before it, when scheduled at these:
BLOCKED = (-2, -1, 0, 1)
DAILY = 3


@carrier
class Recovery:
    """How the database is made recoverable.

    `backup_window` is no property at all where AWS Backup owns point-in-time recovery: RDS then refuses one.
    `owned_by_backup` is the condition that says so; None where the stack does not offer it.
    """

    retention_days: int
    backup_window: Any
    maintenance_window: Any
    frequent_schedule: Any
    daily_schedule: Any
    owned_by_backup: str | None


def windows(beginning: int) -> list[str]:
    """The `WINDOWS` of quiet time that begins at an hour (UTC): two windows and two cron expressions."""
    backup, maintenance, daily = (_clock(beginning + offset) for offset in (0, 1, DAILY))
    blocked = {(beginning + offset) % 24 for offset in (*BLOCKED, DAILY)}
    frequent = _ranges([hour for hour in range(24) if hour not in blocked])
    return [
        f"{backup}:00-{backup}:30",
        f"sun:{maintenance}:00-sun:{maintenance}:30",
        f"cron(0 {frequent} * * ? *)",
        f"cron(0 {int(daily)} * * ? *)",
    ]


def _ranges(hours: list[int]) -> str:
    """Hours as cron writes them: `0-1,5,7-23`."""
    starts = [hour for hour in hours if hour - 1 not in hours]
    ends = [hour for hour in hours if hour + 1 not in hours]
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def _clock(hour: int) -> str:
    return f"{hour % 24:02}"


def add_recovery(t: Template, *, retention_days: int, offer_owner: bool) -> Recovery:
    """Add the choices that make the database recoverable; how many days it is kept so is the edition's to say."""
    group = Group(t, "Recovery")
    t.add_mapping(MAPPING, {_row(beginning): {COLUMN: windows(beginning)} for beginning in BEGINNINGS})
    quiet = group.add(
        "QuietHours",
        label="Quiet hours, UTC",
        description="Windows and schedules follow, never colliding.",
        default=_row(3),
        values=tuple(_row(beginning) for beginning in BEGINNINGS),
    )

    def of_quiet_hours(window: str) -> Select:
        return Select(WINDOWS.index(window), FindInMap(MAPPING, Ref(quiet), COLUMN))

    owned_by_backup = _add_owner(t, group) if offer_owner else None
    window = of_quiet_hours("Backup")
    return Recovery(
        retention_days=retention_days,
        backup_window=window if owned_by_backup is None else If(owned_by_backup, NO_VALUE, window),
        maintenance_window=of_quiet_hours("Maintenance"),
        frequent_schedule=of_quiet_hours("Frequent"),
        daily_schedule=of_quiet_hours("Daily"),
        owned_by_backup=owned_by_backup,
    )


def _row(beginning: int) -> str:
    return f"utc-{_clock(beginning)}"


def _add_owner(t: Template, group: Group) -> str:
    owner = group.add(
        "PointInTimeOwner",
        label="Point-in-time recovery by",
        description="RDS or AWS Backup (continuous backup). Final.",
        default="RDS",
        values=("RDS", "AWSBackup"),
    )
    return add_condition(t, "BackupOwnsPointInTime", Equals(Ref(owner), "AWSBackup"))
