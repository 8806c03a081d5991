"""The form in which templates are written: the same object, one line a change, little more than compact."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import layout

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
resources = st.dictionaries(
    st.text(),
    values | st.fixed_dictionaries({"Type": values}, optional={"Properties": values, "Metadata": values}),
)
templates = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(layout.SECTIONS, values), "Resources": resources | values, "Hooks": values}
)

TEMPLATE: dict[str, Any] = {
    "Outputs": {"Port": {"Value": {"Ref": "Port"}}},
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key"},
        "Database": {
            "Properties": {"Engine": "postgres", "Port": {"Ref": "Port"}},
            "DeletionPolicy": "Snapshot",
            "Type": "AWS::RDS::DBInstance",
        },
        "Fn::ForEach::Zones": ["Zone", ["a"], {}],
    },
    "Hooks": {},
    "Conditions": {"IsLarge": {"Fn::Equals": [{"Ref": "Size"}, "large"]}},
    "Mappings": {"Zones": {"us-east-1": {"A": "use1-az1", "B": "use1-az2"}, "us-east-2": {"A": "use2-az1"}}},
    "Rules": {"Sized": {"Assertions": []}},
    "Parameters": {"Port": {"Type": "Number", "Default": 5432}, "Size": {"Type": "String"}},
    "Metadata": {
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [
                {"Label": {"default": "Database"}, "Parameters": ["Port"]},
                {"Label": {"default": "Other"}, "Parameters": ["Size"]},
            ],
            "ParameterLabels": {"Port": {"default": "Port"}},
        },
        "License": "MIT",
    },
    "Description": "Caf\u00e9",
    "Transform": ["AWS::LanguageExtensions"],
    "AWSTemplateFormatVersion": "2010-09-09",
}

WRITTEN = r"""{
"AWSTemplateFormatVersion":"2010-09-09",
"Transform":[
"AWS::LanguageExtensions"
],
"Description":"Caf\u00e9",
"Metadata":{
"AWS::CloudFormation::Interface":{
"ParameterGroups":[
{"Label":{"default":"Database"},"Parameters":["Port"]},
{"Label":{"default":"Other"},"Parameters":["Size"]}
],
"ParameterLabels":{
"Port":{"default":"Port"}
}
},
"License":"MIT"
},
"Parameters":{
"Port":{"Type":"Number","Default":5432},
"Size":{"Type":"String"}
},
"Rules":{
"Sized":{"Assertions":[]}
},
"Mappings":{
"Zones":{
"us-east-1":{"A":"use1-az1","B":"use1-az2"},
"us-east-2":{"A":"use2-az1"}
}
},
"Conditions":{
"IsLarge":{"Fn::Equals":[{"Ref":"Size"},"large"]}
},
"Resources":{
"Key":{"Type":"AWS::KMS::Key"},
"Database":{"Type":"AWS::RDS::DBInstance",
"DeletionPolicy":"Snapshot",
"Properties":{
"Engine":"postgres",
"Port":{"Ref":"Port"}
}},
"Fn::ForEach::Zones":["Zone",["a"],{}]
},
"Outputs":{
"Port":{"Value":{"Ref":"Port"}}
},
"Hooks":{}
}
"""


def test_a_template_is_written_like_this() -> None:
    assert layout.text(TEMPLATE) == WRITTEN


@given(templates)
def test_the_text_parses_to_an_equal_object(template: dict[str, Any]) -> None:
    assert json.loads(layout.text(template)) == template


@given(templates)
def test_the_text_is_ascii_and_ends_with_one_newline(template: dict[str, Any]) -> None:
    text = layout.text(template)
    assert text.isascii()
    assert text.endswith("}\n")


@given(st.permutations(list(TEMPLATE)))
def test_sections_have_one_order_whatever_order_they_are_given_in(order: list[str]) -> None:
    assert layout.text({name: TEMPLATE[name] for name in order}) == WRITTEN


def test_other_keys_keep_the_order_they_are_given_in() -> None:
    ordered = {"Parameters": {"B": {"Type": "String"}, "A": {"Default": "", "Type": "String"}}}
    assert json.dumps(json.loads(layout.text(ordered))) == json.dumps(ordered)


@pytest.mark.parametrize(
    "path",
    [
        ("Parameters", "Port", "Default"),
        ("Rules", "Sized"),
        ("Mappings", "Zones", "us-east-1", "A"),
        ("Conditions", "IsLarge"),
        ("Resources", "Database", "DeletionPolicy"),
        ("Resources", "Database", "Properties", "Port"),
        ("Outputs", "Port", "Value"),
        ("Metadata", "License"),
        ("Metadata", "AWS::CloudFormation::Interface", "ParameterLabels", "Port"),
    ],
    ids="/".join,
)
def test_one_change_changes_one_line(path: tuple[str, ...]) -> None:
    changed = copy.deepcopy(TEMPLATE)
    node = changed
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = "changed"
    before, after = WRITTEN.splitlines(), layout.text(changed).splitlines()
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_an_empty_template_is_an_empty_object() -> None:
    assert layout.text({}) == "{}\n"


def test_what_json_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        layout.text({"Metadata": float("inf")})
