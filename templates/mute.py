"""Quiet when it is announced: warnings are muted in maintenance windows, and nothing but warnings.

What is muted is the one alarm that tells for all warnings of the database of the same project and environment, by its
name: no alarm on backups, deletion or failure is among those that it tells for. It goes on judging meanwhile.
(CloudWatch API reference, PutAlarmMuteRule)
"""

from __future__ import annotations

from troposphere import Ref, Template
from troposphere.cloudwatch import AlarmMuteRule, MuteTargets, Rule, Schedule

from templates.environment import Environment
from templates.incidents import WARNING, alarm_name
from templates.parameters import Group, when_given


def mute_warnings(t: Template, environment: Environment) -> None:
    """Add the choice of a maintenance window in which warnings are muted; none unless one is given."""
    group = Group(t, "Alerts")
    schedule = group.add(
        "MuteSchedule",
        label="Mute warnings (UTC)",
        description=(
            "Optional. When maintenance begins: cron(0 4 * * SUN), of five fields, or at(2030-01-31T04:00). "
            "Mutes <Project>-<EnvironmentSuffix>-warning, which NotifyBy=composite makes."
        ),
        default="",
        pattern=r"(cron\([^() ]+( [^() ]+){4}\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d\))?",
        otherwise="must be empty, a cron expression of five fields or at(yyyy-MM-ddThh:mm)",
    )
    duration = group.add(
        "MuteDuration",
        label="Mute for",
        description="How long maintenance lasts: PT1H is an hour, PT90M an hour and a half, P1D a day.",
        default="PT1H",
        pattern=r"P(?=.)(1[0-5]D|[1-9]D)?(T(?=\d)(\d{1,2}H)?(\d{1,3}M)?)?",
        otherwise="must be an ISO 8601 duration of a minute to 15 days",
    )
    t.add_resource(
        AlarmMuteRule(
            "WarningMute",
            Description=environment.name("Maintenance of {}: warnings are not told"),
            MuteTargets=MuteTargets(AlarmNames=[environment.name(alarm_name(WARNING))]),
            Rule=Rule(Schedule=Schedule(Expression=Ref(schedule), Duration=Ref(duration))),
            Condition=when_given(t, schedule),
            Tags=environment.tags(),
        )
    )
