"""`publish --api`: a version added to a product that no stack makes, and old versions marked or hidden."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from builder.aws.catalog import api, sharing
from tests.builder.aws.catalog.conftest import Killed, Shop

ORGANISATION = "o-abcdef1234"
UNIT = "ou-ab12-cdef3456"


def publish(shop: Shop, version: str, *options: str) -> str:
    done = shop.publish(version, "--api", *options)
    assert done.code == 0, done.err
    return done.err


def test_a_version_is_uploaded_and_added_with_the_address_of_its_template(shop: Shop) -> None:
    for name in ("small-not", "another", "small", "smal"):
        shop.catalog.product(name)

    publish(shop, "1.0.0", "--description", "The first")

    (key,) = shop.objects()
    (made,) = shop.catalog.versions["prod-3"]
    assert made.url == f"https://artifacts.s3.us-east-1.amazonaws.com/{key}"
    assert made.description == f"The first sha256:{key.rpartition('/')[2].removesuffix('.json')}"
    assert made.status == "AVAILABLE"
    assert shop.ledger() == []


def test_the_same_again_is_unchanged_and_other_content_a_conflict(shop: Shop) -> None:
    product = shop.catalog.product("small")
    publish(shop, "1.0.0")
    assert "unchanged  small 1.0.0" in publish(shop, "1.0.0")
    assert "would be the same as 1.0.0" in publish(shop, "1.1.0")
    shop.change("two")
    assert shop.publish("1.0.0", "--api").code == 4
    assert len(shop.catalog.versions[product]) == 1


def test_a_version_of_unknown_content_is_never_taken_for_ours(shop: Shop) -> None:
    product = shop.catalog.product("small")
    shop.catalog.version(product, "1.0.0", "made by hand")
    refused = shop.publish("1.0.0", "--api")
    assert (refused.code, "unknown is published" in refused.err) == (4, True)


@pytest.mark.parametrize(("number", "told"), [(0, "is no product in"), (3, "is the name of 3 products in")])
def test_only_one_product_of_exactly_that_name_is_published_to(shop: Shop, number: int, told: str) -> None:
    shop.catalog.product("Small")
    products = [shop.catalog.product("small") for _ in range(number)]
    refused = shop.publish("1.0.0", "--api")
    assert (refused.code, told in refused.err) == (5, True)
    assert all(product in refused.err for product in products)
    assert shop.objects() == {}


def test_a_product_of_the_template_is_not_published_through_the_api(shop: Shop) -> None:
    shop.publish("1.0.0")
    shop.catalog.product("small")
    shop.change("two")
    refused = shop.publish("1.1.0", "--api")
    assert refused.code == 4
    assert "catalog/versions.json: small: is published through the stack service-catalog" in refused.err


def test_a_product_that_a_stack_makes_is_not_published_to_even_where_the_ledger_is_not(shop: Shop) -> None:
    product = shop.catalog.product("small")
    shop.site.create("service-catalog")
    stack = shop.site.aws.engine.store.find("service-catalog-dev", "us-east-1")
    next(iter(stack.resources.values())).physical_id = product
    refused = shop.publish("1.0.0", "--api")
    assert refused.code == 4
    assert "small: is made by the stack service-catalog-dev" in refused.err
    assert shop.catalog.versions[product] == []


def test_a_template_that_service_catalog_cannot_read_is_told_with_the_version_to_remove(shop: Shop) -> None:
    product = shop.catalog.product("small")
    shop.catalog.ends = "FAILED"
    refused = shop.publish("1.0.0", "--api")
    assert refused.code == 5
    assert f"delete-provisioning-artifact --product-id {product} --provisioning-artifact-id pa-1" in refused.err


def test_waiting_has_an_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.catalog.product("small")
    shop.catalog.slow = 1_000_000
    monkeypatch.setattr(api, "PATIENCE", -1)
    refused = shop.publish("1.0.0", "--api")
    assert (refused.code, "small: 1.0.0: is still being made" in refused.err) == (5, True)


def test_a_dry_run_adds_nothing(shop: Shop) -> None:
    product = shop.catalog.product("small")
    assert "would be published" in publish(shop, "1.0.0", "--dry-run", "--keep-active", "1")
    assert (shop.objects(), shop.catalog.versions[product]) == ({}, [])


def test_killed_between_any_two_steps_it_can_simply_be_run_again(shop: Shop) -> None:
    def fresh() -> None:
        shop.catalog.__init__()  # type: ignore[misc]
        shop.catalog.slow = 2
        product = shop.catalog.product("small")
        for name in ("0.1.0", "0.2.0"):
            shop.catalog.version(product, name)
        for key in shop.objects():
            shop.site.aws.client("s3").delete_object(Bucket="artifacts", Key=key)
        shop.life.steps = 0

    options = ("--api", "--keep-active", "2", "--retire", "0.1.0", "--share-org", UNIT)
    fresh()
    assert shop.publish("1.0.0", *options).code == 0
    steps, end = shop.life.steps, shop.state()
    assert shop.catalog.shown("prod-1") == [
        ("0.1.0", False, "DEPRECATED"),
        ("0.2.0", True, "DEFAULT"),
        ("1.0.0", True, "DEFAULT"),
    ]
    for number in range(1, steps + 1):
        fresh()
        shop.life.ends_after = number
        with pytest.raises(Killed):
            shop.publish("1.0.0", *options)
        shop.life.ends_after = 0
        assert shop.publish("1.0.0", *options).code == 0
        assert shop.state() == end
        assert shop.catalog.shares == {"port-1": [("ORGANIZATIONAL_UNIT", UNIT)]}


def test_older_versions_are_deprecated_and_stay_there(shop: Shop) -> None:
    product = shop.catalog.product("small")
    for number in range(5):
        shop.catalog.version(product, f"1.{number}.0")
    shop.catalog.versions[product][1].active = False
    done = json.loads(shop.run("--keep-active", "2", "--json").out)
    assert done["deprecated"] == ["1.0.0", "1.2.0"]
    assert [guidance for _, _, guidance in shop.catalog.shown(product)] == [
        "DEPRECATED",
        "DEFAULT",  # is inactive
        "DEPRECATED",
        "DEFAULT",
        "DEFAULT",
    ]
    assert json.loads(shop.run("--keep-active", "2", "--json").out)["deprecated"] == []


def test_the_ledger_says_which_version_is_older_where_one_deployment_made_several(shop: Shop) -> None:
    for version, word in (("1.0.0", "one"), ("1.1.0", "two"), ("1.0.1", "three")):
        shop.change(word)
        assert shop.publish(version).code == 0
    product = shop.catalog.product("small")
    for version in ("1.0.1", "1.1.0", "1.0.0"):
        shop.catalog.version(product, version)
    assert json.loads(shop.run("--keep-active", "1", "--json").out)["deprecated"] == ["1.0.0", "1.1.0"]


def test_a_version_to_be_deployed_counts_among_those_that_are_kept(shop: Shop) -> None:
    product = shop.catalog.product("small")
    for number in range(2):
        shop.catalog.version(product, f"1.{number}.0")
    stack = shop.site
    stack.create("service-catalog")
    next(iter(stack.aws.engine.store.find("service-catalog-dev", "us-east-1").resources.values())).physical_id = product
    assert json.loads(shop.publish("1.2.0", "--keep-active", "2", "--json").out)["deprecated"] == ["1.0.0"]


def test_an_unused_version_is_retired_once(shop: Shop) -> None:
    product = shop.catalog.product("small")
    version = shop.catalog.version(product, "1.0.0")
    assert json.loads(shop.run("--retire", "1.0.0", "--json").out)["retired"] == ["1.0.0"]
    assert not version.active
    assert json.loads(shop.run("--retire", "1.0.0", "--json").out)["retired"] == []


def test_a_version_that_is_launched_is_not_retired_whatever_page_says_so(shop: Shop) -> None:
    product = shop.catalog.product("small")
    old, new = shop.catalog.version(product, "1.0.0"), shop.catalog.version(product, "1.1.0")
    shop.catalog.launched = [(f"new-{number}", product, new.id) for number in range(4)] + [("theirs", product, old.id)]
    refused = shop.run("--retire", "1.0.0")
    assert refused.code == 5
    assert "small: 1.0.0: is in use: theirs; fix: update these products to another version first" in refused.err
    assert old.active


def test_a_version_that_other_accounts_may_use_is_retired_only_after_a_look_there(shop: Shop) -> None:
    product = shop.catalog.product("small")
    version = shop.catalog.version(product, "1.0.0")
    shop.catalog.shares = {"port-1": [("ACCOUNT", "111111111111"), ("ORGANIZATION", ORGANISATION)]}
    refused = shop.run("--retire", "1.0.0")
    assert refused.code == 5
    assert f"shared with 111111111111, {ORGANISATION}" in refused.err
    assert version.active
    assert shop.run("--retire", "1.0.0", "--checked-elsewhere").code == 0
    assert not version.active


def test_retiring_what_is_not_there_names_what_is(shop: Shop) -> None:
    product = shop.catalog.product("small")
    assert "choose one of: none" in shop.run("--retire", "1.0.0").err
    shop.catalog.version(product, "1.1.0")
    assert "small: 1.0.0: is no version of the product; fix: choose one of: 1.1.0" in shop.run("--retire", "1.0.0").err


@pytest.mark.parametrize(("node", "kind"), [(ORGANISATION, "ORGANIZATION"), (UNIT, "ORGANIZATIONAL_UNIT")])
def test_a_portfolio_is_shared_with_an_organisation_once(shop: Shop, node: str, kind: str) -> None:
    shop.catalog.product("small")
    assert json.loads(shop.run("--share-org", node, "--json").out)["shared"] == [node]
    assert shop.catalog.shares == {"port-1": [(kind, node)]}
    arn = f"arn:aws:organizations::123456789012:ou/{ORGANISATION}/{node}"
    shop.catalog.shares = {"port-1": [(kind, arn)]}
    assert json.loads(shop.run("--share-org", node, "--json").out)["shared"] == []


def test_accounts_that_a_share_did_not_reach_are_named(shop: Shop) -> None:
    shop.catalog.product("small")
    shop.catalog.share_errors = [{"Accounts": ["111111111111"], "Message": "no role", "Error": "Denied"}]
    refused = shop.run("--share-org", UNIT)
    assert (refused.code, "could not be shared: 111111111111: no role" in refused.err) == (5, True)
    undone = f"delete-portfolio-share --portfolio-id port-1 --organization-node Type=ORGANIZATIONAL_UNIT,Value={UNIT})"
    assert undone in refused.err


def test_a_share_that_takes_too_long_is_followed_by_hand(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.catalog.product("small")
    shop.catalog.slow = 1_000_000
    monkeypatch.setattr(sharing, "PATIENCE", -1)
    assert "describe-portfolio-share-status --portfolio-share-token share-1" in shop.run("--share-org", UNIT).err


def test_what_cannot_be_shared_is_refused(shop: Shop) -> None:
    product = shop.catalog.product("small")
    refused = shop.run("--share-org", "123456789012")
    assert (refused.code, "is '123456789012', no organisation or unit" in refused.err) == (2, True)
    shop.catalog.portfolios[product] = ["port-1", "port-2"]
    refused = shop.run("--share-org", UNIT)
    assert (refused.code, "Portfolio port-1 (port-1), Portfolio port-2 (port-2)" in refused.err) == (5, True)


def test_what_cloudformation_refuses_to_tell_is_not_taken_for_no(shop: Shop) -> None:
    shop.catalog.product("small")
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStackResources")
    shop.refused["DescribeStackResources"] = denied
    refused = shop.publish("1.0.0", "--api")
    assert (refused.code, "DescribeStackResources: access is denied: no" in refused.err) == (5, True)
    assert shop.objects() == {}
