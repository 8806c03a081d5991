"""Placeholders: stable, and of the type and shape that the registry states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import schemas
from builder.evaluate import Evaluation, Place
from builder.render.placeholders import Placeholders
from builder.render.samples import fits, sample
from builder.render.seeds import Seed
from builder.render.shapes import value
from builder.schemas import Schema

PLACE = Place(region="us-east-1", stack_name="shop")
ARN, HERE = "arn:aws", "us-east-1:123456789012"
TYPES = sorted(json.loads((schemas._directory() / "providers" / "us-east-1.json").read_text()))


def made(type_name: str, place: Place = PLACE, **properties: Any) -> Placeholders:
    """Placeholders of a stack with one resource, Thing."""
    resources = {"Thing": {"Type": type_name, "Properties": properties}}
    placeholders = Placeholders(place, lambda logical_id, name: None)
    placeholders.evaluation = Evaluation({"Resources": resources}, {}, place, placeholders)
    return placeholders


@cache
def attributes(type_name: str) -> tuple[tuple[str, Any, Any], ...]:
    """Name, schema and placeholder of every attribute that AWS decides."""
    return tuple(_attributes(type_name))


def _attributes(type_name: str) -> Iterator[tuple[str, Any, Any]]:
    schema = schemas.schema(type_name, "us-east-1")
    assert schema is not None
    placeholders = made(type_name)
    for path in schema.read_only:
        if "*" not in path and (shape := schema.shape(path)) is not None:
            yield ".".join(path), shape, placeholders.get_att("Thing", ".".join(path))


def test_every_attribute_of_every_type_has_a_placeholder_of_its_type() -> None:
    kinds: dict[str, Any] = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
        "array": list,
        "object": dict,
    }
    for type_name in TYPES:
        for name, shape, found in attributes(type_name):
            stated = shape.get("type", "string")
            if isinstance(stated, str):
                assert isinstance(found, kinds[stated]), (type_name, name, found)


def test_nearly_every_placeholder_matches_the_pattern_that_the_registry_states() -> None:
    patterned = [
        fits(shape["pattern"], found)
        for type_name in TYPES
        for _, shape, found in attributes(type_name)
        if isinstance(found, str) and "pattern" in shape
    ]
    assert len(patterned) > 1000
    assert sum(patterned) / len(patterned) > 0.97


def test_every_arn_parses_as_one_of_this_account_and_partition() -> None:
    form = re.compile(r"arn:aws:[A-Za-z0-9-]+:(us-east-1)?:(123456789012)?:.+", re.DOTALL)
    number = 0
    for type_name in TYPES:
        for name, shape, found in attributes(type_name):
            if name.endswith("Arn") and shape.get("type") == "string":
                assert form.fullmatch(found), (type_name, name, found)
                number += 1
    assert number > 1000


@pytest.mark.parametrize(
    ("type_name", "properties", "ref"),
    [
        ("AWS::S3::Bucket", {"BucketName": "archive"}, "archive"),
        ("AWS::RDS::DBInstance", {"DBInstanceIdentifier": "orders"}, "orders"),
        ("AWS::SNS::Topic", {"TopicName": "alerts"}, f"{ARN}:sns:{HERE}:alerts"),
        ("AWS::Events::Rule", {"Name": "nightly"}, "nightly"),
        ("AWS::EC2::Route", {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0"}, "rtb-1|0.0.0.0/0"),
        ("AWS::KMS::Alias", {"AliasName": "alias/a"}, "alias/a"),
        (
            "AWS::StepFunctions::StateMachine",
            {"StateMachineName": "m"},
            f"{ARN}:states:{HERE}:stateMachine:m",
        ),
    ],
)
def test_ref_of_a_named_resource_is_made_of_its_name(type_name: str, properties: dict[str, Any], ref: str) -> None:
    assert made(type_name, **properties).ref("Thing") == ref


@pytest.mark.parametrize(
    ("type_name", "form"),
    [
        ("AWS::EC2::VPC", r"vpc-[0-9a-f]{17}"),
        ("AWS::EC2::SecurityGroup", r"sg-[0-9a-f]{17}"),
        ("AWS::EC2::EIP", r"192\.0\.2\.\d{1,3}"),
        ("AWS::S3::Bucket", r"shop-thing-[0-9a-z]{12}"),
        ("AWS::IAM::Role", r"shop-Thing-[0-9A-Z]{12}"),
        ("AWS::KMS::Key", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("AWS::SQS::Queue", r"https://.*"),
        (
            "AWS::CloudFormation::Stack",
            rf"{ARN}:cloudformation:{HERE}:stack/shop-Thing-.*/.*",
        ),
        (
            "AWS::SecretsManager::Secret",
            rf"{ARN}:secretsmanager:{HERE}:secret:Thing-[0-9A-Z]{{12}}-[A-Za-z]+",
        ),
        ("AWS::EC2::VPCGatewayAttachment", r".*\|.*"),
        ("Custom::Anything", r"shop-Thing-[0-9A-Z]{12}"),
    ],
)
def test_ref_of_a_resource_without_a_name_has_its_form(type_name: str, form: str) -> None:
    properties: dict[str, Any] = {"VpcId": "vpc-1"} if type_name.endswith("Attachment") else {}
    assert re.fullmatch(form, str(made(type_name, **properties).ref("Thing")))


def test_an_attribute_that_is_an_input_is_the_input() -> None:
    assert made("AWS::EC2::Subnet", CidrBlock="10.0.1.0/24").get_att("Thing", "CidrBlock") == "10.0.1.0/24"
    assert made("AWS::RDS::DBInstance", Port=6543).get_att("Thing", "Endpoint.Port") == 6543
    assert made("AWS::RDS::DBInstance", Engine="mysql").get_att("Thing", "Endpoint.Port") == "3306"
    assert made("AWS::RDS::DBInstance").get_att("Thing", "Endpoint.Port") == "5432"
    secret = {"KmsKeyId": "k"}
    assert made("AWS::RDS::DBInstance", MasterUserSecret=secret).get_att("Thing", "MasterUserSecret.KmsKeyId") == "k"


def test_a_part_that_the_input_leaves_out_is_a_placeholder() -> None:
    arn = made("AWS::RDS::DBInstance", MasterUserSecret={"KmsKeyId": "k"}).get_att(
        "Thing", "MasterUserSecret.SecretArn"
    )
    assert str(arn).startswith("arn:aws:secretsmanager:us-east-1:123456789012:secret:")


def test_one_thing_under_two_names_is_one_placeholder() -> None:
    group = made("AWS::EC2::SecurityGroup")
    assert group.ref("Thing") == group.get_att("Thing", "GroupId") == group.get_att("Thing", "Id")
    key = made("AWS::KMS::Key")
    assert str(key.get_att("Thing", "Arn")).endswith(f"key/{key.ref('Thing')}")


def test_placeholders_are_stable_and_differ_between_stacks_and_regions() -> None:
    places = [PLACE, Place(region="us-east-1", stack_name="other"), Place(region="eu-west-1", stack_name="shop")]
    first, again = ([made("AWS::EC2::VPC", place).ref("Thing") for place in places] for _ in range(2))
    assert first == again
    assert len(set(first)) == 3


def test_generated_names_keep_to_the_limit_of_their_service() -> None:
    place = Place(region="us-east-1", stack_name="s" * 100)
    assert len(str(made("AWS::IAM::Role", place).ref("Thing"))) == 64
    assert len(str(made("AWS::RDS::DBInstance", place).ref("Thing"))) == 63


@pytest.mark.parametrize("asked", ["Colour", "Tags.Nothing"])
def test_an_attribute_that_the_registry_does_not_list_is_not_known(asked: str) -> None:
    with pytest.raises(LookupError, match="lists no such attribute"):
        made("AWS::SQS::Queue").get_att("Thing", asked)


def test_attributes_of_a_custom_resource_are_texts() -> None:
    assert isinstance(made("Custom::Anything").get_att("Thing", "Whatever.It.Is"), str)


def test_a_type_without_a_primary_identifier_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Schema({"typeName": "AWS::Bare::Thing", "properties": {"Arn": {"type": "string"}}})
    monkeypatch.setattr("builder.render.placeholders.schema", lambda type_name, region: bare)
    assert str(made("AWS::Bare::Thing").ref("Thing")).startswith("shop-Thing-")
    assert made("AWS::Bare::Thing").get_att("Thing", "Arn") == (
        f"arn:aws:bare:us-east-1:123456789012:thing/{made('AWS::Bare::Thing').ref('Thing')}"
    )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"const": 7}, 7),
        ({"default": "on"}, "on"),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "integer", "minimum": 20}, 20),
        ({"type": ["object", "string"], "maxLength": 3, "pattern": "^z+$"}, "zzzzzzzz"),
        ({"type": ["null", "object"]}, None),
        ({"type": "array"}, []),
        ({"type": "array", "items": {"const": 1}}, [1, 1, 1]),
        ({"type": "array", "items": {"const": 1}, "maxItems": 2}, [1, 1]),
        ({"type": "array", "items": {"const": 1}, "minItems": 5}, [1] * 5),
        ({"properties": {"A": {"type": "boolean"}}}, {"A": False}),
    ],
)
def test_a_value_has_the_shape_of_its_schema(shape: dict[str, Any], expected: object) -> None:
    schema = Schema({"typeName": "AWS::A::B", "properties": {"P": shape}})
    found = value(shape, ("P",), schema, Seed("s"), PLACE)
    assert found == expected if expected is not None else isinstance(found, str)


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"Child": {"$ref": "#/definitions/Node"}}}
    properties = {"P": {"$ref": "#/definitions/Node"}}
    schema = Schema({"typeName": "AWS::A::B", "properties": properties, "definitions": {"Node": node}})
    assert "Child" in value(node, ("P",), schema, Seed("s"), PLACE)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^s-[a-z0-9]{8}$",
        r"[^a-z]+",
        r"(ab|cde){2}",
        r"\d+\W\S",
        r"x?y*z",
        r"[^\w]",
        r"[\D]",
        r"^[^b]$",
        "^.$",
        r"a(?=b)b",
    ],
)
def test_a_sample_matches_its_pattern(pattern: str) -> None:
    found = sample(pattern, Seed("s"))
    assert found is not None
    assert re.search(pattern, found)


@pytest.mark.parametrize("pattern", [r"(?!)", r"[\p{Alpha}&&[^a]]+(", r"(?=a)b"])
def test_a_pattern_that_nothing_is_found_for_has_no_sample(pattern: str) -> None:
    assert sample(pattern, Seed("s")) is None


def test_a_pattern_that_cannot_be_read_says_nothing_against_a_text() -> None:
    assert fits("(", "anything")


@given(st.text(), st.integers(1, 40))
def test_a_seed_always_draws_the_same(name: str, length: int) -> None:
    assert Seed(name).hex(length) == Seed(name).hex(length)
    assert len(Seed(name).digits(length)) == length
