"""Who a stack is: the environment, the project and the cost centre, and the names and tags made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from troposphere import Parameter, Ref, Sub, Tags, Template

from templates.carrier import carrier
from templates.parameters import Group

# `${Project}` has up to 12 characters and `${EnvironmentSuffix}` up to 10: every name that is built of them
# stays within its service's limit (the tightest is the archive bucket's, 63 characters in the longest Region).
WORD = "[a-z][a-z0-9]*(-[a-z0-9]+)*"
LONGEST_PROJECT = 12
LONGEST_SUFFIX = 10


@carrier
class Environment:
    """What every name and tag of a stack is made of.

    `part` tells stacks apart that stand beside each other under one suffix: it ends `<project>-<suffix>`.
    """

    suffix: Ref
    project: Ref
    cost_center: Ref
    part: str = ""

    def text(self, pattern: str) -> str:
        """The text of a `Fn::Sub` in which `{}` of the pattern stands for `<project>-<suffix>`, and the part."""
        return in_environment(pattern.replace("{}", f"{{}}-{self.part}") if self.part else pattern)

    def name(self, pattern: str) -> Sub:
        """A name with `{}` standing for `<project>-<suffix>`: `name("postgres-{}")`."""
        return Sub(self.text(pattern))

    def tags(self, **extra: Any) -> Tags:
        """The common tags and `extra`, as a fresh list: troposphere's `Tags + Tags` changes the right-hand one."""
        return Tags(**self.tag_map(**extra))

    def tag_map(self, **extra: Any) -> dict[str, Any]:
        """The same as a map, for the resource types that take one."""
        return {
            **extra,
            "CostCenter": self.cost_center,
            "Environment": self.suffix,
            "ManagedBy": "CloudFormation",
            "Project": self.project,
        }


def in_environment(pattern: str) -> str:
    """The text of a `Fn::Sub` in which `{}` of the pattern stands for `<project>-<suffix>`."""
    return pattern.replace("{}", "${Project}-${EnvironmentSuffix}")


def add_environment(t: Template, *, part: str = "") -> Environment:
    """Add the parameters that say which environment a stack is, and which `part` of it."""
    group = Group(t, "Environment")
    group.add(
        "EnvironmentSuffix",
        label="Environment",
        description="Ends names; one stack a suffix, account and Region.",
        default="dev",
        pattern=WORD,
        longest=LONGEST_SUFFIX,
        otherwise="must be 1 to 10 lower-case letters, digits, single hyphens",
    )
    group.add(
        "Project",
        label="Project",
        description="Stands in names and in the Project tag.",
        default="tap",
        pattern=WORD,
        longest=LONGEST_PROJECT,
        otherwise="must be 1 to 12 lower-case letters, digits, single hyphens",
    )
    group.add(
        "CostCenter",
        label="Cost centre",
        description="The CostCenter tag of everything.",
        default="engineering",
        pattern=r"[\w .:/=+@-]{1,128}",
        otherwise="must be what a tag may hold",
    )
    return environment_of(t.parameters, part=part)


def environment_of(parameters: Mapping[str, Parameter], *, part: str = "") -> Environment:
    """The environment that a template's parameters say it is, by their names."""
    return Environment(
        suffix=Ref(parameters["EnvironmentSuffix"]),
        project=Ref(parameters["Project"]),
        cost_center=Ref(parameters["CostCenter"]),
        part=part,
    )
