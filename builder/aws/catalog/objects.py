"""Templates in a bucket, written once: what stands under a key never changes."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from botocore.exceptions import ClientError

from builder.aws.account import Account
from builder.aws.errors import code_of
from builder.evaluate.place import partition_of
from builder.problems import ExitCode, Failure, Problem

# "Conditional writes" in the S3 user guide: 412 when the key exists, 409 when someone else writes it just now.
_EXISTS = frozenset({"PreconditionFailed", "412"})


def put_once(account: Account, bucket: str, key: str, body: bytes) -> bool:
    """Uploads under a key, unless the same content is there already; whether it did.

    S3 verifies the SHA-256 on arrival. Raises Failure if other content stands under the key.
    """
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    try:
        account.client("s3").put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=checksum,
            IfNoneMatch="*",
        )
    except ClientError as error:
        if code_of(error) not in _EXISTS:
            raise
        _verify(account, bucket, key, checksum)
        return False
    return True


def url(account: Account, bucket: str, key: str) -> str:
    """The address of an object, in the Region where its bucket is."""
    region = account.client("s3").head_bucket(Bucket=bucket).get("BucketRegion") or account.region
    return f"https://{bucket}.s3.{region}.{partition_of(region)[1]}/{key}"


def _verify(account: Account, bucket: str, key: str, checksum: str) -> None:
    head: dict[str, Any] = account.client("s3").head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    stored = head.get("ChecksumSHA256")
    if stored != checksum:
        what = f"holds other content: its SHA-256 is {stored or 'not stored'}, not {checksum}"
        fix = "find out who wrote it, delete that object, then publish again"
        raise Failure([Problem(file=f"s3://{bucket}/{key}", what=what, fix=fix)], ExitCode.AWS_REFUSED)
