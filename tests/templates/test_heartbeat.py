"""The heartbeat, executed: what it says of an alert path that is whole, broken at each step, or not to be seen."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.states import Account, Clock, Execution, Refusal, run
from tests.templates.machines import definition
from tests.templates.rendering import rendered

STACK, TITLE = "rds-alert-path", "AlertHeartbeat"
NOW = "2030-01-14T09:00:00Z"
TOPIC = "arn:aws:sns:us-east-1:123456789012:rds-alerts-tap-prod"

CONFIRMED = {"Protocol": "email", "SubscriptionArn": f"{TOPIC}:0a1b2c3d"}
PENDING = {"Protocol": "email", "SubscriptionArn": "PendingConfirmation"}
DELETED = {"Protocol": "https", "SubscriptionArn": "Deleted"}


def values(*counts: float) -> dict[str, Any]:
    """An answer of GetMetricData: what there was in each period; none where nothing was."""
    return {"MetricDataResults": [{"Id": "sum", "Values": list(counts)}]}


def beat(messages: Any = None, failures: Any = None, **answers: Any) -> Execution:
    script: dict[str, Any] = {
        "cloudwatch:setAlarmState": {},
        "cloudwatch:getMetricData": [messages or values(1), failures or values()],
        "sns:listSubscriptionsByTopic": {"Subscriptions": [CONFIRMED]},
        "cloudwatch:putMetricData": {},
    }
    script |= {name.replace("__", ":"): answer for name, answer in answers.items()}
    return run(definition(STACK, TITLE), {}, account=Account(script), clock=Clock(NOW))


def published(ended: Execution) -> float:
    (data,) = ended.parameters("cloudwatch:putMetricData")
    (metric,) = data["MetricData"]
    assert metric["MetricName"] == "AlertPathHealthy"
    value: float = metric["Value"]
    return value


def why(ended: Execution) -> str:
    """Why alerts do not arrive; it is counted, and the alarm on that speaks up."""
    assert (ended.status, ended.error, published(ended)) == ("FAILED", "AlertsDoNotArrive", 0)
    return str(ended.cause)


def test_a_message_goes_the_way_of_every_alarm() -> None:
    """Sent by CloudWatch to the topic, so that the topic's policy and key are tried, too."""
    ended = beat()
    assert (ended.status, published(ended)) == ("SUCCEEDED", 1)
    (asked,) = ended.parameters("cloudwatch:setAlarmState")
    assert (asked["AlarmName"], asked["StateValue"]) == ("<AlertsReachYou>", "OK")
    alarm = rendered(STACK).resources["AlertsReachYou"]["Properties"]
    assert alarm["OKActions"] == rendered(STACK).resources["AlertsDoNotArrive"]["Properties"]["AlarmActions"]
    assert "Nothing is wrong" in alarm["AlarmDescription"]


def test_the_alarm_that_beats_falls_back_in_silence() -> None:
    """It has no data, and no action but that of OK: the next beat is a change again."""
    alarm = rendered(STACK).resources["AlertsReachYou"]["Properties"]
    assert alarm["TreatMissingData"] == "missing"
    assert not {"AlarmActions", "InsufficientDataActions"} & set(alarm)
    published = [
        state["Arguments"]["MetricData"] for state in definition(STACK, TITLE)["States"].values() if _counts(state)
    ]
    assert alarm["MetricName"] not in {metric["MetricName"] for data in published for metric in data}


def _counts(state: dict[str, Any]) -> bool:
    return str(state.get("Resource")).endswith("cloudwatch:putMetricData")


def test_a_topic_that_took_nothing_is_told_of() -> None:
    """As when its key does not admit CloudWatch: the message is lost in silence."""
    assert why(beat(messages=values())) == "the topic took no message"


def test_messages_count_from_the_beat_on() -> None:
    ended = beat()
    first, second = ended.parameters("cloudwatch:getMetricData")
    assert first["StartTime"] == Clock(NOW).now
    assert second["StartTime"] == Clock(NOW).ago(7 * 86_400)
    assert first["MetricDataQueries"][0]["MetricStat"]["Metric"] == {
        "Namespace": "AWS/SNS",
        "MetricName": "NumberOfMessagesPublished",
        "Dimensions": [{"Name": "TopicName", "Value": "rds-alerts-tap-prod"}],
    }


def test_deliveries_that_failed_on_any_day_of_the_week_are_counted() -> None:
    assert why(beat(failures=values(1, 0, 2))) == "3 deliveries failed in a week"


@pytest.mark.parametrize("subscriptions", [[], [PENDING], [PENDING, DELETED]])
def test_a_subscription_that_nobody_confirmed_does_not_count(subscriptions: list[dict[str, str]]) -> None:
    ended = beat(sns__listSubscriptionsByTopic={"Subscriptions": subscriptions})
    assert why(ended) == "nobody has confirmed a subscription"


def test_subscriptions_are_looked_for_on_every_page() -> None:
    pages = [{"Subscriptions": [PENDING], "NextToken": "more"}, {"Subscriptions": [CONFIRMED]}]
    ended = beat(sns__listSubscriptionsByTopic=pages)
    assert ended.status == "SUCCEEDED"
    assert ended.parameters("sns:listSubscriptionsByTopic") == [
        {"TopicArn": TOPIC},
        {"TopicArn": TOPIC, "NextToken": "more"},
    ]


def test_everything_that_is_broken_is_told_at_once() -> None:
    ended = beat(values(), values(4), sns__listSubscriptionsByTopic={"Subscriptions": [PENDING]})
    assert why(ended) == (
        "the topic took no message; nobody has confirmed a subscription; 4 deliveries failed in a week"
    )


@pytest.mark.parametrize(
    "action", ["cloudwatch__setAlarmState", "cloudwatch__getMetricData", "sns__listSubscriptionsByTopic"]
)
def test_a_path_that_cannot_be_seen_is_not_taken_as_whole(action: str) -> None:
    denied: dict[str, Any] = {action: Refusal("AccessDenied", "not allowed to do this")}
    assert "not allowed to do this" in why(beat(**denied))


def test_a_throttled_call_is_tried_again() -> None:
    busy = Refusal("Throttled", "Rate exceeded")
    ended = beat(sns__listSubscriptionsByTopic=[busy, {"Subscriptions": [CONFIRMED]}])
    assert (ended.status, len(ended.retry_delays)) == ("SUCCEEDED", 1)


def test_it_waits_for_the_metrics_of_the_topic_and_ends_in_time() -> None:
    ended = beat()
    assert 900 <= ended.seconds < definition(STACK, TITLE)["TimeoutSeconds"]


def test_the_last_verdict_stands_until_the_next() -> None:
    alarm = rendered(STACK).resources["AlertsDoNotArrive"]["Properties"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "ignore"


def test_it_beats_every_monday_unless_asked_otherwise() -> None:
    schedule = rendered(STACK).resources["AlertHeartbeatSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "cron(0 9 ? * MON *)"
    assert "AlertHeartbeatSchedule" not in rendered(STACK, HeartbeatSchedule="").resources


@pytest.mark.parametrize("stack", ["rds-alert-path", "rds-operations", "rds-restore-tests"])
def test_whoever_publishes_to_the_encrypted_topic_may_use_its_key_through_sns_alone(stack: str) -> None:
    """SNS refuses a publisher that may not encrypt: what was to be told would be lost."""
    r = rendered(stack)
    for title, machine in r.of_type("StepFunctions::StateMachine").items():
        policies = {each["PolicyName"]: each for each in r.resources[f"{title}Role"]["Properties"]["Policies"]}
        assert ("encrypt" in policies) == ("sns:publish" in machine["DefinitionString"]), title
        if "encrypt" in policies:
            (statement,) = policies["encrypt"]["PolicyDocument"]["Statement"]
            assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
            assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "sns.eu-west-1.amazonaws.com"}}
