"""Values of parameters with NoEcho are nowhere to be seen, and their change is."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from builder.diff import as_json, markdown, text
from builder.diff.guard import judge
from builder.diff.model import Diff
from builder.diff.report import Compared
from tests.builder.diff.comparing import compared, property_change

OLD, NEW = "correct-horse", "battery-staple"
SECRET = {"Type": "String", "NoEcho": True, "Default": ""}


def template(value: Any, **more: Any) -> dict[str, Any]:
    """A template with a secret parameter that a property of Secret takes."""
    return {
        "Parameters": {"Password": SECRET},
        "Resources": {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": value, **more}}},
    }


def changed(made: dict[str, Any], **sides: Any) -> Diff:
    return compared(made, made, given={"Password": OLD}, changed={"Password": NEW}, **sides)


def everything_shown(found: Diff) -> str:
    report = Compared(title="t", environments=(), diff=found, judgement=judge(found))
    lines = "\n".join(line for _, line in text.lines(report))
    return lines + markdown.text([report]) + as_json.text([report])


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Password"},
        {"Fn::Sub": "user:${Password}@host"},
        {"Fn::Base64": {"Ref": "Password"}},
        {"Fn::Select": [1, {"Fn::Split": ["-", {"Ref": "Password"}]}]},
    ],
)
def test_wherever_functions_carry_a_secret_it_is_hidden(value: Any) -> None:
    found = changed(template(value))
    assert property_change(found, "Secret", "SecretString").old == "****"
    shown = everything_shown(found)
    for secret in (OLD, NEW, *OLD.split("-"), *NEW.split("-"), base64.b64encode(OLD.encode()).decode()):
        assert secret not in shown


def test_only_the_secret_is_hidden() -> None:
    made = template("fixed", Tags=[{"Key": "Password", "Value": {"Ref": "Password"}}, {"Key": "Owner", "Value": "me"}])
    found = changed(made)
    assert (property_change(found, "Secret", "Tags.Password").new, len(found.resources[0].properties)) == ("****", 1)


def test_what_holds_a_secret_shows_the_rest() -> None:
    old = template("fixed")
    new = template("fixed", GenerateSecretString={"GenerateStringKey": {"Ref": "Password"}, "PasswordLength": 20})
    found = compared(old, new, given={"Password": OLD})
    assert property_change(found, "Secret", "GenerateSecretString").new == {
        "GenerateStringKey": "****",
        "PasswordLength": 20,
    }


def test_a_secret_in_a_list_is_hidden_where_it_stands() -> None:
    made = template("fixed", ReplicaRegions=[{"Region": "a"}, {"Region": {"Ref": "Password"}}])
    found = changed(made)
    assert [each.path for each in found.resources[0].properties] == ["ReplicaRegions[1].Region"]
    assert property_change(found, "Secret", "ReplicaRegions[1].Region").new == "****"


def test_a_list_that_holds_a_secret_shows_the_rest() -> None:
    new = template("fixed", Tags=[{"Key": "a", "Value": "b", "More": {"Ref": "Password"}}])
    found = compared(template("fixed"), new, given={"Password": OLD})
    assert property_change(found, "Secret", "Tags").new == [{"Key": "a", "Value": "b", "More": "****"}]


def test_an_empty_secret_is_none() -> None:
    found = compared(template("a"), template({"Fn::Sub": "b${Password}"}))
    assert property_change(found, "Secret", "SecretString").new == "b"


def test_a_condition_on_a_secret_is_judged_by_its_real_value() -> None:
    made = template({"Fn::If": ["Real", "yes", "no"]})
    made["Conditions"] = {"Real": {"Fn::Equals": [{"Ref": "Password"}, NEW]}}
    assert property_change(changed(made), "Secret", "SecretString").new == "****"


def test_a_list_of_secrets_is_hidden() -> None:
    made = template({"Fn::Join": [",", {"Ref": "Password"}]})
    made["Parameters"]["Password"] = {"Type": "CommaDelimitedList", "NoEcho": "true"}
    assert property_change(changed(made), "Secret", "SecretString").new == "****"


def test_a_template_that_cannot_be_rendered_with_its_secrets_masked_shows_nothing() -> None:
    made = template({"Fn::FindInMap": ["Map", {"Ref": "Password"}, "Value"]})
    made["Mappings"] = {"Map": {"a": {"Value": "x"}, "b": {"Value": "y"}}}
    found = compared(made, made, given={"Password": "a"}, changed={"Password": "b"})
    assert property_change(found, "Secret", "SecretString").new == "****"
    made["Conditions"] = {"C": {"Fn::Equals": [{"Fn::FindInMap": ["Map", {"Ref": "Password"}, "Value"]}, "x"]}}
    made["Resources"]["Secret"]["Condition"] = "C"
    found = compared(made, made, given={"Password": "a"}, changed={"Password": "b"})
    assert "x" not in [each.old for one in found.resources for each in one.properties]


def test_a_secret_is_hidden_in_a_nested_stack_too() -> None:
    parent = {
        "Parameters": {"Password": SECRET},
        "Resources": {
            "Orders": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "child.json", "Parameters": {"Password": {"Ref": "Password"}}},
            }
        },
    }
    child = template({"Ref": "Password"})
    found = changed(parent, nested={"child.json": child})
    assert property_change(found, "Orders/Secret", "SecretString").new == "****"
    assert NEW not in everything_shown(found)
    child["Parameters"]["Password"] = {"Type": "String"}
    assert property_change(changed(parent, nested={"child.json": child}), "Orders/Secret", "SecretString").new == "****"


def test_a_secret_of_the_child_alone_is_hidden() -> None:
    def parent(password: str) -> dict[str, Any]:
        given = {"TemplateURL": "child.json", "Parameters": {"Password": password}}
        return {"Resources": {"Orders": {"Type": "AWS::CloudFormation::Stack", "Properties": given}}}

    found = compared(parent(OLD), parent(NEW), nested={"child.json": template({"Ref": "Password"})})
    assert property_change(found, "Orders/Secret", "SecretString").new == "****"
    assert NEW not in everything_shown(found)


def test_the_default_of_a_secret_is_hidden() -> None:
    old, new = template("a"), template("a")
    new["Parameters"] = {"Password": {**SECRET, "Default": NEW}}
    (notice,) = compared(old, new).defaults
    assert notice.what == "the default changes, and does not reach existing stacks: they keep ****"


def test_what_is_given_to_a_nested_stack_for_the_first_time_is_hidden_too() -> None:
    given = {"TemplateURL": "child.json"}
    old = {"Resources": {"Orders": {"Type": "AWS::CloudFormation::Stack", "Properties": given}}}
    new = {
        "Resources": {
            "Orders": {"Type": "AWS::CloudFormation::Stack", "Properties": {**given, "Parameters": {"Password": NEW}}}
        }
    }
    found = compared(old, new, nested={"child.json": template({"Ref": "Password"})})
    assert property_change(found, "Orders", "Parameters").new == {"Password": "****"}


def test_a_name_that_holds_a_secret_is_hidden_in_what_is_said_of_it() -> None:
    made = template("fixed", Name={"Fn::Sub": "orders-${Password}"})
    made["Outputs"] = {"Out": {"Value": "v", "Export": {"Name": {"Fn::Sub": "export-${Password}"}}}}
    renamed = {**made, "Resources": {"Other": made["Resources"]["Secret"]}, "Outputs": {}}
    found = compared(made, renamed, given={"Password": OLD})
    assert 'its name, Name "****", is that of Secret' in found.resources[0].reasons[0]
    assert found.exports[0].what.startswith("export **** is gone")
    assert OLD not in everything_shown(found)
