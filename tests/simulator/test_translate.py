"""From CloudFormation's properties to an API's parameters, by the SDK's model of that API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import DenormalizedStructureBuilder, StructureShape
from hypothesis import given
from hypothesis import strategies as st

from simulator.handlers.translate import (
    Untranslatable,
    normal,
    tags_from,
    tags_to,
    tags_to_cloudformation,
    text,
    to_request,
)


def structure(**members: Any) -> StructureShape:
    """A shape of these members, written as botocore's models are."""
    return DenormalizedStructureBuilder().with_members(members).build_model()


STRING = {"type": "string"}
SHAPE = structure(
    logGroupName=STRING,
    Count={"type": "integer"},
    Share={"type": "double"},
    Enabled={"type": "boolean"},
    Body={"type": "blob"},
    Names={"type": "list", "member": STRING},
    Words={"type": "map", "key": STRING, "value": STRING},
    Inner={"type": "structure", "members": {"Size": {"type": "long"}}},
    Pairs={"type": "list", "member": {"type": "structure", "members": {"TagKey": STRING, "TagValue": STRING}}},
)


@pytest.mark.parametrize(
    ("properties", "request_"),
    [
        ({"LogGroupName": "a"}, {"logGroupName": "a"}),
        ({"Count": "5", "Share": "0.5", "Enabled": "true"}, {"Count": 5, "Share": 0.5, "Enabled": True}),
        ({"Enabled": False}, {"Enabled": False}),
        ({"Body": "a"}, {"Body": b"a"}),
        ({"LogGroupName": {"Version": "1"}}, {"logGroupName": '{"Version": "1"}'}),
        ({"LogGroupName": True}, {"logGroupName": "true"}),
        ({"Names": [1, "b"]}, {"Names": ["1", "b"]}),
        ({"Inner": {"size": "7"}}, {"Inner": {"Size": 7}}),
        ({"Pairs": [{"Key": "a", "Value": 1}]}, {"Pairs": [{"TagKey": "a", "TagValue": "1"}]}),
        ({"Words": [{"Key": "a", "Value": "1"}]}, {"Words": {"a": "1"}}),
        ({"Words": {"a": True}}, {"Words": {"a": "true"}}),
    ],
)
def test_names_and_values_take_the_apis_form(properties: dict[str, Any], request_: dict[str, Any]) -> None:
    assert to_request(properties, SHAPE) == request_


def test_exceptions_are_renamed_at_any_depth() -> None:
    found = to_request({"Number": 1, "Inner": {"Length": 2}}, SHAPE, rename={"Number": "Count", "Length": "Size"})

    assert found == {"Count": 1, "Inner": {"Size": 2}}


def test_what_is_sent_otherwise_is_left() -> None:
    assert to_request({"Count": 1, "Apart": {}}, SHAPE, leave=("Apart",)) == {"Count": 1}


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Nope": 1}, "unsupported property Nope"),
        ({"Inner": {"Nope": 1}}, "unsupported property Inner.Nope"),
        ({"Count": "five"}, "Count: expected type integer, found 'five'"),
        ({"Enabled": "yes"}, "Enabled: expected type boolean, found 'yes'"),
        ({"Names": "a"}, "Names: expected a list, found 'a'"),
        ({"Inner": "a"}, "Inner: expected an object, found 'a'"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path(properties: dict[str, Any], message: str) -> None:
    with pytest.raises(Untranslatable) as refused:
        to_request(properties, SHAPE)

    assert message in str(refused.value)


@given(st.dictionaries(st.text(min_size=1), st.text()), st.booleans())
def test_tags_survive_every_form(tags: dict[str, str], as_map: bool) -> None:
    assert tags_from(tags_to_cloudformation(tags, as_map)) == tags
    pairs = tags_to(SHAPE.members["Pairs"], tags)
    assert {each["TagKey"]: each["TagValue"] for each in pairs} == tags


@given(
    st.recursive(
        st.integers() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_values_are_compared_as_text(value: Any) -> None:
    assert normal(normal(value)) == normal(value)
    if not isinstance(value, dict | list):
        assert normal(value) == text(value)
