"""AWS::RDS::DBCluster, Aurora's and Multi-AZ, with the refusals of RDS that moto does not have.

Every change takes effect at once, as AWS's own handler asks for. Of a Multi-AZ DB cluster RDS makes the members, and
deletes them with it; those of Aurora are instances of the template.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler, random_text
from simulator.handlers.rds import TAGGING, ZONES_NEEDED, refuse_few_zones
from simulator.handlers.rds_instance import judge_vpc, let_rds_make_log_groups
from simulator.handlers.translate import accepted, normal

_RENAME = {"PerformanceInsightsEnabled": "EnablePerformanceInsights"}

# Not parameters of CreateDBCluster, or not as they are written.
_APART = (
    "AssociatedRoles",
    "DBInstanceParameterGroupName",
    "DeleteAutomatedBackups",
    "EnableCloudwatchLogsExports",
    "MasterUserSecret",
    "Tags",
)
_MEMBERS = 3


def _is_multi_az(context: Context) -> bool:
    return "DBClusterInstanceClass" in context.properties


def _create(context: Context) -> str:
    name = context.name("DBClusterIdentifier", limit=63, lower=True).lower()
    _judge(context)
    properties = {key: value for key, value in context.properties.items() if key != "MasterUserSecret"}
    if _is_multi_az(context):
        properties.pop("EnableIAMDatabaseAuthentication", None)  # moto refuses it
    left = ("AssociatedRoles", "DBInstanceParameterGroupName", "DeleteAutomatedBackups")
    named = {**properties, "DBClusterIdentifier": name}
    context.send("rds", "create_db_cluster", named, rename=_RENAME, leave=left, **_secret_key(context))
    context.made(name)
    moto_mends.hold_cluster(context.region, name, context.properties)
    if _is_multi_az(context):
        moto_mends.make_members(context.region, name, _members(name))
    let_rds_make_log_groups(context, "cluster")
    return name


def _members(name: str) -> list[str]:
    return [f"{name}-instance-{number + 1}" for number in range(_MEMBERS)]


def _secret_key(context: Context) -> dict[str, Any]:
    key = context.get("MasterUserSecret", {}).get("KmsKeyId")
    return {"MasterUserSecretKmsKeyId": key} if key else {}


def _judge(context: Context) -> None:
    """What RDS refuses and moto does not."""
    if _is_multi_az(context):
        missing = [name for name in ("AllocatedStorage", "Iops") if name not in context.properties]
        if missing:
            raise ResourceFailure(
                f"The parameter {missing[0]} must be provided for a Multi-AZ DB cluster. "
                "(Error Code: InvalidParameterCombination)"
            )
    if context.true("ManageMasterUserPassword") and "MasterUserPassword" in context.properties:
        raise ResourceFailure(
            "You can't specify MasterUserPassword when ManageMasterUserPassword is on. "
            "(Error Code: InvalidParameterCombination)"
        )
    _judge_zones(context)
    _judge_family(context)
    judge_vpc(context, context.get("VpcSecurityGroupIds", []))


def _judge_zones(context: Context) -> None:
    group = context.get("DBSubnetGroupName")
    if group:
        found = context.call("rds", "describe_db_subnet_groups", DBSubnetGroupName=group)["DBSubnetGroups"][0]
        zones = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in found["Subnets"]}
        refuse_few_zones(zones, _MEMBERS if _is_multi_az(context) else ZONES_NEEDED)


def _judge_family(context: Context) -> None:
    group, version = context.get("DBClusterParameterGroupName"), str(context.get("EngineVersion", ""))
    if not group or not version:
        return
    (found,) = context.call("rds", "describe_db_cluster_parameter_groups", DBClusterParameterGroupName=group)[
        "DBClusterParameterGroups"
    ]
    wanted = f"{context.get('Engine')}{version.split('.')[0]}"
    if found["DBParameterGroupFamily"] != wanted:
        raise ResourceFailure(
            f"The parameter group {group} with DBParameterGroupFamily {found['DBParameterGroupFamily']} can't be used "
            f"for this cluster. Use a parameter group with DBParameterGroupFamily {wanted}. "
            "(Error Code: InvalidParameterCombination)"
        )


def _update(context: Context) -> None:
    _judge(context)
    if _is_multi_az(context) and normal(context.get("Port")) != normal(context.old.get("Port")):
        raise ResourceFailure(
            "You can't modify the port of a Multi-AZ DB cluster. (Error Code: InvalidParameterCombination)"
        )
    changed = {
        name: value
        for name, value in context.properties.items()
        if name not in _APART and normal(value) != normal(context.old.get(name))
    }
    request = accepted(changed, context.input_of("rds", "modify_db_cluster"), _RENAME)
    extra: dict[str, Any] = _secret_key(context) if context.changed("MasterUserSecret") else {}
    before, after = (of.get("EnableCloudwatchLogsExports", []) for of in (context.old, context.properties))
    if before != after:
        extra["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": [each for each in after if each not in before],
            "DisableLogTypes": [each for each in before if each not in after],
        }
    if "EngineVersion" in changed:
        extra["AllowMajorVersionUpgrade"] = True
    if request or extra:
        named: dict[str, Any] = {"DBClusterIdentifier": context.id, "ApplyImmediately": True}
        context.send("rds", "modify_db_cluster", request, rename=_RENAME, **named, **extra)
    moto_mends.hold_cluster(context.region, context.id, changed)
    moto_mends.export_cluster_logs(context.region, context.id, after)
    let_rds_make_log_groups(context, "cluster")
    context.retag("rds", context.arn("rds", f"cluster:{context.id}"), **TAGGING)


def _delete(context: Context, **snapshot: str) -> None:
    found = _cluster(context)
    if "DBClusterInstanceClass" in found and not found.get("DeletionProtection"):
        members = [member["DBInstanceIdentifier"] for member in found["DBClusterMembers"]]
        moto_mends.drop_members(context.region, members)
    context.call("rds", "delete_db_cluster", DBClusterIdentifier=context.id, SkipFinalSnapshot=not snapshot, **snapshot)


def _delete_after_snapshot(context: Context) -> None:
    name = f"{context.stack.name}-snapshot-{context.resource.logical_id}-{random_text(12)}".lower()
    _delete(context, FinalDBSnapshotIdentifier=name)


def _cluster(context: Context) -> dict[str, Any]:
    return dict(context.call("rds", "describe_db_clusters", DBClusterIdentifier=context.id)["DBClusters"][0])


def _attributes(context: Context) -> Mapping[str, object]:
    found = _cluster(context)
    return {
        "DBClusterArn": found["DBClusterArn"],
        "DBClusterResourceId": found["DbClusterResourceId"],
        "Endpoint": {"Address": found["Endpoint"], "Port": str(found["Port"])},
        "MasterUserSecret": found.get("MasterUserSecret", {}),
        "ReadEndpoint": {"Address": found["ReaderEndpoint"]},
    }


HANDLERS: Mapping[str, Handler] = {
    "AWS::RDS::DBCluster": Handler(
        create=_create,
        update=_update,
        delete=_delete,
        delete_after_snapshot=_delete_after_snapshot,
        attributes=_attributes,
        name="DBClusterIdentifier",
        # The others of the conditionally create-only properties are modified in place by AWS's own handler.
        replaced_by=frozenset({"Engine"}),
        exists=_cluster,
    )
}
