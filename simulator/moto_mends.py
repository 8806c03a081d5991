"""The few places where moto takes a call and forgets or ignores part of it, set right in its own state.

Only what people read back and what would otherwise be wrong. Each is a statement about moto 5.2.5.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import copy
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from botocore import xform_name
from moto import backends
from moto.athena.models import athena_backends
from moto.backup.models import Plan, backup_backends
from moto.core import responses
from moto.core.base_backend import BackendDict, backend_lock
from moto.core.model_instances import reset_model_data
from moto.core.utils import method_names_from_class, utcnow
from moto.ec2.models import ec2_backends
from moto.glue.models import glue_backends
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.kms import models as kms
from moto.kms.utils import AbstractPrivateKey, generate_private_key
from moto.logs.models import logs_backends
from moto.rds.models import DBCluster, DBInstance, RDSBackend, rds_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

from simulator.account import ACCOUNT
from simulator.handlers.translate import text

# Settings of an instance that CreateDBInstance forgets, and the attribute under which DescribeDBInstances shows each.
_INSTANCE = {
    "DatabaseInsightsMode": "database_insights_mode",
    "DedicatedLogVolume": "dedicated_log_volume",
    "EnablePerformanceInsights": "performance_insights_enabled",
    "EngineLifecycleSupport": "engine_lifecycle_support",
    "NetworkType": "network_type",
    "PerformanceInsightsKMSKeyId": "performance_insights_kms_key_id",
    "PerformanceInsightsRetentionPeriod": "performance_insights_retention_period",
    "Port": "port",
}


_CLUSTER = {
    "DatabaseInsightsMode": "database_insights_mode",
    "EnableIAMDatabaseAuthentication": "iam_auth",
    "EngineLifecycleSupport": "engine_lifecycle_support",
    "MonitoringInterval": "monitoring_interval",
    "MonitoringRoleArn": "monitoring_role_arn",
    "PerformanceInsightsEnabled": "performance_insights_enabled",
    "PerformanceInsightsKmsKeyId": "performance_insights_kms_key_id",
    "PerformanceInsightsRetentionPeriod": "performance_insights_retention_period",
}


def identify_instance(region: str, name: str, resource_id: str) -> None:
    """Every instance of moto's has one and the same resource ID."""
    rds_backends[ACCOUNT][region].databases[name].dbi_resource_id = resource_id


def create_read_replica(backend: RDSBackend, settings: dict[str, Any]) -> DBInstance:
    """A replica of moto's shares its lists with its source, and looks for what it names in its source's Region."""
    source = backend.find_db_from_id(settings["source_db_instance_identifier"])
    replica = copy(source)
    replica.backend = backend
    for attribute, value in vars(replica).items():
        if isinstance(value, list | dict):
            setattr(replica, attribute, copy(value))
    replica.update(**settings)
    replica.set_as_replica()
    backend.databases[settings["db_instance_identifier"]] = replica
    source.add_replica(replica)
    return replica


def remove_replica(source: DBInstance, replica: DBInstance) -> None:
    """A source of moto's knows its replicas in other Regions by their ARNs, and looks for their identifiers."""
    for name in (replica.db_instance_identifier, replica.db_instance_arn):
        if name in source.replicas:
            source.replicas.remove(name)


def end_replication(region: str, name: str) -> None:
    """A promoted instance of moto's still names its source."""
    backend = rds_backends[ACCOUNT][region]
    instance = backend.databases[name]
    remove_replica(backend.find_db_from_id(str(instance.source_db_instance_identifier)), instance)
    instance.source_db_instance_identifier = None


def hold_instance(region: str, name: str, properties: Mapping[str, Any]) -> None:
    """Keep the settings of an instance that moto forgets."""
    _hold(rds_backends[ACCOUNT][region].databases[name], _INSTANCE, properties)


def hold_cluster(region: str, name: str, properties: Mapping[str, Any]) -> None:
    """Keep the settings of a cluster that moto forgets, or refuses: IAM authentication of a Multi-AZ DB cluster."""
    _hold(rds_backends[ACCOUNT][region].clusters[name], _CLUSTER, properties)


def export_cluster_logs(region: str, name: str, logs: Iterable[str]) -> None:
    """ModifyDBCluster takes a CloudwatchLogsExportConfiguration and does nothing with it."""
    rds_backends[ACCOUNT][region].clusters[name].enabled_cloudwatch_logs_exports = list(logs)


def _hold(of: object, attributes: Mapping[str, str], properties: Mapping[str, Any]) -> None:
    for given, attribute in attributes.items():
        if given in properties:
            value = text(properties[given])
            setattr(
                of,
                attribute,
                {"true": True, "false": False}.get(value, int(value) if value.isdecimal() else value),
            )


_PROXY = {
    "DebugLogging": "debug_logging",
    "DefaultAuthScheme": "default_auth_scheme",
    "IdleClientTimeout": "idle_client_timeout",
    "RequireTLS": "require_tls",
    "RoleArn": "role_arn",
    "VpcSecurityGroupIds": "vpc_security_group_ids",
}


def hold_proxy(region: str, name: str, properties: Mapping[str, Any]) -> None:
    """ModifyDBProxy is missing, and CreateDBProxy forgets what is newer than moto."""
    proxy = rds_backends[ACCOUNT][region].db_proxies[name]
    for given, attribute in _PROXY.items():
        if given in properties:
            setattr(proxy, attribute, properties[given])


def make_members(region: str, cluster: str, names: Iterable[str]) -> None:
    """RDS makes the members of a Multi-AZ DB cluster itself; moto makes none."""
    backend = rds_backends[ACCOUNT][region]
    made = backend.clusters[cluster]
    for name, zone in zip(names, made.availability_zones or (), strict=True):
        backend.create_db_instance(
            {
                "db_instance_identifier": name,
                "db_instance_class": made.db_cluster_instance_class,
                "db_cluster_identifier": cluster,
                "engine": made.engine,
                "availability_zone": zone,
                "db_subnet_group_name": made.db_subnet_group_name,
            }
        )


def drop_members(region: str, names: Iterable[str]) -> None:
    """And it deletes them with their cluster."""
    for name in names:
        rds_backends[ACCOUNT][region].databases.pop(name)


def save_automated_backup(instance: DBInstance) -> None:
    """The first automated snapshot of an instance: moto's name for it, of that minute, may be a deleted instance's."""
    backend, name = instance.backend, f"rds:{instance.db_instance_identifier}-{utcnow():%Y-%m-%d-%H-%M}"
    while name in backend.database_snapshots:
        name += "-again"
    backend.create_auto_snapshot(instance.db_instance_identifier, name)


def modify_subnet_group(backend: RDSBackend, subnet_name: str, description: str, subnets: list[Any]) -> Any:
    """A subnet group that is modified is lost to moto."""
    group = _modify_subnet_group(backend, subnet_name, description, subnets)
    backend.subnet_groups[subnet_name] = group
    return group


_modify_subnet_group = RDSBackend.modify_db_subnet_group


def forget_parameters(region: str, kind: str, group: str, names: Iterable[str]) -> None:
    """ResetDBParameterGroup and ResetDBClusterParameterGroup are missing; `kind` is the noun of either."""
    parameters = getattr(rds_backends[ACCOUNT][region], f"{kind}s")[group].parameters
    for name in names:
        parameters.pop(name, None)


def change_event_subscription(region: str, name: str, properties: Mapping[str, Any]) -> None:
    """ModifyEventSubscription and the calls on its sources are missing."""
    subscription = rds_backends[ACCOUNT][region].event_subscriptions[name]
    for given, value in properties.items():
        setattr(subscription, xform_name(given), value)


def change_crawler(region: str, name: str, request: Mapping[str, Any]) -> None:
    """UpdateCrawler is missing."""
    crawler = glue_backends[ACCOUNT][region].crawlers[name]
    for given, value in request.items():
        setattr(crawler, xform_name(given), value)


def change_work_group(region: str, name: str, request: Mapping[str, Any]) -> None:
    """UpdateWorkGroup is missing; it names parts of a configuration after what GetWorkGroup shows, and "Updates"."""
    work_group = athena_backends[ACCOUNT][region].work_groups[name]
    work_group.description = request.get("Description", work_group.description)
    for given, value in request.get("ConfigurationUpdates", {}).items():
        work_group.configuration[given.removesuffix("Updates")] = value


def set_log_group_key(region: str, name: str, key: str | None) -> None:
    """AssociateKmsKey and DisassociateKmsKey are missing."""
    logs_backends[ACCOUNT][region].groups[name].kms_key_id = key


def change_backup_plan(region: str, plan_id: str, plan: dict[str, Any]) -> None:
    """UpdateBackupPlan is missing."""
    backend = backup_backends[ACCOUNT][region]
    old = backend.plans[plan_id]
    new = Plan(backup_plan=plan, creator_request_id=old.creator_request_id, backend=backend)
    new.backup_plan_id, new.backup_plan_arn = old.backup_plan_id, old.backup_plan_arn
    backend.plans[plan_id] = new


def forget_backup_plan(region: str, plan_id: str) -> None:
    """A deleted plan keeps its name, so that none can be called so again."""
    del backup_backends[ACCOUNT][region].plans[plan_id]


def schedule_rotation(region: str, secret: str, function: str, days: int) -> None:
    """RotateSecret runs the function at once, in Docker: here only the schedule is kept."""
    held = secretsmanager_backends[ACCOUNT][region].secrets[secret]
    assert isinstance(held, FakeSecret)
    held.rotation_requested = held.rotation_enabled = True
    held.rotation_lambda_arn = function
    held.auto_rotate_after_days = days


def log_delivery_is_permitted(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """Whether a bucket's policy lets S3 deliver access logs: moto's own fails on some forms that S3 takes."""
    if not target_bucket.policy:
        return False
    wanted = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}log"
    for statement in json.loads(target_bucket.policy)["Statement"]:
        principal = statement.get("Principal")
        services = _listed(principal.get("Service", [])) if isinstance(principal, dict) else []
        if (
            statement.get("Effect") == "Allow"
            and "logging.s3.amazonaws.com" in services
            and any(fnmatchcase("s3:PutObject", each) for each in _listed(statement.get("Action", [])))
            and any(fnmatchcase(wanted, each) for each in _listed(statement.get("Resource", [])))
        ):
            return True
    return False


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def move_endpoint_routes(region: str, endpoint: str, added: Iterable[str], removed: Iterable[str]) -> None:
    """ModifyVpcEndpoint names other route tables, but leaves the routes to a gateway endpoint where they were."""
    backend = ec2_backends[ACCOUNT][region]
    prefix_list = backend.vpc_end_points[endpoint].destination_prefix_list_id
    if prefix_list is None:  # an interface endpoint has no routes
        return
    for table in removed:
        backend.delete_route(table, prefix_list)
    for table in added:
        backend.create_route(table, None, gateway_id=endpoint, destination_prefix_list_id=prefix_list)


def forget_everything() -> None:
    """Empty every service. BackendDict.reset() does it too, but builds each backend anew only to drop it: a second."""
    with backend_lock:
        for backend in BackendDict._instances:  # type: ignore[misc]
            if backend is s3_backends:  # the only one with state outside of itself: bucket names, open files
                for account in s3_backends.values():
                    account.reset()
            backend.clear()
        BackendDict._instances.clear()  # type: ignore[misc]
    reset_model_data()


def bucket_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What a bucket's policy says to a request: moto reads a statement with conditions as one without.

    Such a statement is left out: "Deny without TLS" would forbid everything here, where nothing has TLS.
    """
    if not bucket.policy:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    policy["Statement"] = [each for each in policy["Statement"] if "Condition" not in each]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


_read_managed_policies = IAMBackend._init_aws_policies
_managed_policies: dict[str, list[ManagedPolicy]] = {}


def managed_policies(backend: IAMBackend) -> list[ManagedPolicy]:
    """AWS's managed policies, read once for a partition: moto reads all 1,500 for six partitions after every reset."""
    if backend.region_name not in _managed_policies:
        _managed_policies[backend.region_name] = _read_managed_policies(backend)
    return [_copied(policy) for policy in _managed_policies[backend.region_name]]


def _copied(policy: ManagedPolicy) -> ManagedPolicy:
    """A copy that moto does not hear of: it would note each of the 1,500, which took a tenth of a test."""
    copied: ManagedPolicy = object.__new__(type(policy))
    vars(copied).update(vars(policy))
    return copied


_unused_private_key = cache(generate_private_key)


def private_key(key_spec: str) -> AbstractPrivateKey:
    """The private key of a KMS key: moto makes one for symmetric keys, too, which never use it; a tenth of a second."""
    return _unused_private_key(key_spec) if key_spec == "SYMMETRIC_DEFAULT" else generate_private_key(key_spec)


_allocates_by_default = DBCluster.default_allocated_storage


def allocated_by_default(engine: str, storage_type: str) -> int:
    """What a cluster allocates by itself: moto fails on Aurora's own types of storage, which allocate nothing."""
    return 1 if storage_type.startswith("aurora") else _allocates_by_default(engine, storage_type)


def mend() -> None:
    """Put right what is wrong in moto's own code, and what it does anew for each request though it never changes."""
    names = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: names
    responses.method_names_from_class = cache(method_names_from_class)  # type: ignore[attr-defined]
    kms.generate_private_key = private_key  # type: ignore[attr-defined]
    IAMBackend._init_aws_policies = managed_policies  # type: ignore[assignment, method-assign]
    RDSBackend.modify_db_subnet_group = modify_subnet_group  # type: ignore[assignment, method-assign]
    DBInstance.remove_replica = remove_replica  # type: ignore[assignment, method-assign]
    DBCluster.default_allocated_storage = staticmethod(allocated_by_default)  # type: ignore[method-assign]
    DBInstance.save_automated_backup = save_automated_backup  # type: ignore[assignment, method-assign]
    RDSBackend.create_db_instance_read_replica = create_read_replica  # type: ignore[assignment, method-assign]
    FakeBucket.get_permission = bucket_permission  # type: ignore[assignment, method-assign]
    FakeBucket._log_permissions_enabled_policy = staticmethod(log_delivery_is_permitted)  # type: ignore[method-assign]
