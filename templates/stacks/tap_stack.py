"""The parent: nests the database in a VPC of its own, or in the one that VpcId names (final), and add-ons beside it."""

from __future__ import annotations

from troposphere import Condition, Equals, Not, Ref, Template

from templates import edition
from templates.edition import GROUPS, new_template
from templates.environment import environment_of
from templates.nesting import AddOn, Chosen, add_add_ons, add_child, pass_through, repeat_outputs
from templates.parameters import add_condition, arrange, when_given
from templates.rules import is_given, require
from templates.stacks import rds_alert_path, rds_archive, rds_operations, rds_restore_tests
from templates.stacks import rds_high_availability as own_vpc
from templates.stacks import rds_high_availability_existing_vpc as existing_vpc

REGIONS = edition.REGIONS

# What costs next to nothing is on; what makes a second instance every week is asked for.
ADD_ONS = (
    AddOn(
        parameter="Operations",
        label="Operations",
        description="The recovery point watched, failover drills and a dashboard, beside the database.",
        default=True,
        title="DatabaseOperations",
        module=rds_operations,
    ),
    AddOn(
        parameter="AlertPath",
        label="Proof of alerts",
        description="A weekly proof that alerts arrive, and no warnings in maintenance windows.",
        default=True,
        title="DatabaseAlertPath",
        module=rds_alert_path,
    ),
    AddOn(
        parameter="RestoreTests",
        label="Restore tests",
        description="The newest recovery point restored and judged every week. Not in GovCloud, which cannot.",
        default=False,
        title="DatabaseRestoreTests",
        module=rds_restore_tests,
        absent="aws-us-gov",
    ),
    AddOn(
        parameter="ArchiveExport",
        label="Archive export",
        description="The newest snapshot exported to the archive bucket every month, as tables for Athena.",
        default=True,
        title="DatabaseArchive",
        module=rds_archive,
    ),
)


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
    database = Chosen(condition=has_vpc, there=in_existing, other=in_own, child=existing)
    add_add_ons(t, environment, ADD_ONS, database)
    require(
        t,
        "MuteScheduleGoesWithComposite",
        Equals(Ref("NotifyBy"), "composite"),
        "NotifyBy must be composite with MuteSchedule: what is muted is the one alarm of all warnings",
        when=is_given(t.parameters["MuteSchedule"]),
    )
    repeat_outputs(t, database)
    groups = (*GROUPS, "Add-ons", *(group for each in ADD_ONS for group in each.module.GROUPS))
    arrange(t, tuple(dict.fromkeys(groups)))
    return t
