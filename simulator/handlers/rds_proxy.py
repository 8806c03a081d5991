"""AWS::RDS::DBProxy and its target group. The group is the proxy's own `default`, which is changed and not made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler
from simulator.handlers.rds import TAGGING

_POOL = {"ConnectionPoolConfigurationInfo": "ConnectionPoolConfig"}
_TARGETS = ("DBInstanceIdentifiers", "DBClusterIdentifiers")


def _create(context: Context) -> str:
    name = str(context.get("DBProxyName"))
    if "Auth" not in context.properties and context.get("DefaultAuthScheme") != "IAM_AUTH":
        raise ResourceFailure("You must specify Auth, or IAM_AUTH by default. (Error Code: InvalidParameterValue)")
    # moto demands the list that end-to-end IAM authentication goes without.
    auth: dict[str, Any] = {} if "Auth" in context.properties else {"Auth": []}
    context.send("rds", "create_db_proxy", context.properties, **auth)
    moto_mends.hold_proxy(context.region, name, context.properties)
    return name


def _update(context: Context) -> None:
    names = ("Auth", "DefaultAuthScheme", "DebugLogging", "IdleClientTimeout", "RequireTLS", "RoleArn")
    given = {name: context.get(name) for name in names if name in context.properties}
    if context.changed(*names, "VpcSecurityGroupIds"):
        groups = {"SecurityGroups": context.get("VpcSecurityGroupIds", [])}
        context.send("rds", "modify_db_proxy", given, DBProxyName=context.id, **groups)
        moto_mends.hold_proxy(context.region, context.id, context.properties)
    context.retag("rds", _proxy(context)["DBProxyArn"], **TAGGING)


def _proxy(context: Context) -> dict[str, Any]:
    return dict(context.call("rds", "describe_db_proxies", DBProxyName=context.id)["DBProxies"][0])


def _attributes(context: Context) -> Mapping[str, object]:
    found = _proxy(context)
    return {name: found[name] for name in ("DBProxyArn", "Endpoint", "VpcId")}


def _create_target_group(context: Context) -> str:
    _pool(context)
    _register(context)
    proxy = {"DBProxyName": context.get("DBProxyName")}
    return str(context.call("rds", "describe_db_proxy_target_groups", **proxy)["TargetGroups"][0]["TargetGroupArn"])


def _update_target_group(context: Context) -> None:
    if context.changed("ConnectionPoolConfigurationInfo"):
        _pool(context)
    _register(context)


def _pool(context: Context) -> None:
    context.send("rds", "modify_db_proxy_target_group", context.properties, rename=_POOL, leave=(*_TARGETS, "Tags"))


def _register(context: Context) -> None:
    """Register what is new and deregister what is gone; a target must be there."""
    for kind in _TARGETS:
        before, after = context.old.get(kind, []), context.get(kind, [])
        for call, targets in (
            ("register", [each for each in after if each not in before]),
            ("deregister", [each for each in before if each not in after]),
        ):
            if targets:
                for name in targets if (call, kind) == ("register", "DBInstanceIdentifiers") else ():
                    context.call("rds", "describe_db_instances", DBInstanceIdentifier=name)
                named = {"DBProxyName": context.get("DBProxyName"), "TargetGroupName": "default", kind: targets}
                context.call("rds", f"{call}_db_proxy_targets", **named)


def _delete_target_group(context: Context) -> None:
    """The group is the proxy's own, and goes with it; what it led to is let go."""
    for kind in _TARGETS:
        if targets := context.get(kind):
            named = {"DBProxyName": context.get("DBProxyName"), "TargetGroupName": "default", kind: targets}
            context.call("rds", "deregister_db_proxy_targets", **named)


HANDLERS: Mapping[str, Handler] = {
    "AWS::RDS::DBProxy": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("rds", "delete_db_proxy", DBProxyName=context.id),
        attributes=_attributes,
        name="DBProxyName",
        exists=_proxy,
    ),
    "AWS::RDS::DBProxyTargetGroup": Handler(
        create=_create_target_group,
        update=_update_target_group,
        delete=_delete_target_group,
        attributes=lambda context: {"TargetGroupArn": context.id},
    ),
}
