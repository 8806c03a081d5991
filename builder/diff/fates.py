"""What becomes of a resource that leaves the stack or is replaced, and what a stateful one holds.

Sources: CloudFormation user guide, "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.diff.model import Fate
from builder.diff.values import given, is_true

# What is lost with one that is deleted. The types are those of cfn-lint's rule I3011, and a few that hold keys, logs or
# versions.
_HOLDS: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "its recovery points (a vault that holds any cannot be deleted)",
    "AWS::Cognito::UserPool": "its users",
    "AWS::DocDB::DBCluster": "its databases",
    "AWS::DocDB::DBInstance": "what only it serves",
    "AWS::DynamoDB::GlobalTable": "its items",
    "AWS::DynamoDB::Table": "its items",
    "AWS::EC2::Volume": "its data",
    "AWS::ECR::Repository": "its images",
    "AWS::EFS::FileSystem": "its files",
    "AWS::EMR::Cluster": "what it stores in HDFS",
    "AWS::ElastiCache::CacheCluster": "what it caches",
    "AWS::ElastiCache::ReplicationGroup": "what it caches",
    "AWS::Elasticsearch::Domain": "its indices",
    "AWS::FSx::FileSystem": "its files",
    "AWS::KMS::Key": "everything that is encrypted under it, once its waiting period is over",
    "AWS::KMS::ReplicaKey": "everything that is encrypted under it in this Region, once its waiting period is over",
    "AWS::Kinesis::Stream": "its records",
    "AWS::Logs::LogGroup": "its log events",
    "AWS::Neptune::DBCluster": "its databases",
    "AWS::Neptune::DBInstance": "what only it serves",
    "AWS::OpenSearchService::Domain": "its indices",
    "AWS::Organizations::Account": "the account",
    "AWS::QLDB::Ledger": "its journal",
    "AWS::RDS::DBCluster": "its databases",
    "AWS::RDS::DBInstance": "its databases",
    "AWS::Redshift::Cluster": "its databases",
    "AWS::S3::Bucket": "its objects (a bucket that holds any cannot be deleted)",
    "AWS::SDB::Domain": "its items",
    "AWS::SQS::Queue": "its messages",
    "AWS::ServiceCatalog::CloudFormationProduct": "its versions (what was launched from them can no longer be updated)",
    "AWS::SecretsManager::Secret": "its value (CloudFormation deletes it without a recovery window)",
}
STACK = "AWS::CloudFormation::Stack"
_UNKNOWN_STACK = "whatever it holds: its template is not at hand"

# DeletionPolicy attribute, "Resources that support snapshots"; DocDB came later.
_SNAPSHOTS = frozenset(
    {
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    }
)
_STRENGTH = ("Delete", "Snapshot", "Retain")
_INSTANCE, _CLUSTER = "AWS::RDS::DBInstance", "AWS::RDS::DBCluster"


def holds(of_type: str, properties: Mapping[str, Any], *, known: bool = True) -> str:
    """What is lost with a resource; empty for one that holds nothing. `known` is whether a stack's template is at hand.

    A member of a DB cluster holds nothing: the cluster does.
    """
    if of_type == STACK:
        return "" if known else _UNKNOWN_STACK
    if of_type == _INSTANCE and given(properties, "DBClusterIdentifier"):
        return ""
    text = _HOLDS.get(of_type, "")
    if of_type == _INSTANCE:
        kept = given(properties, "DeleteAutomatedBackups").lower() == "false"
        text += "" if kept else " and automated backups"
    return text


def deletion_policy(resource: Mapping[str, Any]) -> str:
    """The policy in force when a resource is removed: Delete, Snapshot or Retain."""
    stated = resource.get("DeletionPolicy")
    if stated is None:
        properties, of_type = resource.get("Properties", {}), resource["Type"]
        standalone = of_type == _INSTANCE and not given(properties, "DBClusterIdentifier")
        return "Snapshot" if standalone or of_type == _CLUSTER else "Delete"
    return "Retain" if stated == "RetainExceptOnCreate" else str(stated)


def replace_policy(resource: Mapping[str, Any]) -> str:
    """The policy in force when a resource is replaced: Delete, Snapshot or Retain."""
    return str(resource.get("UpdateReplacePolicy", "Delete"))


def weaker(old: str, new: str) -> bool:
    """Whether the policy `new` keeps less than `old`."""
    return _STRENGTH.index(new) < _STRENGTH.index(old)


def removed(resource: Mapping[str, Any]) -> Fate:
    """What becomes of a resource that is no longer in the template; by the policy that is deployed."""
    return became(resource, deletion_policy(resource))


def replaced(old: Mapping[str, Any], new: Mapping[str, Any]) -> Fate:
    """What becomes of the old one of a resource that is replaced.

    AWS does not say which template's policy counts when the policy changes too: the weaker of both is taken.
    """
    before, after = replace_policy(old), replace_policy(new)
    return became(old, after if weaker(before, after) else before)


def became(resource: Mapping[str, Any], policy: str) -> Fate:
    """What becomes of a resource that goes under a policy: Delete, Snapshot or Retain."""
    if policy == "Retain":
        return Fate.RETAINED
    if policy == "Snapshot" and _takes_snapshots(resource["Type"], resource.get("Properties", {})):
        return Fate.SNAPSHOTTED
    return Fate.DELETED


def _takes_snapshots(of_type: str, properties: Mapping[str, Any]) -> bool:
    """RDS takes no final snapshot of a replica or of a cluster's member (RDS handlers, decideSnapshotIdentifier)."""
    apart = ("DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier")
    return of_type in _SNAPSHOTS and not (of_type == _INSTANCE and any(given(properties, name) for name in apart))


def protected(properties: Mapping[str, Any]) -> bool:
    """Whether the service itself refuses to delete it."""
    return any(is_true(properties.get(name)) for name in ("DeletionProtection", "DeletionProtectionEnabled"))
