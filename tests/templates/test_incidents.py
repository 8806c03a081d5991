"""One incident, one message: who tells, and who is held back, as the alarms are asked to tell by."""

from __future__ import annotations

import re
from typing import Any

import pytest

from templates.environment import LONGEST_PROJECT, LONGEST_SUFFIX
from tests.templates.rendering import CLUSTERS, DATABASES, OFFSPRING, Rendered, built, rendered

INSTANCES = (*DATABASES, *OFFSPRING)
COMPOSED = (*INSTANCES, *CLUSTERS, "rds-operations", "rds-proxy")
EVERY_STACK = pytest.mark.parametrize("stack", COMPOSED)
LONGEST_RULE = 10_240  # characters (registry schema)

# What no other incident explains: it tells by itself, whatever else is on.
ALONE = {"BackupAbsent", "FailoverTooSlow"}


def conditional(stack: str) -> set[str]:
    """What may not be there, by a parameter: a rule that names an alarm that is not there is refused."""
    return {name for name, each in built(stack)["Resources"].items() if "Condition" in each}


def alarms(r: Rendered) -> dict[str, dict[str, Any]]:
    return r.of_type("CloudWatch::Alarm")


def incidents(stack: str, **values: str) -> dict[str, dict[str, Any]]:
    return rendered(stack, NotifyBy="composite", **values).of_type("CloudWatch::CompositeAlarm")


def children(incident: dict[str, Any]) -> list[str]:
    """The alarms that a rule is about; it is true while any of them is on."""
    terms = [re.fullmatch(r'ALARM\("<(\w+)>"\)', term) for term in incident["AlarmRule"].split(" OR ")]
    return [term[1] for term in terms if term]


@EVERY_STACK
def test_alarms_tell_one_by_one_unless_asked_otherwise(stack: str) -> None:
    assert built(stack)["Parameters"]["NotifyBy"]["Default"] == "alarm"
    r = rendered(stack, NotifyBy="alarm")
    assert not r.of_type("CloudWatch::CompositeAlarm")
    assert all(alarm.get("ActionsEnabled", True) and alarm["OKActions"] for alarm in alarms(r).values())


@EVERY_STACK
def test_an_alarm_either_tells_or_is_told_for(stack: str) -> None:
    found = alarms(rendered(stack, NotifyBy="composite"))
    told_for = [name for incident in incidents(stack).values() for name in children(incident)]
    assert sorted(told_for) == sorted(set(told_for)), "one incident, one message"
    assert not (ALONE | conditional(stack)) & set(told_for)
    for name, alarm in found.items():
        assert alarm.get("ActionsEnabled", True) == (name not in told_for), name


@EVERY_STACK
def test_a_severity_tells_when_it_begins_and_ends_and_what_to_do_first(stack: str) -> None:
    topic = alarms(rendered(stack))[next(iter(alarms(rendered(stack))))]["AlarmActions"]
    for name, incident in incidents(stack).items():
        assert incident["AlarmActions"] == incident["OKActions"] == topic, name
        assert " First: " in incident["AlarmDescription"]
        assert incident.get("ActionsEnabled", True)


@EVERY_STACK
def test_what_is_critical_is_held_back_by_nothing(stack: str) -> None:
    assert "ActionsSuppressor" not in incidents(stack)["CriticalIncident"]


@pytest.mark.parametrize("stack", [*INSTANCES, *CLUSTERS])
def test_warnings_are_held_back_while_something_critical_may_explain_them(stack: str) -> None:
    warning = incidents(stack)["WarningIncident"]
    assert warning["ActionsSuppressor"] == "<CriticalIncident>"
    silent = [each for name, each in alarms(rendered(stack)).items() if name.endswith("Silent")]
    needed = max(each["EvaluationPeriods"] * each["Period"] for each in silent)
    assert warning["ActionsSuppressorWaitPeriod"] >= needed, "the alarm that explains them needs as long"
    assert warning["ActionsSuppressorExtensionPeriod"] > 0


@pytest.mark.parametrize("stack", INSTANCES)
def test_what_ends_the_service_is_critical(stack: str) -> None:
    assert set(children(incidents(stack)["CriticalIncident"])) == {
        "DatabaseConnectionsNearLimit",
        "DatabaseSilent",
        "DatabaseStorageTooFull",
    }


def test_of_a_cluster_the_same_is_critical_of_any_member() -> None:
    """Aurora's members have no disk to fill, and are sized by the load where they are serverless."""
    silent = {"Member1Silent", "Member2Silent", "Member3Silent"}
    assert set(children(incidents("aurora-high-availability")["CriticalIncident"])) == silent
    assert set(children(incidents("rds-cluster")["CriticalIncident"])) == silent | {
        "ClusterStorageTooFull",
        *(f"Member{number}ConnectionsNearLimit" for number in (1, 2, 3)),
    }


def test_clients_that_a_proxy_does_not_serve_are_critical() -> None:
    critical = incidents("rds-proxy")["CriticalIncident"]
    assert set(children(critical)) == {"ProxyCannotConnect", "ProxyPoolExhausted", "ProxyTargetUnavailable"}


def test_a_recovery_point_out_of_reach_is_critical() -> None:
    critical = incidents("rds-operations")["CriticalIncident"]
    assert set(children(critical)) == {"DatabaseSilentTooLong", "RecoveryPointTooOld"}


def test_stacks_that_stand_beside_each_other_tell_under_names_of_their_own() -> None:
    beside = ("rds-high-availability", "rds-operations", "rds-proxy", *OFFSPRING, *CLUSTERS)
    names = [each["AlarmName"] for stack in beside for each in incidents(stack).values()]
    assert names == [
        "tap-prod-critical",
        "tap-prod-warning",
        "tap-prod-operations-critical",
        *("tap-prod-proxy-critical", "tap-prod-proxy-warning"),
        *("tap-prod-replica-critical", "tap-prod-replica-warning"),
        *("tap-prod-restored-critical", "tap-prod-restored-warning"),
        *("tap-prod-rds-cluster-critical", "tap-prod-rds-cluster-warning"),
        *("tap-prod-aurora-critical", "tap-prod-aurora-warning"),
    ]


@EVERY_STACK
def test_rules_stay_within_their_limit_at_the_longest_names(stack: str) -> None:
    for incident in incidents(stack, Project="p" * LONGEST_PROJECT, EnvironmentSuffix="s" * LONGEST_SUFFIX).values():
        longest = incident["AlarmRule"].replace("<", "x" * 255)
        assert len(longest) <= LONGEST_RULE
        assert len(incident["AlarmName"]) <= 255
