"""An add-on for any topic of alerts: a weekly proof that they arrive, and no warnings in maintenance windows."""

from __future__ import annotations

from functools import cache

from troposphere import Template

from templates import edition, keys
from templates.edition import new_template
from templates.environment import add_environment
from templates.heartbeat import add_heartbeat
from templates.logs import add_logging
from templates.mute import mute_warnings
from templates.operations import VENDED_LOG_GROUPS, add_operations, add_schedule_group
from templates.parameters import arrange
from templates.retention import DISPOSABLE

REGIONS = edition.REGIONS

GROUPS = ("Environment", "Database", "Alerts", "Observation")


@cache  # the parent nests it
def build() -> Template:
    t = new_template(__doc__)
    environment = add_environment(t)
    logs_key = keys.add_logs_key(t, environment, DISPOSABLE, [VENDED_LOG_GROUPS], concern="AlertPathLogs")
    logging = add_logging(t, environment, logs_key, DISPOSABLE, default_days=365)
    operations = add_operations(t, environment, logging)
    add_heartbeat(t, operations, add_schedule_group(t, operations, "{}-alert-path"))
    mute_warnings(t, environment)
    arrange(t, GROUPS)
    return t
