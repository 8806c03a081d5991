"""Aurora PostgreSQL in an existing VPC, protected: a writer and two readers in three zones, serverless by choice."""

from __future__ import annotations

from troposphere import Template

from templates import edition
from templates.access import add_access
from templates.aurora import IDENTIFIER, KIND, add_aurora, add_aurora_postgresql, add_capacity
from templates.cluster_alarms import watch_aurora
from templates.cluster_service import add_cluster_service
from templates.clusters import RECOVERY_DAYS, add_base
from templates.edition import new_template
from templates.instance_classes import AURORA_CLASSES, add_sizing
from templates.network import use_network_of_three
from templates.observation import add_observation
from templates.recovery import add_recovery

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
    watch_aurora(t, KIND, base, aurora, sizing=sizing)
    return add_cluster_service(
        t,
        KIND,
        base,
        network=network,
        access=access,
        cluster=aurora.cluster,
        recovery=recovery,
        offers_copies=True,
    )
