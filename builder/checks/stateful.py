"""Resources that hold data: encrypted, and with both policies stated."""

from __future__ import annotations

from collections.abc import Iterator

from builder.checks.check import Check, Finding, at, dig, truth
from builder.render import Rendered

# What loses data when it is deleted. A key is data: what it encrypted is lost with it.
_STATEFUL = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::EFS::FileSystem",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
_MEMBER = "AWS::RDS::DBInstance"
_SNAPSHOTS = frozenset({"AWS::EC2::Volume", "AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})


def without_policies(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, resource in rendered.resources.items():
        if resource["Type"] not in _STATEFUL:
            continue
        missing = [name for name in ("DeletionPolicy", "UpdateReplacePolicy") if name not in resource]
        if missing:
            yield Finding(
                path=("Resources", logical_id),
                what=f"holds data and does not state {' and '.join(missing)}: by default a replacement loses it",
                fix="state both: Retain, Snapshot, or Delete where losing it is meant",
            )
        for name in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(name) == "Snapshot" and resource["Type"] not in _SNAPSHOTS:
                what = f"{resource['Type']} has no snapshots"
                yield Finding(path=("Resources", logical_id, name), what=what, fix="write Retain")
            member = resource["Type"] == _MEMBER and "DBClusterIdentifier" in resource.get("Properties", {})
            if resource.get(name) == "Snapshot" and member:
                what = "a member of a cluster has no snapshots of its own: its deletion would fail"
                yield Finding(path=("Resources", logical_id, name), what=what, fix="write Retain or Delete")


def unencrypted(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, properties in rendered.of_type("AWS::RDS::DBInstance", "AWS::RDS::DBCluster"):
        origins = [
            "DBSnapshotIdentifier",
            "SnapshotIdentifier",
            "SourceDBInstanceAutomatedBackupsArn",
            "SourceDBInstanceIdentifier",
            "SourceDbiResourceId",
        ]
        if rendered.resources[logical_id]["Type"] == _MEMBER:  # of a cluster it is the name
            origins.append("DBClusterIdentifier")
        inherited = any(properties.get(name) for name in origins)
        if truth(properties.get("StorageEncrypted")) is not True and not inherited:
            what = "is not encrypted, and can never be without being replaced"
            yield Finding(path=at(logical_id, "StorageEncrypted"), what=what, fix="set StorageEncrypted to true")
        if properties.get("KmsKeyId") and truth(properties.get("StorageEncrypted")) is False:
            what = "names a key for storage that is not encrypted"
            yield Finding(path=at(logical_id, "KmsKeyId"), what=what, fix="set StorageEncrypted to true")
    for logical_id, properties in rendered.of_type("AWS::S3::Bucket"):
        if not dig(properties, "BucketEncryption", "ServerSideEncryptionConfiguration"):
            what = "does not state how it is encrypted"
            yield Finding(path=at(logical_id), what=what, fix="give BucketEncryption")
    for logical_id, properties in rendered.of_type("AWS::Backup::BackupVault"):
        if "EncryptionKeyArn" not in properties:
            what = "is encrypted with a key of AWS's, which no other account can be given"
            yield Finding(path=at(logical_id), what=what, fix="give EncryptionKeyArn")
    for logical_id, properties in rendered.of_type("AWS::EFS::FileSystem", "AWS::EC2::Volume"):
        if truth(properties.get("Encrypted")) is not True:
            yield Finding(path=at(logical_id), what="is not encrypted", fix="set Encrypted to true")
    for logical_id, properties in rendered.of_type("AWS::KMS::Key"):
        symmetric = properties.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
        if symmetric and truth(properties.get("EnableKeyRotation")) is not True:
            what = "is never rotated (Security Hub, KMS.4)"
            yield Finding(path=at(logical_id, "EnableKeyRotation"), what=what, fix="set EnableKeyRotation to true")


CHECKS = (
    Check(
        id="W9231",
        reason="what holds data states both policies",
        find=without_policies,
        source="CloudFormation user guide, aws-attribute-deletionpolicy and aws-attribute-updatereplacepolicy",
    ),
    Check(
        id="W9232",
        reason="what holds data is encrypted",
        source="Security Hub, RDS.3, S3.17, Backup.1, KMS.4",
        find=unencrypted,
    ),
)
