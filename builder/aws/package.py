"""Uploading templates: those that a stack nests by the real `aws cloudformation package`, one by itself as it would."""

from __future__ import annotations

import hashlib
from pathlib import Path

from builder.aws import aws_cli
from builder.aws.account import Account
from builder.aws.release import Product
from builder.problems import ExitCode, Failure, Problem


def package(root: Path, account: Account, product: Product, bucket: str, out: str = "") -> str:
    """Uploads what a stack nests, and writes the template that refers to it there; returns its file.

    The file is `out`, or one in .cache/, from the project's root. Raises Failure if there is nothing to upload.
    """
    if not product.nests:
        what, fix = "nests no other stack: there is nothing to package", "deploy it as it is"
        raise Failure([Problem(file=product.file, what=what, fix=fix)])
    file = out or f".cache/packaged/{product.name}.json"
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    command = ["cloudformation", "package", "--template-file", product.file, "--s3-bucket", bucket]
    command += ["--s3-prefix", product.name, "--use-json", "--output-template-file", file]
    outcome = aws_cli.run(account, root, command)
    if outcome.code:
        fix = "correct what it names, then try again"
        raise Failure([Problem(file=product.file, what=outcome.error, fix=fix)], ExitCode.AWS_REFUSED)
    return file


def upload(account: Account, product: Product, bucket: str, text: str) -> str:
    """Uploads a product's template, as `aws cloudformation deploy` does, under a name of its content; its URL."""
    s3 = account.client("s3")
    key = f"{product.name}/{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}.template"
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ServerSideEncryption="AES256")
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"
