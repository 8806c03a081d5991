"""What a stack tells others: outputs, some of them exported as `<name>-<suffix>`."""

from __future__ import annotations

from typing import Any

from troposphere import Export, GetAtt, Join, Output, Ref, Sub, Template

from templates.access import Access
from templates.alerts import Alerts
from templates.archive import Archive
from templates.backup import Vault
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
    archive: Archive,
    alerts: Alerts,
    vault: Vault,
    keys: dict[str, Key],
) -> None:
    """Add what applications, operators and add-on stacks need to know of a database.

    Only what other stacks import is exported: CloudFormation refuses to change an export while it is imported.
    """
    instance = database.instance
    _export(t, "RdsEndpoint", GetAtt(instance, "Endpoint.Address"), "Host name")
    _export(t, "RdsPort", GetAtt(instance, "Endpoint.Port"), "Port")
    _export(t, "BackupBucketName", archive.bucket, "Archive")
    _export(t, "NotificationTopicArn", alerts.topic, "Alarms and events")
    _export(t, "ClientSecurityGroupId", access.client_security_group, "For clients to wear")
    _export(t, "ConnectPolicyArn", connect_policy, "Connect as ApplicationUser")
    _export(t, "MasterSecretArn", database.master_secret, "Master user's secret")
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
    t.add_output(Output("BackupVaultArn", Value=vault.arn, **vault.conditional))


def _export(t: Template, name: str, value: Any, description: str) -> None:
    exported = Export(Sub(f"{name}-${{EnvironmentSuffix}}"))
    t.add_output(Output(name, Description=description, Value=value, Export=exported))
