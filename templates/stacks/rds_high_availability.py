"""Highly available PostgreSQL in a VPC of its own, protected: no delete and no update loses what it holds."""

from __future__ import annotations

from functools import cache

from troposphere import Template

from templates import edition
from templates.edition import PRODUCTION, add_base, add_service, finish, new_template
from templates.vpc import FLOW_LOG_GROUP, add_network

REGIONS = edition.REGIONS


@cache  # the parent nests it
def build() -> Template:
    t = new_template(__doc__)
    base = add_base(t, PRODUCTION, log_groups=[FLOW_LOG_GROUP])
    network = add_network(t, base.environment, base.logging, base.port, default_nat_gateways=PRODUCTION.nat_gateways)
    return finish(t, add_service(t, PRODUCTION, base, network))
