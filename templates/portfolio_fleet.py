"""Every account of an organisational unit, now and later, gets the launch roles: a service-managed StackSet.

CloudFormation's own engine then does what takes other tools a pipeline. It never deploys into the management account;
roles are global, so that exactly one Region is named. (CloudFormation user guide, stacksets-orgs-enable-trusted-access
and stacksets-orgs-associate-stackset-with-org)
"""

from __future__ import annotations

from collections.abc import Mapping

from troposphere import Equals, If, Output, Parameter, Ref, Template
from troposphere.cloudformation import (
    AutoDeployment,
    DeploymentTargets,
    ManagedExecution,
    OperationPreferences,
    StackInstances,
    StackSet,
)
from troposphere.cloudformation import Parameter as Given

from templates.environment import Environment
from templates.parameters import Group, add_condition, only_if

# Accounts at once, and how many may fail before it stops, in percent.
AT_ONCE = 25
FAILURES = 10


def add_hub(t: Template) -> Parameter:
    """Add the parameter that names the account of the portfolio."""
    return Group(t, "Hub").add(
        "HubAccountId",
        label="Account of the portfolio",
        description="The account that shares it.",
        pattern=r"\d{12}",
        otherwise="must be an account's 12 digits",
    )


def add_fleet(t: Template, environment: Environment, hub: Parameter) -> None:
    """Add the StackSet that puts the spoke into every account of a unit but the hub, which has the roles already."""
    in_unit = Group(t, "Hub").switch(
        "HubIsInUnit",
        label="Lies in the unit",
        description="True leaves that account out; false where the unit does not hold it.",
        default=True,
    )
    group = Group(t, "Accounts")
    unit = group.add(
        "OrganizationalUnitId",
        label="Organisational unit",
        description="Whose accounts get the launch roles, those that join later too. A root is all of them.",
        pattern="(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})",
        otherwise="must be the ID of an organisational unit or a root",
    )
    caller = group.add(
        "ActsAs",
        label="Acts as",
        description="SELF in the management account, DELEGATED_ADMIN in one that administers StackSets for it.",
        default="SELF",
        values=("SELF", "DELEGATED_ADMIN"),
        otherwise="must be SELF or DELEGATED_ADMIN",
    )
    url = group.add(
        "SpokeTemplateUrl",
        label="Spoke's template",
        description="dist/service-catalog-spoke.json in S3. A new content wants a new URL.",
        pattern=r"https://[\w.-]+\.amazonaws\.com(\.cn)?/[\w./%+=@-]+\.json",
        otherwise="must be an https URL in S3 that ends with .json",
    )
    leaves_hub_out = add_condition(t, "LeavesHubOut", Equals(Ref(in_unit), "true"))
    fleet = t.add_resource(
        StackSet(
            "LaunchRoles",
            StackSetName=environment.name("{}-launch-roles"),
            Description="Launch roles of the PostgreSQL portfolio",
            PermissionModel="SERVICE_MANAGED",
            CallAs=Ref(caller),
            AutoDeployment=AutoDeployment(Enabled=True, RetainStacksOnAccountRemoval=False),
            ManagedExecution=ManagedExecution(Active=True),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            TemplateURL=Ref(url),
            Parameters=_given(
                {
                    "CostCenter": environment.cost_center,
                    "EnvironmentSuffix": environment.suffix,
                    "HubAccountId": Ref(hub),
                    "Project": environment.project,
                }
            ),
            OperationPreferences=OperationPreferences(
                MaxConcurrentPercentage=AT_ONCE, FailureTolerancePercentage=FAILURES
            ),
            StackInstancesGroup=[
                StackInstances(
                    DeploymentTargets=DeploymentTargets(
                        OrganizationalUnitIds=[Ref(unit)],
                        AccountFilterType=If(leaves_hub_out, "DIFFERENCE", "NONE"),
                        Accounts=only_if(leaves_hub_out, [Ref(hub)]),
                    ),
                    Regions=[Ref("AWS::Region")],
                )
            ],
            Tags=environment.tags(),
        )
    )
    t.add_output(Output("StackSetId", Description="Whose operations tell of each account", Value=Ref(fleet)))


def _given(values: Mapping[str, Ref]) -> list[Given]:
    return [Given(ParameterKey=key, ParameterValue=value) for key, value in values.items()]
