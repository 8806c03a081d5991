"""`publish` through the portfolio's template: uploaded once, recorded once, and repeatable from any point."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from tests.builder.aws.catalog.conftest import Killed, Shop
from tests.builder.aws.conftest import TOPIC


def test_a_version_is_uploaded_recorded_and_built_into_the_portfolio(shop: Shop) -> None:
    done = shop.publish("1.0.0", "--prefix", "/some/where/", "--description", "The first")

    assert done.code == 0, done.err
    body = (shop.site.project.root / "dist/small.json").read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    key = f"some/where/small/1.0.0/{sha256}.json"
    assert shop.objects() == {key: body}
    entry = {"product": "small", "version": "1.0.0", "sha256": sha256, "key": key, "description": "The first"}
    assert shop.ledger() == shop.portfolio() == [entry]
    assert "python build.py deploy service-catalog --env" in done.err


def test_s3_keeps_the_checksum_that_it_verified(shop: Shop) -> None:
    shop.publish("1.0.0")
    (key,) = shop.objects()
    head = shop.site.aws.client("s3").head_object(Bucket="artifacts", Key=key, ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"]


def test_versions_are_appended(shop: Shop) -> None:
    shop.publish("1.0.0")
    shop.change("two")
    assert shop.publish("1.0.1").code == 0
    assert [entry["version"] for entry in shop.ledger()] == ["1.0.0", "1.0.1"]
    assert len(shop.objects()) == 2


def test_the_same_version_with_the_same_content_is_unchanged(shop: Shop) -> None:
    shop.publish("1.0.0")
    before = shop.state()
    again = shop.publish("1.0.0", "--prefix", "elsewhere")
    assert (again.code, "unchanged  small 1.0.0" in again.err) == (0, True)
    assert shop.state() == before


def test_the_same_version_with_other_content_is_a_conflict(shop: Shop) -> None:
    shop.publish("1.0.0")
    shop.change("two")
    before = shop.state()
    refused = shop.publish("1.0.0")
    assert refused.code == 4
    assert shop.ledger()[0]["sha256"] in refused.err
    assert "publish this one as --version 1.0.1" in refused.err
    assert shop.state() == before


def test_the_same_content_under_another_version_must_be_wanted(shop: Shop) -> None:
    shop.publish("1.0.0")
    before = shop.state()
    told = shop.publish("2.0.0")
    assert (told.code, shop.state()) == (0, before)
    assert "duplicate  small 2.0.0 would be the same as 1.0.0" in told.err

    assert shop.publish("2.0.0", "--allow-duplicate").code == 0
    assert [entry["version"] for entry in shop.ledger()] == ["1.0.0", "2.0.0"]


def test_a_dry_run_changes_nothing(shop: Shop) -> None:
    before = shop.state()
    done = shop.publish("1.0.0", "--dry-run")
    assert (done.code, "would be published  small 1.0.0" in done.err) == (0, True)
    assert shop.state() == before


def test_a_pipeline_reads_one_object(shop: Shop) -> None:
    done = json.loads(shop.publish("1.0.0", "--json").out)
    assert done["product"] == "small"
    assert done["published"] == {
        "verdict": "published",
        "version": "1.0.0",
        "sha256": shop.ledger()[0]["sha256"],
        "key": shop.ledger()[0]["key"],
        "same_as": "",
        "next": "python build.py deploy service-catalog --env ENV",
    }
    assert json.loads(shop.publish("2.0.0", "--json").out)["published"]["same_as"] == "1.0.0"


def test_the_command_to_deploy_names_an_environment_and_the_bucket_that_it_needs(shop: Shop) -> None:
    shop.site.project.params("service-catalog", "dev", [])
    assert shop.publish("1.0.0").err.rstrip().endswith("deploy service-catalog --env dev")
    shop.site.project.params("service-catalog", "prod", [])
    shop.change("two")
    large = shop.publish("1.1.0", "--description", "x" * 60_000)
    assert large.err.rstrip().endswith("deploy service-catalog --env prod --bucket artifacts")


def test_a_bucket_that_no_portfolio_reads_is_refused(shop: Shop) -> None:
    """Every version would be published, deployed, and found nowhere; or as what lies in the other bucket."""
    shop.site.project.params("service-catalog", "prod", ["ArtifactBucket=others"])
    refused = shop.publish("1.0.0")
    assert (refused.code, shop.objects(), shop.ledger()) == (2, {}, [])
    assert "--bucket: is 'artifacts', and no portfolio reads a version from there" in refused.err
    assert "fix: give that of ArtifactBucket: 'others' (params/service-catalog/prod.json)" in refused.err


def test_an_environment_with_a_bucket_of_its_own_wants_the_version_there_too(shop: Shop) -> None:
    shop.site.project.params("service-catalog", "dev", ["ArtifactBucket=artifacts"])
    shop.site.project.params("service-catalog", "prod", ["ArtifactBucket=others"])
    done = shop.publish("1.0.0")
    assert (done.code, "deploy service-catalog --env dev" in done.err) == (0, True)
    assert "params/service-catalog/prod.json: ArtifactBucket: is 'others'" in done.err
    assert "publish it once more with --bucket others before you deploy prod" in done.err

    shop.site.aws.client("s3").create_bucket(Bucket="others")
    again = shop.run("--version", "1.0.0", "--bucket", "others")
    assert (again.code, "uploaded   s3://others/" in again.err) == (0, True)
    assert "deploy service-catalog --env prod" in again.err
    assert len(shop.ledger()) == 1


def test_an_object_that_someone_else_wrote_is_not_taken_for_ours(shop: Shop) -> None:
    sha256 = hashlib.sha256((shop.site.project.root / "dist/small.json").read_bytes()).hexdigest()
    key = f"products/small/1.0.0/{sha256}.json"
    digest = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    shop.site.aws.client("s3").put_object(Bucket="artifacts", Key=key, Body=b"{}", ChecksumSHA256=digest)
    refused = shop.publish("1.0.0")
    assert refused.code == 5
    assert f"s3://artifacts/{key}: holds other content" in refused.err
    assert shop.ledger() == []


def test_a_bucket_that_is_not_there_is_told_and_nothing_recorded(shop: Shop) -> None:
    refused = shop.site.run("publish", "small", "--version", "1.0.0", "--bucket", "nowhere")
    assert (refused.code, shop.ledger()) == (5, [])
    assert "PutObject: is refused: The specified bucket does not exist" in refused.err


@pytest.mark.parametrize("published", [False, True])
def test_a_portfolio_that_cannot_be_built_leaves_the_ledger_as_it_was(shop: Shop, published: bool) -> None:
    if published:
        shop.publish("1.0.0")
    before = shop.ledger()
    shop.change("two")
    shop.site.project.stack("service-catalog", "raise ValueError('no')")
    refused = shop.publish("1.0.1")
    assert refused.code == 1
    assert shop.ledger() == before
    assert (shop.site.project.root / "catalog/versions.json").exists() == published


def test_a_project_without_a_portfolio_says_so(shop: Shop) -> None:
    (shop.site.project.root / "templates/stacks/service_catalog.py").unlink()
    refused = shop.publish("1.0.0")
    assert (refused.code, "service-catalog: is no stack" in refused.err) == (2, True)


def test_a_stack_that_nests_others_is_no_product(shop: Shop) -> None:
    shop.site.built("outer", 'template.add_resource(Stack("Inner", TemplateURL="./small.json"))')
    refused = shop.site.run("publish", "outer", "--version", "1.0.0", "--bucket", "artifacts")
    assert (refused.code, "dist/outer.json: nests other stacks" in refused.err) == (1, True)


def test_a_stale_template_is_not_published(shop: Shop) -> None:
    shop.site.project.stack("small", TOPIC.replace('"one"', '"two"').replace("show", "shown"))
    refused = shop.publish("1.0.0")
    assert (refused.code, "dist/small.json: is stale" in refused.err) == (1, True)


def test_a_product_of_the_api_is_not_published_through_the_template(shop: Shop) -> None:
    shop.catalog.product("small")
    refused = shop.publish("1.0.0")
    assert refused.code == 4
    assert "small: is a product that no stack makes (prod-1): its versions are published with --api" in refused.err
    assert shop.objects() == {}


def test_a_product_that_a_stack_makes_is_published_through_the_template(shop: Shop) -> None:
    product = shop.catalog.product("small")
    _made_by_a_stack(shop, product)
    assert shop.publish("1.0.0").code == 0


def test_killed_between_any_two_steps_it_can_simply_be_run_again(shop: Shop) -> None:
    shop.publish("1.0.0")
    shop.change("two")
    start = (shop.site.project.root / "catalog/versions.json").read_bytes()
    portfolio = (shop.site.project.root / "dist/service-catalog.json").read_bytes()
    kept = set(shop.objects())
    shop.life.steps = 0
    assert shop.publish("1.1.0").code == 0
    steps, end = shop.life.steps, shop.state()
    assert steps >= 5  # who am I, the search, the upload, the ledger, the portfolio

    for number in range(1, steps + 1):
        for key in set(shop.objects()) - kept:
            shop.site.aws.client("s3").delete_object(Bucket="artifacts", Key=key)
        (shop.site.project.root / "catalog/versions.json").write_bytes(start)
        (shop.site.project.root / "dist/service-catalog.json").write_bytes(portfolio)
        shop.life.steps, shop.life.ends_after = 0, number
        with pytest.raises(Killed):
            shop.publish("1.1.0")
        shop.life.ends_after = 0
        assert shop.publish("1.1.0").code == 0
        assert shop.state() == end


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "there is nothing to do"),
        (("--version", "1.0.0"), "--version needs --bucket"),
        (("--version", "1.0/0", "--bucket", "b"), "'1.0/0' is no version"),
        (("--keep-active", "0"), "0 is not in the range x>=1"),
    ],
)
def test_a_command_that_cannot_be_meant_is_refused(shop: Shop, options: tuple[str, ...], told: str) -> None:
    refused = shop.run(*options)
    assert (refused.code, told in refused.err) == (2, True)
    assert shop.catalog.calls == []


def _made_by_a_stack(shop: Shop, product: str) -> None:
    """Lets CloudFormation know of a product, as of what the portfolio's stack made."""
    shop.site.create("service-catalog")
    stack = shop.site.aws.engine.store.find("service-catalog-dev", "us-east-1")
    next(iter(stack.resources.values())).physical_id = product
