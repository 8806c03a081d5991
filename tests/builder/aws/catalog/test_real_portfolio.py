"""The portfolio of this repository, published into: two versions of a real stack, linted, compared and deployed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builder.aws.catalog.conftest import Shop
from tests.conftest import REPOSITORY

STACK = "rds-alert-path"
PRODUCT = "RdsAlertPathProduct"
SOURCE = "templates/stacks/rds_alert_path.py"
PUBLISH = ("publish", STACK, "--bucket", "my-artifacts", "--version")


@pytest.fixture
def root(shop: Shop) -> Path:
    """A copy of this repository's stacks before their first version, under git, and the bucket that params/ names."""
    root = shop.site.project.root
    for name in ("catalog", "dist", "params", "templates"):
        shutil.rmtree(root / name, ignore_errors=True)
        shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shop.site.project.write("catalog/versions.json", "[]\n")
    assert shop.site.project.run("build", "--no-lint").code == 0
    shop.site.aws.client("s3").create_bucket(Bucket="my-artifacts")
    commit(root)
    return root


def commit(root: Path) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "a"]):
        subprocess.run(["git", *author, *command], cwd=root, check=True, capture_output=True)


def versions(shop: Shop) -> list[str]:
    properties = shop.site.project.template("service-catalog")["Resources"][PRODUCT]["Properties"]
    return [each["Name"] for each in properties["ProvisioningArtifactParameters"]]


def test_two_versions_of_a_real_stack_are_published_compared_and_deployed(shop: Shop, root: Path) -> None:
    site, project = shop.site, shop.site.project
    assert site.run(*PUBLISH, "1.0.0", "--dry-run").code == 0
    assert shop.ledger() == []
    assert "Contents" not in site.aws.client("s3").list_objects_v2(Bucket="my-artifacts")

    first = site.run(*PUBLISH, "1.0.0")
    assert first.code == 0, first.err
    assert versions(shop) == ["1.0.0"]
    assert "deploy service-catalog --env prod --bucket my-artifacts" in first.err
    deployed = site.deploy("service-catalog", "--bucket", "my-artifacts", env="prod")
    assert deployed.code == 0, deployed.err
    product = shelf(shop)[PRODUCT].physical_id
    commit(root)

    path = root / SOURCE
    path.write_text(path.read_text().replace('"""', '"""Anew: ', 1))
    refused = site.run(*PUBLISH, "1.0.0")
    assert (refused.code, "is stale" in refused.err) == (1, True)
    assert project.run("build", "--no-lint").code == 0
    refused = site.run(*PUBLISH, "1.0.0")
    assert (refused.code, "publish this one as --version 1.0.1" in refused.err) == (4, True)
    assert site.run(*PUBLISH, "1.0.1", "--description", "Anew").code == 0
    assert versions(shop) == ["1.0.0", "1.0.1"]

    assert changes(shop) == {PRODUCT: "UPDATE"}
    linted = project.run("lint", "service-catalog")
    assert linted.code == 0, linted.err

    deployed = site.deploy("service-catalog", "--bucket", "my-artifacts", env="prod")
    assert deployed.code == 0, deployed.err
    assert shelf(shop)[PRODUCT].physical_id == product
    sent = [each.operation for each in shelf(shop)[PRODUCT].requests]
    assert sent.count("create_provisioning_artifact") == 1, "the first came with the product"
    assert "delete_provisioning_artifact" not in sent


def shelf(shop: Shop) -> Mapping[str, Any]:
    return shop.site.aws.resources("service-catalog-prod")


def test_a_product_that_is_taken_off_is_a_loss_that_someone_must_agree_to(shop: Shop, root: Path) -> None:
    assert shop.site.run(*PUBLISH, "1.0.0").code == 0
    commit(root)
    path = root / "templates/portfolio_products.py"
    lines = [line for line in path.read_text().splitlines() if f'Product(stack="{STACK}"' not in line]
    path.write_text("\n".join(lines) + "\n")
    del sys.modules["templates"]  # what stacks share is loaded once a process
    assert shop.site.project.run("build", "--no-lint").code == 0
    refused = shop.site.project.run("diff", *compared_files(shop), "--env", "prod")
    assert (refused.code, "its versions" in refused.out) == (3, True)


def test_a_stack_that_the_portfolio_does_not_offer_is_not_published(shop: Shop, root: Path) -> None:
    publish = ("publish", "service-catalog-spoke", "--version", "1.0.0", "--bucket", "my-artifacts")
    refused = shop.site.run(*publish)
    assert (refused.code, shop.ledger()) == (2, [])
    assert "service-catalog: does not offer service-catalog-spoke" in refused.err


def changes(shop: Shop) -> dict[str, str]:
    """What deploying the portfolio as it is now does to it as it was committed."""
    compared = shop.site.project.run("diff", *compared_files(shop), "--env", "prod", "--format", "json")
    assert compared.code == 0, compared.err
    (comparison,) = json.loads(compared.out)["comparisons"]
    return {each["logical_id"]: each["verdict"] for each in comparison["resources"]}


def compared_files(shop: Shop) -> tuple[str, str]:
    file = "dist/service-catalog.json"
    return f"git:HEAD:{file}", str(shop.site.project.root / file)
