"""AWS::Backup: vaults, plans, selections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from simulator import moto_mends
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import text, to_request

_PLAN = {
    "BackupPlanRule": "Rules",
    "CopyActions": "CopyActions",
    "TargetBackupVault": "TargetBackupVaultName",
}


def _create_vault(context: Context) -> str:
    name = context.name("BackupVaultName", limit=50)
    properties = {**context.properties, "BackupVaultName": name}
    leave = ("AccessPolicy", "LockConfiguration", "Notifications")
    context.send("backup", "create_backup_vault", properties, leave=leave)
    context.made(name)
    _vault_settings(context)
    return name


def _vault_settings(context: Context) -> None:
    vault: dict[str, Any] = {"BackupVaultName": context.id}
    if context.changed("LockConfiguration"):
        if lock := context.get("LockConfiguration"):
            context.send("backup", "put_backup_vault_lock_configuration", lock, **vault)
        else:
            context.call("backup", "delete_backup_vault_lock_configuration", **vault)
    if context.changed("AccessPolicy"):
        if policy := context.get("AccessPolicy"):
            context.call("backup", "put_backup_vault_access_policy", **vault, Policy=text(policy))
        else:
            context.call("backup", "delete_backup_vault_access_policy", **vault)
    if context.changed("Notifications"):
        if topic := context.get("Notifications"):
            context.send("backup", "put_backup_vault_notifications", topic, **vault)
        else:
            context.call("backup", "delete_backup_vault_notifications", **vault)


def _update_vault(context: Context) -> None:
    _vault_settings(context)
    context.retag("backup", _vault_arn(context), given="BackupVaultTags")


def _vault_arn(context: Context) -> str:
    return context.arn("backup", f"backup-vault:{context.id}")


def _create_plan(context: Context) -> str:
    answer = context.send("backup", "create_backup_plan", context.properties, rename=_PLAN)
    return str(answer["BackupPlanId"])


def _update_plan(context: Context) -> None:
    if context.changed("BackupPlan"):
        plan = {"BackupPlan": context.get("BackupPlan")}
        request = to_request(plan, context.input_of("backup", "update_backup_plan"), rename=_PLAN)
        context.call("backup", "update_backup_plan", BackupPlanId=context.id, **request)
        moto_mends.change_backup_plan(context.region, context.id, request["BackupPlan"])
    context.retag("backup", context.arn("backup", f"backup-plan:{context.id}"), given="BackupPlanTags")


def _delete_plan(context: Context) -> None:
    context.call("backup", "delete_backup_plan", BackupPlanId=context.id)
    moto_mends.forget_backup_plan(context.region, context.id)


def _plan_attributes(context: Context) -> Mapping[str, object]:
    found = context.call("backup", "get_backup_plan", BackupPlanId=context.id)
    return {name: found[name] for name in ("BackupPlanArn", "BackupPlanId", "VersionId")}


def _create_selection(context: Context) -> str:
    answer = context.send("backup", "create_backup_selection", context.properties)
    return f"{answer.get('SelectionId') or uuid4()}_{context.get('BackupPlanId')}"


def _selection(context: Context) -> dict[str, Any]:
    selection, _, plan = context.id.partition("_")
    return {"SelectionId": selection, "BackupPlanId": plan}


HANDLERS: Mapping[str, Handler] = {
    "AWS::Backup::BackupPlan": Handler(
        create=_create_plan,
        update=_update_plan,
        delete=_delete_plan,
        attributes=_plan_attributes,
        exists=lambda context: context.call("backup", "get_backup_plan", BackupPlanId=context.id),
    ),
    "AWS::Backup::BackupSelection": Handler(
        create=_create_selection,
        delete=lambda context: context.call("backup", "delete_backup_selection", **_selection(context)),
        attributes=lambda context: {"Id": context.id, **_selection(context)},
    ),
    "AWS::Backup::BackupVault": Handler(
        create=_create_vault,
        update=_update_vault,
        delete=lambda context: context.call("backup", "delete_backup_vault", BackupVaultName=context.id),
        attributes=lambda context: {"BackupVaultArn": _vault_arn(context), "BackupVaultName": context.id},
        name="BackupVaultName",
        exists=lambda context: context.call("backup", "describe_backup_vault", BackupVaultName=context.id),
    ),
}
