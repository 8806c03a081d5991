"""The way of an alert, from what raises it to whoever hears it: topic, topic policy, key policy, subscription.

Source: SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics";
CloudWatch, RDS, EventBridge and AWS Backup user guides on notifications.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.checks import lookup
from builder.checks.check import Check, Finding, Path, at, dig, entries, listed, table, truth
from builder.checks.policies import Request, allows
from builder.render import Rendered

_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
_TOPIC = "AWS::SNS::Topic"
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


@dataclass(frozen=True, kw_only=True)
class _Alert:
    """Something that publishes to a topic: where it names it, as which service, and from which source."""

    path: Path
    topic: Any
    service: str
    sources: tuple[str, ...]


def _alerts(rendered: Rendered) -> Iterator[_Alert]:
    place = rendered.place
    for alarm, properties in rendered.of_type(*_ALARMS):
        arn = lookup.get_att(rendered, alarm, "Arn")
        for name in _ACTIONS:
            for index, action in enumerate(listed(properties.get(name))):
                yield _Alert(
                    path=at(alarm, name, index), topic=action, service="cloudwatch.amazonaws.com", sources=(arn,)
                )
    for rule, properties in rendered.of_type("AWS::Events::Rule"):
        arn = lookup.get_att(rendered, rule, "Arn")
        for index, target in entries(properties.get("Targets")):
            if ":sns:" in str(target.get("Arn")):
                path = at(rule, "Targets", index, "Arn")
                yield _Alert(path=path, topic=target["Arn"], service="events.amazonaws.com", sources=(arn,))
    for subscription, properties in rendered.of_type("AWS::RDS::EventSubscription"):
        # The guide's examples name the source (db:...); the subscription itself is seen as well (inferred).
        prefix = f"arn:{place.partition}:rds:{place.region}:{place.account}"
        ids = [str(each) for each in listed(properties.get("SourceIds"))] or ["any"]
        sources = tuple(f"{prefix}:{kind}:{ids[0]}" for kind in ("db", "pg", "es", "secgrp", "cluster", "snapshot"))
        path = at(subscription, "SnsTopicArn")
        topic = properties.get("SnsTopicArn")
        yield _Alert(path=path, topic=topic, service="events.rds.amazonaws.com", sources=sources)
    for vault, properties in rendered.of_type("AWS::Backup::BackupVault"):
        topic = dig(properties, "Notifications", "SNSTopicArn")
        if topic is not None:
            arn = lookup.get_att(rendered, vault, "BackupVaultArn")
            path = at(vault, "Notifications", "SNSTopicArn")
            yield _Alert(path=path, topic=topic, service="backup.amazonaws.com", sources=(arn,))


def _own(rendered: Rendered) -> Iterator[tuple[_Alert, str, Mapping[str, Any]]]:
    """The alerts that go to a topic of this template, with the topic and its properties."""
    for alert in _alerts(rendered):
        topic = lookup.named(rendered, _TOPIC, alert.topic, "TopicArn")
        if topic:
            yield alert, topic, rendered.resources[topic].get("Properties", {})


def _policies(rendered: Rendered, topic: str) -> list[Any]:
    arn = lookup.ref(rendered, topic)
    kinds = ("AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy")
    return [
        properties.get("PolicyDocument")
        for _, properties in rendered.of_type(*kinds)
        if arn in [*listed(properties.get("Topics")), properties.get("TopicArn")]
    ]


def _may(documents: list[Any], alert: _Alert, action: str, resource: str, account: str, *, sourced: bool) -> bool:
    """Whether the policies let an alert's service do something, for one of the sources it may state."""
    for source in alert.sources:
        context = {"aws:SourceAccount": account, "aws:SourceArn": source} if sourced else {}
        context["aws:SecureTransport"] = "true"
        request = Request(action=action, resource=resource, service=alert.service, context=context)
        if any(allows(document, request) for document in documents):
            return True
    return False


def topic_refuses(rendered: Rendered) -> Iterator[Finding]:
    for alert, topic, _ in _own(rendered):
        documents = _policies(rendered, topic)
        if not documents and alert.service in ("cloudwatch.amazonaws.com", "events.rds.amazonaws.com"):
            continue  # the policy that a topic is made with admits the account's own alarms and events
        arn = lookup.ref(rendered, topic)
        if not _may(documents, alert, "sns:Publish", arn, rendered.place.account, sourced=True):
            yield Finding(
                path=alert.path,
                what=f"the policy of {topic} does not let {alert.service} publish from here: the alert is lost",
                fix=f"allow sns:Publish to {alert.service} in its topic policy, with source conditions that fit",
            )


def key_refuses(rendered: Rendered) -> Iterator[Finding]:
    for alert, topic, properties in _own(rendered):
        key = lookup.key(rendered, properties.get("KmsMasterKeyId"))
        if key is None:
            continue
        document = rendered.resources[key].get("Properties", {}).get("KeyPolicy")
        # EventBridge states no source to KMS (EventBridge user guide, eb-encryption: encrypted SNS targets).
        sourced = alert.service != "events.amazonaws.com"
        arn, account = lookup.get_att(rendered, key, "Arn"), rendered.place.account
        missing = [
            action
            for action in ("kms:GenerateDataKey", "kms:Decrypt")
            if not _may([document], alert, action, arn, account, sourced=sourced)
        ]
        if missing:
            note = "" if sourced else ", without source conditions: EventBridge states none there"
            asked = " and ".join(missing)
            yield Finding(
                path=alert.path,
                what=f"the key {key} of {topic} does not let {alert.service} {asked}: the alert is lost",
                fix=f"allow kms:GenerateDataKey* and kms:Decrypt to {alert.service} in its key policy{note}",
            )


def managed_key(rendered: Rendered) -> Iterator[Finding]:
    for topic, properties in rendered.of_type(_TOPIC):
        key = str(properties.get("KmsMasterKeyId", ""))
        if key.endswith("alias/aws/sns") and any(own == topic for _, own, _ in _own(rendered)):
            what = "alias/aws/sns admits no service: alarms and events to this topic are lost"
            yield Finding(path=at(topic, "KmsMasterKeyId"), what=what, fix="take a key of your own that admits them")


def nobody_listens(rendered: Rendered) -> Iterator[Finding]:
    heard = {
        lookup.named(rendered, _TOPIC, properties.get("TopicArn"), "TopicArn")
        for _, properties in rendered.of_type("AWS::SNS::Subscription")
    }
    for topic in dict.fromkeys(topic for _, topic, _ in _own(rendered)):
        if topic not in heard and not rendered.resources[topic].get("Properties", {}).get("Subscription"):
            what = "alerts are published to it, and nobody is subscribed"
            yield Finding(path=at(topic), what=what, fix="add a subscription")


def leads_nowhere(rendered: Rendered) -> Iterator[Finding]:
    grouped = " ".join(
        str(properties.get("AlarmRule")) for _, properties in rendered.of_type("AWS::CloudWatch::CompositeAlarm")
    )
    for alarm, properties in rendered.of_type(*_ALARMS):
        silent = truth(properties.get("ActionsEnabled")) is False
        part = lookup.ref(rendered, alarm) in grouped
        if not part and (silent or not any(listed(properties.get(name)) for name in _ACTIONS)):
            what = "its actions are switched off" if silent else "it has no action"
            yield Finding(path=at(alarm), what=f"{what}: nobody learns of it", fix="name a topic in AlarmActions")
    for rule, properties in rendered.of_type("AWS::Events::Rule"):
        if properties.get("State", "ENABLED") == "DISABLED":
            yield Finding(path=at(rule, "State"), what="is switched off: no event passes", fix="set it to ENABLED")
        if not listed(properties.get("Targets")):
            yield Finding(path=at(rule), what="it has no target: no event goes anywhere", fix="add a target")
    for subscription, properties in rendered.of_type("AWS::RDS::EventSubscription"):
        if truth(properties.get("Enabled")) is False:
            yield Finding(path=at(subscription, "Enabled"), what="is switched off", fix="set it to true")


def topic_first(rendered: Rendered) -> Iterator[Finding]:
    """RDS publishes a test message when a subscription is made, and the topic must let it."""
    for subscription, properties in rendered.of_type("AWS::RDS::EventSubscription"):
        topic = lookup.named(rendered, _TOPIC, properties.get("SnsTopicArn"), "TopicArn")
        if topic is None:
            continue
        arn = lookup.ref(rendered, topic)
        for policy, document in rendered.of_type("AWS::SNS::TopicPolicy"):
            if arn in listed(document.get("Topics")) and policy not in lookup.needs(rendered, subscription):
                yield Finding(
                    path=at(subscription),
                    what=f"may be made before {policy}, and is refused while the topic does not admit RDS",
                    fix=f"add DependsOn: {policy}",
                )


def event_subscriptions(rendered: Rendered) -> Iterator[Finding]:
    known = table("events")["subscriptions"]
    for subscription, properties in rendered.of_type("AWS::RDS::EventSubscription"):
        kind = str(properties.get("SourceType", ""))
        if not kind:
            if properties.get("SourceIds"):
                what = "names sources, but not of which type"
                yield Finding(path=at(subscription, "SourceIds"), what=what, fix="give SourceType")
            continue
        if kind not in known:
            what = f"{kind!r} is no source of events"
            yield Finding(path=at(subscription, "SourceType"), what=what, fix=f"take one of {', '.join(known)}")
            continue
        for index, category in enumerate(listed(properties.get("EventCategories"))):
            if category not in known[kind]:
                what = f"{kind} has no events of category {category!r}"
                fix = f"take one of {', '.join(known[kind])}"
                yield Finding(path=at(subscription, "EventCategories", index), what=what, fix=fix)
        expected = {
            "db-instance": "AWS::RDS::DBInstance",
            "db-parameter-group": "AWS::RDS::DBParameterGroup",
            "db-cluster": "AWS::RDS::DBCluster",
        }.get(kind)
        for index, source in enumerate(listed(properties.get("SourceIds"))):
            owners = lookup.types_named(rendered, source)
            if expected and owners and expected not in owners:
                what = f"names a {', '.join(sorted(owners))}, and the type is {kind}"
                yield Finding(path=at(subscription, "SourceIds", index), what=what, fix=f"name a {expected}")


_SNS = "SNS developer guide, sns-key-management: compatibility between event sources and encrypted topics"
CHECKS = (
    Check(
        id="E9171",
        reason="the topic's policy admits whoever publishes",
        find=topic_refuses,
        source="SNS developer guide, sns-access-policy-use-cases; RDS user guide, USER_Events.GrantingPermissions",
    ),
    Check(id="E9172", reason="the topic's key admits whoever publishes", find=key_refuses, source=_SNS),
    Check(id="E9173", reason="the managed key of SNS admits no service", find=managed_key, source=_SNS),
    Check(
        id="W9174",
        reason="someone is subscribed to the alerts",
        find=nobody_listens,
        source="SNS developer guide, sns-create-subscribe-endpoint-to-topic",
    ),
    Check(
        id="W9175",
        reason="an alarm, rule or subscription that tells nobody",
        find=leads_nowhere,
        source="CloudWatch user guide, AlarmThatSendsEmail: actions",
    ),
    Check(
        id="E9176",
        reason="an event subscription is refused while the topic does not admit RDS",
        find=topic_first,
        source="RDS user guide, USER_Events.GrantingPermissions",
    ),
    Check(
        id="E9177",
        reason="RDS publishes events of these types and categories",
        find=event_subscriptions,
        source="RDS user guide, USER_Events.Messages",
    ),
)
