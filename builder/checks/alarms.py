"""Alarms that can never fire: metrics and dimensions that do not exist, spans that CloudWatch does not look back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.checks import lookup
from builder.checks.check import Check, Finding, Path, at, dig, entries, listed, number, table, truth
from builder.problems import nearest
from builder.render import Rendered

_ALARM = "AWS::CloudWatch::Alarm"
_LESS = ("LessThanThreshold", "LessThanOrEqualToThreshold")
_DAY = 24 * 60 * 60
_IDENTIFIER = re.compile(r"\b[a-z][A-Za-z0-9_]*\b(?!\s*\()")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
# Aurora's storage is the cluster's, and its readers read the same.
_OF_OWN_DISK = ("BurstBalance", "DiskQueueDepth", "FreeStorageSpace", "ReplicaLag")
_OF_AURORA = ("ACUUtilization", "Aurora", "ServerlessDatabaseCapacity", "VolumeBytesUsed")
# How the values of dimensions look; an ARN where a name belongs is the common mistake.
_VALUES = {
    "BackupVaultName": (re.compile(r"[A-Za-z0-9_-]{2,50}"), "AWS::Backup::BackupVault"),
    "DBClusterIdentifier": (re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}"), "AWS::RDS::DBCluster"),
    "DBInstanceIdentifier": (re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}"), "AWS::RDS::DBInstance"),
    "TopicName": (re.compile(r"[A-Za-z0-9_-]{1,256}(\.fifo)?"), "AWS::SNS::Topic"),
}


@dataclass(frozen=True, kw_only=True)
class _Metric:
    """One metric that an alarm reads; `path` is where it is named."""

    alarm: str
    path: Path
    namespace: str
    name: str
    dimensions: Any
    period: Any


def _metrics(rendered: Rendered) -> Iterator[_Metric]:
    for alarm, properties in rendered.of_type(_ALARM):
        if "MetricName" in properties:
            yield _metric(alarm, at(alarm), properties, properties)
        for index, query in entries(properties.get("Metrics")):
            stat = query.get("MetricStat")
            if isinstance(stat, Mapping) and isinstance(stat.get("Metric"), Mapping):
                yield _metric(alarm, at(alarm, "Metrics", index, "MetricStat", "Metric"), stat["Metric"], stat)


def _metric(alarm: str, path: Path, metric: Mapping[str, Any], period: Mapping[str, Any]) -> _Metric:
    return _Metric(
        alarm=alarm,
        path=path,
        namespace=str(metric.get("Namespace")),
        name=str(metric.get("MetricName")),
        dimensions=metric.get("Dimensions"),
        period=period.get("Period"),
    )


def unknown_metric(rendered: Rendered) -> Iterator[Finding]:
    known = table("metrics")
    for metric in _metrics(rendered):
        facts = known.get(metric.namespace)
        if not isinstance(facts, dict):
            meant = next((name for name in known if name.lower() == metric.namespace.lower()), None)
            if meant is not None:
                what = f"{metric.namespace!r} is no namespace of AWS"
                yield Finding(path=(*metric.path, "Namespace"), what=what, fix=f"did you mean {meant}?")
        elif metric.name not in facts["metrics"]:
            near = nearest(metric.name, facts["metrics"])
            what = f"{metric.namespace} has no metric {metric.name!r}: the alarm would never see data"
            fix = f"did you mean {near}?" if near else "take one that the service publishes"
            yield Finding(path=(*metric.path, "MetricName"), what=what, fix=fix)


def wrong_dimension(rendered: Rendered) -> Iterator[Finding]:
    known = table("metrics")
    for metric in _metrics(rendered):
        facts = known.get(metric.namespace)
        if not isinstance(facts, dict):
            continue
        names = [str(dimension.get("Name")) for _, dimension in entries(metric.dimensions)]
        for index, dimension in entries(metric.dimensions):
            path = (*metric.path, "Dimensions", index)
            name, value = str(dimension.get("Name")), dimension.get("Value")
            if name not in facts["dimensions"]:
                near = nearest(name, facts["dimensions"])
                what = f"{metric.namespace} has no dimension {name!r}: the alarm would never see data"
                fix = f"did you mean {near}?" if near else f"take one of {', '.join(facts['dimensions'])}"
                yield Finding(path=(*path, "Name"), what=what, fix=fix)
                continue
            if name not in _VALUES:
                continue
            pattern, type_name = _VALUES[name]
            own = [lookup.ref(rendered, logical_id) for logical_id, _ in rendered.of_type(type_name)]
            if not pattern.fullmatch(str(value)) or _is_another(rendered, type_name, value):
                what = f"{value!r} is no {name}"
                fix = "give the name of the resource, not its ARN" if own else "give its name"
                yield Finding(path=(*path, "Value"), what=what, fix=fix)
        if len(set(names)) < len(names):
            what = f"names a dimension twice: {', '.join(names)}"
            yield Finding(path=(*metric.path, "Dimensions"), what=what, fix="name each once")
        if not names and metric.namespace == "AWS/Backup":
            what = "AWS/Backup publishes no metric without a dimension"
            yield Finding(path=metric.path, what=what, fix="give BackupVaultName or ResourceType")


def _is_another(rendered: Rendered, type_name: str, value: object) -> bool:
    """Whether a value is the Ref of a resource of this template that is of another type."""
    owners = lookup.types_named(rendered, value)
    return bool(owners) and type_name not in owners


def never_published(rendered: Rendered) -> Iterator[Finding]:
    """Metrics that exist, but not for the instance that is watched."""
    for metric in _metrics(rendered):
        identifier = next((each.get("Value") for _, each in entries(metric.dimensions)), None)
        if metric.namespace != "AWS/RDS":
            continue
        database = lookup.database(rendered, identifier) or lookup.multi_az_cluster(rendered, identifier)
        if database is None:
            continue
        properties = rendered.resources[database]["Properties"]
        cluster = lookup.cluster_of(rendered, properties)
        kind = str(properties.get("DBInstanceClass", properties.get("DBClusterInstanceClass")))
        storage = properties.get("StorageType")
        why = None
        if metric.name.startswith("CPUCredit") and not kind.startswith("db.t"):
            why = f"only burstable classes have CPU credits, and {database} is a {kind}"
        elif metric.name == "BurstBalance" and storage not in (None, "gp2"):
            why = f"only gp2 has a burst balance, and {database} is on {storage}"
        elif metric.name.startswith("DBLoad") and not _has_insights(properties, cluster):
            why = f"{database} does not have Performance Insights on"
        elif metric.name in _OF_OWN_DISK and str(properties.get("Engine")).startswith("aurora"):
            why = f"{database} is of Aurora, whose members have no disk of their own"
        elif metric.name.startswith(_OF_AURORA) and not str(properties.get("Engine", "aurora")).startswith("aurora"):
            why = f"only Aurora has it, and {database} is of {properties.get('Engine')}"
        if why:
            fix = "create the alarm under a condition, or leave it out"
            yield Finding(path=(*metric.path, "MetricName"), what=f"{metric.name} is never published: {why}", fix=fix)


def _has_insights(properties: Mapping[str, Any], cluster: Mapping[str, Any]) -> bool:
    """A member has what its cluster has."""
    names = ("EnablePerformanceInsights", "PerformanceInsightsEnabled")
    return any(truth(of.get(name)) is True for of in (properties, cluster) for name in names)


def spans_too_long(rendered: Rendered) -> Iterator[Finding]:
    for alarm, properties in rendered.of_type(_ALARM):
        periods = number(properties.get("EvaluationPeriods")) or 1
        lengths = [number(metric.period) for metric in _metrics(rendered) if metric.alarm == alarm]
        lengths += [number(query.get("Period")) for _, query in entries(properties.get("Metrics"))]
        longest = max((length for length in lengths if length), default=0.0)
        most = _DAY if longest < 3600 else 7 * _DAY
        if periods * longest > most:
            what = f"looks back {periods * longest / _DAY:g} days; CloudWatch goes {most // _DAY} at this period"
            fix = "evaluate fewer or shorter periods; publish a metric of your own for what is rarer"
            yield Finding(path=at(alarm, "EvaluationPeriods"), what=what, fix=fix)
        wanted = number(properties.get("DatapointsToAlarm"))
        if wanted is not None and wanted > periods:
            what = f"{wanted:g} datapoints of {periods:g} periods can never be reached"
            yield Finding(path=at(alarm, "DatapointsToAlarm"), what=what, fix="give no more than EvaluationPeriods")


def broken_math(rendered: Rendered) -> Iterator[Finding]:
    for alarm, properties in rendered.of_type(_ALARM):
        queries = list(entries(properties.get("Metrics")))
        if not queries:
            continue
        ids = {str(query.get("Id")) for _, query in queries}
        returned = [query for _, query in queries if str(query.get("ReturnData", True)).lower() == "true"]
        if len(returned) != 1:
            what = f"{len(returned)} of its metrics return data, and an alarm watches exactly one"
            yield Finding(path=at(alarm, "Metrics"), what=what, fix="set ReturnData to false on all others")
        for index, query in queries:
            expression = query.get("Expression")
            if not isinstance(expression, str) or expression.lstrip().upper().startswith("SELECT"):
                continue
            for name in _IDENTIFIER.findall(_QUOTED.sub("", expression)):
                if name not in ids:
                    what = f"reads {name!r}, which is no metric of this alarm"
                    fix = f"name one of {', '.join(sorted(ids))}"
                    yield Finding(path=at(alarm, "Metrics", index, "Expression"), what=what, fix=fix)


def wrong_key(rendered: Rendered) -> Iterator[Finding]:
    """DB_PERF_INSIGHTS takes the resource ID of an instance, not its identifier."""
    call = re.compile(r"DB_PERF_INSIGHTS\(\s*'(?P<service>[^']*)'\s*,\s*'(?P<id>[^']*)'")
    for alarm, properties in rendered.of_type(_ALARM):
        for index, query in entries(properties.get("Metrics")):
            for match in call.finditer(str(query.get("Expression", ""))):
                if match["service"] not in ("RDS", "DOCDB") or not re.fullmatch(
                    r"(db|cluster)-[A-Z0-9]{26}", match["id"]
                ):
                    what = f"DB_PERF_INSIGHTS of {match['service']!r}, {match['id']!r} gives no data"
                    fix = "name 'RDS' and the DbiResourceId (db-...) of the instance"
                    yield Finding(path=at(alarm, "Metrics", index, "Expression"), what=what, fix=fix)


def contradicts_itself(rendered: Rendered) -> Iterator[Finding]:
    for alarm, properties in rendered.of_type(_ALARM):
        shares = [metric for metric in _metrics(rendered) if metric.alarm == alarm and metric.name.endswith("%")]
        shares += [metric for metric in _metrics(rendered) if metric.alarm == alarm and metric.name == "CPUUtilization"]
        threshold = number(properties.get("Threshold"))
        direct = "MetricName" in properties and dig(properties, "Statistic") not in ("SampleCount", "Sum")
        if shares and direct and threshold is not None and not 0 <= threshold <= 100:
            what = f"{shares[0].name} is a percentage and can never pass {threshold:g}"
            yield Finding(path=at(alarm, "Threshold"), what=what, fix="give 0 to 100")
        for action in listed(properties.get("AlarmActions")):
            if not str(action).startswith("arn:"):
                what = f"{action!r} is no ARN, and nobody is told"
                yield Finding(path=at(alarm, "AlarmActions"), what=what, fix="give the ARN of a topic")


# Too little of these is what goes wrong; of the others that are alarmed on, too much.
_SCARCE = re.compile(r"Free|Balance|LatestRestorable|JobsCompleted|NotificationsDelivered|Remaining")
_PLENTY = re.compile(
    r"Utilization|Latency|Connections$|Lag|UsedTransactionIDs|SwapUsage|Failed|Expired|Aborted|QueueDepth"
)


def backwards(rendered: Rendered) -> Iterator[Finding]:
    for metric in _metrics(rendered):
        properties = rendered.resources[metric.alarm]["Properties"]
        operator = str(properties.get("ComparisonOperator"))
        direct = "MetricName" in properties and properties.get("Statistic") != "SampleCount"
        if not direct or metric.namespace not in table("metrics"):
            continue
        scarce = bool(_SCARCE.search(metric.name))
        plenty = not scarce and bool(_PLENTY.search(metric.name))
        if (scarce and operator.startswith("GreaterThan")) or (plenty and operator in _LESS):
            what = f"fires when all is well: {metric.name} goes wrong when it is {'low' if scarce else 'high'}"
            yield Finding(path=at(metric.alarm, "ComparisonOperator"), what=what, fix="turn the comparison round")


_GUIDE = "CloudWatch user guide"
CHECKS = (
    Check(
        id="W9168",
        reason="an alarm that fires when all is well",
        source="RDS user guide, rds-metrics: what each metric counts",
        find=backwards,
    ),
    Check(
        id="E9161",
        reason="the metric exists in its namespace",
        source="builder/checks/data/metrics.json",
        find=unknown_metric,
    ),
    Check(
        id="E9162",
        reason="the dimension exists in its namespace, and its value is a name",
        source="builder/checks/data/metrics.json",
        find=wrong_dimension,
    ),
    Check(
        id="E9163",
        reason="an alarm looks back 7 days at most, 1 day where periods are under an hour",
        source=f"{_GUIDE}, AlarmThatSendsEmail: evaluating an alarm",
        find=spans_too_long,
    ),
    Check(
        id="E9164",
        reason="metric math reads metrics of the alarm, and returns one",
        source=f"{_GUIDE}, using-metric-math",
        find=broken_math,
    ),
    Check(
        id="E9165",
        reason="a metric that this instance never publishes",
        source="RDS user guide, rds-metrics",
        find=never_published,
    ),
    Check(
        id="E9166",
        reason="Performance Insights is asked by resource ID",
        source=f"{_GUIDE}, CloudWatch-Metric-Math-DBPI",
        find=wrong_key,
    ),
    Check(
        id="E9167",
        reason="a threshold that can never be passed, or an action that is none",
        source=f"{_GUIDE}, AlarmThatSendsEmail",
        find=contradicts_itself,
    ),
)
