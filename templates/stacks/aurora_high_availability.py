"""Aurora PostgreSQL in an existing VPC, protected: a writer and two readers in three zones, serverless by choice."""

from __future__ import annotations

from troposphere import Template

from templates import backup, edition
from templates.access import add_access, add_connect_policies
from templates.alarms import watch_health
from templates.aurora import IDENTIFIER, KIND, add_aurora, add_aurora_postgresql, add_capacity
from templates.cluster_alarms import watch_aurora
from templates.clusters import GROUPS, RECOVERY_DAYS, add_base
from templates.edition import new_template
from templates.instance_classes import AURORA_CLASSES, add_sizing
from templates.network import use_network_of_three
from templates.observation import add_observation
from templates.ordering import create_last, logical_id
from templates.outputs import add_cluster_outputs
from templates.parameters import arrange
from templates.recovery import add_recovery
from templates.retention import PROTECTED

# Every class on offer is there. (registry schemas of cfn-lint 1.58.0, `dbinstanceclass_enum`)
REGIONS = edition.REGIONS


def build() -> Template:
    t = new_template(__doc__)
    base = add_base(t, KIND)
    environment, key = base.environment, base.database_key
    network = use_network_of_three(t)
    access = add_access(t, environment, network, base.port)
    sizing = add_sizing(t, default="db.r8g.large", classes=AURORA_CLASSES)
    capacity = add_capacity(t, sizing)
    postgresql = add_aurora_postgresql(t, environment)
    recovery = add_recovery(t, retention_days=RECOVERY_DAYS, offer_owner=False)
    vault = backup.add_vault(t, environment, key, PROTECTED, prefix=KIND.prefix)
    plan = backup.add_plan(
        t, environment, vault=vault, recovery=recovery, copies=backup.add_copies(t), prefix=KIND.prefix
    )
    aurora = add_aurora(
        t,
        base,
        network=network,
        access=access,
        sizing=sizing,
        capacity=capacity,
        postgresql=postgresql,
        observation=add_observation(t, environment, key, base.logging, IDENTIFIER, of=KIND.observed),
        recovery=recovery,
    )
    cluster = aurora.cluster
    policies = add_connect_policies(t, f"{cluster.cluster.title}.DBClusterResourceId")
    watch_aurora(t, base, aurora, sizing=sizing)
    watch_health(t, base.alerts)
    backup.protect_database(t, environment, vault, plan, cluster, prefix=KIND.prefix)
    backup.watch_backups(t, vault, base.alerts)
    add_cluster_outputs(
        t,
        prefix=KIND.concern,
        network=network,
        access=access,
        cluster=cluster,
        connect_policies=policies,
        alerts=base.alerts,
        vault=vault,
        keys=base.keys,
    )
    arrange(t, GROUPS)
    create_last(t, logical_id(cluster.cluster))
    return t
