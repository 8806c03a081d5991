"""What CloudFormation would refuse in a template's shape is an error that names the place; and all errors at once."""

from __future__ import annotations

from typing import Any

import pytest

from builder.evaluate import Evaluation, EvaluationError
from tests.builder.evaluating import EXTENDED, PLACE, QUEUE, Made, evaluation


def refusal(template: dict[str, Any]) -> str:
    with pytest.raises(EvaluationError) as caught:
        Evaluation(template, {}, PLACE)
    return str(caught.value)


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ({"Resource": {}}, "Resource: is not a section of a template"),
        ({"Resources": []}, "Resources: must be an object, but is a list"),
        ({"Conditions": None}, "Conditions: must be an object, but is null"),
        ({"Outputs": "x"}, "Outputs: must be an object, but is a string"),
        ({"Parameters": {"P": 5}}, "Parameters.P: must be an object, but is a number"),
        ({"Transform": "AWS::Serverless-2016-10-31"}, "Transform: macro 'AWS::Serverless-2016-10-31' runs inside AWS"),
        ({"Transform": ["AWS::LanguageExtensions", "Mine"]}, "Transform: macro 'Mine' runs inside AWS"),
        ({"Transform": {"Name": "AWS::Include", "Parameters": {}}}, "Transform: macro 'AWS::Include' runs inside AWS"),
        ({"Transform": "AWS::Serverless-2016-10-31", "Globals": {}}, "Transform: macro 'AWS::Serverless-2016-10-31'"),
        ({"Mappings": {"M": []}}, "Mappings.M: must be an object, but is a list"),
        ({"Mappings": {"M": {"a": "b"}}}, "Mappings.M.a: must be an object, but is a string"),
        ({"Mappings": {"M": {"a": {"b": None}}}}, "Mappings.M.a.b: must be a string, a number or a list of them"),
        ({"Mappings": {"M": {"a": {"b": {"c": "d"}}}}}, "Mappings.M.a.b: must be a string, a number or a list of them"),
        ({"Mappings": {"M": {"a": {"b": {"Ref": "P"}}}}}, "Mappings.M.a.b: functions are not allowed in mappings"),
        ({"Mappings": {"M": {"a": {"b": [{"Ref": "P"}]}}}}, "Mappings.M.a.b: functions are not allowed in mappings"),
        ({"Mappings": {"M": {"a": {"Fn::Sub": {}}}}}, "Mappings.M.a.Fn::Sub: functions are not allowed in mappings"),
        ({"Resources": {"A-B": QUEUE}}, "Resources.A-B: must be named with letters and digits only"),
        ({"Resources": {"A": "x"}}, "Resources.A: must be an object, but is a string"),
        ({"Resources": {"A": {}}}, "Resources.A.Type: must be a literal string"),
        ({"Resources": {"A": {"Type": {"Ref": "T"}}}}, "Resources.A.Type: must be a literal string"),
        (
            {"Resources": {"A": {"Type": "My::Own::Thing::MODULE"}}},
            "Resources.A.Type: module My::Own::Thing::MODULE is",
        ),
        ({"Resources": {"A": {**QUEUE, "Property": {}}}}, "Resources.A.Property: is not an attribute"),
        ({"Resources": {"A": {**QUEUE, "Properties": []}}}, "Resources.A.Properties: must be an object, but is a list"),
        ({"Resources": {"A": {**QUEUE, "DependsOn": "B"}}}, "Resources.A.DependsOn: 'B' is not the literal name"),
        ({"Resources": {"A": {**QUEUE, "DependsOn": [{"Ref": "A"}]}}}, "Resources.A.DependsOn: {'Ref': 'A'} is not"),
        (
            {"Parameters": {"A": {"Type": "String"}}, "Resources": {"A": QUEUE}},
            "Resources.A: has the name of a parameter",
        ),
        ({"Outputs": {"a_b": {"Value": 1}}}, "Outputs.a_b: must be named with letters and digits only"),
        ({"Outputs": {"A": {}}}, "Outputs.A: must have a Value"),
        ({"Outputs": {"A": {"Value": 1, "Name": 2}}}, "Outputs.A.Name: is not an attribute"),
        (
            {"Outputs": {"A": {"Value": 1, "Description": {"Ref": "P"}}}},
            "Outputs.A.Description: must be a literal string",
        ),
        ({"Outputs": {"A": {"Value": 1, "Export": "x"}}}, 'Outputs.A.Export: must be written as {"Name": value}'),
        ({"Outputs": {"A": {"Value": 1, "Export": {}}}}, 'Outputs.A.Export: must be written as {"Name": value}'),
    ],
)
def test_a_template_of_another_shape_is_refused(template: dict[str, Any], what: str) -> None:
    assert refusal(template).startswith(what)


@pytest.mark.parametrize("transform", ["AWS::LanguageExtensions", ["AWS::LanguageExtensions"]])
def test_language_extensions_are_understood(transform: object) -> None:
    extended = evaluation({"Transform": transform})
    assert extended.value({"Fn::Length": [1, 2]}, "P") == 2


def test_no_transform_is_no_extension() -> None:
    with pytest.raises(EvaluationError, match="needs the transform"):
        evaluation({"Transform": []}).value({"Fn::Length": [1, 2]}, "P")


def test_an_error_has_its_path_and_its_reason() -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluation({"Resources": {"Database": {**QUEUE, "Properties": {"Port": {"Ref": "Nope"}}}}}).resource("Database")
    assert caught.value.path == "Resources.Database.Properties.Port.Ref"
    assert str(caught.value) == f"{caught.value.path}: {caught.value.what}"


def test_a_working_template_has_no_errors() -> None:
    assert evaluation({**EXTENDED, "Resources": {"A": QUEUE}, "Outputs": {"O": {"Value": {"Ref": "A"}}}}).errors() == ()


def test_all_errors_are_told_at_once_and_each_once() -> None:
    template = {
        "Conditions": {"Wrong": {"Ref": "X"}, "Fine": {"Fn::Equals": [1, 1]}},
        "Rules": {"R": {"Assertions": [{"Assert": {"Ref": "X"}}]}},
        "Resources": {
            "A": {**QUEUE, "Properties": {"Name": {"Ref": "Nope"}}},
            "B": {**QUEUE, "Condition": "Wrong"},
            "C": {**QUEUE, "DeletionPolicy": "Keep"},
        },
        "Outputs": {"O": {"Value": ["a"]}},
    }
    assert [error.path for error in Evaluation(template, {}, PLACE, Made()).errors()] == [
        "Conditions.Wrong",
        "Rules.R.Assertions[0].Assert",
        "Resources.A.Properties.Name.Ref",
        "Resources.C.DeletionPolicy",
        "Outputs.O.Value",
    ]


def test_circles_are_among_the_errors() -> None:
    template = {"Resources": {"A": {**QUEUE, "DependsOn": "B"}, "B": {**QUEUE, "DependsOn": "A"}}}
    (error,) = evaluation(template).errors()
    assert "in a circle" in error.what
