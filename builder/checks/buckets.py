"""S3 buckets: lifecycles that are refused, and access logs that never arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from builder.checks import lookup
from builder.checks.check import Check, Finding, at, dig, entries, listed, number
from builder.checks.policies import Request, allows, conditions, statements
from builder.render import Rendered

_BUCKET = "AWS::S3::Bucket"
# S3 user guide, lifecycle-transition-general-considerations: transitions go down this waterfall only.
_WATERFALL = (
    "STANDARD",
    "STANDARD_IA",
    "INTELLIGENT_TIERING",
    "ONEZONE_IA",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
_AFTER_30_DAYS = frozenset({"STANDARD_IA", "ONEZONE_IA"})


def _rules(rendered: Rendered) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for bucket, properties in rendered.of_type(_BUCKET):
        for index, rule in entries(dig(properties, "LifecycleConfiguration", "Rules")):
            yield bucket, index, rule


def lifecycle(rendered: Rendered) -> Iterator[Finding]:
    for bucket, index, rule in _rules(rendered):
        path = at(bucket, "LifecycleConfiguration", "Rules", index)
        steps = [
            (number(step.get("TransitionInDays")), str(step.get("StorageClass")))
            for step in [*listed(rule.get("Transitions")), *listed(rule.get("Transition"))]
            if isinstance(step, Mapping)
        ]
        ordered = sorted(((days, name) for days, name in steps if days is not None), key=lambda step: step[0])
        for days, name in ordered:
            if name in _AFTER_30_DAYS and days < 30:
                what = f"{name} after {days:g} days: S3 demands 30"
                yield Finding(path=(*path, "Transitions"), what=what, fix="give 30 or more")
        for (days, name), (later, following) in pairwise(ordered):
            ranks = [_WATERFALL.index(each) if each in _WATERFALL else -1 for each in (name, following)]
            if ranks[1] <= ranks[0] or later == days:
                what = f"{name} on day {days:g}, then {following} on day {later:g}: S3 only moves objects down"
                yield Finding(path=(*path, "Transitions"), what=what, fix=f"order them: {', '.join(_WATERFALL[1:])}")
            elif name in _AFTER_30_DAYS and later < days + 30:
                what = f"{following} {later - days:g} days after {name}, which keeps objects 30 at least"
                yield Finding(path=(*path, "Transitions"), what=what, fix=f"give {days + 30:g} days or more")
        expires = number(rule.get("ExpirationInDays"))
        if expires is not None and ordered and expires <= ordered[-1][0]:
            what = f"expires on day {expires:g}, and moves to {ordered[-1][1]} on day {ordered[-1][0]:g}"
            yield Finding(path=(*path, "ExpirationInDays"), what=what, fix="expire after the last transition")


def versions_pile_up(rendered: Rendered) -> Iterator[Finding]:
    for bucket, properties in rendered.of_type(_BUCKET):
        rules = list(entries(dig(properties, "LifecycleConfiguration", "Rules")))
        versioned = dig(properties, "VersioningConfiguration", "Status") == "Enabled"
        expiring = [rule for _, rule in rules if number(rule.get("ExpirationInDays")) is not None]
        noncurrent = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")
        if versioned and expiring and not any(name in rule for _, rule in rules for name in noncurrent):
            what = "is versioned: expiry leaves every object behind as a noncurrent version"
            yield Finding(path=at(bucket, "LifecycleConfiguration"), what=what, fix="add NoncurrentVersionExpiration")


def logs_never_arrive(rendered: Rendered) -> Iterator[Finding]:
    for bucket, properties in rendered.of_type(_BUCKET):
        target = lookup.named(rendered, _BUCKET, dig(properties, "LoggingConfiguration", "DestinationBucketName"))
        if target is None:
            continue
        path = at(bucket, "LoggingConfiguration")
        arn = lookup.get_att(rendered, target, "Arn")
        prefix = dig(properties, "LoggingConfiguration", "LogFilePrefix") or ""
        context = {
            "aws:SourceAccount": rendered.place.account,
            "aws:SourceArn": lookup.get_att(rendered, bucket, "Arn"),
            "aws:SecureTransport": "true",
        }
        request = Request(
            action="s3:PutObject", resource=f"{arn}/{prefix}log", service="logging.s3.amazonaws.com", context=context
        )
        documents = [
            policy.get("PolicyDocument")
            for _, policy in rendered.of_type("AWS::S3::BucketPolicy")
            if lookup.named(rendered, _BUCKET, policy.get("Bucket")) == target
        ]
        if not any(allows(document, request) for document in documents):
            what = f"the policy of {target} does not let logging.s3.amazonaws.com write the logs of {bucket}"
            yield Finding(path=path, what=what, fix="allow it s3:PutObject, with aws:SourceArn of this bucket")
        rules = dig(rendered.resources[target], "Properties", "BucketEncryption", "ServerSideEncryptionConfiguration")
        if any(dig(rule, "ServerSideEncryptionByDefault", "SSEAlgorithm") == "aws:kms" for _, rule in entries(rules)):
            what = f"{target} is encrypted with KMS, and access logs arrive only under SSE-S3"
            yield Finding(path=path, what=what, fix=f"give {target} the algorithm AES256")
        if target == bucket:
            yield Finding(path=path, what="logs into itself, without end", fix="log into another bucket")


def public(rendered: Rendered) -> Iterator[Finding]:
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    for bucket, properties in rendered.of_type(_BUCKET):
        block = properties.get("PublicAccessBlockConfiguration") or {}
        missing = [name for name in names if str(dig(block, name)).lower() != "true"]
        if missing:
            what = f"does not block public access: {', '.join(missing)}"
            yield Finding(path=at(bucket, "PublicAccessBlockConfiguration"), what=what, fix="set all four to true")


def plain_text(rendered: Rendered) -> Iterator[Finding]:
    """A bucket whose policy does not refuse requests without TLS."""
    for bucket, _ in rendered.of_type(_BUCKET):
        arn = lookup.get_att(rendered, bucket, "Arn")
        refused = [
            statement
            for _, policy in rendered.of_type("AWS::S3::BucketPolicy")
            if lookup.named(rendered, _BUCKET, policy.get("Bucket")) == bucket
            for _, statement in statements(policy.get("PolicyDocument"))
            if statement.get("Effect") == "Deny"
            and any(
                key.lower() == "aws:securetransport" and wanted == ["false"] for _, key, wanted in conditions(statement)
            )
        ]
        covered = {str(each) for statement in refused for each in listed(statement.get("Resource"))}
        if not {arn, f"{arn}/*"} <= covered:
            what = "its policy does not refuse requests without TLS"
            fix = "deny s3:* on the bucket and its objects where aws:SecureTransport is false"
            yield Finding(path=at(bucket), what=what, fix=fix)


CHECKS = (
    Check(
        id="W9245",
        reason="requests without TLS are refused",
        source="Security Hub, S3.5",
        find=plain_text,
    ),
    Check(
        id="E9241",
        reason="objects move down the storage classes, and stay as long as each demands",
        source="S3 user guide, lifecycle-transition-general-considerations",
        find=lifecycle,
    ),
    Check(
        id="W9242",
        reason="expiry in a versioned bucket needs an expiry of noncurrent versions",
        source="S3 user guide, lifecycle-configuration-examples",
        find=versions_pile_up,
    ),
    Check(
        id="E9243",
        reason="access logs arrive in a bucket that admits S3's log delivery, under SSE-S3",
        source="S3 user guide, enable-server-access-logging",
        find=logs_never_arrive,
    ),
    Check(id="W9244", reason="no bucket is public by accident", source="Security Hub, S3.1 and S3.8", find=public),
)
