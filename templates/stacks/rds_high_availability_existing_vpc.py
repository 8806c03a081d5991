"""Highly available PostgreSQL in an existing VPC, protected: no delete and no update loses what it holds."""

from __future__ import annotations

from functools import cache

from troposphere import Template

from templates import edition
from templates.edition import PRODUCTION, add_base, add_service, finish, new_template
from templates.network import use_network

REGIONS = edition.REGIONS


@cache  # the parent nests it
def build() -> Template:
    t = new_template(__doc__)
    base = add_base(t, PRODUCTION)
    return finish(t, add_service(t, PRODUCTION, base, use_network(t)))
