"""Settings that make a resource public or give up a protection, one row each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from builder.diff.values import is_true
from builder.evaluate.nodes import scalar_text


class _Weaker(Enum):
    """Which change of a setting is one for the worse."""

    ON = "becomes true"
    OFF = "is no longer true"
    GONE = "is gone"
    LESS = "becomes less"


@dataclass(frozen=True)
class _Switch:
    path: tuple[str, ...]
    weaker: _Weaker
    means: str


def _public(*path: str) -> _Switch:
    return _Switch(path, _Weaker.ON, "it can be reached from outside its VPC")


def _off(means: str, *path: str) -> _Switch:
    return _Switch(path, _Weaker.OFF, means)


def _gone(means: str, *path: str) -> _Switch:
    return _Switch(path, _Weaker.GONE, means)


_DELETABLE = "it can be deleted by one call"
_UNENCRYPTED = "it is no longer encrypted under a key of the customer's"
_PLAIN = "it is no longer encrypted"
_BLOCK = "public access is no longer blocked"

_SWITCHES: Mapping[str, tuple[_Switch, ...]] = {
    "AWS::Backup::BackupVault": (_gone("recovery points can be deleted early", "LockConfiguration"),),
    "AWS::CloudTrail::Trail": (_off("nothing is recorded", "IsLogging"),),
    "AWS::DMS::ReplicationInstance": (_public("PubliclyAccessible"),),
    "AWS::DynamoDB::Table": (
        _off(_DELETABLE, "DeletionProtectionEnabled"),
        _off("no point in time can be restored", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"),
    ),
    "AWS::EC2::Subnet": (_Switch(("MapPublicIpOnLaunch",), _Weaker.ON, "what starts in it gets a public address"),),
    "AWS::EC2::Volume": (_off(_PLAIN, "Encrypted"),),
    "AWS::EFS::FileSystem": (_off(_PLAIN, "Encrypted"),),
    "AWS::KMS::Key": (
        _off("the key is no longer rotated", "EnableKeyRotation"),
        _Switch(("PendingWindowInDays",), _Weaker.LESS, "less time to undo a deletion"),
    ),
    "AWS::Logs::LogGroup": (
        _gone(_UNENCRYPTED, "KmsKeyId"),
        _Switch(("RetentionInDays",), _Weaker.LESS, "older log events are deleted"),
    ),
    "AWS::RDS::DBCluster": (
        _public("PubliclyAccessible"),
        _off(_DELETABLE, "DeletionProtection"),
        _off(_PLAIN, "StorageEncrypted"),
        _Switch(("BackupRetentionPeriod",), _Weaker.LESS, "fewer days can be restored"),
    ),
    "AWS::RDS::DBInstance": (
        _public("PubliclyAccessible"),
        _off(_DELETABLE, "DeletionProtection"),
        _off(_PLAIN, "StorageEncrypted"),
        _off("there is no standby", "MultiAZ"),
        _Switch(("BackupRetentionPeriod",), _Weaker.LESS, "fewer days can be restored"),
        _Switch(("DeleteAutomatedBackups",), _Weaker.ON, "automated backups go with the instance"),
    ),
    "AWS::RDS::DBParameterGroup": (
        _off("clients may connect without TLS", "Parameters", "rds.force_ssl"),
        _gone("statements are no longer audited", "Parameters", "pgaudit.log"),
    ),
    "AWS::Redshift::Cluster": (_public("PubliclyAccessible"), _off(_PLAIN, "Encrypted")),
    "AWS::S3::Bucket": (
        *(
            _off(_BLOCK, "PublicAccessBlockConfiguration", name)
            for name in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        ),
        _gone("objects are no longer encrypted as stated", "BucketEncryption"),
        _gone("access is no longer logged", "LoggingConfiguration"),
        _gone("overwritten objects are lost", "VersioningConfiguration"),
    ),
    "AWS::SNS::Topic": (_gone(_UNENCRYPTED, "KmsMasterKeyId"),),
    "AWS::SQS::Queue": (_gone(_UNENCRYPTED, "KmsMasterKeyId"),),
}
# Texts that open something whatever was there before.
_OPEN: Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]] = {
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        (("Scheme",), "internet-facing", "it can be reached from the internet"),
    ),
    "AWS::Lambda::Url": ((("AuthType",), "NONE", "anybody may call it"),),
    "AWS::S3::Bucket": (
        (("AccessControl",), "PublicRead", "anybody may read it"),
        (("AccessControl",), "PublicReadWrite", "anybody may write it"),
        (("VersioningConfiguration", "Status"), "Suspended", "overwritten objects are lost"),
    ),
}


def widened(of_type: str, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Iterator[str]:
    """What a resource's settings open or give up; `old` is None for a resource that is new, which gives nothing up."""
    for switch in _SWITCHES.get(of_type, ()):
        before, after = _at(switch.path, old), _at(switch.path, new)
        if _is_weaker(switch.weaker, before, after):
            shown = "" if switch.weaker is _Weaker.GONE else f" {_text(before)} -> {_text(after)}"
            yield f"{'.'.join(switch.path)}{shown or ' is gone'}: {switch.means}"
    for path, opening, means in _OPEN.get(of_type, ()):
        before, after = _at(path, old), _at(path, new)
        if after == opening and before != opening:
            yield f"{'.'.join(path)} {_text(before)} -> {opening}: {means}"


def _is_weaker(weaker: _Weaker, before: Any, after: Any) -> bool:
    if weaker is _Weaker.ON:
        return _on(after) and not _on(before)
    if weaker is _Weaker.OFF:
        return _on(before) and not _on(after)
    if weaker is _Weaker.GONE:
        return before is not None and after is None
    try:
        return before is not None and after is not None and Decimal(_text(after)) < Decimal(_text(before))
    except InvalidOperation:
        return False


def _on(value: Any) -> bool:
    return is_true(value) or scalar_text(value) == "1"


def _at(path: tuple[str, ...], node: Any) -> Any:
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _text(value: Any) -> str:
    return scalar_text(value) or "none"
