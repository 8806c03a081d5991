"""Deploying as people do: the AWS CLI's `package` and `deploy`, with a bucket where one is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from builder.limits import needs_bucket
from simulator.engine.model import Event, Stack

if TYPE_CHECKING:
    from simulator.aws import Aws

BUCKET = "simulator-artifacts"
_NAMED_BY_THE_SECOND = re.compile(r"ChangeSet awscli-cloudformation-package-deploy-\d+ already exists")
ALL_CAPABILITIES = ("CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the CLI said. `log` is its output and its errors."""

    ok: bool
    log: str


def deploy(
    aws: Aws,
    stack: str,
    template: Path | Mapping[str, Any],
    parameters: Mapping[str, str] | None = None,
    *,
    capabilities: Sequence[str] = ALL_CAPABILITIES,
    options: Iterable[str] = (),
) -> Deployed:
    """`aws cloudformation deploy` of a template file, or of a template, packaged first where it nests local files.

    `options` are further ones of `deploy`, e.g. "--disable-rollback".
    """
    path = template if isinstance(template, Path) else _written(aws.home / f"{stack}.json", template)
    document = json.loads(path.read_bytes())
    command: list[str | Path] = ["cloudformation", "deploy", "--stack-name", stack]
    if _nests_local_files(document):
        packaged = aws.home / f"{stack}.packaged.json"
        done = aws.cli(
            [
                *("cloudformation", "package", "--use-json", "--template-file", path, "--s3-bucket", _bucket(aws)),
                *("--output-template-file", packaged),
            ]
        )
        if done.returncode:
            return Deployed(ok=False, log=done.stdout + done.stderr)
        path = packaged
    command += ["--template-file", path]
    if needs_bucket(path.stat().st_size):
        command += ["--s3-bucket", _bucket(aws)]
    if capabilities:
        command += ["--capabilities", *capabilities]
    if parameters:
        overrides = _written(
            aws.home / f"{stack}.parameters.json", [f"{key}={value}" for key, value in parameters.items()]
        )
        command += ["--parameter-overrides", f"file://{overrides}"]
    done = aws.cli([*command, *options])
    if _NAMED_BY_THE_SECOND.search(done.stderr):  # faster than AWS ever is: two deploys in one second
        sleep(1)
        done = aws.cli([*command, *options])
    return Deployed(ok=done.returncode == 0, log=done.stdout + done.stderr)


def first_failure(aws: Aws, stack: Stack) -> Event | None:
    """The event that a failure began with, in the stack or in what it nests; the rest is its consequence."""
    events = [event for each in family(aws, stack) for event in each.events]
    failed = [event for event in events if event.status.endswith("_FAILED") and event.reason]
    return min(failed, key=lambda event: event.time, default=None)


def family(aws: Aws, stack: Stack) -> list[Stack]:
    """A stack and everything that it nests."""
    found = [stack]
    for each in found:
        found += aws.engine.store.children(each)
    return found


def _nests_local_files(template: Mapping[str, Any]) -> bool:
    urls = [
        each.get("Properties", {}).get("TemplateURL")
        for each in template["Resources"].values()
        if each.get("Type") == "AWS::CloudFormation::Stack"
    ]
    return any(isinstance(url, str) and "://" not in url for url in urls)


def _written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def _bucket(aws: Aws) -> str:
    """The bucket for templates, made when it is not there."""
    s3 = aws.client("s3")
    if BUCKET not in [each["Name"] for each in s3.list_buckets()["Buckets"]]:
        place = {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
        s3.create_bucket(Bucket=BUCKET, **({} if aws.region == "us-east-1" else place))
    return BUCKET
