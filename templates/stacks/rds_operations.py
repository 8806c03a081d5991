"""An add-on for any RDS PostgreSQL instance: recovery point watched, failover drilled, both on one dashboard."""

from __future__ import annotations

from functools import cache

from troposphere import Template

from templates import edition, keys
from templates.absence import watch_absence
from templates.dashboard import add_dashboard
from templates.drills import add_failover_drill
from templates.edition import new_template
from templates.environment import add_environment
from templates.incidents import tell_together
from templates.logs import add_logging
from templates.operations import VENDED_LOG_GROUPS, add_operations, add_schedule_group
from templates.parameters import arrange
from templates.recovery_point import watch_recovery_point
from templates.retention import DISPOSABLE

REGIONS = edition.REGIONS

GROUPS = ("Environment", "Database", "Alerts", "Objectives", "Drills", "Observation")


@cache  # the parent nests it
def build() -> Template:
    t = new_template(__doc__)
    environment = add_environment(t)
    logs_key = keys.add_logs_key(t, environment, DISPOSABLE, [VENDED_LOG_GROUPS], concern="OperationsLogs")
    logging = add_logging(t, environment, logs_key, DISPOSABLE, default_days=365)
    operations = add_operations(t, environment, logging)
    schedules = add_schedule_group(t, operations)
    too_old = watch_recovery_point(t, operations, schedules)
    too_slow, silent = add_failover_drill(t, operations, schedules)
    absent = watch_absence(t, operations, schedules)
    tell_together(t, environment, operations.topic, critical=[too_old, silent], beginning="{}-operations")
    add_dashboard(t, operations, [too_old, too_slow, silent, *absent])
    arrange(t, GROUPS)
    return t
