"""One incident, one message: alarms tell one by one, or the alarm of their severity tells for all of them.

A severity is what a person must do. Critical: act now, as the service is gone or about to go. Warning: act on the next
working day. What no other incident explains has no severity and always tells by itself: backups that are absent, tests
and drills that were not passed.

While a critical incident lasts, warnings are held back: they are mostly its consequences. Nothing holds back or mutes
what is critical. (CloudWatch user guide, "Composite alarms" and "Composite alarm action suppression")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import Equals, If, Ref, Sub, Template
from troposphere.cloudwatch import Alarm, CompositeAlarm

from templates.environment import Environment
from templates.ordering import logical_id
from templates.parameters import Group, add_condition

# The condition under which alarms tell together.
COMPOSED = "Composes"

CRITICAL = "critical"
WARNING = "warning"

# How long warnings wait for a critical alarm that would explain them, and are still held back after it: as long as the
# alarm on silence takes.
HOLD_BACK = 300  # seconds


def alarm_name(severity: str, beginning: str = "{}") -> str:
    """The name of the alarm of a severity, with `{}` for `<project>-<suffix>`: by it others find it."""
    return f"{beginning}-{severity}"


def tell_together(
    t: Template,
    environment: Environment,
    topic: Ref,
    *,
    critical: Sequence[Alarm],
    warning: Sequence[Alarm] = (),
    beginning: str = "{}",
) -> None:
    """Add the choice that these alarms tell by severity, and not one by one.

    `beginning` is that of the names of the alarms that tell for them, with `{}` for `<project>-<suffix>`. An alarm
    under a condition cannot be among them: a rule that names an alarm that is not there is refused.
    """
    choice = Group(t, "Alerts").add(
        "NotifyBy",
        label="Messages by",
        description="composite: one for all warnings, one for what is critical.",
        default="alarm",
        values=("alarm", "composite"),
    )
    together = add_condition(t, COMPOSED, Equals(Ref(choice), "composite"))
    for alarm in (*critical, *warning):
        alarm.ActionsEnabled = If(together, False, True)
    told: dict[str, Any] = {"AlarmActions": [topic], "OKActions": [topic], "Condition": together}
    gravest = t.add_resource(
        CompositeAlarm(
            "CriticalIncident",
            AlarmName=environment.name(alarm_name(CRITICAL, beginning)),
            AlarmDescription="Act now. First: its alarms that are on.",
            AlarmRule=_any_of(critical),
            **told,
        )
    )
    if warning:
        t.add_resource(
            CompositeAlarm(
                "WarningIncident",
                AlarmName=environment.name(alarm_name(WARNING, beginning)),
                AlarmDescription="Act on the next working day. First: its alarms that are on.",
                AlarmRule=_any_of(warning),
                ActionsSuppressor=Ref(gravest),
                ActionsSuppressorWaitPeriod=HOLD_BACK,
                ActionsSuppressorExtensionPeriod=HOLD_BACK,
                **told,
            )
        )


def _any_of(alarms: Sequence[Alarm]) -> Sub:
    """The rule that one of the alarms is on."""
    return Sub(" OR ".join(f'ALARM("${{{logical_id(each)}}}")' for each in alarms))
