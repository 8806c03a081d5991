"""What a deleted stack left behind, and in which state it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from botocore.exceptions import ClientError

from builder import schemas
from builder.aws import errors, stacks
from builder.aws.account import Account
from builder.aws.stacks import STACK_TYPE, Resource

State: TypeAlias = Literal["there", "gone", "pending deletion"]

_SKIPPED = "DELETE_SKIPPED"
_NOT_FOUND = frozenset({"404", "NoSuchBucket", "NotFoundException", "ResourceNotFoundException"})


@dataclass(frozen=True, kw_only=True)
class Retained:
    """A resource that outlived its stack; `identifier` holds the properties by which CloudFormation identifies it."""

    logical_id: str
    type: str
    id: str
    state: State
    identifier: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Remains:
    """A deleted stack, what of it was retained, and what was deleted; nothing when no such stack is remembered."""

    stack_id: str = ""
    resources: tuple[Retained, ...] = ()
    deleted: tuple[Resource, ...] = ()


def remains(account: Account, stack_ids: Iterable[str]) -> Remains:
    """The first of these deleted stacks of which something was retained."""
    for stack_id in stack_ids:
        found = stacks.resources(account, stack_id)
        kept = [each for each in found if each.status == _SKIPPED]
        if kept:
            return Remains(
                stack_id=stack_id,
                resources=tuple(_retained(account, each) for each in kept),
                deleted=tuple(each for each in found if each.status == stacks.GONE),
            )
    return Remains()


def in_the_way(remains: Remains, template: Mapping[str, Any]) -> tuple[Retained, ...]:
    """What of it prevents a template from being deployed anew: names that it gives, and nested stacks that export."""
    declared = template.get("Resources", {})
    found = []
    for each in remains.resources:
        named = set(each.identifier) & set(declared.get(each.logical_id, {}).get("Properties", {}))
        if each.state != "gone" and each.logical_id in declared and (named or each.type == STACK_TYPE):
            found.append(each)
    return tuple(found)


def _retained(account: Account, resource: Resource) -> Retained:
    check = _CHECKS.get(resource.type)
    try:
        state = check(account, resource.id) if check else "there"
    except ClientError as error:
        if errors.code_of(error) not in _NOT_FOUND:
            raise
        state = "gone"
    schema = schemas.schema(resource.type, account.region)
    names = [".".join(path) for path in schema.primary_identifier] if schema else []
    return Retained(
        logical_id=resource.logical_id,
        type=resource.type,
        id=resource.id,
        state=state,
        # CloudFormation joins the parts of an identifier by "|" into one physical ID.
        identifier=dict(zip(names, resource.id.split("|"), strict=False)),
    )


def _bucket(account: Account, name: str) -> State:
    account.client("s3").head_bucket(Bucket=name)
    return "there"


def _key(account: Account, key_id: str) -> State:
    state = account.client("kms").describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    return "pending deletion" if state == "PendingDeletion" else "there"


def _log_group(account: Account, name: str) -> State:
    pages = account.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    names = {group["logGroupName"] for page in pages for group in page["logGroups"]}
    return "there" if name in names else "gone"


def _vault(account: Account, name: str) -> State:
    # For a vault that does not exist, DescribeBackupVault answers that access is denied. (terraform-provider-aws)
    pages = account.client("backup").get_paginator("list_backup_vaults").paginate()
    names = {vault["BackupVaultName"] for page in pages for vault in page["BackupVaultList"]}
    return "there" if name in names else "gone"


def _stack(account: Account, stack_id: str) -> State:
    found = stacks.find(account, stack_id)
    return "gone" if found is None or found.status == stacks.GONE else "there"


# Any other type is taken to be there: CloudFormation tells when it imports it.
_CHECKS: Mapping[str, Callable[[Account, str], State]] = {
    "AWS::Backup::BackupVault": _vault,
    "AWS::KMS::Key": _key,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    STACK_TYPE: _stack,
}
