"""Every check there is, by number."""

from __future__ import annotations

from builder.checks import (
    alarms,
    alert_path,
    backup,
    buckets,
    database,
    events,
    iam,
    logs,
    names,
    network,
    origins,
    outputs,
    parameter_groups,
    partitions,
    protection,
    roles,
    state_machines,
    stateful,
    storage,
    units,
)
from builder.checks.check import Check

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            *backup.CHECKS,
            *storage.CHECKS,
            *database.CHECKS,
            *origins.CHECKS,
            *protection.CHECKS,
            *parameter_groups.CHECKS,
            *alarms.CHECKS,
            *units.CHECKS,
            *alert_path.CHECKS,
            *logs.CHECKS,
            *events.CHECKS,
            *iam.CHECKS,
            *roles.CHECKS,
            *partitions.CHECKS,
            *stateful.CHECKS,
            *buckets.CHECKS,
            *network.CHECKS,
            *names.CHECKS,
            *outputs.CHECKS,
            *state_machines.CHECKS,
        ),
        key=lambda check: check.id[1:],
    )
)
