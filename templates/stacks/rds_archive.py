"""An add-on for any RDS PostgreSQL instance: its newest snapshot is exported to an archive bucket every month."""

from __future__ import annotations

from functools import cache

from troposphere import Template

from templates import edition, keys
from templates.archive_tables import add_archive_tables, use_archive
from templates.edition import new_template
from templates.environment import add_environment
from templates.exports import fill_archive
from templates.logs import add_logging
from templates.operations import VENDED_LOG_GROUPS, add_operations, add_schedule_group
from templates.parameters import arrange
from templates.retention import DISPOSABLE

REGIONS = edition.REGIONS

GROUPS = ("Environment", "Database", "Alerts", "Archive", "Observation")


@cache  # the parent nests it
def build() -> Template:
    t = new_template(__doc__)
    environment = add_environment(t)
    logs_key = keys.add_logs_key(t, environment, DISPOSABLE, [VENDED_LOG_GROUPS], concern="ExportLogs")
    logging = add_logging(t, environment, logs_key, DISPOSABLE, default_days=365)
    operations = add_operations(t, environment, logging)
    bucket = use_archive(t)
    tables = add_archive_tables(t, environment, bucket)
    fill_archive(t, operations, add_schedule_group(t, operations, "{}-archive"), bucket, tables)
    arrange(t, GROUPS)
    return t
