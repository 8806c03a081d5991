"""Highly available PostgreSQL in an existing VPC, protected, its master secret the stack's: a source of replicas."""

from __future__ import annotations

from troposphere import Template

from templates import edition
from templates.edition import SOURCE, add_base, add_service, finish, new_template
from templates.network import use_network

REGIONS = edition.REGIONS


def build() -> Template:
    t = new_template(__doc__)
    base = add_base(t, SOURCE)
    return finish(t, add_service(t, SOURCE, base, use_network(t)))
