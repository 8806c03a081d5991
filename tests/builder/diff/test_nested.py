"""Nested stacks: what is in them counts, not the stack."""

from __future__ import annotations

from typing import Any

from tests.builder.diff.comparing import altered, change, compared, property_change, resources, verdicts

TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Delete",
    "Properties": {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]},
}
BUCKET = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
CHILD: dict[str, Any] = {
    "Parameters": {"VpcId": {"Type": "String", "Default": "vpc-1"}},
    "Resources": {
        "Table": TABLE,
        "Bucket": BUCKET,
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "d", "VpcId": {"Ref": "VpcId"}},
        },
    },
    "Outputs": {
        "GroupId": {"Value": {"Fn::GetAtt": ["Group", "GroupId"]}},
        "TableArn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}},
    },
}


def stack(**more: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.json", **more}}


def parent(flag: str, **attributes: Any) -> dict[str, Any]:
    """A parent whose nested stack is there when its parameter is yes."""
    return {
        "Parameters": {"Nested": {"Type": "String", "Default": flag}},
        "Conditions": {"Nested": {"Fn::Equals": [{"Ref": "Nested"}, "yes"]}},
        "Resources": {
            "Orders": {**stack(), "Condition": "Nested", **attributes},
            "Topic": {"Type": "AWS::SNS::Topic"},
        },
    }


def test_a_nested_stack_removed_by_a_flipped_condition_is_its_content_removed() -> None:
    found = compared(parent("yes"), parent("yes"), changed={"Nested": "no"}, nested={"child.json": CHILD})
    assert verdicts(found) == {
        "Orders": "REMOVE",
        "Orders/Table": "REMOVE",
        "Orders/Bucket": "ORPHAN",
        "Orders/Group": "REMOVE",
    }
    assert [each.logical_id for each in found.resources if each.loses] == ["Orders/Table"]


def test_a_nested_stack_that_is_retained_keeps_its_content() -> None:
    kept = parent("yes", DeletionPolicy="Retain")
    found = compared(kept, kept, changed={"Nested": "no"}, nested={"child.json": CHILD})
    assert verdicts(found) == {"Orders": "ORPHAN"}


def test_a_nested_stack_that_is_added_brings_its_content() -> None:
    found = compared(parent("no"), parent("no"), changed={"Nested": "yes"}, nested={"child.json": CHILD})
    assert set(verdicts(found).values()) == {"ADD"}
    assert "Orders/Table" in verdicts(found)


def test_a_removed_stack_whose_template_is_not_at_hand_may_hold_anything() -> None:
    old = resources(Orders=stack(TemplateURL="https://example.com/child.json"), Topic={"Type": "AWS::SNS::Topic"})
    removed = change(compared(old, altered(old, {"Orders": None})), "Orders")
    assert removed.loses
    assert removed.holds == "whatever it holds: its template is not at hand"


def test_a_change_in_the_nested_template_is_told_where_it_is() -> None:
    new = altered(CHILD, {"Table.Properties.TableName": "orders"})
    found = compared(
        resources(Orders=stack()),
        resources(Orders=stack()),
        nested={"child.json": CHILD},
        nested_new={"child.json": new},
    )
    assert verdicts(found) == {"Orders": "UPDATE", "Orders/Table": "REPLACE"}
    assert change(found, "Orders/Table").cause == ("Orders/Table", "TableName")


def test_a_replacement_inside_reaches_what_takes_an_output_outside() -> None:
    rule = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {
            "IpProtocol": "-1",
            "CidrIp": "10.0.0.0/8",
            "GroupId": {"Fn::GetAtt": ["Orders", "Outputs.GroupId"]},
        },
    }
    template = resources(Orders=stack(), Rule=rule)
    new = altered(CHILD, {"Group.Properties.GroupDescription": "other"})
    found = compared(template, template, nested={"child.json": CHILD}, nested_new={"child.json": new})
    assert change(found, "Rule").cause == ("Rule", "GroupId", "Orders", "Outputs.GroupId", "Group", "GroupDescription")


def test_an_output_that_stays_replaces_nothing() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["Orders", "Outputs.TableArn"]}}}
    template = resources(Orders=stack(), Topic=topic)
    new = altered(CHILD, {"Group.Properties.GroupDescription": "other"})
    found = compared(template, template, nested={"child.json": CHILD}, nested_new={"child.json": new})
    assert verdicts(found) == {"Orders": "UPDATE", "Orders/Group": "REPLACE"}


def test_a_replacement_outside_reaches_what_takes_a_parameter_inside() -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    template = resources(Vpc=vpc, Orders=stack(Parameters={"VpcId": {"Ref": "Vpc"}}))
    new = altered(template, {"Vpc.Properties.CidrBlock": "10.1.0.0/16"})
    found = compared(template, new, nested={"child.json": CHILD})
    assert verdicts(found) == {"Vpc": "REPLACE", "Orders": "UPDATE", "Orders/Group": "REPLACE"}
    assert "(another, with Vpc <- CidrBlock)" in str(property_change(found, "Orders/Group", "VpcId").new)


def test_an_altered_parameter_that_the_child_cannot_work_with_is_left_as_it_is() -> None:
    child = altered(CHILD, {"Group.Properties.VpcId": {"Fn::Select": [{"Ref": "VpcId"}, ["a", "b"]]}})
    stay = stack(Parameters={"VpcId": {"Fn::Select": [1, [{"Ref": "Topic"}, "0"]]}})
    template = resources(Topic={"Type": "AWS::SNS::Topic", "Properties": {}}, Orders=stay)
    new = altered(template, {"Topic.Properties.TopicName": "orders"})
    found = compared(template, new, nested={"child.json": child})
    assert "Orders/Group" not in verdicts(found)


def test_another_template_url_that_is_not_at_hand_is_said_to_be_unknown() -> None:
    old = resources(Orders=stack(TemplateURL="https://example.com/1.json"))
    new = resources(Orders=stack(TemplateURL="https://example.com/2.json"))
    found = change(compared(old, new), "Orders")
    assert (found.verdict.value, found.notes) == (
        "UPDATE",
        ("its template is not at hand: what happens in it is not known",),
    )
    assert compared(old, old).is_empty


def test_a_stack_nested_in_a_nested_one_goes_with_it() -> None:
    middle = resources(Inner=stack(TemplateURL="inner.json"))
    old = resources(Outer=stack(TemplateURL="middle.json"), Topic={"Type": "AWS::SNS::Topic"})
    nested = {"middle.json": middle, "inner.json": resources(Table=TABLE)}
    gone = compared(old, altered(old, {"Outer": None}), nested=nested)
    assert verdicts(gone) == {"Outer": "REMOVE", "Outer/Inner": "REMOVE", "Outer/Inner/Table": "REMOVE"}
    come = compared(altered(old, {"Outer": None}), old, nested=nested)
    assert verdicts(come) == {"Outer": "ADD", "Outer/Inner": "ADD", "Outer/Inner/Table": "ADD"}
