"""Customer-managed keys, one for each concern, so that whoever may use one cannot read the others' data.

Every key policy lets the account's own IAM policies rule the key (without that statement a key can become
unmanageable); the services that must use a key without a caller of ours are admitted by name. Policies name log groups
by ARNs made of names, never by Ref: what a key protects refers to the key.
"""

from __future__ import annotations

from collections.abc import Sequence

from awacs import kms
from awacs.aws import Action, ArnLike, Statement, StringEquals
from troposphere import GetAtt, Ref, Sub, Template
from troposphere.kms import Alias
from troposphere.kms import Key as KmsKey

from templates.carrier import carrier
from templates.environment import Environment
from templates.policy import ACCOUNT, ACCOUNT_PRINCIPAL, SAME_ACCOUNT, allow, arn, document, from_source, service, via
from templates.retention import Retention

# A key policy's resource is always the key that it is attached to.
THIS_KEY = ["*"]

_GENERATE = Action("kms", "GenerateDataKey*")
_USE = [kms.Decrypt, kms.DescribeKey, kms.Encrypt, _GENERATE, Action("kms", "ReEncrypt*")]
_PUBLISH = [kms.Decrypt, _GENERATE]


@carrier
class Key:
    """A customer-managed key."""

    arn: GetAtt


def add_database_key(t: Template, environment: Environment, retention: Retention, *, concern: str = "Database") -> Key:
    """Add the key of the instance, its snapshots, its insights and its master secret: the one key to guard.

    AWS Backup's snapshots of an RDS instance stay under it, whatever key their vault has. It admits no bare service
    principal: RDS uses it on behalf of a caller, which `kms:ViaService` states.
    """
    through_rds = allow(
        [*_USE, kms.CreateGrant],
        THIS_KEY,
        principal=ACCOUNT_PRINCIPAL,
        when=[
            StringEquals(
                {"kms:CallerAccount": ACCOUNT, "kms:ViaService": via("rds")},
            )
        ],
    )
    return _add_key(t, environment, retention, concern, through_rds)


def add_archive_key(t: Template, environment: Environment, retention: Retention) -> Key:
    """Add the key of what is exported into the archive bucket; only callers whom IAM permits use it."""
    return _add_key(t, environment, retention, "Archive")


def add_alerts_key(t: Template, environment: Environment, retention: Retention, *, concern: str = "Alerts") -> Key:
    """Add the key of the alert topic, admitting each service that publishes to it.

    Without these statements SNS drops the messages silently. EventBridge sends neither source account nor source ARN
    to KMS, and RDS and AWS Backup are not documented to (SNS developer guide, "Enable compatibility between event
    sources from AWS services and encrypted topics"): a condition there would lose every message, so the source is
    checked by the topic's policy instead.
    """
    return _add_key(
        t,
        environment,
        retention,
        concern,
        allow(
            _PUBLISH,
            THIS_KEY,
            principal=service("cloudwatch.amazonaws.com"),
            when=[SAME_ACCOUNT, from_source(arn("cloudwatch", "alarm:*"))],
        ),
        allow(
            _PUBLISH,
            THIS_KEY,
            principal=service("backup.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"),
        ),
    )


def add_logs_key(
    t: Template,
    environment: Environment,
    retention: Retention,
    log_groups: Sequence[str],
    *,
    concern: str = "Logs",
) -> Key:
    """Add the key of the log groups whose names, with `{}` for `<project>-<suffix>` and `*`, are given."""
    groups = [arn("logs", f"log-group:{environment.text(name)}") for name in log_groups]
    encrypt = allow(
        [Action("kms", "Describe*"), Action("kms", "Decrypt*"), Action("kms", "Encrypt*"), *_USE[-2:]],
        THIS_KEY,
        principal=service(Sub("logs.${AWS::Region}.${AWS::URLSuffix}")),
        when=[ArnLike("kms:EncryptionContext:aws:logs:arn", groups)],
    )
    return _add_key(t, environment, retention, concern, encrypt)


def _add_key(t: Template, environment: Environment, retention: Retention, concern: str, *statements: Statement) -> Key:
    # Between a request to delete it and the loss of everything under it lie 30 days, the default and the longest.
    administer = allow([Action("kms", "*")], THIS_KEY, principal=ACCOUNT_PRINCIPAL)
    key = t.add_resource(
        KmsKey(
            f"{concern}Key",
            EnableKeyRotation=True,
            KeyPolicy=document(administer, *statements),
            Tags=environment.tags(),
            **retention.stateful,
        )
    )
    t.add_resource(
        Alias(
            f"{concern}KeyAlias",
            AliasName=environment.name(f"alias/{{}}-{concern.lower()}"),
            TargetKeyId=Ref(key),
        )
    )
    return Key(arn=GetAtt(key, "Arn"))
