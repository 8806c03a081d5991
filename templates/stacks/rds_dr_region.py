"""What a second Region or account needs before a database copies its backups there: key, vault, topic, alarms."""

from __future__ import annotations

from troposphere import Output, Template

from templates import edition, keys
from templates.alerts import add_alerts
from templates.copies import add_destination, watch_copies
from templates.edition import new_template
from templates.environment import add_environment
from templates.parameters import arrange
from templates.retention import PROTECTED

REGIONS = edition.REGIONS

GROUPS = ("Environment", "Alerts", "Source", "Recovery")


def build() -> Template:
    t = new_template(__doc__)
    environment = add_environment(t, part="dr")
    alerts_key = keys.add_alerts_key(t, environment, PROTECTED)
    alerts = add_alerts(t, environment, alerts_key)
    key = keys.add_database_key(t, environment, PROTECTED)
    vault = add_destination(t, environment, key, PROTECTED)
    watch_copies(t, vault, alerts)
    for name, value, description in (
        ("BackupVaultArn", vault.arn, "CopyVaultArn of the source"),
        ("DatabaseKeyArn", key.arn, "ReplicationKmsKeyArn of the source"),
        ("NotificationTopicArn", alerts.topic, "Alarms and events"),
        ("AlertsKeyArn", alerts_key.arn, "Key of the topic"),
    ):
        t.add_output(Output(name, Value=value, Description=description))
    arrange(t, GROUPS)
    return t
