"""AWS::S3: buckets and their policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from builder.evaluate import partition_of
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from, tags_to_cloudformation, text

Converter = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _same(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return value


def _encryption(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """CloudFormation's list is the API's Rules."""
    rename = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    rules = value["ServerSideEncryptionConfiguration"]
    return {"Rules": [{rename.get(name, name): each for name, each in rule.items()} for rule in rules]}


def _logging(value: Mapping[str, Any]) -> Mapping[str, Any]:
    rename = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}
    enabled = {rename.get(name, name): each for name, each in value.items()}
    return {"LoggingEnabled": {"TargetPrefix": "", **enabled}} if value else {}


def _notification(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only EventBridge: the others name their targets and filters in ways of their own."""
    rest = {name: each for name, each in value.items() if name != "EventBridgeConfiguration"}
    on = text(value.get("EventBridgeConfiguration", {}).get("EventBridgeEnabled", False)) == "true"
    return {**rest, **({"EventBridgeConfiguration": {}} if on else {})}


_TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date"}
_NONCURRENT_TRANSITION = {"TransitionInDays": "NoncurrentDays"}
_EXPIRATION = {
    "ExpirationDate": "Date",
    "ExpirationInDays": "Days",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
_FILTER = ("ObjectSizeGreaterThan", "ObjectSizeLessThan", "Prefix", "TagFilters")
_SAME_IN_RULE = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration", "Status")


def _lifecycle(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Rules": [_rule(rule) for rule in value["Rules"]]}


def _rule(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """One lifecycle rule: CloudFormation keeps flat what the API nests."""
    handled = {*_EXPIRATION, *_FILTER, *_SAME_IN_RULE, "Id", "Transition", "Transitions"}
    handled |= {"NoncurrentVersionExpirationInDays", "NoncurrentVersionTransition", "NoncurrentVersionTransitions"}
    left = {name: each for name, each in rule.items() if name not in handled}  # refused by the translation
    found: dict[str, Any] = {
        **left,
        **{name: rule[name] for name in _SAME_IN_RULE if name in rule},
        "Filter": _filter(rule),
    }
    if "Id" in rule:
        found["ID"] = rule["Id"]
    if expiration := {name: rule[given] for given, name in _EXPIRATION.items() if given in rule}:
        found["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rule:
        found["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    for one, many, rename in (
        ("Transition", "Transitions", _TRANSITION),
        ("NoncurrentVersionTransition", "NoncurrentVersionTransitions", _NONCURRENT_TRANSITION),
    ):
        moves = [*([rule[one]] if one in rule else []), *rule.get(many, [])]
        if moves:
            found[many] = [{rename.get(name, name): each for name, each in move.items()} for move in moves]
    return found


def _filter(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = {name: rule[name] for name in _FILTER if name in rule}
    tags = parts.pop("TagFilters", [])
    if not tags and len(parts) <= 1:
        return parts or {"Prefix": ""}
    if len(tags) == 1 and not parts:
        return {"Tag": tags[0]}
    return {"And": {**parts, **({"Tags": tags} if tags else {})}}


# Property -> (call that sets it, its parameter, call that removes it, conversion).
_SETTINGS: Mapping[str, tuple[str, str, str, Converter]] = {
    "AccelerateConfiguration": (
        "put_bucket_accelerate_configuration",
        "AccelerateConfiguration",
        "",
        lambda value: {"Status": value["AccelerationStatus"]},
    ),
    "BucketEncryption": (
        "put_bucket_encryption",
        "ServerSideEncryptionConfiguration",
        "delete_bucket_encryption",
        _encryption,
    ),
    "CorsConfiguration": (
        "put_bucket_cors",
        "CORSConfiguration",
        "delete_bucket_cors",
        lambda value: {"CORSRules": value["CorsRules"]},
    ),
    "LifecycleConfiguration": (
        "put_bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        "delete_bucket_lifecycle",
        _lifecycle,
    ),
    "LoggingConfiguration": ("put_bucket_logging", "BucketLoggingStatus", "", _logging),
    "NotificationConfiguration": (
        "put_bucket_notification_configuration",
        "NotificationConfiguration",
        "",
        _notification,
    ),
    "ObjectLockConfiguration": ("put_object_lock_configuration", "ObjectLockConfiguration", "", _same),
    "OwnershipControls": (
        "put_bucket_ownership_controls",
        "OwnershipControls",
        "delete_bucket_ownership_controls",
        _same,
    ),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        "PublicAccessBlockConfiguration",
        "delete_public_access_block",
        _same,
    ),
    "VersioningConfiguration": ("put_bucket_versioning", "VersioningConfiguration", "", _same),
}

# What CloudFormation leaves when a property without a removing call is taken out of the template.
_REMOVED: Mapping[str, Mapping[str, Any]] = {
    "AccelerateConfiguration": {"AccelerationStatus": "Suspended"},
    "LoggingConfiguration": {},
    "NotificationConfiguration": {},
    "ObjectLockConfiguration": {},
    "VersioningConfiguration": {"Status": "Suspended"},
}


def _create(context: Context) -> str:
    context.refuse_unknown(*_SETTINGS, "AccessControl", "BucketName", "ObjectLockEnabled", "Tags")
    name = context.name("BucketName", limit=63, lower=True)
    request: dict[str, Any] = {"Bucket": name}
    if context.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
    else:
        _refuse_existing(context, name)
    if context.true("ObjectLockEnabled"):
        request["ObjectLockEnabledForBucket"] = True
    context.call("s3", "create_bucket", **request)
    context.made(name)
    _settings(context)
    return name


def _refuse_existing(context: Context, name: str) -> None:
    """In us-east-1 a second creation by the owner succeeds; CloudFormation fails there as in the other Regions."""
    try:
        context.call("s3", "head_bucket", Bucket=name)
    except ClientError:
        return
    raise ResourceFailure(f"{name} already exists (Error Code: BucketAlreadyOwnedByYou)")


def _settings(context: Context) -> None:
    bucket = context.id
    for given, (put, parameter, remove, convert) in _SETTINGS.items():
        if not context.changed(given):
            continue
        if given in context.properties:
            context.send("s3", put, {parameter: convert(context.get(given))}, Bucket=bucket)
        elif remove:
            context.call("s3", remove, Bucket=bucket)
        else:
            context.call("s3", put, Bucket=bucket, **{parameter: convert(_REMOVED[given])})
    if context.changed("AccessControl"):
        acl = "".join(
            f"-{each.lower()}" if each.isupper() else each for each in context.get("AccessControl", "Private")
        )
        context.call("s3", "put_bucket_acl", Bucket=bucket, ACL=acl.lstrip("-"))
    if context.changed("Tags"):
        # moto refuses CloudFormation's own tags here, as S3 does from anyone else.
        tags = {key: value for key, value in tags_from(context.get("Tags")).items() if not key.startswith("aws:")}
        if tags:
            pairs = tags_to_cloudformation(tags, as_map=False)
            context.call("s3", "put_bucket_tagging", Bucket=bucket, Tagging={"TagSet": pairs})
        else:
            context.call("s3", "delete_bucket_tagging", Bucket=bucket)


def _attributes(context: Context) -> Mapping[str, object]:
    partition, suffix = partition_of(context.region)
    return {
        "Arn": f"arn:{partition}:s3:::{context.id}",
        "DomainName": f"{context.id}.s3.{suffix}",
        "DualStackDomainName": f"{context.id}.s3.dualstack.{context.region}.{suffix}",
        "RegionalDomainName": f"{context.id}.s3.{context.region}.{suffix}",
        "WebsiteURL": f"http://{context.id}.s3-website-{context.region}.{suffix}",
    }


def _put_policy(context: Context) -> str:
    bucket = str(context.get("Bucket"))
    context.call("s3", "put_bucket_policy", Bucket=bucket, Policy=text(context.get("PolicyDocument")))
    return bucket


HANDLERS: Mapping[str, Handler] = {
    "AWS::S3::Bucket": Handler(
        create=_create,
        update=_settings,
        delete=lambda context: context.call("s3", "delete_bucket", Bucket=context.id),
        attributes=_attributes,
        name="BucketName",
        exists=lambda context: context.call("s3", "head_bucket", Bucket=context.id),
    ),
    "AWS::S3::BucketPolicy": Handler(
        create=_put_policy,
        update=_put_policy,
        delete=lambda context: context.call("s3", "delete_bucket_policy", Bucket=context.id),
    ),
}
