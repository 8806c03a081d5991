"""What flows between resources: a table of which property means which arrow, and the arrows it gives for a template."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from builder.docs.catalogue import kind_of, words
from builder.docs.reading import Reading, Resource, plain, texts

Sort = Literal["data", "alert", "backup", "log"]
# Ends of arrows that no resource of the template is; and how those begin that a parameter names.
CLIENTS, INTERNET, ELSEWHERE = "clients", "internet", "elsewhere"
GIVEN = "given "


@dataclass(frozen=True, kw_only=True)
class Flow:
    """From one logical ID, or one of the ends above, to another."""

    source: str
    target: str
    label: str
    sort: Sort


@dataclass(frozen=True)
class _Rule:
    """Of a resource type: what `property` mentions is a target (or, `incoming`, a source) of the resource."""

    property: str
    label: str
    sort: Sort
    incoming: bool = False


_RULES: Mapping[str, tuple[_Rule, ...]] = {
    "CloudWatch::Alarm": (
        _Rule("Dimensions", "metrics", "alert", incoming=True),
        _Rule("Metrics", "metrics", "alert", incoming=True),
        _Rule("AlarmActions", "alarms", "alert"),
    ),
    "CloudWatch::CompositeAlarm": (
        _Rule("AlarmRule", "alarms", "alert", incoming=True),
        _Rule("AlarmActions", "alarms", "alert"),
    ),
    "Events::Rule": (
        _Rule("EventPattern", "events", "alert", incoming=True),
        _Rule("Targets", "events", "alert"),
    ),
    "RDS::EventSubscription": (
        _Rule("SourceIds", "events", "alert", incoming=True),
        _Rule("SnsTopicArn", "events", "alert"),
    ),
    "RDS::DBInstance": (
        _Rule("SourceDBInstanceIdentifier", "replication", "data", incoming=True),
        _Rule("SourceDBClusterIdentifier", "replication", "data", incoming=True),
    ),
    "S3::Bucket": (
        _Rule("LoggingConfiguration", "access log", "log"),
        _Rule("ReplicationConfiguration", "replication", "backup"),
    ),
    "SQS::Queue": (_Rule("RedrivePolicy", "failed messages", "data"),),
    "Scheduler::Schedule": (_Rule("Target", "starts", "data"),),
    "StepFunctions::StateMachine": (
        _Rule("DefinitionString", "calls", "data"),
        _Rule("Definition", "calls", "data"),
        _Rule("DefinitionSubstitutions", "calls", "data"),
        _Rule("LoggingConfiguration", "logs", "log"),
    ),
    "FIS::ExperimentTemplate": (_Rule("Targets", "fails over", "data"),),
}
# What another resource may name without anything flowing to it.
_PASSIVE = {"IAM::ManagedPolicy", "IAM::Role", "KMS::Key"}
# What names others without anything flowing from it, or in ways that are told elsewhere.
_SILENT = {
    *_PASSIVE,
    "Backup::BackupPlan",
    "Backup::BackupVault",
    "Backup::RestoreTestingPlan",
    "CloudFormation::Stack",
    "CloudWatch::Dashboard",
    "EC2::NatGateway",
    "EC2::VPCEndpoint",
    "Logs::LogGroup",
}
# What joins others: where from, where to.
_JOINS: Mapping[str, tuple[str, tuple[str, ...], str, Sort]] = {
    "Lambda::EventSourceMapping": ("EventSourceArn", ("FunctionName",), "events", "data"),
    "Pipes::Pipe": ("Source", ("Target",), "events", "data"),
    "RDS::DBProxyTargetGroup": (
        "DBProxyName",
        ("DBInstanceIdentifiers", "DBClusterIdentifiers"),
        "connections",
        "data",
    ),
}
_GROUP = "AWS::Logs::LogGroup"
# Whose log groups have names that the service gives: the name's beginning, and the property that follows it.
_WRITERS: Mapping[str, tuple[str, str]] = {
    "AWS::Lambda::Function": ("/aws/lambda/", "FunctionName"),
    "AWS::RDS::DBCluster": ("/aws/rds/cluster/", "DBClusterIdentifier"),
    "AWS::RDS::DBInstance": ("/aws/rds/instance/", "DBInstanceIdentifier"),
    "AWS::RDS::DBProxy": ("/aws/rds/proxy/", "DBProxyName"),
}


def flows(reading: Reading) -> tuple[Flow, ...]:
    """Every flow that the template's properties tell of, in template order, each once."""
    found: list[Flow] = []
    for resource in reading.resources.values():
        found += _by_table(resource, reading)
    found += _backups(reading)
    found += _logs(reading)
    found += _custom(reading)
    found += _copies(reading)
    found += _metrics(reading)
    return tuple(dict.fromkeys(flow for flow in found if flow.source != flow.target))


def _by_table(resource: Resource, reading: Reading) -> Iterator[Flow]:
    kind = resource.type.removeprefix("AWS::")
    if kind in _JOINS:
        start, ends, label, sort = _JOINS[kind]
        for source in _ends(resource.properties.get(start), reading):
            for target in _ends([resource.properties.get(end) for end in ends], reading):
                yield Flow(source=source, target=target, label=label, sort=sort)
        return
    if kind == "SNS::Subscription":
        yield from _messages(resource, reading)
        return
    if kind not in _RULES and kind not in _SILENT and kind_of(resource.type).drawn:
        for name in _uses(resource, reading):
            yield Flow(source=resource.logical_id, target=name, label="uses", sort="data")
    for rule in _RULES.get(kind, ()):
        if rule.incoming and not str(resource.properties.get("Namespace", "AWS/")).startswith("AWS/"):
            continue  # a metric of one's own does not come from what its dimensions name
        for name in _ends(resource.properties.get(rule.property), reading):
            ends = (name, resource.logical_id) if rule.incoming else (resource.logical_id, name)
            yield Flow(source=ends[0], target=ends[1], label=rule.label, sort=rule.sort)


def _ends(node: object, reading: Reading) -> Iterator[str]:
    """The resources that something may flow from or to: those mentioned, and others' that parameters name."""
    for name in reading.mentioned(node):
        if reading.resources[name].type.removeprefix("AWS::") not in _PASSIVE:
            yield name
    yield from (f"{GIVEN}{name}" for name in reading.given(node))


def _uses(resource: Resource, reading: Reading) -> Iterator[str]:
    """What a resource of a type that no table knows names, roles and keys apart."""
    for name in reading.mentioned(dict(resource.properties)):
        other = reading.resources[name].type
        if kind_of(other).drawn and other.removeprefix("AWS::") not in _PASSIVE:
            yield name


def _messages(subscription: Resource, reading: Reading) -> Iterator[Flow]:
    """A topic tells what its subscription names: a resource of the template, or else somebody outside."""
    for topic in _ends(subscription.properties.get("TopicArn"), reading):
        for target in reading.mentioned(subscription.properties.get("Endpoint")) or (subscription.logical_id,):
            yield Flow(source=topic, target=target, label="messages", sort="alert")


def _backups(reading: Reading) -> Iterator[Flow]:
    """What a selection names goes into the vaults of its plan's rules; and from there to where they copy it."""
    for selection in reading.of_type("AWS::Backup::BackupSelection"):
        chosen = list(_ends(selection.properties.get("BackupSelection", {}).get("Resources"), reading))
        for name in reading.mentioned(selection.properties.get("BackupPlanId")):
            for rule in _backup_rules(reading.resources[name]):
                for vault in _ends(rule.get("TargetBackupVault"), reading):
                    for source in chosen:
                        yield Flow(source=source, target=vault, label="backups", sort="backup")
                    if rule.get("CopyActions"):
                        yield Flow(source=vault, target=ELSEWHERE, label="copies", sort="backup")
    for plan in reading.of_type("AWS::Backup::RestoreTestingPlan"):
        for vault in _ends(plan.properties.get("RecoveryPointSelection"), reading):
            yield Flow(source=vault, target=plan.logical_id, label="restores", sort="backup")


def _backup_rules(plan: Resource) -> Iterable[Mapping[str, Any]]:
    rules: Iterable[Mapping[str, Any]] = plan.properties.get("BackupPlan", {}).get("BackupPlanRule", [])
    return rules


def _logs(reading: Reading) -> Iterator[Flow]:
    """Log groups are joined to who writes them by their names, which services give, or by a flow log."""
    writers: dict[str, str] = {}
    for each in reading.of_type(*_WRITERS):
        start, key = _WRITERS[each.type]
        if name := plain(each.properties.get(key, "")):
            writers[start + name] = each.logical_id
    for group in reading.of_type(_GROUP):
        name = plain(group.properties.get("LogGroupName", ""))
        for begins, writer in writers.items():
            if f"{name}/".startswith(f"{begins}/"):
                yield Flow(source=writer, target=group.logical_id, label="logs", sort="log")
    for log in reading.of_type("AWS::EC2::FlowLog"):
        for target in reading.mentioned([log.properties.get("LogGroupName"), log.properties.get("LogDestination")]):
            for source in reading.mentioned(log.properties.get("ResourceId")) or (INTERNET,):
                yield Flow(source=source, target=target, label="flow log", sort="log")


def _custom(reading: Reading) -> Iterator[Flow]:
    """A custom resource is what its function does to the resources that it is given."""
    for resource in reading.resources.values():
        if resource.type.startswith("Custom::"):
            for function in reading.mentioned(resource.properties.get("ServiceToken")):
                rest = {key: value for key, value in resource.properties.items() if key != "ServiceToken"}
                for name in reading.mentioned(rest):
                    label = words(resource.type.removeprefix("Custom::"))
                    yield Flow(source=function, target=name, label=label, sort="data")


def _copies(reading: Reading) -> Iterator[Flow]:
    """Automated backups that RDS replicates to another Region, and stacks made in other accounts or Regions."""
    for stacks in reading.of_type("AWS::CloudFormation::StackSet"):
        yield Flow(source=stacks.logical_id, target=ELSEWHERE, label="makes stacks", sort="data")
    for instance in reading.of_type("AWS::RDS::DBInstance"):
        if instance.properties.get("AutomaticBackupReplicationRegion"):
            yield Flow(source=instance.logical_id, target=ELSEWHERE, label="automated backups", sort="backup")


def _metrics(reading: Reading) -> Iterator[Flow]:
    """Metrics of one's own, from the state machines that publish them to the alarms that watch them."""
    for alarm in reading.of_type("AWS::CloudWatch::Alarm"):
        names = [str(alarm.properties.get(key, "")) for key in ("Namespace", "MetricName")]
        for machine in reading.of_type("AWS::StepFunctions::StateMachine"):
            told = " ".join(texts(dict(machine.properties)))
            if all(names) and not names[0].startswith("AWS/") and all(f'"{name}"' in told for name in names):
                yield Flow(source=machine.logical_id, target=alarm.logical_id, label="metrics", sort="alert")
