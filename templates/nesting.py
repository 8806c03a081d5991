"""A parent stack: one of several children, chosen by a condition, with its parameters passed through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from troposphere import GetAtt, If, Output, Parameter, Ref, Template
from troposphere.cloudformation import Stack

from templates.environment import Environment

# The parent takes these as text, so that they can be left empty; the child that is chosen validates them.
_AWS_TYPED = {
    "AWS::EC2::VPC::Id": ("(vpc-[0-9a-f]{8,17})?", "must be empty or a VPC ID"),
    "AWS::EC2::Subnet::Id": ("(subnet-[0-9a-f]{8,17})?", "must be empty or a subnet ID"),
}


def pass_through(t: Template, children: Sequence[Template]) -> dict[str, Parameter]:
    """Declare every parameter of the children in the parent: same group, label, default and constraints.

    Raises ValueError when two children declare one name differently.
    """
    for child in children:
        interface = child.metadata["AWS::CloudFormation::Interface"]
        groups = {
            name: group["Label"]["default"] for group in interface["ParameterGroups"] for name in group["Parameters"]
        }
        for name, parameter in child.parameters.items():
            there = t.parameters.get(name)
            if there is not None:
                if there.to_dict() != _as_text(name, parameter).to_dict():
                    raise ValueError(f"{name}: declared differently by two children")
                continue
            t.add_parameter(_as_text(name, parameter))
            t.add_parameter_to_group(name, groups[name])
            t.set_parameter_label(name, interface["ParameterLabels"][name]["default"])
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
    return t.add_resource(
        Stack(
            title,
            TemplateURL=f"./{name}.json",
            Parameters={parameter: Ref(parameter) for parameter in child.parameters},
            Condition=condition,
            Metadata=suppress("W3002", reason="make package and make deploy upload the child and put in its address"),
            Tags=environment.tags(),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
    )


def suppress(*checks: str, reason: str) -> dict[str, Any]:
    """Metadata that switches checks off, cfn-lint's or ours, for the one resource that it stands on."""
    return {"cfn-lint": {"config": {"ignore_checks": list(checks)}, "reason": reason}}


def repeat_outputs(t: Template, condition: str, where_it_holds: tuple[Stack, Template], otherwise: Stack) -> None:
    """Repeat the children's outputs, which are the same, without exporting them a second time."""
    stack, child = where_it_holds
    for name, output in child.outputs.items():
        value: Any = If(condition, GetAtt(stack, f"Outputs.{name}"), GetAtt(otherwise, f"Outputs.{name}"))
        described = {"Description": output.Description} if "Description" in output.properties else {}
        t.add_output(Output(name, Value=value, **described))
