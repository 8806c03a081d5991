"""AWS::RDS: what an instance stands on. The instance itself is in `rds_instance`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler

TAGGING = {"tag": "add_tags_to_resource", "untag": "remove_tags_from_resource"}

_ZONES_NEEDED = 2


def _create_subnet_group(context: Context) -> str:
    name = context.name("DBSubnetGroupName", lower=True)
    _require_zones(context)
    context.send("rds", "create_db_subnet_group", {**context.properties, "DBSubnetGroupName": name})
    return name


def _require_zones(context: Context) -> None:
    """RDS asks for subnets in two zones at least, also of an instance in one (RDS user guide, "DB subnet groups")."""
    subnets = context.call("ec2", "describe_subnets", SubnetIds=context.get("SubnetIds"))["Subnets"]
    if len({subnet["AvailabilityZone"] for subnet in subnets}) < _ZONES_NEEDED:
        raise ResourceFailure(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted({subnet['AvailabilityZone'] for subnet in subnets}))}. Add subnets to cover at least "
            f"{_ZONES_NEEDED} AZs. (Error Code: DBSubnetGroupDoesNotCoverEnoughAZs)"
        )


def _update_subnet_group(context: Context) -> None:
    if context.changed("DBSubnetGroupDescription", "SubnetIds"):
        _require_zones(context)
        named = {**context.properties, "DBSubnetGroupName": context.id}
        context.send("rds", "modify_db_subnet_group", named, leave=("Tags",))
    context.retag("rds", context.arn("rds", f"subgrp:{context.id}"), **TAGGING)


_FAMILY = {"Family": "DBParameterGroupFamily"}


def _create_parameter_group(context: Context) -> str:
    name = context.name("DBParameterGroupName", lower=True)
    properties = {**context.properties, "DBParameterGroupName": name}
    context.send("rds", "create_db_parameter_group", properties, rename=_FAMILY, leave=("Parameters",))
    context.made(name)
    _set_parameters(context)
    return name


def _set_parameters(context: Context) -> None:
    """Twenty at a time, the most that the API takes; those no longer stated go back to their defaults."""
    before, after = context.old.get("Parameters", {}), context.get("Parameters", {})
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    for call, names in (("modify", list(changed)), ("reset", [name for name in before if name not in after])):
        for start in range(0, len(names), 20):
            chosen = names[start : start + 20]
            parameters: list[dict[str, Any]] = [{"ParameterName": n, "ApplyMethod": "pending-reboot"} for n in chosen]
            if call == "modify":
                for each in parameters:
                    each["ParameterValue"] = str(changed[each["ParameterName"]])
            context.call("rds", f"{call}_db_parameter_group", DBParameterGroupName=context.id, Parameters=parameters)
            if call == "reset":
                moto_mends.forget_parameters(context.region, context.id, chosen)


def _update_parameter_group(context: Context) -> None:
    _set_parameters(context)
    context.retag("rds", context.arn("rds", f"pg:{context.id}"), **TAGGING)


def _delete_parameter_group(context: Context) -> None:
    _refuse_use(context, "DBParameterGroups", "DBParameterGroupName")
    context.call("rds", "delete_db_parameter_group", DBParameterGroupName=context.id)


def _delete_subnet_group(context: Context) -> None:
    _refuse_use(context, "DBSubnetGroup", "DBSubnetGroupName")
    context.call("rds", "delete_db_subnet_group", DBSubnetGroupName=context.id)


def _refuse_use(context: Context, member: str, name: str) -> None:
    """moto lets go of a group in use; RDS does not."""
    for instance in context.call("rds", "describe_db_instances")["DBInstances"]:
        groups = instance.get(member, [])
        if any(group[name] == context.id for group in (groups if isinstance(groups, list) else [groups])):
            raise ResourceFailure(
                f"One or more database instances are still using {context.id}, so you cannot delete it "
                "(Error Code: InvalidParameterGroupState)"
                if member == "DBParameterGroups"
                else f"Cannot delete the subnet group '{context.id}' because at least one database instance: "
                f"{instance['DBInstanceIdentifier']} is still using it. (Error Code: InvalidDBSubnetGroupStateFault)"
            )


def _create_event_subscription(context: Context) -> str:
    name = context.name("SubscriptionName", lower=True)
    context.send("rds", "create_event_subscription", {"Enabled": True, **context.properties, "SubscriptionName": name})
    return name


def _update_event_subscription(context: Context) -> None:
    settings = ("Enabled", "EventCategories", "SnsTopicArn", "SourceType")
    properties = {name: context.get(name) for name in settings if name in context.properties}
    if context.changed(*settings):
        context.send("rds", "modify_event_subscription", properties, SubscriptionName=context.id)
    before, after = context.old.get("SourceIds", []), context.get("SourceIds", [])
    for call, sources in (("add", set(after) - set(before)), ("remove", set(before) - set(after))):
        for source in sorted(sources):
            operation = f"{call}_source_identifier_{'to' if call == 'add' else 'from'}_subscription"
            context.call("rds", operation, SubscriptionName=context.id, SourceIdentifier=source)
    moto_mends.change_event_subscription(context.region, context.id, {**properties, "SourceIds": after})
    context.retag("rds", context.arn("rds", f"es:{context.id}"), **TAGGING)


HANDLERS: Mapping[str, Handler] = {
    "AWS::RDS::DBParameterGroup": Handler(
        create=_create_parameter_group,
        update=_update_parameter_group,
        delete=_delete_parameter_group,
        attributes=lambda context: {"DBParameterGroupName": context.id},
        name="DBParameterGroupName",
        exists=lambda context: context.call("rds", "describe_db_parameter_groups", DBParameterGroupName=context.id),
    ),
    "AWS::RDS::DBSubnetGroup": Handler(
        create=_create_subnet_group,
        update=_update_subnet_group,
        delete=_delete_subnet_group,
        name="DBSubnetGroupName",
        exists=lambda context: context.call("rds", "describe_db_subnet_groups", DBSubnetGroupName=context.id),
    ),
    "AWS::RDS::EventSubscription": Handler(
        create=_create_event_subscription,
        update=_update_event_subscription,
        delete=lambda context: context.call("rds", "delete_event_subscription", SubscriptionName=context.id),
        name="SubscriptionName",
        exists=lambda context: context.call("rds", "describe_event_subscriptions", SubscriptionName=context.id),
    ),
}
