"""What any cluster is given once it is there: those who may connect, its backups, word of them, and its outputs."""

from __future__ import annotations

from troposphere import Template

from templates import backup
from templates.access import Access, add_connect_policies
from templates.alarms import watch_health
from templates.clusters import GROUPS, Cluster, Kind
from templates.foundation import Base
from templates.network import Network
from templates.ordering import create_last, logical_id
from templates.outputs import add_cluster_outputs
from templates.parameters import arrange
from templates.recovery import Recovery
from templates.retention import PROTECTED


def add_cluster_service(
    t: Template,
    kind: Kind,
    base: Base,
    *,
    network: Network,
    access: Access,
    cluster: Cluster,
    recovery: Recovery,
    offers_copies: bool,
) -> Template:
    """Add what surrounds the cluster, and order the console's groups and the making of resources.

    `offers_copies` is the choice to copy its daily backups to another Region or account.
    """
    environment, alerts, prefix = base.environment, base.alerts, kind.prefix
    vault = backup.add_vault(t, environment, base.database_key, PROTECTED, prefix=prefix)
    copies = backup.add_copies(t) if offers_copies else None
    plan = backup.add_plan(t, environment, vault=vault, recovery=recovery, copies=copies, prefix=prefix)
    policies = add_connect_policies(t, f"{logical_id(cluster.cluster)}.DBClusterResourceId")
    watch_health(t, alerts)
    backup.protect_database(t, environment, vault, plan, cluster, prefix=prefix)
    backup.watch_backups(t, vault, alerts)
    add_cluster_outputs(
        t,
        prefix=kind.concern,
        network=network,
        access=access,
        cluster=cluster,
        connect_policies=policies,
        alerts=alerts,
        vault=vault,
        keys=base.keys,
    )
    arrange(t, GROUPS)
    create_last(t, logical_id(cluster.cluster))
    return t
