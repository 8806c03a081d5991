"""What a template watches: alarms with their thresholds and runbooks, and the events that it passes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.docs.details import number
from builder.docs.reading import Reading, Resource, plain

_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "GreaterThanUpperThreshold": "> band",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside of band",
    "LessThanLowerThreshold": "< band",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanThreshold": "<",
}
_MISSING = {
    "breaching": "alarms",
    "ignore": "keeps its state",
    "missing": "insufficient data",
    "notBreaching": "is fine",
}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm in words. `fires` differs between environments where parameters size it."""

    name: str
    watches: str
    fires: str
    missing: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Events:
    """Events that go to a topic or another target."""

    name: str
    source: str
    events: str


def alarms(reading: Reading) -> Iterator[Alarm]:
    """The alarms of a template, in its order."""
    for resource in reading.of_type("AWS::CloudWatch::Alarm"):
        properties = resource.properties
        yield Alarm(
            name=resource.logical_id,
            watches=_watched(properties),
            fires=_fires(properties),
            missing=_MISSING.get(str(properties.get("TreatMissingData", "missing")), ""),
            description=plain(properties.get("AlarmDescription", "")),
        )
    for resource in reading.of_type("AWS::CloudWatch::CompositeAlarm"):
        yield Alarm(
            name=resource.logical_id,
            watches=plain(resource.properties.get("AlarmRule", "")),
            fires="while its rule is true",
            missing="",
            description=plain(resource.properties.get("AlarmDescription", "")),
        )


def events(reading: Reading) -> Iterator[Events]:
    """The event rules and event subscriptions of a template, in its order."""
    for resource in reading.of_type("AWS::RDS::EventSubscription", "AWS::Events::Rule"):
        yield _subscribed(resource) if resource.type == "AWS::RDS::EventSubscription" else _matched(resource)


def _watched(properties: Mapping[str, Any]) -> str:
    if "MetricName" in properties:
        return f"{properties.get('Namespace', '')} {properties['MetricName']}, {_statistic(properties)}"
    told = []
    for query in properties.get("Metrics", []):
        if "Expression" in query:
            told.append(plain(query["Expression"]))
        else:
            stat = query.get("MetricStat", {})
            metric = stat.get("Metric", {})
            told.append(f"{query.get('Id')} = {metric.get('Namespace')} {metric.get('MetricName')}, {stat.get('Stat')}")
    return "; ".join(told)


def _statistic(properties: Mapping[str, Any]) -> str:
    return str(properties.get("Statistic") or properties.get("ExtendedStatistic") or "")


def _fires(properties: Mapping[str, Any]) -> str:
    comparison = _COMPARISONS.get(str(properties.get("ComparisonOperator")), "")
    periods = str(properties.get("EvaluationPeriods", "1"))
    points = str(properties.get("DatapointsToAlarm", periods))
    length = _duration(properties)
    times = f"{points} of {periods}" if points != periods else periods
    return f"{comparison} {number(properties.get('Threshold', ''))}, {times} x {length}".replace("  ", " ").strip()


def _duration(properties: Mapping[str, Any]) -> str:
    periods = [str(properties.get("Period"))]
    for query in properties.get("Metrics", []):
        periods += [str(query.get("Period")), str(query.get("MetricStat", {}).get("Period"))]
    seconds = max((int(period) for period in periods if period.isdigit()), default=0)
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s" if seconds else "period"


def _subscribed(resource: Resource) -> Events:
    categories = resource.properties.get("EventCategories") or ["all"]
    source = str(resource.properties.get("SourceType", "all sources"))
    return Events(name=resource.logical_id, source=f"RDS, {source}", events=", ".join(map(plain, categories)))


def _matched(resource: Resource) -> Events:
    pattern = resource.properties.get("EventPattern")
    if not isinstance(pattern, dict):
        return Events(
            name=resource.logical_id, source="schedule", events=plain(resource.properties.get("ScheduleExpression", ""))
        )
    states = dict.fromkeys(_states(pattern.get("detail", {})))
    kinds = ", ".join(map(plain, pattern.get("detail-type", [])))
    return Events(
        name=resource.logical_id,
        source=", ".join(map(plain, pattern.get("source", []))),
        events=f"{kinds}: {', '.join(states)}" if states else kinds,
    )


def _states(node: Any) -> Iterator[str]:
    """The states that a pattern waits for, wherever in it."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("state", "status") and isinstance(value, list):
                yield from (each for each in value if isinstance(each, str))
            else:
                yield from _states(value)
    elif isinstance(node, list):
        for child in node:
            yield from _states(child)
