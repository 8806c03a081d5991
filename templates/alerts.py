"""Where alarms and events reach people: an encrypted topic, its subscriptions, and who may publish to it."""

from __future__ import annotations

from awacs import sns as sns_actions
from troposphere import Ref, Template
from troposphere.sns import SubscriptionResource, Topic, TopicPolicy

from templates.carrier import carrier
from templates.environment import Environment
from templates.keys import Key
from templates.ordering import logical_id
from templates.parameters import Group, when_given
from templates.policy import SAME_ACCOUNT, allow, arn, document, from_source, service

# Endpoints that cannot confirm a subscription: chat products' incoming webhooks take their own JSON only.
RAW_WEBHOOKS = r"\S*(hooks\.slack|discord|discordapp|chat\.googleapis|office|logic\.azure)\.com"


@carrier
class Alerts:
    """The topic. `policy` is a logical ID: whoever has a service publish must come after it; "" of a given topic."""

    topic: Ref
    policy: str


def add_alerts(t: Template, environment: Environment, key: Key, *, prefix: str = "rds") -> Alerts:
    """Add the topic, the administrator's e-mail subscription and, where given, a second endpoint's.

    E-mail subscriptions, and the endpoint's where it does not do so by itself, must be confirmed by whoever receives
    the first message.
    """
    group = Group(t, "Alerts")
    email = group.add(
        "AdminEmail",
        label="Administrator's e-mail",
        description="Receives alarms, once it confirms the first message.",
        pattern=r"[^\s@]+@[^\s@]+\.[^\s@]+",
        otherwise="must be an e-mail address",
    )
    endpoint = group.add(
        "AlertEndpoint",
        label="Second endpoint",
        description="Optional. HTTPS, able to confirm a subscription.",
        default="",
        pattern=rf"(https://(?!{RAW_WEBHOOKS})\S+)?",
        otherwise="must be empty or https://, and no raw webhook",
    )
    topic = t.add_resource(
        Topic(
            "NotificationTopic",
            TopicName=environment.name(f"{prefix}-alerts-{{}}"),
            KmsMasterKeyId=key.arn,
            Tags=environment.tags(),
        )
    )
    here = [Ref(topic)]
    publish = [sns_actions.Publish]
    policy = t.add_resource(
        TopicPolicy(
            "NotificationTopicPolicy",
            Topics=here,
            PolicyDocument=document(
                allow(
                    publish,
                    here,
                    principal=service("backup.amazonaws.com", "cloudwatch.amazonaws.com", "events.rds.amazonaws.com"),
                    when=[
                        SAME_ACCOUNT,
                        from_source(arn("backup", "backup-vault:*"), arn("cloudwatch", "alarm:*"), arn("rds", "*")),
                    ],
                ),
                # EventBridge's user guide grants without a condition ("Amazon SNS permissions").
                allow(publish, here, principal=service("events.amazonaws.com")),
            ),
        )
    )
    t.add_resource(
        SubscriptionResource("AdminEmailSubscription", TopicArn=Ref(topic), Protocol="email", Endpoint=Ref(email))
    )
    t.add_resource(
        SubscriptionResource(
            "AlertEndpointSubscription",
            TopicArn=Ref(topic),
            Protocol="https",
            Endpoint=Ref(endpoint),
            Condition=when_given(t, endpoint),
        )
    )
    return Alerts(topic=Ref(topic), policy=logical_id(policy))


def use_alerts(t: Template) -> Alerts:
    """Take a topic that is there, whose policy admits what publishes to it."""
    topic = Group(t, "Alerts").add(
        "NotificationTopicArn",
        label="Topic",
        description="Where alarms go: output NotificationTopicArn. Its policy must admit CloudWatch.",
        pattern=r"arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]{1,256}",
        otherwise="must be the ARN of an SNS topic",
    )
    return Alerts(topic=Ref(topic), policy="")
