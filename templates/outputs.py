"""What a stack tells others: outputs, some of them exported as `<name>-<suffix>`."""

from __future__ import annotations

from typing import Any

from troposphere import Export, GetAtt, Join, Output, Ref, Sub, Template

from templates.access import Access
from templates.alerts import Alerts
from templates.archive import Archive
from templates.backup import Vault
from templates.clusters import Cluster
from templates.database import Database
from templates.keys import Key
from templates.network import Network


def add_outputs(
    t: Template,
    *,
    network: Network,
    access: Access,
    database: Database,
    connect_policy: Ref,
    alerts: Alerts,
    keys: dict[str, Key],
    archive: Archive | None = None,
    vault: Vault | None = None,
    exported: bool = True,
) -> None:
    """Add what applications, operators and add-on stacks need to know of a database.

    Only what other stacks import is exported, and nothing unless `exported`: CloudFormation refuses to change an export
    while it is imported.
    """
    instance = database.instance
    for name, value, description in (
        ("RdsEndpoint", GetAtt(instance, "Endpoint.Address"), "Host name"),
        ("RdsPort", GetAtt(instance, "Endpoint.Port"), "Port"),
        ("BackupBucketName", archive and archive.bucket, "Archive"),
        ("NotificationTopicArn", alerts.topic, "Alarms and events"),
        ("ClientSecurityGroupId", access.client_security_group, "For clients to wear"),
        ("ConnectPolicyArn", connect_policy, "Connect as ApplicationUser"),
        ("MasterSecretArn", database.master_secret, "Master user's secret"),
    ):
        if value is not None:
            export = {"Export": Export(Sub(f"{name}-${{EnvironmentSuffix}}"))} if exported else {}
            t.add_output(Output(name, Description=description, Value=value, **export))
    for name, value in (
        ("DatabaseIdentifier", database.identifier),
        ("DatabaseParameterGroupName", database.postgresql.parameter_group),
        ("DatabaseResourceId", database.resource_id),
        ("DatabaseSecurityGroupId", access.database_security_group),
        ("DatabaseSubnetGroupName", database.subnet_group),
        ("DatabaseSubnetIds", Join(",", network.database_subnets)),
        *((f"{concern}KeyArn", key.arn) for concern, key in keys.items()),
    ):
        t.add_output(Output(name, Value=value))
    if vault is not None:
        t.add_output(Output("BackupVaultArn", Value=vault.arn, **vault.conditional))


def add_cluster_outputs(
    t: Template,
    *,
    prefix: str,
    network: Network,
    access: Access,
    cluster: Cluster,
    connect_policies: dict[str, Ref],
    alerts: Alerts,
    vault: Vault,
    keys: dict[str, Key],
) -> None:
    """Add what a cluster has to tell; `prefix` begins its exports, so that they stand beside those of an instance."""
    named = cluster.cluster
    for name, value, description in (
        ("WriterEndpoint", GetAtt(named, "Endpoint.Address"), "Host name for reading and writing"),
        ("ReaderEndpoint", GetAtt(named, "ReadEndpoint.Address"), "Host name for reading"),
        ("RdsPort", GetAtt(named, "Endpoint.Port"), "Port"),
        ("NotificationTopicArn", alerts.topic, "Alarms and events"),
        ("ClientSecurityGroupId", access.client_security_group, "For clients to wear"),
        ("MasterSecretArn", GetAtt(named, "MasterUserSecret.SecretArn"), "Master user's secret"),
    ):
        _export(t, name, value, description, prefix=prefix)
    for title, policy in connect_policies.items():
        _export(
            t,
            f"{title}Arn",
            policy,
            f"Connect as {title.removesuffix('ConnectPolicy') or 'ApplicationUser'}",
            prefix=prefix,
        )
    plain: dict[str, Any] = {
        "ClusterIdentifier": cluster.identifier,
        "ClusterParameterGroupName": cluster.parameter_group,
        "ClusterResourceId": cluster.resource_id,
        "MemberIdentifiers": Join(",", [member.identifier for member in cluster.members]),
        "DatabaseSecurityGroupId": access.database_security_group,
        "DatabaseSubnetGroupName": cluster.subnet_group,
        "DatabaseSubnetIds": Join(",", network.database_subnets),
        "BackupVaultArn": vault.arn,
        **{f"{concern}KeyArn": key.arn for concern, key in keys.items()},
    }
    for name, value in plain.items():
        t.add_output(Output(name, Value=value))


def _export(t: Template, name: str, value: Any, description: str, *, prefix: str = "") -> None:
    exported = Export(Sub(f"{prefix}{name}-${{EnvironmentSuffix}}"))
    t.add_output(Output(name, Description=description, Value=value, Export=exported))
