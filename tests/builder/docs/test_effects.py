"""What changing a parameter does, as the reference tells it."""

from __future__ import annotations

from typing import Any

import pytest

from builder.docs.effects import effects
from builder.evaluate import Place, parameter_values
from tests.builder.docs.templates import REGION, of, ref, template

TEXT = {"Type": "String", "Default": "one"}


def found(
    resources: dict[str, Any],
    given: dict[str, str] | None = None,
    others: dict[str, list[str]] | None = None,
    children: dict[str, Any] | None = None,
    **parameters: Any,
) -> dict[str, str]:
    made = template(resources, Parameters=parameters)
    values = parameter_values(made, given or {}, file="test").values
    place = Place(region=REGION, stack_name="test")
    return effects(made, values, others or {}, place, lambda url: (children or {}).get(url))


def instance(**properties: Any) -> dict[str, Any]:
    return {"Shop": of("RDS::DBInstance", Engine="postgres", DBInstanceClass="db.m6g.large", **properties)}


def test_a_property_that_updates_is_in_place() -> None:
    assert found({"Topic": of("SNS::Topic", DisplayName=ref("Name"))}, Name=TEXT) == {"Name": "in place"}


def test_a_property_that_replaces_is_followed_to_everything_that_depends_on_it() -> None:
    resources = {
        "Topic": of("SNS::Topic", TopicName=ref("Name")),
        "Told": of("SNS::Subscription", TopicArn=ref("Topic"), Protocol="email", Endpoint="a@example.com"),
    }
    assert found(resources, Name=TEXT) == {"Name": "replaces Topic, Told"}


def test_many_are_counted() -> None:
    topics = {f"Topic{number}": of("SNS::Topic", TopicName={"Fn::Sub": f"${{Name}}{number}"}) for number in range(5)}
    assert found(topics, Name=TEXT) == {"Name": "replaces Topic0, Topic1, Topic2 and 2 others"}


def test_a_database_that_would_be_replaced_is_named_first_and_in_bold() -> None:
    resources = {"Topic": of("SNS::Topic", TopicName=ref("Name")), **instance(DBName=ref("Name"))}
    assert found(resources, Name=TEXT) == {"Name": "**replaces Shop** and 1 other"}


def test_a_database_that_may_be_replaced_is_too() -> None:
    port = {"Type": "Number", "Default": 5432}
    assert found(instance(Port=ref("Port")), Port=port) == {"Port": "**may replace Shop**"}


def test_a_name_that_stands_in_the_way_of_a_replacement_is_a_failure() -> None:
    resources = instance(DBName=ref("Name"), DBInstanceIdentifier="shop")
    assert found(resources, Name=TEXT)["Name"].startswith("**fails: Shop would have to be replaced**")


def test_what_fails_one_way_is_told_beside_what_works_the_other() -> None:
    size = {"Type": "Number", "Default": 100, "MinValue": 20}
    told = found(instance(AllocatedStorage=ref("Size"), ApplyImmediately=False), Size=size)["Size"]
    assert told == "in place, at the maintenance window; **fails** if AllocatedStorage goes down"


def test_when_a_change_takes_effect_is_told() -> None:
    classes = {"Type": "String", "Default": "db.m6g.large", "AllowedValues": ["db.m6g.large", "db.m6g.xlarge"]}
    shop = {"Shop": of("RDS::DBInstance", Engine="postgres", DBInstanceClass=ref("Class"), ApplyImmediately=False)}
    assert found(shop, Class=classes) == {"Class": "in place, at the maintenance window, with an outage"}


def test_conditions_add_and_remove_and_many_are_told_by_kind() -> None:
    switch = {"Type": "String", "Default": "off", "AllowedValues": ["on", "off"]}
    topics = {f"Topic{number}": {"Type": "SNS::Topic", "Condition": "On"} for number in range(4)}
    queue = {"Queue": {"Type": "SQS::Queue", "Condition": "Off"}, "Always": "SNS::Topic"}
    made = template({**topics, **queue}, Parameters={"Switch": switch})
    made["Conditions"] = {
        "On": {"Fn::Equals": [ref("Switch"), "on"]},
        "Off": {"Fn::Not": [{"Condition": "On"}]},
    }
    place = Place(region=REGION, stack_name="test")
    told = effects(made, {"Switch": "off"}, {}, place, lambda url: None)
    assert told == {"Switch": "adds 4 resources (topic); removes Queue"}


def test_of_what_nothing_uses_it_is_said() -> None:
    assert found({"Topic": "SNS::Topic"}, Name=TEXT) == {"Name": "nothing with these values"}


def test_what_means_nothing_to_one_choice_of_another_is_tried_with_the_rest() -> None:
    made = template(
        {"Topic": of("SNS::Topic", DisplayName={"Fn::If": ["Named", ref("Name"), "none"]})},
        Parameters={"Kind": {"Type": "String", "Default": "plain", "AllowedValues": ["plain", "named"]}, "Name": TEXT},
        Conditions={"Named": {"Fn::Equals": [ref("Kind"), "named"]}},
    )
    told = effects(made, {"Kind": "plain", "Name": "one"}, {}, Place(region=REGION, stack_name="t"), lambda url: None)
    assert told == {"Kind": "in place", "Name": "where it is used: in place"}


def test_what_means_nothing_without_another_is_tried_with_it() -> None:
    made = template(
        {"Topic": of("SNS::Topic", DisplayName={"Fn::If": ["Has", ref("Name"), "none"]})},
        Parameters={"Has": {"Type": "String", "Default": ""}, "Name": TEXT},
        Conditions={"Has": {"Fn::Not": [{"Fn::Equals": [ref("Has"), ""]}]}},
    )
    place = Place(region=REGION, stack_name="test")
    told = effects(made, {"Has": "", "Name": "one"}, {}, place, lambda url: None)
    assert told == {"Has": "in place", "Name": "where it is used: in place"}


@pytest.mark.parametrize(
    ("declared", "given"),
    [
        ({"Type": "String", "AllowedPattern": r"\d+\.\d+\.0\.0/16", "Default": "10.0.0.0/16"}, {}),
        ({"Type": "String", "AllowedPattern": "(arn:[a-z]+:x)?", "Default": ""}, {}),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, {"It": "subnet-12345678"}),
        ({"Type": "CommaDelimitedList", "Default": "a,b"}, {}),
        ({"Type": "String", "Default": "a", "AllowedPattern": "(?!x)[ab]"}, {}),
    ],
)
def test_another_value_is_found_for_every_form_of_a_parameter(declared: dict[str, Any], given: dict[str, str]) -> None:
    value = {"Fn::Join": ["", ref("It")]} if "List" in declared["Type"] else ref("It")
    assert found({"Topic": of("SNS::Topic", DisplayName=value)}, given, It=declared) == {"It": "in place"}


def test_values_of_other_environments_are_tried_first() -> None:
    assert (
        found({"T": of("SNS::Topic", DisplayName=ref("Name"))}, {}, {"Name": ["two"]}, Name=TEXT)["Name"] == "in place"
    )


def test_what_a_parent_passes_on_obeys_its_child() -> None:
    child = template(
        {"Topic": of("SNS::Topic", TopicName=ref("Name"))},
        Parameters={"Name": {"Type": "String", "AllowedPattern": "[a-z]{3}"}},
    )
    nested = of("CloudFormation::Stack", TemplateURL="child.json", Parameters={"Name": ref("Name")})
    assert found({"Child": nested}, {"Name": "abc"}, None, {"child.json": child}, Name={"Type": "String"}) == {
        "Name": "replaces Child/Topic"
    }


def test_where_nothing_can_be_evaluated_nothing_is_told() -> None:
    wrong = {"Topic": of("SNS::Topic", DisplayName={"Fn::Select": [5, [ref("Name")]]})}
    assert found(wrong, Name=TEXT) == {"Name": ""}
