"""Databases that their own tags call production, and that other properties leave unprotected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from builder.checks.check import Check, Finding, at, entries, truth
from builder.render import Rendered

# As tags call an environment, and production.
_ENVIRONMENT = re.compile(r"(.*[:/_-])?(env(ironment)?|stage|tier)", re.IGNORECASE)
_PRODUCTION = re.compile(r"prod(uction)?", re.IGNORECASE)
# Of these, somebody else decides: the cluster, or the instance that is replicated.
_DEPENDENT = ("DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier")


def without_standby(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties, said in _production(rendered):
        if truth(properties.get("MultiAZ", False)) is False:
            what = f"is off, though a tag says production ({said}): when its zone fails, so does the database"
            yield Finding(path=at(logical_id, "MultiAZ"), what=what, fix="set MultiAZ to true")


def without_deletion_protection(rendered: Rendered) -> Iterator[Finding]:
    """Not where DeletionPolicy says that losing it is meant."""
    for logical_id, properties, said in _production(rendered):
        meant = rendered.resources[logical_id].get("DeletionPolicy") == "Delete"
        if not meant and truth(properties.get("DeletionProtection", False)) is False:
            what = f"is off, though a tag says production ({said}): one call deletes the database"
            fix = "set DeletionProtection to true, or DeletionPolicy to Delete where losing it is meant"
            yield Finding(path=at(logical_id, "DeletionProtection"), what=what, fix=fix)


def _production(rendered: Rendered) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Logical ID, properties and the tag that says so, of the instances that decide for themselves."""
    for logical_id, properties in rendered.of_type("AWS::RDS::DBInstance"):
        if any(name in properties for name in _DEPENDENT):
            continue
        for _, tag in entries(properties.get("Tags")):
            key, value = str(tag.get("Key")), str(tag.get("Value"))
            if _ENVIRONMENT.fullmatch(key) and _PRODUCTION.fullmatch(value):
                yield logical_id, properties, f"{key}={value}"
                break


CHECKS = (
    Check(
        id="W9141",
        reason="a database for production has a standby",
        source="Security Hub, RDS.5",
        find=without_standby,
    ),
    Check(
        id="W9142",
        reason="a database for production is protected from deletion",
        source="Security Hub, RDS.8",
        find=without_deletion_protection,
    ),
)
