"""Empties what must be empty to be deleted, in disposable editions: buckets and, where there is one, the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from awacs import backup, cloudformation, s3
from awacs import logs as log_actions
from troposphere import GetAtt, PropsDictType, Ref, Sub, Template
from troposphere.awslambda import Code, Function
from troposphere.cloudformation import AWSCustomObject  # type: ignore[attr-defined]
from troposphere.iam import Policy, Role

from templates.archive import BUCKET, LOG_BUCKET, Archive
from templates.backup import ROLE, Vault
from templates.environment import Environment, in_environment
from templates.logs import Logging, add_log_group, log_group_arn
from templates.parameters import only_if
from templates.policy import allow, arn, document, may_make_service_role, trust

FUNCTION = "{}-empty-on-delete"
LOG_GROUP = f"/aws/lambda/{FUNCTION}"
SOURCE = Path(__file__).parent / "functions" / "empty_on_delete.py"
INLINE_LIMIT = 4096

# The function answers, one way or the other, before Lambda stops it; CloudFormation waits a little longer than that.
FUNCTION_SECONDS = 840
SERVICE_SECONDS = 900


class EmptyOnDelete(AWSCustomObject):
    """The custom resource: troposphere wants a type for its properties."""

    resource_type = "Custom::EmptyOnDelete"
    props: PropsDictType = {  # noqa: RUF012 - as troposphere has it
        "ServiceToken": (str, True),
        "ServiceTimeout": (int, False),
        "Bucket": (str, False),
        "BackupVault": (str, False),
    }


def add_emptier(
    t: Template, environment: Environment, *, archive: Archive, vault: Vault, logging: Logging, selection: str
) -> None:
    """Add a custom resource for each bucket and for the vault, which a parameter asks for, and the function of all.

    What lets data in (a bucket's policy, the backup selection of that logical ID) is made after what empties, and so is
    deleted before it runs; the archive is gone before the bucket of its access log is emptied. AWS Backup's role stays
    until the vault is empty: what it made is deleted by it. (AWS Backup developer guide, "Backup deletion")
    """
    log_group = add_log_group(t, "EmptierLogGroup", logging, LOG_GROUP)
    role = _add_role(t, environment, vault, log_group_arn(log_group))
    function = t.add_resource(
        Function(
            "EmptierFunction",
            FunctionName=environment.name(FUNCTION),
            Description="Empties buckets and the backup vault when the stack is deleted",
            Runtime="python3.13",
            Handler="index.handler",
            Code=Code(ZipFile=_source()),
            Role=GetAtt(role, "Arn"),
            Timeout=FUNCTION_SECONDS,
            MemorySize=256,
            DependsOn=log_group.title,
            Tags=environment.tags(),
        )
    )
    emptied: dict[str, Any]
    for title, emptied, writer in (
        *((f"{bucket}Emptier", {"Bucket": Ref(bucket)}, policy) for bucket, policy in archive.policies.items()),
        ("BackupVaultEmptier", {"BackupVault": vault.name, "DependsOn": ROLE, **vault.conditional}, selection),
    ):
        t.add_resource(
            EmptyOnDelete(title, ServiceToken=GetAtt(function, "Arn"), ServiceTimeout=SERVICE_SECONDS, **emptied)
        )
        t.resources[writer].DependsOn = title


def _source() -> str:
    source = SOURCE.read_text(encoding="utf-8")
    if len(source) > INLINE_LIMIT:
        raise ValueError(f"{SOURCE.name} has {len(source)} characters; Lambda takes {INLINE_LIMIT} inline")
    return source


def _add_role(t: Template, environment: Environment, vault: Vault, log_streams: Sub) -> Role:
    # By name, as the role comes before the buckets.
    buckets = [Sub(in_environment(f"arn:${{AWS::Partition}}:s3:::{name}")) for name in (BUCKET, LOG_BUCKET)]
    objects = [Sub(in_environment(f"arn:${{AWS::Partition}}:s3:::{name}/*")) for name in (BUCKET, LOG_BUCKET)]
    statements = [
        allow([log_actions.CreateLogStream, log_actions.PutLogEvents], [log_streams]),
        allow([cloudformation.DescribeStacks], [Ref("AWS::StackId")]),
        allow([s3.ListBucketMultipartUploads, s3.ListBucketVersions], buckets),
        allow([s3.AbortMultipartUpload, s3.DeleteObject, s3.DeleteObjectVersion], objects),
    ]
    recovery_points = [
        allow([backup.ListRecoveryPointsByBackupVault], [vault.arn]),
        # A snapshot's recovery point is the snapshot itself; a continuous one is AWS Backup's own.
        allow([backup.DeleteRecoveryPoint], [arn("rds", "snapshot:awsbackup:*"), arn("backup", "recovery-point:*")]),
        # Who may not make AWS Backup's own role is answered as if a point were deleted, and it only expires. (botocore,
        # backup DeleteRecoveryPoint)
        may_make_service_role("backup.amazonaws.com"),
    ]
    return t.add_resource(
        Role(
            "EmptierRole",
            AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
            Policies=[
                Policy(PolicyName="empty-buckets", PolicyDocument=document(*statements)),
                only_if(
                    vault.conditional["Condition"],
                    Policy(PolicyName="empty-vault", PolicyDocument=document(*recovery_points)),
                ),
            ],
            Tags=environment.tags(),
        )
    )
