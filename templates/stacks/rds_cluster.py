"""PostgreSQL on RDS as a Multi-AZ DB cluster in an existing VPC, protected: a writer and two readable standbys."""

from __future__ import annotations

from troposphere import Template

from templates import backup
from templates.access import add_access, add_connect_policies
from templates.alarms import watch_health
from templates.cluster_alarms import watch_multi_az_cluster
from templates.clusters import GROUPS, RECOVERY_DAYS, add_base
from templates.edition import new_template
from templates.instance_classes import CLUSTER_CLASSES, add_sizing
from templates.multi_az_cluster import IDENTIFIER, KIND, add_cluster_postgresql, add_multi_az_cluster
from templates.network import use_network_of_three
from templates.observation import add_observation
from templates.ordering import create_last, logical_id
from templates.outputs import add_cluster_outputs
from templates.parameters import arrange
from templates.recovery import add_recovery
from templates.retention import PROTECTED
from templates.storage import add_cluster_storage

# Those that have every class on offer (registry schemas of cfn-lint 1.58.0, `dbclusterinstanceclass_enum`) and that
# AWS Backup has listed for Multi-AZ DB clusters from the start; there are more by now, and none is in GovCloud.
REGIONS = (
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)


def build() -> Template:
    t = new_template(__doc__)
    base = add_base(t, KIND)
    environment, key = base.environment, base.database_key
    network = use_network_of_three(t)
    access = add_access(t, environment, network, base.port)
    sizing = add_sizing(t, default="db.m6gd.large", classes=CLUSTER_CLASSES)
    storage = add_cluster_storage(t)
    postgresql = add_cluster_postgresql(t, environment, sizing)
    # AWS Backup cannot own point-in-time recovery of such a cluster, nor can anything copy its snapshots.
    recovery = add_recovery(t, retention_days=RECOVERY_DAYS, offer_owner=False)
    vault = backup.add_vault(t, environment, key, PROTECTED, prefix=KIND.prefix)
    plan = backup.add_plan(t, environment, vault=vault, recovery=recovery, prefix=KIND.prefix)
    cluster = add_multi_az_cluster(
        t,
        base,
        network=network,
        access=access,
        sizing=sizing,
        storage=storage,
        postgresql=postgresql,
        observation=add_observation(t, environment, key, base.logging, IDENTIFIER, of=KIND.observed),
        recovery=recovery,
    )
    policies = add_connect_policies(t, f"{cluster.cluster.title}.DBClusterResourceId")
    watch_multi_az_cluster(t, base, cluster, sizing=sizing, storage=storage)
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
