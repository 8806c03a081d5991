"""Templates become plain JSON as troposphere itself would write them, only sooner."""

from __future__ import annotations

import json
from typing import Any

import pytest
import troposphere
from awacs.aws import Action, Allow, Bool, Condition, PolicyDocument, Principal, Statement
from awacs.helpers.trust import make_simple_assume_policy
from troposphere import AWSObject, GetAtt, If, Output, Ref, Sub, Tags, Template, cloudformation
from troposphere.iam import Policy, Role
from troposphere.s3 import Bucket, LifecycleConfiguration, LifecycleRule, LifecycleRuleTransition
from troposphere.sns import Subscription, Topic

from builder.plain import plain
from tests.templates.rendering import STACKS


def as_troposphere_writes(template: Template) -> str:
    return json.dumps(template.to_dict())


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_is_what_troposphere_writes_in_the_same_order(stack: str) -> None:
    template = STACKS[stack].build()
    assert isinstance(template, Template)
    assert json.dumps(plain(template)) == as_troposphere_writes(template)


def test_whatever_troposphere_and_awacs_can_hold_is_written_as_they_write_it() -> None:
    allow = Statement(
        Effect=Allow,
        Principal=Principal("AWS", [Sub("arn:${AWS::Partition}:iam::123456789012:root")]),
        Action=[Action("s3", "Get*"), Action("*")],
        Resource=["*"],
        Condition=Condition(Bool({"aws:SecureTransport": True})),
    )
    document = PolicyDocument(Version="2012-10-17", Statement=[allow])
    transition = LifecycleRuleTransition(StorageClass="GLACIER", TransitionInDays=30)
    made: Any = cloudformation  # which has no types
    rule = LifecycleRule(Status="Enabled", Transitions=[transition, If("Some", transition, Ref("AWS::NoValue"))])
    init = made.Init({"config": made.InitConfig(files=made.InitFiles({"/etc/motd": made.InitFile(content="hello")}))})
    deep = {"list": [({"a": Ref("Topic")},), None, 1.5, True], "none": {}}
    template = Template(Description="All kinds", Metadata=deep)
    template.add_mapping("Sizes", {"small": {"GiB": ("20", "40")}})
    template.add_resource(
        Role("Reader", AssumeRolePolicyDocument=make_simple_assume_policy("rds.amazonaws.com"), Policies=[])
    )
    template.resources["Reader"].Policies = [Policy(PolicyName="read", PolicyDocument=document)]
    template.add_resource(
        Bucket(
            "Store",
            LifecycleConfiguration=LifecycleConfiguration(Rules=[rule]),
            Tags=Tags(Of=Ref("Topic")) + Tags(Plain="text"),
            Metadata=made.Metadata(init),
        )
    )
    template.add_resource(
        Topic("Topic", Subscription=[Subscription(Protocol="email", Endpoint=GetAtt("Store", "Arn"))])
    )
    template.add_resource(Topic("Bare"))
    template.add_output(Output("Name", Value=Ref("Store")))
    assert json.dumps(plain(template)) == as_troposphere_writes(template)


@pytest.mark.parametrize(
    ("value", "told"), [(float("nan"), "JSON compliant"), ({1, 2}, "Object of type set is not JSON serializable")]
)
def test_what_json_does_not_have_is_refused(value: Any, told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        plain(Template(Metadata={"Value": value}))


@pytest.mark.parametrize("resource", [Topic("Whole"), Role("Lacking")], ids=["written", "refused"])
def test_troposphere_itself_writes_as_before_afterwards(resource: AWSObject) -> None:
    before = troposphere.encode_to_dict
    template = Template()
    template.add_resource(resource)
    try:
        plain(template)
    except ValueError as error:
        assert "AssumeRolePolicyDocument" in str(error)
    assert troposphere.encode_to_dict is before
    assert troposphere.encode_to_dict({"deep": [Ref("Topic")]}) == {"deep": [{"Ref": "Topic"}]}
