"""When a change of an RDS instance or of its parameters takes effect.

Sources: RDS user guide, "Settings for DB instances" (Overview.DBInstance.Modifying); API reference, ModifyDBInstance;
RDS resource handlers (shouldApplyImmediately, shouldReboot): CloudFormation applies immediately unless told not to,
and then reboots an instance whose parameters wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from builder.diff.cascade import Comparison
from builder.diff.model import Timing, Verdict, When
from builder.diff.uses import Use
from builder.diff.values import given

INSTANCE = "AWS::RDS::DBInstance"
PARAMETER_GROUP = "AWS::RDS::DBParameterGroup"

_OUTAGE = "with an outage"
_BRIEF = "with a brief outage"

# Wait for the maintenance window unless ApplyImmediately says otherwise; what the change interrupts.
_DEFERRED = {
    "AllocatedStorage": "",
    "CACertificateIdentifier": "with a restart unless the engine can do without",
    "DBInstanceClass": _OUTAGE,
    "DedicatedLogVolume": "possibly with an outage",
    "Domain": _BRIEF,
    "DomainIAMRoleName": _BRIEF,
    "EnableIAMDatabaseAuthentication": "",
    "Engine": _OUTAGE,
    "EngineVersion": _OUTAGE,
    "Iops": "",
    "LicenseModel": _OUTAGE,
    "MultiAZ": "",
    "NetworkType": "possibly with an outage",
    "OptionGroupName": "",
    "ProcessorFeatures": _OUTAGE,
    "StorageThroughput": "",
    "StorageType": "with a brief outage from or to magnetic storage",
    "UseDefaultProcessorFeatures": _OUTAGE,
}
# At once whatever ApplyImmediately says, and interrupting.
_AT_ONCE = {"Port": "with a restart"}

_LATER = Timing(when=When.REBOOT)
_REBOOTED = Timing(when=When.OWN_REBOOT, interruption=_OUTAGE)
_FAMILY = re.compile(r"postgres(\d+)")


def applies_immediately(properties: Mapping[str, Any]) -> bool:
    """Whether the handler asks RDS to apply changes at once; it does unless told not to."""
    return given(properties, "ApplyImmediately").lower() != "false"


def of_instance(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Timing:
    """When a changed property of an instance that is not replaced takes effect."""
    at_once = applies_immediately(new)
    if name == "DBParameterGroupName":
        # The group is another at once, its parameters after a reboot, dynamic ones too.
        return Timing(when=When.OWN_REBOOT if at_once else When.REBOOT, interruption=_OUTAGE if at_once else "")
    if name == "BackupRetentionPeriod":
        switched = "0" in (given(old, name) or "1", given(new, name) or "1")
        return Timing(
            when=When.WINDOW if switched and not at_once else When.NOW, interruption=_BRIEF if switched else ""
        )
    if name in _DEFERRED:
        return Timing(when=When.NOW if at_once else When.WINDOW, interruption=_DEFERRED[name])
    return Timing(when=When.NOW, interruption=_AT_ONCE.get(name, ""))


def time_parameters(found: Comparison) -> None:
    """Says of changed parameters of a group when they take effect.

    Static ones wait for a reboot, which CloudFormation makes only of instances that it updates, at once, as well.
    """
    from builder.postgresql import is_static  # its tables take time to read

    for group in [change for change in found.changes.values() if change.type == PARAMETER_GROUP]:
        major = _FAMILY.fullmatch(given(_properties_of(found, group.logical_id), "Family"))
        if group.verdict is not Verdict.UPDATE or major is None:
            continue
        rebooted = _is_rebooted(found, group.logical_id)
        changes = []
        for change in group.properties:
            section, _, name = change.path.partition(".")
            timing = None
            if section == "Parameters" and name:
                with suppress(LookupError):
                    static = is_static(major[1], name)
                    timing = _REBOOTED if static and rebooted else _LATER if static else Timing(when=When.NOW)
            changes.append(replace(change, timing=timing))
        found.changes[group.logical_id] = replace(group, properties=tuple(changes))


def _is_rebooted(found: Comparison, group: str) -> bool:
    """Whether CloudFormation reboots every instance of a parameter group in the same update."""
    users = [
        logical_id
        for logical_id, _ in found.new.rendered.of_type(INSTANCE)
        if Use(group, None) in found.new.uses.properties[logical_id].get("DBParameterGroupName", ())
    ]
    changes = [found.changes.get(logical_id) for logical_id in users]
    return bool(users) and all(
        change is not None
        and change.verdict is Verdict.UPDATE
        and applies_immediately(_properties_of(found, change.logical_id))
        for change in changes
    )


def _properties_of(found: Comparison, logical_id: str) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = found.new.rendered.resources.get(logical_id, {}).get("Properties", {})
    return properties
