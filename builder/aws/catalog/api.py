"""Versions published through Service Catalog's API, for products that no stack makes. Nothing is ever deleted."""

from __future__ import annotations

import hashlib
import time

import click

from builder.aws.account import Account
from builder.aws.catalog import products
from builder.problems import ExitCode, Failure, Problem

PATIENCE = 300  # s; Service Catalog reads and validates a template within seconds
PAUSE = 3  # s


def refuse_stacks(account: Account, name: str, product: str) -> None:
    """Raises Failure if a stack makes the product: its next update would delete what the API added."""
    if stack := products.maker(account, product):
        what = f"is made by the stack {stack}: CloudFormation would not know of a version published beside it"
        fix = "publish without --api, then deploy that stack"
        raise Failure([Problem(file=name, what=what, fix=fix)], ExitCode.VERSION_CONFLICT)


def publish(account: Account, product: str, *, name: str, version: str, sha256: str, url: str, description: str) -> str:
    """Adds a version to a product and waits until it can be launched; its ID. Can be repeated after an interruption.

    `url` is where the template is, `name` what messages call the product. Raises Failure if Service Catalog cannot
    read the template, or needs longer than PATIENCE.
    """
    made = account.client("servicecatalog").create_provisioning_artifact(
        ProductId=product,
        Parameters={
            "Name": version,
            "Description": products.described(description, sha256),
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": url},
        },
        IdempotencyToken=token(product, version, sha256),
    )
    found = str(made["ProvisioningArtifactDetail"]["Id"])
    wait(account, product, found, name=name, version=version)
    return found


def wait(account: Account, product: str, artifact: str, *, name: str, version: str) -> None:
    """Waits until a version can be launched. Raises Failure if it cannot, or not within PATIENCE."""
    client = account.client("servicecatalog")
    began, told = time.monotonic(), False
    while True:
        status = client.describe_provisioning_artifact(ProductId=product, ProvisioningArtifactId=artifact)["Status"]
        if status == "AVAILABLE":
            return
        if status == "FAILED":
            what = "could not be made: Service Catalog cannot read or does not accept the template"
            command = f"aws servicecatalog delete-provisioning-artifact --product-id {product}"
            fix = f"look at it there; {command} --provisioning-artifact-id {artifact} removes it; then publish again"
            raise Failure([Problem(file=name, key=version, what=what, fix=fix)], ExitCode.AWS_REFUSED)
        if time.monotonic() - began > PATIENCE:
            what, fix = f"is still being made after {PATIENCE} s", "run the same command again: it goes on from there"
            raise Failure([Problem(file=name, key=version, what=what, fix=fix)], ExitCode.AWS_REFUSED)
        if not told:
            click.echo(f"waiting    for Service Catalog to read {name} {version}", err=True)
            told = True
        time.sleep(PAUSE)


def token(product: str, version: str, sha256: str) -> str:
    """What makes a repeated request one with the first: the same for the same content of the same version."""
    return hashlib.sha256("\0".join((product, version, sha256)).encode()).hexdigest()
