"""What the building blocks refuse, so that a mistake in a stack shows when it is built and not when it is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awacs import sts
from awacs.aws import Action, Allow, PolicyDocument, Statement, StringEquals
from troposphere import GetAtt, If, Join, Parameter, Ref, Sub, Tags, Template
from troposphere.iam import ManagedPolicy
from troposphere.sns import SubscriptionResource, Topic

from templates import emptier, nesting, policy
from templates.edition import new_template
from templates.environment import add_environment
from templates.ordering import create_last, logical_id
from templates.parameters import Group, add_condition, when_true


@pytest.mark.parametrize(
    "constraint",
    [{"values": ("a", "b")}, {"pattern": "[0-9]+"}, {"longest": 2}],
    ids=lambda constraint: next(iter(constraint)),
)
def test_a_default_that_breaks_its_own_constraint_is_refused(constraint: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Name: its default 'long' breaks its own constraints"):
        Group(Template(), "Title").add(
            "Name",
            label="Name",
            description="A name.",
            default="long",
            otherwise="must be right",
            **constraint,  # type: ignore[arg-type]
        )


def test_a_default_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="Number: its default '4' breaks"):
        Group(Template(), "Title").add(
            "Number", label="N", description="N.", type="Number", default=4, range=(1, 3), otherwise="must be 1 to 3"
        )


@pytest.mark.parametrize("constraint", [{"pattern": "[a-z]+"}, {"longest": 3}], ids=lambda each: next(iter(each)))
def test_a_constraint_that_nobody_could_read_needs_a_sentence(constraint: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="go together"):
        Group(Template(), "Title").add("Name", label="A name", description="A name.", **constraint)


@pytest.mark.parametrize(
    "constraint", [{"values": ("a", "b")}, {"type": "Number", "range": (1, 3)}], ids=lambda each: list(each)[-1]
)
def test_a_list_and_a_range_speak_for_themselves(constraint: dict[str, Any]) -> None:
    parameter = Group(Template(), "Title").add("Name", label="A name", description="A name.", **constraint)
    assert "ConstraintDescription" not in parameter.to_dict()


def test_a_label_that_only_spaces_the_name_is_left_out() -> None:
    t = Template()
    for name, label in (("VaultLock", "Vault lock"), ("Vault", "The vault")):
        Group(t, "Title").add(name, label=label, description="A vault.")
    labels = t.metadata["AWS::CloudFormation::Interface"]["ParameterLabels"]
    assert {name: each["default"] for name, each in labels.items()} == {"Vault": "The vault"}


def test_a_sentence_without_a_constraint_is_refused() -> None:
    with pytest.raises(ValueError, match="go together"):
        Group(Template(), "Title").add("Name", label="Name", description="A name.", otherwise="must be a name")


def test_a_condition_is_not_overwritten() -> None:
    t = Template()
    switch = Group(t, "Title").switch("Switch", label="S", description="S.", default=True)
    when_true(t, switch)
    with pytest.raises(ValueError, match="WantsSwitch is there already"):
        add_condition(t, "WantsSwitch", Ref("AWS::NoValue"))


def test_a_policy_cannot_lose_a_condition() -> None:
    """awacs keeps the last of two conditions with one operator, and so allows more than is written."""
    with pytest.raises(ValueError, match="one operator twice in a condition: StringEquals, StringEquals"):
        policy.allow([sts.AssumeRole], when=[StringEquals("a", "1"), StringEquals("b", "2")])


def test_a_policy_without_statements_is_refused() -> None:
    with pytest.raises(ValueError, match="without statements"):
        policy.document()


def test_tags_are_fresh_each_time() -> None:
    """Adding troposphere's Tags changes the right-hand ones: a shared list would grow from resource to resource."""
    environment = add_environment(Template())
    assert len((environment.tags(Name="a") + environment.tags()).to_dict()) == 9
    assert len(environment.tags().to_dict()) == 4


def test_a_template_without_a_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="what its template is for"):
        new_template(None)


def test_a_resource_without_a_logical_id_is_refused() -> None:
    with pytest.raises(ValueError, match="AWS::SNS::Topic without a logical ID"):
        logical_id(Topic(None))


def test_the_last_waits_for_what_does_not_wait_for_it() -> None:
    t = Template()
    add_condition(t, "Never", Ref("AWS::NoValue"))
    for title in ("Used", "Alone", "Last"):
        t.add_resource(Topic(title))
    t.add_resource(Topic("User", DisplayName=Sub("${Used.TopicName}")))
    t.add_resource(Topic("Conditional", Condition="Never"))
    t.add_resource(SubscriptionResource("After", TopicArn=Ref("Last"), Protocol="email", Endpoint="a@example.com"))
    t.add_resource(Topic("AfterAfter", DisplayName=GetAtt("After", "Arn"), DependsOn="Alone"))
    create_last(t, "Last")
    assert t.resources["Last"].DependsOn == ["Alone", "User"]


def test_the_last_is_not_told_to_wait_twice_whatever_names_what_it_waits_for() -> None:
    t = Template()
    for title in ("InTag", "InPolicy", "InBranch", "InText", "InTextOf", "Stated", "First", "Second"):
        t.add_resource(Topic(title))
    t.resources["Stated"].DependsOn = "Second"
    t.resources["Second"].DependsOn = ["First"]
    named = Join("", [Sub("${InText.TopicName}"), Sub("${InTextOf.TopicName}${Of}", Of="it")])
    allow = Statement(Effect=Allow, Action=[Action("sns", "Publish")], Resource=[Ref("InPolicy")])
    t.add_resource(ManagedPolicy("Policy", PolicyDocument=PolicyDocument(Version="2012-10-17", Statement=[allow])))
    t.add_resource(
        Topic("Last", Tags=Tags(Of=Ref("InTag")), DisplayName=If("Never", Ref("InBranch"), named), DependsOn=["Stated"])
    )
    create_last(t, "Last")
    assert t.resources["Last"].DependsOn == ["Policy", "Stated"]


def test_two_children_that_declare_one_parameter_differently_are_refused() -> None:
    def child(default: str) -> Template:
        t = Template()
        Group(t, "Title").add("Name", label="Name", description="A name.", default=default)
        return t

    with pytest.raises(ValueError, match="Name: declared differently by two children"):
        nesting.pass_through(Template(), [child("a"), child("b")])


def test_aws_types_become_text_in_the_parent_so_that_they_may_be_empty() -> None:
    child = Template()
    Group(child, "Title").add("VpcId", label="VPC", description="A VPC.", type="AWS::EC2::VPC::Id")
    parameter: Parameter = nesting.pass_through(Template(), [child])["VpcId"]
    assert (parameter.Type, parameter.Default, parameter.Description) == ("String", "", "Optional. A VPC.")


def test_a_function_that_is_too_long_to_be_sent_inline_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "long.py"
    source.write_text("#" * 4097, encoding="utf-8")
    monkeypatch.setattr(emptier, "SOURCE", source)
    with pytest.raises(ValueError, match=r"long\.py has 4097 characters; Lambda takes 4096 inline"):
        emptier._source()
