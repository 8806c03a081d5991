"""The archive: a bucket for exported snapshots, kept for years in ever cheaper storage, and one for its access log.

What is exported (Parquet) can be queried but not restored into RDS: it is an archive, not a backup.
"""

from __future__ import annotations

from typing import Any

from awacs import s3 as s3_actions
from awacs.aws import Action, Bool, SecureTransport, Statement
from troposphere import GetAtt, Ref, Sub, Template
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    LifecycleRuleTransition,
    LoggingConfiguration,
    NoncurrentVersionExpiration,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)

from templates.carrier import carrier
from templates.environment import Environment, in_environment
from templates.keys import Key
from templates.ordering import logical_id
from templates.policy import EVERYONE, SAME_ACCOUNT, allow, deny, document, from_source, service
from templates.retention import Retention

# Names are global: account and Region are in them. The longest come to 63 characters, S3's limit.
BUCKET = "rds-backups-{}-${AWS::AccountId}-${AWS::Region}"
LOG_BUCKET = "rds-logs-{}-${AWS::AccountId}-${AWS::Region}"

# Days after which an export moves on, and when it expires (seven years).
TRANSITIONS = (("STANDARD_IA", 30), ("GLACIER", 90), ("DEEP_ARCHIVE", 365))
EXPIRATION_DAYS = 2555
NONCURRENT_DAYS = 90
LOG_EXPIRATION_DAYS = 365
UNFINISHED_UPLOAD_DAYS = 7


@carrier
class Archive:
    """The archive; `policies` are the logical IDs of its buckets with those of their policies."""

    bucket: Ref
    bucket_arn: GetAtt
    key: Key
    policies: dict[str, str]


def add_archive(t: Template, environment: Environment, key: Key, retention: Retention) -> Archive:
    """Add the archive bucket under its own key, and the bucket that logs who reads it."""
    log_bucket = t.add_resource(
        Bucket(
            "ArchiveLogBucket",
            BucketName=environment.name(LOG_BUCKET),
            # Access logs can be delivered to a bucket under S3's own keys only. (S3 user guide, ServerLogs)
            BucketEncryption=_encryption(ServerSideEncryptionByDefault(SSEAlgorithm="AES256")),
            LifecycleConfiguration=LifecycleConfiguration(
                Rules=[LifecycleRule(Status="Enabled", ExpirationInDays=LOG_EXPIRATION_DAYS)]
            ),
            Tags=environment.tags(),
            **_closed(),
            **retention.stateful,
        )
    )
    bucket = t.add_resource(
        Bucket(
            "BackupBucket",
            BucketName=environment.name(BUCKET),
            VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
            BucketEncryption=_encryption(
                ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=key.arn), BucketKeyEnabled=True
            ),
            LifecycleConfiguration=LifecycleConfiguration(
                Rules=[
                    LifecycleRule(
                        Status="Enabled",
                        Transitions=[
                            LifecycleRuleTransition(StorageClass=storage_class, TransitionInDays=days)
                            for storage_class, days in TRANSITIONS
                        ],
                        ExpirationInDays=EXPIRATION_DAYS,
                        NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=NONCURRENT_DAYS),
                        AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(
                            DaysAfterInitiation=UNFINISHED_UPLOAD_DAYS
                        ),
                    )
                ]
            ),
            LoggingConfiguration=LoggingConfiguration(DestinationBucketName=Ref(log_bucket), LogFilePrefix="archive/"),
            # S3 tries to deliver a log entry when logging is switched on: the log bucket must admit it by then.
            DependsOn="ArchiveLogBucketPolicy",
            Tags=environment.tags(),
            **_closed(),
            **retention.stateful,
        )
    )
    source = Sub(in_environment(f"arn:${{AWS::Partition}}:s3:::{BUCKET}"))
    log_policy = _add_policy(
        t,
        log_bucket,
        allow(
            [s3_actions.PutObject],
            [_objects(log_bucket)],
            principal=service("logging.s3.amazonaws.com"),
            when=[SAME_ACCOUNT, from_source(source)],
        ),
    )
    policy = _add_policy(t, bucket)
    return Archive(
        bucket=Ref(bucket),
        bucket_arn=GetAtt(bucket, "Arn"),
        key=key,
        policies={
            logical_id(bucket): logical_id(policy),
            logical_id(log_bucket): logical_id(log_policy),
        },
    )


def _closed() -> dict[str, Any]:
    """What both buckets have: no ACLs, nothing public."""
    return {
        "OwnershipControls": OwnershipControls(Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        "PublicAccessBlockConfiguration": PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
    }


def _encryption(default: ServerSideEncryptionByDefault, **rule: Any) -> BucketEncryption:
    return BucketEncryption(
        ServerSideEncryptionConfiguration=[ServerSideEncryptionRule(ServerSideEncryptionByDefault=default, **rule)]
    )


def _add_policy(t: Template, bucket: Bucket, *statements: Statement) -> BucketPolicy:
    only_tls = deny(
        [Action("s3", "*")],
        [GetAtt(bucket, "Arn"), _objects(bucket)],
        principal=EVERYONE,
        when=[Bool(SecureTransport, "false")],
    )
    return t.add_resource(
        BucketPolicy(
            f"{bucket.title}Policy",
            Bucket=Ref(bucket),
            PolicyDocument=document(only_tls, *statements),
        )
    )


def _objects(bucket: Bucket) -> Sub:
    return Sub(f"${{{bucket.title}.Arn}}/*")
