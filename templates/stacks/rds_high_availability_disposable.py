"""PostgreSQL in a VPC of its own for test environments: deleting the stack deletes everything, data included."""

from __future__ import annotations

from troposphere import Template

from templates import edition
from templates.edition import TESTING, add_base, add_service, finish, new_template
from templates.emptier import LOG_GROUP, add_emptier
from templates.vpc import FLOW_LOG_GROUP, add_network

REGIONS = edition.REGIONS


def build() -> Template:
    t = new_template(__doc__)
    base = add_base(t, TESTING, log_groups=[FLOW_LOG_GROUP, LOG_GROUP])
    network = add_network(t, base.environment, base.logging, base.port, default_nat_gateways=TESTING.nat_gateways)
    service = add_service(t, TESTING, base, network)
    add_emptier(
        t,
        base.environment,
        archive=service.archive,
        vault=service.vault,
        logging=base.logging,
        selection=service.backup_selection,
    )
    return finish(t, service)
