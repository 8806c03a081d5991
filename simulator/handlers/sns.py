"""AWS::SNS: topics, their policies and subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.account import ACCOUNT
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import text

# Properties of a topic that the API takes as attributes of that name; ("Name" of a property, "Name" of an attribute).
_TOPIC_ATTRIBUTES = {
    "ArchivePolicy": "ArchivePolicy",
    "ContentBasedDeduplication": "ContentBasedDeduplication",
    "DisplayName": "DisplayName",
    "FifoThroughputScope": "FifoThroughputScope",
    "FifoTopic": "FifoTopic",
    "KmsMasterKeyId": "KmsMasterKeyId",
    "MaximumMessageSize": "MaximumMessageSize",
    "SignatureVersion": "SignatureVersion",
    "TracingConfig": "TracingConfig",
}
_SUBSCRIPTION_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)


def _create_topic(context: Context) -> str:
    properties = context.properties
    attributes = {name: text(properties[each]) for each, name in _TOPIC_ATTRIBUTES.items() if each in properties}
    name = context.name("TopicName", limit=256)
    rest = {"Name": name} | ({"Tags": properties["Tags"]} if "Tags" in properties else {})
    arn = str(context.send("sns", "create_topic", rest, Attributes=attributes)["TopicArn"])
    context.made(arn)
    context.refuse_unknown(*_TOPIC_ATTRIBUTES, "DataProtectionPolicy", "Subscription", "Tags", "TopicName")
    _protect(context)
    for subscription in properties.get("Subscription", ()):
        context.call("sns", "subscribe", TopicArn=arn, ReturnSubscriptionArn=True, **subscription)
    return arn


def _protect(context: Context) -> None:
    if context.changed("DataProtectionPolicy"):
        context.call(
            "sns",
            "put_data_protection_policy",
            ResourceArn=context.id,
            DataProtectionPolicy=text(context.get("DataProtectionPolicy", "")),
        )


def _update_topic(context: Context) -> None:
    for given, name in _TOPIC_ATTRIBUTES.items():
        if context.changed(given):
            value = text(context.get(given, ""))
            context.call("sns", "set_topic_attributes", TopicArn=context.id, AttributeName=name, AttributeValue=value)
    _protect(context)
    if context.changed("Subscription"):
        _resubscribe(context)
    context.retag("sns", context.id)


def _resubscribe(context: Context) -> None:
    """Inline subscriptions: those no longer wanted go, new ones come."""
    before, after = context.old.get("Subscription", []), context.get("Subscription", [])
    listed = context.call("sns", "list_subscriptions_by_topic", TopicArn=context.id)["Subscriptions"]
    for each in before:
        if each not in after:
            for found in listed:
                if (found["Endpoint"], found["Protocol"]) == (each["Endpoint"], each["Protocol"]):
                    context.call("sns", "unsubscribe", SubscriptionArn=found["SubscriptionArn"])
    for each in after:
        if each not in before:
            context.call("sns", "subscribe", TopicArn=context.id, ReturnSubscriptionArn=True, **each)


def _delete_topic(context: Context) -> None:
    context.call("sns", "delete_topic", TopicArn=context.id)


def _topic_attributes(context: Context) -> Mapping[str, object]:
    return {"TopicArn": context.id, "TopicName": context.id.rpartition(":")[2]}


def _put_topic_policy(context: Context) -> str:
    for topic in context.get("Topics"):
        _set_policy(context, topic, text(context.get("PolicyDocument")))
    for topic in set(context.old.get("Topics", ())) - set(context.get("Topics")):
        _set_policy(context, topic, _default_policy(topic))
    return context.id or context.name("")


def _delete_topic_policy(context: Context) -> None:
    for topic in context.get("Topics"):
        _set_policy(context, topic, _default_policy(topic))


def _default_policy(topic: str) -> str:
    """The policy of a topic that was given none: its owner may do everything (SNS API reference, CreateTopic)."""
    actions = (
        "AddPermission DeleteTopic GetTopicAttributes ListSubscriptionsByTopic Publish RemovePermission "
        "SetTopicAttributes Subscribe"
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions.split()],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}},
    }
    return text({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def _set_policy(context: Context, topic: str, policy: str) -> None:
    context.call("sns", "set_topic_attributes", TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


def _create_subscription(context: Context) -> str:
    properties = context.properties
    context.refuse_unknown("TopicArn", "Protocol", "Endpoint", "Region", *_SUBSCRIPTION_ATTRIBUTES)
    attributes = {name: text(properties[name]) for name in _SUBSCRIPTION_ATTRIBUTES if name in properties}
    request: dict[str, Any] = {"TopicArn": properties["TopicArn"], "Protocol": properties["Protocol"]}
    if "Endpoint" in properties:
        request["Endpoint"] = properties["Endpoint"]
    answer = context.call("sns", "subscribe", ReturnSubscriptionArn=True, Attributes=attributes, **request)
    return str(answer["SubscriptionArn"])


def _update_subscription(context: Context) -> None:
    for name in _SUBSCRIPTION_ATTRIBUTES:
        if context.changed(name):
            value = text(context.get(name, "{}" if name.endswith("Policy") else ""))
            context.call(
                "sns",
                "set_subscription_attributes",
                SubscriptionArn=context.id,
                AttributeName=name,
                AttributeValue=value,
            )


def _delete_subscription(context: Context) -> None:
    context.call("sns", "unsubscribe", SubscriptionArn=context.id)


HANDLERS: Mapping[str, Handler] = {
    "AWS::SNS::Topic": Handler(
        create=_create_topic,
        update=_update_topic,
        delete=_delete_topic,
        attributes=_topic_attributes,
        name="TopicName",
        exists=lambda context: context.call("sns", "get_topic_attributes", TopicArn=context.id),
    ),
    "AWS::SNS::TopicPolicy": Handler(create=_put_topic_policy, update=_put_topic_policy, delete=_delete_topic_policy),
    "AWS::SNS::Subscription": Handler(
        create=_create_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
        attributes=lambda context: {"Arn": context.id},
        exists=lambda context: context.call("sns", "get_subscription_attributes", SubscriptionArn=context.id),
    ),
}
