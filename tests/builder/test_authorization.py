"""Which IAM actions there are, and on which resources, as the Service Authorization Reference says."""

from __future__ import annotations

import pytest

from builder import authorization


@pytest.fixture(autouse=True)
def read_anew() -> None:
    """What other tests have asked for is not known."""
    for cached in (authorization.reference, authorization.resource_types, authorization._entry):
        cached.cache_clear()


def test_an_action_is_known_in_any_case_and_no_other_is() -> None:
    assert authorization.exists("rds:CreateDBInstance")
    assert authorization.exists("RDS:createdbinstance")
    assert not authorization.exists("rds:CreateDBInstances")
    assert not authorization.exists("nothing:CreateDBInstance")


def test_the_service_of_an_action_comes_before_its_name() -> None:
    assert authorization.service_of("RDS:CreateDBInstance") == "rds"


def test_the_types_that_an_action_takes_are_named_and_none_for_one_that_takes_all() -> None:
    assert authorization.resource_types("sns:CreateTopic") == ("topic",)
    assert "subgrp" in authorization.resource_types("rds:RestoreDBInstanceFromDBSnapshot")
    assert authorization.resource_types("kms:CreateKey") == ()
    assert authorization.resource_types("kms:NoSuchThing") == ()


def test_a_pattern_stands_for_every_action_that_it_matches() -> None:
    found = set(authorization.matching("SNS:*Topic"))
    assert {"sns:createtopic", "sns:deletetopic"} <= found
    assert all(each.startswith("sns:") and each.endswith("topic") for each in found)
    assert not set(authorization.matching("nothing:*"))


def test_the_arns_of_a_type_are_given_in_full() -> None:
    assert authorization.arn_formats("sns", "topic") == ("arn:${Partition}:sns:${Region}:${Account}:.*",)
    assert authorization.arn_formats("sns", "nothing") == ()
