"""Checks on templates that are not ours in form: literals only, nested stacks, other people's resources around."""

from __future__ import annotations

from typing import Any

from builder.checks.judge import findings, judge, one_region_a_partition
from builder.evaluate import Place
from tests.builder.checks.checking import found, read, rendered

PLACE = Place(region="eu-west-1", stack_name="shop")
CHILD = """
Parameters: {Name: {Type: String}}
Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SNS
      MetricName: NumberOfMessages
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
Outputs: {Name: {Value: !Ref Name, Export: {Name: shared}}}
"""
PARENT = """
Resources:
  First: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {Name: a}}}
  Second: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./child.yaml, Parameters: {Name: b}}}
Outputs: {Name: {Value: !GetAtt First.Outputs.Name}}
"""


def test_what_is_made_elsewhere_is_not_judged() -> None:
    text = read("foreign").replace("  Broken: {Type: Strange, Default: x}\n", "")
    said = {f"{each.check.id} {each.finding.path[1]}" for each in findings(rendered(text))}
    assert said == {
        "W9221 Machine",
        "W9261 Vault",  # its name may be as long as the parameter
    }


def test_a_template_of_literals_alone_is_told_what_ties_it_to_one_place() -> None:
    text = """
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: t}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SNS
      MetricName: NumberOfNotificationsFailed
      Dimensions: [{Name: TopicName, Value: "arn:aws:sns:eu-west-1:123456789012:t"}]
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: ["arn:aws:sns:eu-west-1:123456789012:t"]
"""
    assert len(found("W9221", text)) == 2
    assert len(found("W9222", text)) == 2
    assert "is no TopicName" in found("E9162", text)[0]
    assert "nobody is subscribed" in found("W9174", text)[0]


def test_nested_stacks_are_judged_under_their_own_name_and_their_exports_together() -> None:
    parent = rendered(PARENT, templates={"child.yaml": CHILD})
    collisions = [each for each in findings(parent) if each.check.id == "E9262"]
    assert [each.finding.path for each in collisions] == [("Resources", "Second")]
    template: Any = parent.template
    child: Any = parent.nested["First"].template
    verdicts = judge(template, {}, PLACE, file="t.yaml", local_templates=lambda url: child)
    assert {(each.file, each.check.id) for each in verdicts} >= {("child.yaml", "E9161"), ("t.yaml", "E9262")}


def test_what_cannot_be_resolved_is_a_finding_beside_those_on_the_rest() -> None:
    group: Any = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": {"Ref": "Nobody"}}}
    topic: Any = {"Type": "AWS::Logs::LogGroup"}
    verdicts = judge({"Resources": {"Group": group, "Log": topic}}, {}, PLACE, file="t")
    assert {each.check.id for each in verdicts} >= {"E9100", "W9182"}
    assert judge({"Transform": "Macro", "Resources": {"Log": topic}}, {}, PLACE, file="t")[0].check.id == "E9100"


def test_a_check_is_suppressed_on_one_resource_by_its_metadata() -> None:
    log = "Resources: {Log: {Type: AWS::Logs::LogGroup, Metadata: {cfn-lint: {config: {ignore_checks: [W9182]}}}}}"
    assert found("W9182", log) == []
    assert found("W9182", log.replace("W9182", "W9183")) != []


def test_a_check_leaves_to_another_what_that_tells() -> None:
    alerts, access = read("alerts"), read("access")
    no_object = alerts.replace('\'{"source"', '\'["source"')
    assert found("E9191", no_object) != found("E9192", no_object) == []
    no_api = access.replace("describeDBInstances", "describeNothing")
    assert found("E9272", no_api) != found("E9273", no_api) == []


def test_one_region_stands_for_each_partition() -> None:
    regions = ("us-east-1", "eu-west-1", "us-gov-west-1", "cn-north-1", "cn-northwest-1")
    assert one_region_a_partition(regions) == ("us-east-1", "us-gov-west-1", "cn-north-1")
