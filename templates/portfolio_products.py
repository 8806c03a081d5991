"""The products of the portfolio, and which versions of each have been published.

A product is one flat stack: the tag by which a launch role may read a template does not reach nested ones. The versions
are those of `catalog/versions.json`, which only ever grows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from templates.carrier import carrier

LEDGER = Path(__file__).resolve().parents[1] / "catalog" / "versions.json"


class Database(Enum):
    """What kind of database a product makes."""

    INSTANCE = "a DB instance"
    MULTI_AZ_CLUSTER = "a Multi-AZ DB cluster"
    AURORA = "an Aurora cluster"


@carrier
class Product:
    """One stack on offer.

    `holds`: the database that its parameters size; `disposable`: it loses its data; `drills_failover`: it has the state
    machine that does.
    """

    stack: str
    summary: str
    holds: Database | None = None
    disposable: bool = False
    drills_failover: bool = False

    @property
    def title(self) -> str:
        """The beginning of the logical IDs of its resources."""
        return "".join(word.capitalize() for word in self.stack.split("-"))


# A new stack joins by one line. Its name is the product's, for ever.
PRODUCTS = (
    Product(
        stack="rds-high-availability",
        summary="Highly available PostgreSQL in a VPC of its own, for production",
        holds=Database.INSTANCE,
    ),
    Product(
        stack="rds-high-availability-disposable",
        summary="PostgreSQL for tests: terminating it deletes the data",
        holds=Database.INSTANCE,
        disposable=True,
    ),
    Product(
        stack="rds-high-availability-existing-vpc",
        summary="Highly available PostgreSQL in a VPC that exists, for production",
        holds=Database.INSTANCE,
    ),
    Product(
        stack="rds-high-availability-own-secret",
        summary="The same, as a source of replicas and of Blue/Green deployments",
        holds=Database.INSTANCE,
    ),
    Product(
        stack="aurora-high-availability",
        summary="Aurora PostgreSQL, three members, provisioned or serverless",
        holds=Database.AURORA,
    ),
    Product(stack="rds-alert-path", summary="Add-on: a weekly proof that alerts arrive, fewer messages in maintenance"),
    Product(stack="rds-archive", summary="Add-on: the newest snapshot exported to the archive every month"),
    Product(
        stack="rds-operations",
        summary="Add-on: the recovery point watched, failover drilled",
        drills_failover=True,
    ),
    Product(
        stack="rds-cluster",
        summary="PostgreSQL with two readable standbys: a Multi-AZ DB cluster",
        holds=Database.MULTI_AZ_CLUSTER,
    ),
    Product(stack="rds-dr-region", summary="What a second Region or account needs before backups are copied there"),
    Product(stack="rds-proxy", summary="Add-on: a proxy before the database, TLS and IAM authentication only"),
    Product(stack="rds-read-replica", summary="A read replica in the same Region or another", holds=Database.INSTANCE),
    Product(stack="rds-restore", summary="An instance from a snapshot or a point in time", holds=Database.INSTANCE),
    Product(stack="rds-restore-tests", summary="Add-on: the newest recovery point restored and judged every week"),
)


@carrier
class Version:
    """One published version of a product: what is read from one entry of the ledger."""

    product: str
    version: str
    key: str
    description: str


def published(ledger: Path = LEDGER) -> tuple[Version, ...]:
    """Every version that was ever published, in the order in which they were."""
    entries = json.loads(ledger.read_text(encoding="utf-8"))
    return tuple(
        Version(product=entry["product"], version=entry["version"], key=entry["key"], description=entry["description"])
        for entry in entries
    )


def versions_of(product: Product, versions: Sequence[Version]) -> tuple[Version, ...]:
    """Those of one product."""
    return tuple(version for version in versions if version.product == product.stack)
