"""AWS::RDS::DBInstance, with the refusals of RDS that moto does not have.

Every change takes effect at once: moto has no maintenance window, whatever ApplyImmediately says. EngineVersion is kept
as written: a bare major stays one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers import origins
from simulator.handlers.base import Context, Handler, random_text
from simulator.handlers.rds import TAGGING
from simulator.handlers.translate import accepted, normal

_RENAME = {"VPCSecurityGroups": "VpcSecurityGroupIds"}

# Not parameters of CreateDBInstance: other calls take them, or only a modification.
_APART = (
    "AllowMajorVersionUpgrade",
    "ApplyImmediately",
    "AssociatedRoles",
    "AutomaticBackupReplicationKmsKeyId",
    "AutomaticBackupReplicationRegion",
    "AutomaticBackupReplicationRetentionPeriod",
    "CertificateRotationRestart",
    "DeleteAutomatedBackups",
    "MasterUserSecret",
    "UseDefaultProcessorFeatures",
)

_GP3_STEP = 400  # GiB; RDS user guide, "gp3 storage": below it IOPS and throughput are fixed for PostgreSQL
_GROUP_OF_METRICS = "RDSOSMetrics"


def _create(context: Context) -> str:
    name = context.name("DBInstanceIdentifier", limit=63, lower=True)
    _judge(context)
    properties = {**context.properties, "DBInstanceIdentifier": name}
    secret = _secret_key(context)
    origin = origins.call(properties)
    if not origin:
        made = {key: value for key, value in properties.items() if key not in _APART}
        context.send("rds", "create_db_instance", made, rename=_RENAME, **secret)
    else:
        _restore(context, origin, properties)
    context.made(name.lower())
    moto_mends.identify_instance(context.region, name.lower(), f"db-{random_text(26)}")
    moto_mends.hold_instance(context.region, name.lower(), context.properties)
    _roles(context)
    _replicate_backups(context)
    let_rds_make_log_groups(context)
    return name.lower()


def _restore(context: Context, origin: str, properties: Mapping[str, Any]) -> None:
    """From a snapshot, a point in time or a source; what that call does not take is modified afterwards, as on AWS."""
    name = str(properties["DBInstanceIdentifier"]).lower()
    rename = {**_RENAME, **origins.TARGET.get(origin, {})}
    shape = context.input_of("rds", origin)
    taken = accepted({key: value for key, value in properties.items() if key not in _APART}, shape, rename)
    context.send("rds", origin, taken, rename=rename, **origins.source(context))
    context.made(name)
    _judge_family(context, str(_instance(context)["EngineVersion"]))
    left = {key: value for key, value in properties.items() if key not in {*taken, *origins.ONLY, "Tags"}}
    _modify(context, left)


def _judge(context: Context) -> None:
    """What RDS refuses and moto does not."""
    get = context.get
    storage = int(get("AllocatedStorage", 0))
    stated = [name for name in ("Iops", "StorageThroughput") if name in context.properties]
    if get("StorageType") == "gp3" and storage < _GP3_STEP and stated and str(get("Engine")) == "postgres":
        raise ResourceFailure(
            f"You can't specify {' or '.join(stated)} for engine postgres and a storage size less than {_GP3_STEP}. "
            "(Error Code: InvalidParameterCombination)"
        )
    if context.true("ManageMasterUserPassword") and "MasterUserPassword" in context.properties:
        raise ResourceFailure(
            "You can't specify MasterUserPassword when ManageMasterUserPassword is on. "
            "(Error Code: InvalidParameterCombination)"
        )
    _judge_family(context, str(get("EngineVersion", "")))
    judge_vpc(context, context.get("VPCSecurityGroups", []))


def _judge_family(context: Context, version: str) -> None:
    group = context.get("DBParameterGroupName")
    if not group or not version or str(context.get("Engine")) != "postgres":
        return
    found = context.call("rds", "describe_db_parameter_groups", DBParameterGroupName=group)["DBParameterGroups"]
    wanted = f"postgres{version.split('.')[0]}"
    if found and found[0]["DBParameterGroupFamily"] != wanted:
        raise ResourceFailure(
            f"The parameter group {group} with DBParameterGroupFamily {found[0]['DBParameterGroupFamily']} can't be "
            f"used for this instance. Use a parameter group with DBParameterGroupFamily {wanted}. "
            "(Error Code: InvalidParameterCombination)"
        )


def judge_vpc(context: Context, security: list[str]) -> None:
    """Fail as RDS does when a database's security groups are not of the VPC of its subnets."""
    group = context.get("DBSubnetGroupName")
    if not group or not security:
        return
    vpc = context.call("rds", "describe_db_subnet_groups", DBSubnetGroupName=group)["DBSubnetGroups"][0]["VpcId"]
    found = context.call("ec2", "describe_security_groups", GroupIds=security)["SecurityGroups"]
    if any(each["VpcId"] != vpc for each in found):
        raise ResourceFailure(
            "The DB instance and EC2 security group are in different VPCs. The DB instance is in "
            f"{vpc} and the EC2 security group is in {found[0]['VpcId']} (Error Code: InvalidVPCNetworkStateFault)"
        )


def _secret_key(context: Context) -> dict[str, Any]:
    key = context.get("MasterUserSecret", {}).get("KmsKeyId")
    return {"MasterUserSecretKmsKeyId": key} if key else {}


def _update(context: Context) -> None:
    _judge(context)
    _judge_upgrade(context)
    origins.promote(context)
    skipped = {*_APART, *origins.ONLY, "Tags", "EnableCloudwatchLogsExports"} - {"MasterUserSecret"}
    changed = {
        name: value
        for name, value in context.properties.items()
        if name not in skipped and normal(value) != normal(context.old.get(name))
    }
    if str(context.old.get("EngineVersion", "")).startswith(f"{context.get('EngineVersion')}."):
        changed.pop("EngineVersion", None)  # a bare major is whichever of its minors runs
    if "ManageMasterUserPassword" not in context.old and context.old.get("MasterUserSecret"):
        changed.pop("ManageMasterUserPassword", None)  # imported, and managed already
    _modify(context, changed)
    _roles(context)
    _replicate_backups(context)
    let_rds_make_log_groups(context)
    context.retag("rds", context.arn("rds", f"db:{context.id}"), **TAGGING)


def _judge_upgrade(context: Context) -> None:
    before, after = str(context.old.get("EngineVersion", "")), str(context.get("EngineVersion", ""))
    if not before or not after or before == after:
        return
    old, new = (tuple(map(int, version.split("."))) for version in (before, after))
    if new[0] != old[0] and not context.true("AllowMajorVersionUpgrade"):
        raise ResourceFailure(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version. "
            "(Error Code: InvalidParameterCombination)"
        )
    if new < old and old[: len(new)] != new:
        raise ResourceFailure(
            f"Cannot upgrade {context.get('Engine')} from {before} to {after} (Error Code: InvalidParameterCombination)"
        )


def _modify(context: Context, changed: Mapping[str, Any]) -> None:
    """One ModifyDBInstance with what changed; a property that it does not take stays as it is, as in AWS's handler."""
    rename = {**_RENAME, "Port": "DBPortNumber"}
    shape = context.input_of("rds", "modify_db_instance")
    request = accepted({name: value for name, value in changed.items() if name not in _APART}, shape, rename)
    request.pop("DBInstanceIdentifier", None)
    extra: dict[str, Any] = _secret_key(context) if "MasterUserSecret" in changed else {}
    before = context.old.get("EnableCloudwatchLogsExports", [])
    after = context.get("EnableCloudwatchLogsExports", [])
    if context.old and before != after:
        extra["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": [each for each in after if each not in before],
            "DisableLogTypes": [each for each in before if each not in after],
        }
    if not request and not extra:
        return
    context.send(
        "rds",
        "modify_db_instance",
        request,
        rename=rename,
        DBInstanceIdentifier=context.id,
        ApplyImmediately=context.true("ApplyImmediately", default=True),  # the default of the registry schema
        AllowMajorVersionUpgrade=context.true("AllowMajorVersionUpgrade"),
        **extra,
    )
    moto_mends.hold_instance(context.region, context.id, changed)


def _roles(context: Context) -> None:
    before, after = context.old.get("AssociatedRoles", []), context.get("AssociatedRoles", [])
    for call, roles in (
        ("remove_role_from_db_instance", [each for each in before if each not in after]),
        ("add_role_to_db_instance", [each for each in after if each not in before]),
    ):
        for role in roles:
            context.send("rds", call, role, DBInstanceIdentifier=context.id)


def _replicate_backups(context: Context) -> None:
    """Asked for in the other Region, of the instance's ARN in this one."""
    names = ("Region", "KmsKeyId", "RetentionPeriod")
    given = {name: context.get(f"AutomaticBackupReplication{name}") for name in names}
    if not context.changed(*(f"AutomaticBackupReplication{name}" for name in names)):
        return
    arn = context.arn("rds", f"db:{context.id}")
    if context.old.get("AutomaticBackupReplicationRegion"):
        context.call("rds", "stop_db_instance_automated_backups_replication", SourceDBInstanceArn=arn)
    if given["Region"]:
        request: dict[str, Any] = {"SourceDBInstanceArn": arn}
        if given["KmsKeyId"]:
            request["KmsKeyId"] = given["KmsKeyId"]
        if given["RetentionPeriod"]:
            request["BackupRetentionPeriod"] = int(given["RetentionPeriod"])
        context.call("rds", "start_db_instance_automated_backups_replication", **request)


def let_rds_make_log_groups(context: Context, kind: str = "instance") -> None:
    """RDS makes the groups of its exports when they are not there; they are then in the way of a stack's own."""
    wanted = [f"/aws/rds/{kind}/{context.id}/{each}" for each in context.get("EnableCloudwatchLogsExports", [])]
    if int(context.get("MonitoringInterval", 0)):
        wanted.append(_GROUP_OF_METRICS)
    logs = context.clients.get("logs", context.region)
    for name in wanted:
        found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if not any(group["logGroupName"] == name for group in found):
            logs.create_log_group(logGroupName=name)


def _delete(context: Context, **snapshot: str) -> None:
    context.call(
        "rds",
        "delete_db_instance",
        DBInstanceIdentifier=context.id,
        SkipFinalSnapshot=not snapshot,
        DeleteAutomatedBackups=context.true("DeleteAutomatedBackups", default=True),
        **snapshot,
    )


def _delete_after_snapshot(context: Context) -> None:
    """Of a replica there is no final snapshot, and AWS's handler asks for none."""
    if origins.is_replica(context):
        _delete(context)
        return
    name = f"{context.stack.name}-snapshot-{context.resource.logical_id}-{random_text(12)}".lower()
    _delete(context, FinalDBSnapshotIdentifier=name)


def _instance(context: Context) -> dict[str, Any]:
    return dict(context.call("rds", "describe_db_instances", DBInstanceIdentifier=context.id)["DBInstances"][0])


def _attributes(context: Context) -> Mapping[str, object]:
    found = _instance(context)
    return {
        "CertificateDetails": {"CAIdentifier": found.get("CACertificateIdentifier", "")},
        "DBInstanceArn": found["DBInstanceArn"],
        "DbiResourceId": found["DbiResourceId"],
        "DBInstanceStatus": found["DBInstanceStatus"],
        "Endpoint": {
            "Address": found["Endpoint"]["Address"],
            "Port": str(found["Endpoint"]["Port"]),
            "HostedZoneId": "Z2R2ITUGPM61AM",
        },
        "MasterUserSecret": found.get("MasterUserSecret", {}),
    }


HANDLERS: Mapping[str, Handler] = {
    "AWS::RDS::DBInstance": Handler(
        create=_create,
        update=_update,
        delete=_delete,
        delete_after_snapshot=_delete_after_snapshot,
        attributes=_attributes,
        name="DBInstanceIdentifier",
        # The others of the conditionally create-only properties are modified in place by AWS's own handler.
        replaced_by=frozenset({"DBSnapshotIdentifier", "Engine", "PerformanceInsightsKMSKeyId"}),
        settable=frozenset({"PerformanceInsightsKMSKeyId"}),
        exists=_instance,
    )
}
