"""The few words about a resource that a picture or a list of resources has room for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from builder.docs.catalogue import ACCESS, kind_of, plural
from builder.docs.reading import Reading, Resource, plain

_ENGINES = {"aurora-postgresql": "Aurora PostgreSQL", "postgres": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}
_CLASSES = {
    "STANDARD_IA": "infrequent access",
    "GLACIER": "Glacier",
    "GLACIER_IR": "Glacier instant retrieval",
    "DEEP_ARCHIVE": "Deep Archive",
    "INTELLIGENT_TIERING": "intelligent tiering",
    "ONEZONE_IA": "one-zone infrequent access",
}


def details(resource: Resource, reading: Reading) -> tuple[str, ...]:
    """Lines about a resource, most telling first; none for types that have nothing to add to their name."""
    if resource.type == "AWS::KMS::Key":
        return _encrypted(resource, reading)
    describe = _DETAILS.get(resource.type.removeprefix("AWS::"))
    return tuple(line for line in describe(resource.properties, reading) if line) if describe else ()


def _encrypted(key: Resource, reading: Reading) -> tuple[str, ...]:
    """What is encrypted with a key: whatever names it and is drawn, policies apart."""
    nouns = [
        kind_of(each.type).noun
        for each in reading.resources.values()
        if kind_of(each.type).drawn
        and kind_of(each.type).concern != ACCESS
        and each.type != key.type
        and key.logical_id in reading.mentioned(dict(each.properties))
    ]
    return tuple(plural(nouns.count(noun), noun) if nouns.count(noun) > 1 else noun for noun in dict.fromkeys(nouns))


def is_true(value: object) -> bool:
    """CloudFormation's booleans are JSON's or text."""
    return str(value).lower() == "true"


def number(value: object) -> str:
    """A number with separators; anything else as it stands."""
    text = plain(value)
    return f"{int(text):,}" if text.isdigit() else text


def _instance(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    engine = str(properties.get("Engine", ""))
    version = plain(properties.get("EngineVersion", ""))
    runs = f"{_ENGINES.get(engine, engine)} {version}".strip()
    size = properties.get("AllocatedStorage")
    most = properties.get("MaxAllocatedStorage")
    storage = f"{number(size)} GiB {properties.get('StorageType', '')}".rstrip() if size else ""
    days = str(properties.get("BackupRetentionPeriod", ""))
    # A member's standbys are the other members.
    standby = is_true(properties.get("MultiAZ")) or "DBClusterIdentifier" in properties
    return (
        ", ".join(filter(None, (runs, plain(properties.get("DBInstanceClass", ""))))),
        f"{storage}, grows to {number(most)}" if storage and most else storage,
        "" if standby else "one instance, no standby",
        f"point-in-time recovery of {days} days" if days not in ("", "0") else "",
    )


def _cluster(properties: Mapping[str, Any], reading: Reading) -> Sequence[str]:
    multi_az = "DBClusterInstanceClass" in properties
    return (
        *_instance(
            {**properties, "DBInstanceClass": properties.get("DBClusterInstanceClass", ""), "MultiAZ": True}, reading
        ),
        "a writer and two readable standbys" if multi_az else "",
    )


def _bucket(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    moves = [
        f"{_CLASSES.get(move['StorageClass'], move['StorageClass'])} after {move['TransitionInDays']}"
        for rule in rules
        for move in rule.get("Transitions", [])
        if "TransitionInDays" in move
    ]
    ends = [f"deleted after {number(rule['ExpirationInDays'])} days" for rule in rules if "ExpirationInDays" in rule]
    return (", ".join(moves[-2:]), *ends[:1])


def _plan(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    lines = []
    for rule in properties.get("BackupPlan", {}).get("BackupPlanRule", []):
        kept = rule.get("Lifecycle", {}).get("DeleteAfterDays")
        line = frequency(plain(rule.get("ScheduleExpression", "")))
        lines.append(f"{line}, kept {kept} days" if kept else line)
    return lines


def frequency(expression: str) -> str:
    """An EventBridge or AWS Backup schedule in words; what has no short wording stays as it is."""
    if rate := re.fullmatch(r"rate\((.+)\)", expression):
        return f"every {rate[1]}"
    if not (expression.startswith("cron(") and expression.endswith(")")):
        return expression
    fields = expression[5:-1].split()
    if len(fields) != 6:
        return expression
    _, hours, day, month, weekday, _ = fields
    times = _count(hours)
    if times > 1:
        return "hourly" if times == 24 else f"{times} times a day"
    if weekday not in ("?", "*"):
        return "weekly"
    if day not in ("?", "*") and "/" not in day:
        return "monthly" if month == "*" else expression
    return "daily"


def _count(hours: str) -> int:
    """How many hours of the day a cron field names; 1 where it cannot be told."""
    if hours == "*":
        return 24
    total = 0
    for part in hours.split(","):
        first, _, last = part.partition("-")
        if first.isdigit() and (last.isdigit() or not last):
            total += int(last or first) - int(first) + 1
        elif part.startswith(("0/", "*/")) and part[2:].isdigit():
            total += 24 // int(part[2:])
    return max(total, 1)


def _vault(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    lock = properties.get("LockConfiguration")
    if not lock:
        return ("no lock",)
    mode = "locked for ever" if "ChangeableForDays" in lock else "governance lock"
    least = lock.get("MinRetentionDays")
    return (f"{mode}, at least {least} days" if least else mode,)


def _log_group(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    days = properties.get("RetentionInDays")
    return (f"{number(days)} days" if days else "kept for ever",)


def _topic(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    return ("encrypted" if properties.get("KmsMasterKeyId") else "not encrypted",)


def _subscription(properties: Mapping[str, Any], reading: Reading) -> Sequence[str]:
    endpoint = properties.get("Endpoint", "")
    return (reading.parameter_of(endpoint) or plain(endpoint),)


def _event_subscription(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    return (str(properties.get("SourceType", "all sources")).removeprefix("db-").replace("-", " "),)


def _endpoint(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    return (plain(properties.get("ServiceName", "")).rpartition(".")[2],)


def _function(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    return (plain(properties.get("Runtime", "")),)


def _schedule(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    return (frequency(plain(properties.get("ScheduleExpression", ""))),)


def _nested(properties: Mapping[str, Any], _: Reading) -> Sequence[str]:
    return (plain(properties.get("TemplateURL", "")),)


def _stack_set(properties: Mapping[str, Any], reading: Reading) -> Sequence[str]:
    targets = [each.get("DeploymentTargets", {}) for each in properties.get("StackInstancesGroup", [])]
    # Accounts beside units only narrow those down.
    units = _names([name for each in targets for name in each.get("OrganizationalUnitIds", [])], reading)
    accounts = _names([name for each in targets for name in each.get("Accounts", [])], reading)
    url = properties.get("TemplateURL", "")
    where = f"in the accounts of {units}" if units else f"in {accounts}" if accounts else ""
    return (reading.parameter_of(url) or plain(url), where)


def _names(values: Sequence[object], reading: Reading) -> str:
    """Values for people, each once: by the parameter that gave it, if one did."""
    return ", ".join(dict.fromkeys(reading.parameter_of(value) or plain(value) for value in values))


_DETAILS: Mapping[str, Callable[[Mapping[str, Any], Reading], Sequence[str]]] = {
    "Backup::BackupPlan": _plan,
    "Backup::BackupVault": _vault,
    "CloudFormation::Stack": _nested,
    "CloudFormation::StackSet": _stack_set,
    "EC2::VPCEndpoint": _endpoint,
    "Events::Rule": _schedule,
    "Lambda::Function": _function,
    "Logs::LogGroup": _log_group,
    "RDS::DBCluster": _cluster,
    "RDS::DBInstance": _instance,
    "RDS::EventSubscription": _event_subscription,
    "S3::Bucket": _bucket,
    "SNS::Subscription": _subscription,
    "SNS::Topic": _topic,
    "Scheduler::Schedule": _schedule,
}
