"""Roles that cannot do what they are handed out for: the service may not take them, or they may not do its work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from builder.checks import lookup
from builder.checks.check import Check, Finding, Path, at, dig, entries, listed
from builder.checks.policies import Request, allows
from builder.render import Rendered


@dataclass(frozen=True, kw_only=True)
class _Use:
    """A role handed to a service: where, which, to whom, what that states as its source, what the role must be able to.

    `managed` is the managed policy of AWS that allows it all.
    """

    path: Path
    role: Any
    service: str
    source: str
    actions: tuple[tuple[str, str], ...] = ()
    managed: str = ""


def _uses(rendered: Rendered) -> Iterator[_Use]:
    place = rendered.place
    here = f"{place.region}:{place.account}"
    for database, properties in rendered.of_type("AWS::RDS::DBInstance"):
        yield _Use(
            path=at(database, "MonitoringRoleArn"),
            role=properties.get("MonitoringRoleArn"),
            service="monitoring.rds.amazonaws.com",
            source=lookup.get_att(rendered, database, "DBInstanceArn"),
            actions=(("logs:PutLogEvents", f"arn:{place.partition}:logs:{here}:log-group:RDSOSMetrics:log-stream:a"),),
            managed="AmazonRDSEnhancedMonitoringRole",
        )
    for selection, properties in rendered.of_type("AWS::Backup::BackupSelection"):
        chosen = listed(dig(properties, "BackupSelection", "Resources"))
        yield _Use(
            path=at(selection, "BackupSelection", "IamRoleArn"),
            role=dig(properties, "BackupSelection", "IamRoleArn"),
            service="backup.amazonaws.com",
            source=f"arn:{place.partition}:backup:{here}:backup-plan:any",
            actions=(
                *([("rds:CreateDBSnapshot", "*")] if any(lookup.database(rendered, each) for each in chosen) else []),
                *(
                    [("rds:CreateDBClusterSnapshot", "*")]
                    if any(lookup.cluster(rendered, each) for each in chosen)
                    else []
                ),
            ),
            managed="AWSBackupServiceRolePolicyForBackup",
        )
    for log, properties in rendered.of_type("AWS::EC2::FlowLog"):
        group = lookup.named(rendered, "AWS::Logs::LogGroup", properties.get("LogGroupName"))
        arn = lookup.get_att(rendered, group, "Arn") if group else "*"
        yield _Use(
            path=at(log, "DeliverLogsPermissionArn"),
            role=properties.get("DeliverLogsPermissionArn"),
            service="vpc-flow-logs.amazonaws.com",
            source=f"arn:{place.partition}:ec2:{here}:vpc-flow-log/{lookup.ref(rendered, log)}",
            actions=(("logs:CreateLogStream", arn), ("logs:PutLogEvents", arn)),
        )
    for machine, properties in rendered.of_type("AWS::StepFunctions::StateMachine"):
        yield _Use(
            path=at(machine, "RoleArn"),
            role=properties.get("RoleArn"),
            service="states.amazonaws.com",
            source=lookup.ref(rendered, machine),
        )
    for function, properties in rendered.of_type("AWS::Lambda::Function"):
        yield _Use(
            path=at(function, "Role"),
            role=properties.get("Role"),
            service="lambda.amazonaws.com",
            source=lookup.get_att(rendered, function, "Arn"),
        )
    yield from _targets(rendered)


def _targets(rendered: Rendered) -> Iterator[_Use]:
    """Roles of what starts something: schedules and rules."""
    place = rendered.place
    for schedule, properties in rendered.of_type("AWS::Scheduler::Schedule"):
        group = properties.get("GroupName", "default")
        target = properties.get("Target", {})
        yield _Use(
            path=at(schedule, "Target", "RoleArn"),
            role=dig(target, "RoleArn"),
            service="scheduler.amazonaws.com",
            source=f"arn:{place.partition}:scheduler:{place.region}:{place.account}:schedule-group/{group}",
            actions=_started(dig(target, "Arn")),
        )
    for rule, properties in rendered.of_type("AWS::Events::Rule"):
        for index, target in entries(properties.get("Targets")):
            if "RoleArn" in target:
                yield _Use(
                    path=at(rule, "Targets", index, "RoleArn"),
                    role=target["RoleArn"],
                    service="events.amazonaws.com",
                    source=lookup.get_att(rendered, rule, "Arn"),
                    actions=_started(target.get("Arn")),
                )


def _started(target: Any) -> tuple[tuple[str, str], ...]:
    """The action that starting a target takes, for the targets that are known."""
    arn = lookup.ARN.fullmatch(str(target))
    verbs = {"states": "states:StartExecution", "lambda": "lambda:InvokeFunction", "sns": "sns:Publish"}
    return ((verbs[arn["service"]], arn[0]),) if arn and arn["service"] in verbs else ()


def not_trusted(rendered: Rendered) -> Iterator[Finding]:
    for use in _uses(rendered):
        role = lookup.role(rendered, use.role)
        if role is None:
            continue
        document = rendered.resources[role]["Properties"].get("AssumeRolePolicyDocument")
        context = {"aws:SourceAccount": rendered.place.account, "aws:SourceArn": use.source}
        request = Request(action="sts:AssumeRole", resource="*", service=use.service, context=context)
        if not allows(document, request):
            what = f"{role} does not trust {use.service} from {use.source}"
            fix = f"name a role that trusts {use.service}, or correct its trust policy"
            yield Finding(path=use.path, what=what, fix=fix)


def cannot_work(rendered: Rendered) -> Iterator[Finding]:
    for use in _uses(rendered):
        role = lookup.role(rendered, use.role)
        if role is None:
            continue
        managed = lookup.managed_elsewhere(rendered, role)
        if any(arn.endswith(f"/{use.managed}") for arn in managed) or (managed and not use.managed):
            continue
        missing = [
            action for action, resource in use.actions if not lookup.role_allows(rendered, role, action, resource)
        ]
        if missing:
            what = f"{role} may not {', '.join(missing)}"
            fix = f"attach {use.managed}" if use.managed else f"allow it in a policy of {role}"
            yield Finding(path=use.path, what=what, fix=fix)


def no_such_role(rendered: Rendered) -> Iterator[Finding]:
    for use in _uses(rendered):
        if use.role is not None and not str(use.role).startswith(("arn:", "{{resolve:")):
            what = f"{use.role!r} is no ARN of a role"
            yield Finding(path=use.path, what=what, fix="give Fn::GetAtt of the role's Arn")


CHECKS = (
    Check(
        id="E9211",
        reason="a role is handed to a service that it trusts",
        source="IAM user guide, id_roles_create_for-service",
        find=not_trusted,
    ),
    Check(
        id="E9212",
        reason="a role may do what it is handed out for",
        source="the service's user guide; builder/checks/roles.py names the actions",
        find=cannot_work,
    ),
    Check(
        id="E9213",
        reason="a role is named by its ARN",
        source="IAM user guide, reference_identifiers",
        find=no_such_role,
    ),
)
