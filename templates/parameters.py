"""Parameters as a person meets them on the console: in titled groups, labelled, described, constrained.

Each parameter is declared beside the resource that reads it, in one call that also builds the console's
`AWS::CloudFormation::Interface` metadata. What troposphere leaves unchecked is checked here, when the template is
built: that a default obeys its own constraints, and that every constraint has a sentence for the person who breaks it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from troposphere import AWSHelperFn, Equals, If, Not, Parameter, Ref, Template

TRUE_FALSE = ("true", "false")
NO_VALUE = Ref("AWS::NoValue")


@dataclass(frozen=True)
class Group:
    """A titled group of parameters on the console, in the order in which the groups are first used."""

    template: Template
    title: str

    def add(
        self,
        name: str,
        *,
        label: str,
        description: str,
        type: str = "String",
        default: str | int | None = None,
        otherwise: str | None = None,
        values: Sequence[str | int] = (),
        pattern: str | None = None,
        longest: int | None = None,
        range: tuple[int, int] | None = None,
    ) -> Parameter:
        """Declare a parameter in this group.

        `otherwise` completes "<name> ..." for the person whose value breaks a constraint ("must be a /16 to a /20"):
        required with `pattern` and `longest`, which CloudFormation would show as they stand; `values` and `range` it
        tells by itself. `longest` is in characters, `range` inclusive. A label that only spaces the name is left out.
        Raises ValueError when the default breaks a constraint.
        """
        constraints: dict[str, Any] = {}
        if values:
            constraints["AllowedValues"] = list(values)
        if pattern is not None:
            constraints["AllowedPattern"] = pattern
        if longest is not None:
            constraints["MaxLength"] = longest
        if range is not None:
            constraints["MinValue"], constraints["MaxValue"] = range
        unreadable = constraints.keys() & {"AllowedPattern", "MaxLength"}
        if (unreadable and otherwise is None) or (otherwise is not None and not constraints):
            raise ValueError(f"{name}: a constraint and the sentence for whoever breaks it go together")
        if otherwise is not None:
            constraints["ConstraintDescription"] = otherwise
        if default is not None:
            constraints["Default"] = default
            _check_default(name, str(default), values=values, pattern=pattern, longest=longest, range=range)
        parameter = self.template.add_parameter(Parameter(name, Type=type, Description=description, **constraints))
        self.template.add_parameter_to_group(parameter, self.title)
        if label.replace(" ", "").lower() != name.lower():
            self.template.set_parameter_label(parameter, label)
        return parameter

    def switch(self, name: str, *, label: str, description: str, default: bool) -> Parameter:
        """Declare a choice between `true` and `false`."""
        return self.add(
            name,
            label=label,
            description=description,
            default="true" if default else "false",
            values=TRUE_FALSE,
        )


def _check_default(
    name: str,
    default: str,
    *,
    values: Sequence[str | int],
    pattern: str | None,
    longest: int | None,
    range: tuple[int, int] | None,
) -> None:
    obeyed = (
        (not values or default in map(str, values))
        and (pattern is None or re.fullmatch(pattern, default) is not None)
        and (longest is None or len(default) <= longest)
        and (range is None or range[0] <= int(default) <= range[1])
    )
    if not obeyed:
        raise ValueError(f"{name}: its default {default!r} breaks its own constraints")


def add_condition(t: Template, name: str, test: AWSHelperFn) -> str:
    """Add a condition under a name that is still free (troposphere would overwrite), and return the name."""
    if name in t.conditions:
        raise ValueError(f"condition {name} is there already")
    return t.add_condition(name, test)


def when_given(t: Template, parameter: Parameter) -> str:
    """Add the condition `Has<parameter>`: an optional parameter is not empty."""
    return add_condition(t, f"Has{parameter.title}", Not(Equals(Ref(parameter), "")))


def when_true(t: Template, parameter: Parameter) -> str:
    """Add the condition `Wants<parameter>`: a switch is on."""
    return add_condition(t, f"Wants{parameter.title}", Equals(Ref(parameter), "true"))


def variable(parameter: Ref) -> str:
    """A parameter as it stands inside a `Fn::Sub`."""
    return f"${{{parameter.data['Ref']}}}"


def only_if(condition: str, value: Any) -> If:
    """`value` where the condition holds; no property, or no list element, where it does not."""
    return If(condition, value, NO_VALUE)


def arrange(t: Template, titles: Sequence[str]) -> None:
    """Put the groups into the order of `titles`; a group that is not among them is an error."""
    groups = t.metadata["AWS::CloudFormation::Interface"]["ParameterGroups"]
    groups.sort(key=lambda group: titles.index(group["Label"]["default"]))
