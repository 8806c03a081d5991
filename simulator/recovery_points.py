"""AWS Backup's recovery points, which moto lacks: listed, deleted, and in the way of their vault's deletion.

moto runs no backup job; `add` puts a recovery point into a vault, as a job would.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend, Vault, backup_backends
from moto.backup.responses import BackupResponse
from moto.core.responses import EmptyResult

from simulator.account import ACCOUNT

_HELD = "recovery_points"  # the attribute of moto's vault


def add(region: str, vault: str, arn: str) -> None:
    """Put a recovery point into a vault."""
    found = backup_backends[ACCOUNT][region].vaults[vault]
    _points(found).append(arn)
    found.num_of_recovery_points = len(_points(found))


def _points(vault: Vault) -> list[str]:
    points: list[str] = vault.__dict__.setdefault(_HELD, [])
    return points


def _vault(response: BackupResponse) -> tuple[Vault, list[str]]:
    """The vault in a request's path, and its points."""
    name = unquote(response.path.split("/")[2])
    vaults = response.backup_backend.vaults
    if name not in vaults:
        raise ResourceNotFoundException(msg=f"Backup vault {name} does not exist")
    return vaults[name], _points(vaults[name])


def _list(response: BackupResponse) -> str:
    vault, points = _vault(response)
    shown = {
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "Status": "COMPLETED",
    }
    return json.dumps({"RecoveryPoints": [{"RecoveryPointArn": arn, **shown} for arn in points]})


def _delete(response: BackupResponse) -> EmptyResult:
    vault, points = _vault(response)
    arn = unquote(response.path.split("/recovery-points/")[1])
    if arn not in points:
        raise ResourceNotFoundException(msg=f"Cannot find recovery point {arn}")
    points.remove(arn)
    vault.num_of_recovery_points = len(points)
    return EmptyResult()


def _refusing(delete: Callable[[BackupBackend, str], None]) -> Callable[[BackupBackend, str], None]:
    """DeleteBackupVault as AWS does it: only of an empty vault."""

    def delete_backup_vault(backend: BackupBackend, backup_vault_name: str) -> None:
        vault = backend.vaults.get(backup_vault_name)
        if vault is not None and _points(vault):
            raise InvalidRequestException(
                msg=f"Backup vault cannot be deleted (contains {len(_points(vault))} recovery points)"
            )
        delete(backend, backup_vault_name)

    return delete_backup_vault


def install() -> None:
    """Give moto these calls."""
    response: Any = BackupResponse
    response.list_recovery_points_by_backup_vault = _list
    response.delete_recovery_point = _delete
    for path in ("$", "(?P<arn>.+)$"):
        urls.url_paths["{0}/backup-vaults/(?P<name>[^/]+)/recovery-points/" + path] = BackupResponse.dispatch
    backend: Any = BackupBackend
    backend.delete_backup_vault = _refusing(backend.delete_backup_vault)
