"""AWS::CloudWatch: alarms and dashboards. The API overwrites what exists; CloudFormation refuses to create it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler


def _alarm(put: str, kind: str) -> Handler:
    """A metric alarm or a composite one: `put` makes and changes it, `kind` is the API's name for such alarms."""

    def create(context: Context) -> str:
        name = context.name("AlarmName")
        if _find(context, name):
            raise ResourceFailure(f"{name} already exists")
        context.send("cloudwatch", put, {**context.properties, "AlarmName": name})
        return name

    def update(context: Context) -> None:
        # The API ignores tags when the alarm exists.
        context.send("cloudwatch", put, {**context.properties, "AlarmName": context.id}, leave=("Tags",))
        context.retag("cloudwatch", _arn(context))

    def _find(context: Context, name: str) -> list[Any]:
        answer = context.call("cloudwatch", "describe_alarms", AlarmNames=[name], AlarmTypes=[kind])
        return [each for each in answer.get(f"{kind}s", []) if each["AlarmName"] == name]

    def exists(context: Context) -> None:
        if not _find(context, context.id):
            raise ResourceFailure(f"Alarm {context.id} does not exist")

    return Handler(
        create=create,
        update=update,
        delete=lambda context: context.call("cloudwatch", "delete_alarms", AlarmNames=[context.id]),
        attributes=lambda context: {"Arn": _arn(context)},
        name="AlarmName",
        exists=exists,
    )


def _arn(context: Context) -> str:
    return context.arn("cloudwatch", f"alarm:{context.id}")


def _put_dashboard(context: Context) -> str:
    name = context.id or context.name("DashboardName")
    context.send("cloudwatch", "put_dashboard", {**context.properties, "DashboardName": name}, leave=("Tags",))
    return name


def _put_mute(context: Context) -> str:
    """moto lacks mute rules: validated, and recorded."""
    name = context.id.rpartition(":")[2] or context.name("Name")
    properties = {**context.properties, "Name": name}
    if context.id:  # the API ignores tags when the rule exists
        context.send("cloudwatch", "put_alarm_mute_rule", properties, leave=("Tags",))
        context.retag("cloudwatch", context.id)
    else:
        context.send("cloudwatch", "put_alarm_mute_rule", properties)
    return context.arn("cloudwatch", f"alarm-mute-rule:{name}")


HANDLERS: Mapping[str, Handler] = {
    "AWS::CloudWatch::Alarm": _alarm("put_metric_alarm", "MetricAlarm"),
    "AWS::CloudWatch::AlarmMuteRule": Handler(
        create=_put_mute,
        update=_put_mute,
        delete=lambda context: context.call(
            "cloudwatch", "delete_alarm_mute_rule", AlarmMuteRuleName=context.id.rpartition(":")[2]
        ),
        attributes=lambda context: {"Arn": context.id},
        name="Name",
    ),
    "AWS::CloudWatch::CompositeAlarm": _alarm("put_composite_alarm", "CompositeAlarm"),
    "AWS::CloudWatch::Dashboard": Handler(
        create=_put_dashboard,
        update=_put_dashboard,
        delete=lambda context: context.call("cloudwatch", "delete_dashboards", DashboardNames=[context.id]),
        name="DashboardName",
        exists=lambda context: context.call("cloudwatch", "get_dashboard", DashboardName=context.id),
    ),
}
