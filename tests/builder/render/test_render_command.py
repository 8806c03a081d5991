"""`python build.py render`."""

from __future__ import annotations

import json

import yaml

from tests.conftest import Project

TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+", "Default": "orders"},
        "Secret": {"Type": "String", "NoEcho": True, "Default": "hunter2"},
    },
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Ref": "Name"}, "Tags": [{"Key": "S", "Value": {"Fn::Sub": "is ${Secret}"}}]},
        }
    },
}


def test_any_template_file_is_shown_rendered(project: Project) -> None:
    path = project.write("t.json", json.dumps(TEMPLATE))
    outcome = project.run("render", str(path), "--set", "Name=bills")
    assert outcome.code == 0
    assert json.loads(outcome.out)["Resources"]["Queue"]["Properties"]["QueueName"] == "bills"


def test_values_that_must_not_be_shown_are_not(project: Project) -> None:
    path = project.write("t.json", json.dumps(TEMPLATE))
    outcome = project.run("render", str(path), "--format", "yaml")
    shown = yaml.safe_load(outcome.out)
    assert shown["Parameters"]["Secret"] == "****"
    assert shown["Resources"]["Queue"]["Properties"]["Tags"][0]["Value"] == "is ****"
    assert "hunter2" not in outcome.out


def test_a_stack_is_built_anew_and_takes_its_environments_parameters(project: Project) -> None:
    project.stack(
        "queues",
        'p = template.add_parameter(Parameter("Name", Type="String"))\n'
        'template.add_resource(Topic("Alerts", TopicName=Ref(p)))',
    )
    project.params("queues", "dev", ["Name=alerts-dev"])
    outcome = project.run("render", "queues", "--env", "dev", "--region", "eu-west-1")
    assert json.loads(outcome.out)["Resources"]["Alerts"]["Properties"] == {"TopicName": "alerts-dev"}


def test_nested_stacks_are_shown_with_their_parent(project: Project) -> None:
    project.stack("inner")
    project.stack("outer", 'template.add_resource(Stack("Inner", TemplateURL="./inner.json"))')
    outcome = project.run("render", "outer")
    assert "Alerts" in json.loads(outcome.out)["Nested"]["Inner"]["Resources"]


def test_nested_templates_are_found_beside_the_file(project: Project) -> None:
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "inner.json"}}
    project.write("inner.json", json.dumps(TEMPLATE))
    path = project.write("outer.json", json.dumps({"Resources": {"Inner": stack}}))
    assert json.loads(project.run("render", str(path)).out)["Nested"]["Inner"]["Parameters"]["Name"] == "orders"


def test_every_mistake_is_told_and_nothing_is_printed(project: Project) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "A"}, "KmsMasterKeyId": "k"}}
    outputs = {"Gone": {"Value": {"Ref": "B"}}}
    path = project.write("t.json", json.dumps({**TEMPLATE, "Resources": {"Q": queue}, "Outputs": outputs}))
    outcome = project.run("render", str(path))
    assert (outcome.code, outcome.out) == (1, "")
    assert "t.json: Resources.Q.Properties.QueueName.Ref: 'A' is neither" in outcome.err
    assert "t.json: Outputs.Gone.Value.Ref: 'B' is neither" in outcome.err


def test_refusals_name_the_source_of_the_mistake(project: Project) -> None:
    project.stack("queues")
    path = project.write("t.json", json.dumps(TEMPLATE))
    assert "is neither a file nor a stack; fix: did you mean queues?" in project.run("render", "queus").err
    assert "params/t/prod.json: does not exist" in project.run("render", str(path), "--env", "prod").err
    assert "is not a Region" in project.run("render", str(path), "--region", "eu-wst-1").err
    needy = project.write("n.json", json.dumps({**TEMPLATE, "Parameters": {"Name": {"Type": "String"}}}))
    missing = "command line: Name: is required and has no default; fix: give --env, or --set Name=..."
    assert missing in project.run("render", str(needy)).err
    assert "command line: Name: '9' does not match" in project.run("render", str(path), "--set", "Name=9").err
    project.stack("broken", "raise ValueError('no')")
    assert "templates/stacks/broken.py" in project.run("render", "broken").err


def test_a_value_in_parameter_store_is_not_made_up(project: Project) -> None:
    template = {**TEMPLATE, "Parameters": {"Name": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}}}
    template["Resources"] = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}}
    path = project.write("t.json", json.dumps(template))
    assert "Name: has its value in SSM Parameter Store" in project.run("render", str(path)).err
