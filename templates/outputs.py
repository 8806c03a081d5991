"""What a stack tells others: outputs, some of them exported as `<name>-<suffix>`."""

from __future__ import annotations

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
