"""The parent: nests the database in a VPC of its own, or in the existing one that VpcId names; the choice is final."""

from __future__ import annotations

from troposphere import Condition, Not, Template

from templates import edition
from templates.edition import GROUPS, new_template
from templates.environment import environment_of
from templates.nesting import add_child, pass_through, repeat_outputs
from templates.parameters import add_condition, arrange, when_given
from templates.rules import is_given, require
from templates.stacks import rds_high_availability as own_vpc
from templates.stacks import rds_high_availability_existing_vpc as existing_vpc

REGIONS = edition.REGIONS


def build() -> Template:
    t = new_template(__doc__)
    own, existing = own_vpc.build(), existing_vpc.build()
    parameters = pass_through(t, [own, existing])
    vpc = parameters["VpcId"]
    subnets = [parameters[f"DatabaseSubnet{number}"] for number in (1, 2)]
    for subnet in subnets:
        require(
            t,
            f"{subnet.title}GoesWithVpcId",
            is_given(subnet),
            f"{subnet.title} must be given with VpcId",
            when=is_given(vpc),
        )
        require(
            t,
            f"VpcIdGoesWith{subnet.title}",
            is_given(vpc),
            f"VpcId must be given with {subnet.title}",
            when=is_given(subnet),
        )
    has_vpc = when_given(t, vpc)
    makes_vpc = add_condition(t, "MakesVpc", Not(Condition(has_vpc)))
    environment = environment_of(parameters)
    in_own = add_child(t, environment, "DatabaseInOwnVpc", "rds-high-availability", own, makes_vpc)
    in_existing = add_child(
        t, environment, "DatabaseInExistingVpc", "rds-high-availability-existing-vpc", existing, has_vpc
    )
    repeat_outputs(t, has_vpc, (in_existing, existing), in_own)
    arrange(t, GROUPS)
    return t
