"""Questions about buckets and backup vaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from builder.docs.control_questions.statements import listed, statements
from builder.docs.details import is_true
from builder.docs.reading import Reading, Resource

BUCKET = "AWS::S3::Bucket"
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _each(test: Callable[[Resource, Reading], bool]) -> Callable[[Reading], Iterator[tuple[str, bool]]]:
    def ask(reading: Reading) -> Iterator[tuple[str, bool]]:
        for bucket in reading.of_type(BUCKET):
            yield bucket.logical_id, test(bucket, reading)

    return ask


def _blocked(bucket: Resource, _: Reading) -> bool:
    block = bucket.properties.get("PublicAccessBlockConfiguration", {})
    return all(is_true(block.get(name)) for name in _BLOCKS)


def _tls(bucket: Resource, reading: Reading) -> bool:
    for policy in reading.of_type("AWS::S3::BucketPolicy"):
        if bucket.logical_id not in reading.mentioned(policy.properties.get("Bucket")):
            continue
        for statement in statements(policy.properties.get("PolicyDocument")):
            secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
            everything = "s3:*" in listed(statement.get("Action")) or "*" in listed(statement.get("Action"))
            if statement.get("Effect") == "Deny" and str(secure).lower() == "false" and everything:
                return True
    return False


def _is_log_bucket(bucket: Resource, reading: Reading) -> bool:
    """A bucket that others log into: were it to log into itself, it would grow for ever."""
    return any(
        bucket.logical_id in reading.mentioned(other.properties.get("LoggingConfiguration"))
        for other in reading.of_type(BUCKET)
    )


def _enforced(bucket: Resource, _: Reading) -> bool:
    rules = bucket.properties.get("OwnershipControls", {}).get("Rules", [])
    return any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)


def _lifecycle(bucket: Resource, _: Reading) -> bool:
    rules = bucket.properties.get("LifecycleConfiguration", {}).get("Rules", [])
    return any(rule.get("Status") == "Enabled" for rule in rules)


def vault_is_encrypted(reading: Reading) -> Iterator[tuple[str, bool]]:
    """AWS Backup encrypts every vault; with a key of one's own, where one is named."""
    for vault in reading.of_type("AWS::Backup::BackupVault"):
        yield vault.logical_id, "EncryptionKeyArn" in vault.properties


def logs_access(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Of each bucket that is not itself for logs."""
    for bucket in reading.of_type(BUCKET):
        if not _is_log_bucket(bucket, reading):
            yield bucket.logical_id, bool(bucket.properties.get("LoggingConfiguration"))


is_not_public = _each(_blocked)
demands_tls = _each(_tls)
has_no_acls = _each(_enforced)
has_lifecycle = _each(_lifecycle)
