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
    parameter_groups,
    partitions,
    roles,
    state_machines,
    stateful,
    storage,
)
from builder.checks.check import Check

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (
            *backup.CHECKS,
            *storage.CHECKS,
            *database.CHECKS,
            *origins.CHECKS,
            *parameter_groups.CHECKS,
            *alarms.CHECKS,
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
            *state_machines.CHECKS,
        ),
        key=lambda check: check.id[1:],
    )
)
