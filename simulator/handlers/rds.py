"""AWS::RDS: what a database stands on. Instances are in `rds_instance`, clusters in `rds_cluster`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler

TAGGING = {"tag": "add_tags_to_resource", "untag": "remove_tags_from_resource"}

ZONES_NEEDED = 2


def _create_subnet_group(context: Context) -> str:
    name = context.name("DBSubnetGroupName", lower=True)
    _require_zones(context)
    context.send("rds", "create_db_subnet_group", {**context.properties, "DBSubnetGroupName": name})
    return name


def _require_zones(context: Context) -> None:
    """RDS asks for subnets in two zones at least, also of an instance in one (RDS user guide, "DB subnet groups")."""
    subnets = context.call("ec2", "describe_subnets", SubnetIds=context.get("SubnetIds"))["Subnets"]
    refuse_few_zones({subnet["AvailabilityZone"] for subnet in subnets}, ZONES_NEEDED)


def refuse_few_zones(zones: set[str], needed: int) -> None:
    """Fail as RDS does when the subnets of a group cover fewer zones than are needed."""
    if len(zones) < needed:
        raise ResourceFailure(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted(zones))}. Add subnets to cover at least {needed} AZs. "
            "(Error Code: DBSubnetGroupDoesNotCoverEnoughAZs)"
        )


def _update_subnet_group(context: Context) -> None:
    if context.changed("DBSubnetGroupDescription", "SubnetIds"):
        _require_zones(context)
        named = {**context.properties, "DBSubnetGroupName": context.id}
        context.send("rds", "modify_db_subnet_group", named, leave=("Tags",))
    context.retag("rds", context.arn("rds", f"subgrp:{context.id}"), **TAGGING)


_FAMILY = {"Family": "DBParameterGroupFamily"}


@dataclass(frozen=True, kw_only=True)
class _Groups:
    """What the API calls parameter groups of one kind: `noun` in calls, `name` in requests, `tag` in ARNs."""

    noun: str
    name: str
    tag: str

    def handler(self) -> Handler:
        return Handler(
            create=self._create,
            update=self._update,
            delete=self._delete,
            attributes=lambda context: {self.name: context.id},
            name=self.name,
            exists=lambda context: context.call("rds", f"describe_{self.noun}s", **{self.name: context.id}),
        )

    def _create(self, context: Context) -> str:
        name = context.name(self.name, lower=True)
        properties = {**context.properties, self.name: name}
        context.send("rds", f"create_{self.noun}", properties, rename=_FAMILY, leave=("Parameters",))
        context.made(name)
        _set_parameters(context, self)
        return name

    def _update(self, context: Context) -> None:
        _set_parameters(context, self)
        context.retag("rds", context.arn("rds", f"{self.tag}:{context.id}"), **TAGGING)

    def _delete(self, context: Context) -> None:
        refuse_use(context, self.noun)
        context.call("rds", f"delete_{self.noun}", **{self.name: context.id})


_OF_INSTANCES = _Groups(noun="db_parameter_group", name="DBParameterGroupName", tag="pg")
_OF_CLUSTERS = _Groups(noun="db_cluster_parameter_group", name="DBClusterParameterGroupName", tag="cluster-pg")


def _set_parameters(context: Context, groups: _Groups) -> None:
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
            context.call("rds", f"{call}_{groups.noun}", **{groups.name: context.id}, Parameters=parameters)
            if call == "reset":
                moto_mends.forget_parameters(context.region, groups.noun, context.id, chosen)


def _delete_subnet_group(context: Context) -> None:
    refuse_use(context, "subnet_group")
    context.call("rds", "delete_db_subnet_group", DBSubnetGroupName=context.id)


def refuse_use(context: Context, noun: str) -> None:
    """moto lets go of a group in use; RDS does not."""
    if users := [user for user, group in _used(context, noun) if group == context.id]:
        raise ResourceFailure(
            f"Cannot delete the subnet group '{context.id}' because at least one database instance: {users[0]} is "
            "still using it. (Error Code: InvalidDBSubnetGroupStateFault)"
            if noun == "subnet_group"
            else f"One or more database instances are still using {context.id}, so you cannot delete it "
            "(Error Code: InvalidParameterGroupState)"
        )


def _used(context: Context, noun: str) -> Iterator[tuple[str, str]]:
    """Instances and clusters by name, with each group of that kind that they use."""
    for cluster in context.call("rds", "describe_db_clusters")["DBClusters"]:
        name = {"subnet_group": "DBSubnetGroup", "db_cluster_parameter_group": "DBClusterParameterGroup"}.get(noun)
        if name in cluster:
            yield cluster["DBClusterIdentifier"], cluster[name]
    for instance in context.call("rds", "describe_db_instances")["DBInstances"]:
        identifier = instance["DBInstanceIdentifier"]
        if noun == "subnet_group":
            yield identifier, instance.get("DBSubnetGroup", {}).get("DBSubnetGroupName", "")
        elif noun == "db_parameter_group":
            for group in instance.get("DBParameterGroups", []):
                yield identifier, group["DBParameterGroupName"]


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
    "AWS::RDS::DBClusterParameterGroup": _OF_CLUSTERS.handler(),
    "AWS::RDS::DBParameterGroup": _OF_INSTANCES.handler(),
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
