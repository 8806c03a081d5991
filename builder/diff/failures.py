"""Updates that RDS refuses although the property can change in principle."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.diff.values import given, is_true
from builder.render import Rendered

# Engines whose major version has two parts (RDS user guide, engine versions).
_TWO_PARTS = frozenset({"mysql", "mariadb"})
_INSTANCE, _CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"
_MODIFY = "API reference, ModifyDBInstance"
_PLAN, _SELECTION = "AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection"


def failures(
    of_type: str, old: Mapping[str, Any], new: Mapping[str, Any], moving: Collection[str] = ()
) -> Iterator[str]:
    """Why an update in place of these properties is refused.

    `moving` are properties whose value will be another although both templates give the same.
    """
    if of_type in (_INSTANCE, _CLUSTER):
        yield from _version(old, new, moving)
    if of_type == _INSTANCE:
        yield from _storage(old, new)
        yield from _secret(old, new, moving)


def _version(old: Mapping[str, Any], new: Mapping[str, Any], moving: Collection[str]) -> Iterator[str]:
    before, after = given(old, "EngineVersion"), given(new, "EngineVersion")
    was, will = _parts(before), _parts(after)
    if not was or not will or before == after:
        return
    major = 2 if given(new, "Engine").lower() in _TWO_PARTS else 1
    common = min(len(was), len(will))
    if will[:common] < was[:common]:
        yield "EngineVersion goes down, which RDS does not do (RDS user guide, upgrades)"
        return
    if will[:major] == was[:major]:
        return
    if not is_true(new.get("AllowMajorVersionUpgrade")):
        yield f"EngineVersion goes to another major version without AllowMajorVersionUpgrade=true ({_MODIFY})"
    group = "DBParameterGroupName"
    custom = given(new, group) and not given(new, group).startswith("default.")
    if custom and given(old, group) == given(new, group) and group not in moving:
        yield f"EngineVersion goes to another major version under the same {group}, of another family ({_MODIFY})"


def _parts(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _storage(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = given(old, "AllocatedStorage"), given(new, "AllocatedStorage")
    try:
        shrinks = bool(before and after) and Decimal(after) < Decimal(before)
    except InvalidOperation:
        return
    if shrinks:
        yield 'AllocatedStorage goes down: "You can\'t reduce the allocated storage" (RDS user guide, settings)'


def _secret(old: Mapping[str, Any], new: Mapping[str, Any], moving: Collection[str]) -> Iterator[str]:
    managed = all(is_true(side.get("ManageMasterUserPassword")) for side in (old, new))
    before, after = (given(side.get("MasterUserSecret") or {}, "KmsKeyId") for side in (old, new))
    if managed and (before != after or (after and "MasterUserSecret" in moving)):
        yield f"MasterUserSecret.KmsKeyId changes: the key of a secret that RDS manages already cannot ({_MODIFY})"


def owner_failures(old: Rendered, new: Rendered) -> dict[str, str]:
    """The instances, by logical ID, whose point-in-time recovery would change hands, with what that does.

    AWS Backup owns it where a plan makes continuous backups. It then holds the instance's retention and backup window:
    updates that state others fail (crossplane provider-aws #1356, cloudformation-coverage-roadmap #2167).
    """
    before, after = _owned(old), _owned(new)
    if before == after:
        return {}
    staying = [name for name, _ in new.of_type(_INSTANCE) if old.resources.get(name, {}).get("Type") == _INSTANCE]
    if before:
        what = (
            "point-in-time recovery goes back from AWS Backup to RDS: AWS Backup holds the retention and the window "
            "until its continuous recovery point is deleted or disassociated, and refuses others"
        )
    else:
        what = (
            "point-in-time recovery goes from RDS to AWS Backup, which is final: once the first continuous backup has "
            "taken the instance over, every update that states its retention or window otherwise is refused"
        )
    return dict.fromkeys(staying, f"{what} (provider-aws #1356, cloudformation-coverage-roadmap #2167)")


def _owned(rendered: Rendered) -> bool:
    """Whether a plan that anything is selected for makes continuous backups."""
    selecting = any(True for _ in rendered.of_type(_SELECTION))
    rules = [
        rule
        for _, properties in rendered.of_type(_PLAN)
        for rule in properties.get("BackupPlan", {}).get("BackupPlanRule", [])
    ]
    return selecting and any(isinstance(rule, dict) and is_true(rule.get("EnableContinuousBackup")) for rule in rules)
