"""An add-on for any RDS instance that AWS Backup protects: its newest recovery point is restored and judged weekly."""

from __future__ import annotations

from functools import cache

from troposphere import Template

from templates import edition, keys
from templates.edition import new_template
from templates.environment import add_environment
from templates.logs import add_logging
from templates.operations import VENDED_LOG_GROUPS, add_operations
from templates.parameters import arrange
from templates.restore_tests import add_restore_tests
from templates.retention import DISPOSABLE

# Restore testing exists in commercial Regions only. (registry schemas of cfn-lint 1.58.0)
REGIONS = tuple(region for region in edition.REGIONS if not region.startswith("us-gov-"))

GROUPS = ("Environment", "Database", "Alerts", "Objectives", "Restore tests", "Observation")


@cache  # the parent nests it
def build() -> Template:
    t = new_template(__doc__)
    environment = add_environment(t)
    logs_key = keys.add_logs_key(t, environment, DISPOSABLE, [VENDED_LOG_GROUPS], concern="RestoreTestLogs")
    logging = add_logging(t, environment, logs_key, DISPOSABLE, default_days=365)
    add_restore_tests(t, add_operations(t, environment, logging))
    arrange(t, GROUPS)
    return t
