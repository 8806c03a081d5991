"""Pseudo-parameters say where a stack stands, in every partition."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.evaluate import Place, partition_of
from tests.builder.evaluating import PLACE, evaluation, value


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("us-east-1", "aws", "amazonaws.com"),
        ("eu-central-1", "aws", "amazonaws.com"),
        ("ap-southeast-2", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ],
)
def test_partition_and_suffix_follow_from_the_region(region: str, partition: str, suffix: str) -> None:
    place = Place(region=region, stack_name="s")
    seen = evaluation({}, place=place).value({"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix} ${AWS::Region}"}, "P")
    assert seen == f"{partition} {suffix} {region}"
    assert (place.partition, place.url_suffix) == (partition, suffix)


def test_partitions_agree_with_botocore() -> None:
    botocore = pytest.importorskip("botocore")
    table = json.loads((Path(botocore.__file__).parent / "data" / "partitions.json").read_text(encoding="utf-8"))
    for entry in table["partitions"]:
        for region in entry["regions"]:
            if not region.endswith("-global"):
                assert partition_of(region) == (entry["id"], entry["outputs"]["dnsSuffix"]), region


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("AWS::AccountId", "123456789012"),
        ("AWS::NotificationARNs", ["arn:aws:sns:us-east-1:123456789012:events"]),
        ("AWS::StackId", "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"),
        ("AWS::StackName", "shop"),
    ],
)
def test_pseudo_parameters_say_what_the_stack_is(name: str, result: object) -> None:
    assert value({"Ref": name}) == result


def test_a_stack_id_that_is_not_given_is_an_arn_and_stable() -> None:
    place = Place(region="cn-north-1", stack_name="s", account="210987654321")
    seen = str(evaluation({}, place=place).value({"Ref": "AWS::StackId"}, "P"))
    assert seen.startswith("arn:aws-cn:cloudformation:cn-north-1:210987654321:stack/s/")
    assert seen == evaluation({}, place=place).value({"Ref": "AWS::StackId"}, "P")


def test_no_pseudo_parameter_is_invented() -> None:
    with pytest.raises(Exception, match="'AWS::Zone' is neither a parameter"):
        value({"Ref": "AWS::Zone"})


def test_a_place_can_be_shared_and_does_not_change() -> None:
    listed = value({"Ref": "AWS::NotificationARNs"})
    assert isinstance(listed, list)
    listed.append("stray")
    assert value({"Ref": "AWS::NotificationARNs"}) == list(PLACE.notification_arns)
