"""PostgreSQL on RDS as a Multi-AZ DB cluster in an existing VPC, protected: a writer and two readable standbys."""

from __future__ import annotations

from troposphere import Template

from templates.access import add_access
from templates.cluster_alarms import watch_multi_az_cluster
from templates.cluster_service import add_cluster_service
from templates.clusters import RECOVERY_DAYS, add_base
from templates.edition import new_template
from templates.instance_classes import CLUSTER_CLASSES, add_sizing
from templates.multi_az_cluster import IDENTIFIER, KIND, add_cluster_postgresql, add_multi_az_cluster
from templates.network import use_network_of_three
from templates.observation import add_observation
from templates.recovery import add_recovery
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
    watch_multi_az_cluster(t, KIND, base, cluster, sizing=sizing, storage=storage)
    return add_cluster_service(
        t,
        KIND,
        base,
        network=network,
        access=access,
        cluster=cluster,
        recovery=recovery,
        offers_copies=False,
    )
