"""A parent stack: one of several children, chosen by a condition, with its parameters passed through.

A stack that is nested remembers what its `build` made (`@cache`): it is a template of its own too.

Add-ons stand beside the child that was chosen. What they ask for and it tells, by the same name, they are given; the
rest is asked of whoever deploys the parent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import Any

from troposphere import And, Condition, Equals, GetAtt, If, Not, Output, Parameter, Ref, Select, Split, Template
from troposphere.cloudformation import Stack

from templates.carrier import carrier
from templates.environment import Environment
from templates.parameters import Group, add_condition, when_true
from templates.retention import DISPOSABLE

# The parent takes these as text, so that they can be left empty; the child that is chosen validates them.
_AWS_TYPED = {
    "AWS::EC2::VPC::Id": ("(vpc-[0-9a-f]{8,17})?", "must be empty or a VPC ID"),
    "AWS::EC2::Subnet::Id": ("(subnet-[0-9a-f]{8,17})?", "must be empty or a subnet ID"),
}

# The parameter of add-ons that takes the name of the database's stack.
ALARM_PREFIX = "AlarmPrefix"


# A child that holds the database stays, even where its own first creation failed: what it made is known to it alone.
_RETAINED: Mapping[str, Any] = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


@carrier
class AddOn:
    """A stack that attaches to the database, nested where the switch `parameter` is on.

    `absent` is the partition that lacks what it is made of, where there is one.
    """

    parameter: str
    label: str
    description: str
    default: bool
    title: str
    module: ModuleType
    absent: str = ""

    @property
    def name(self) -> str:
        """The name of its template in dist/."""
        return self.module.__name__.rpartition(".")[2].replace("_", "-")


def pass_through(t: Template, children: Sequence[Template], *, known: Collection[str] = ()) -> dict[str, Parameter]:
    """Declare the parameters of the children in the parent, but those `known`: same group, label and constraints.

    Children that declare a name alike share its value. Raises ValueError when two declare it differently: one of them
    would get what was meant for the other.
    """
    for child in children:
        interface = child.metadata["AWS::CloudFormation::Interface"]
        labels = interface.get("ParameterLabels", {})
        groups = {
            name: group["Label"]["default"] for group in interface["ParameterGroups"] for name in group["Parameters"]
        }
        for name, parameter in child.parameters.items():
            if name in known:
                continue
            there = t.parameters.get(name)
            if there is not None:
                if there.to_dict() != _as_text(name, parameter).to_dict():
                    raise ValueError(f"{name}: declared differently by two children")
                continue
            t.add_parameter(_as_text(name, parameter))
            t.add_parameter_to_group(name, groups[name])
            if name in labels:
                t.set_parameter_label(name, labels[name]["default"])
    return dict(t.parameters)


def _as_text(name: str, parameter: Parameter) -> Parameter:
    if parameter.Type not in _AWS_TYPED:
        return parameter
    pattern, otherwise = _AWS_TYPED[parameter.Type]
    return Parameter(
        name,
        Type="String",
        Description=f"Optional. {parameter.Description}",
        Default="",
        AllowedPattern=pattern,
        ConstraintDescription=otherwise,
    )


def add_child(t: Template, environment: Environment, title: str, name: str, child: Template, condition: str) -> Stack:
    """Nest `dist/<name>.json` beside the parent; `aws cloudformation package` uploads it and puts in its address.

    Whatever later turns the condition, or removes the parent, leaves the child and its database where they are.
    """
    given = {parameter: Ref(parameter) for parameter in child.parameters}
    return _nest(t, environment, title, name, given, condition, _RETAINED)


@carrier
class Chosen:
    """The children of which one is made: `there` where the condition holds, else `other`. Their outputs are alike."""

    condition: str
    there: Stack
    other: Stack
    child: Template

    def output(self, name: str) -> If:
        """An output of the child that is made."""
        return If(self.condition, GetAtt(self.there, f"Outputs.{name}"), GetAtt(self.other, f"Outputs.{name}"))

    @property
    def name(self) -> Select:
        """The name of the child that is made, with which those of its alarms begin."""
        return Select(1, Split("/", If(self.condition, Ref(self.there), Ref(self.other))))


def add_add_ons(t: Template, environment: Environment, add_ons: Sequence[AddOn], database: Chosen) -> None:
    """Nest each add-on beside the database, where its switch is on, and ask for what it is not told.

    It holds no data, and goes when it is switched off.
    """
    for each in add_ons:
        template = each.module.build()
        switch = Group(t, "Add-ons").switch(
            each.parameter, label=each.label, description=each.description, default=each.default
        )
        told = {**{name: database.output(name) for name in database.child.outputs}, ALARM_PREFIX: database.name}
        pass_through(t, [template], known=told)
        condition = when_true(t, switch)
        if each.absent:
            there = Not(Equals(Ref("AWS::Partition"), each.absent))
            condition = add_condition(t, f"Nests{each.parameter}", And(Condition(condition), there))
        given = {name: told.get(name, Ref(name)) for name in template.parameters}
        _nest(t, environment, each.title, each.name, given, condition, DISPOSABLE.stateful)


def _nest(
    t: Template,
    environment: Environment,
    title: str,
    name: str,
    given: Mapping[str, Any],
    condition: str,
    policies: Mapping[str, Any],
) -> Stack:
    return t.add_resource(
        Stack(
            title,
            TemplateURL=f"./{name}.json",
            Parameters=dict(given),
            Condition=condition,
            Metadata=suppress("W3002", reason="make package and make deploy upload the child and put in its address"),
            Tags=environment.tags(),
            **policies,
        )
    )


def suppress(*checks: str, reason: str) -> dict[str, Any]:
    """Metadata that switches checks off, cfn-lint's or ours, for the one resource that it stands on."""
    return {"cfn-lint": {"config": {"ignore_checks": list(checks)}, "reason": reason}}


def repeat_outputs(t: Template, database: Chosen) -> None:
    """Repeat the outputs of the child that is made, without exporting them a second time."""
    for name, output in database.child.outputs.items():
        described = {"Description": output.Description} if "Description" in output.properties else {}
        t.add_output(Output(name, Value=database.output(name), **described))
