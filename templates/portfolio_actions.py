"""Service actions: what whoever launched a product may do with it later, without rights of their own.

Each is an SSM automation with one role. A document is never changed but replaced, so that its version is always 1.
(Service Catalog administrator guide, using-service-actions; Systems Manager user guide, automation-setup-iam)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from awacs import rds, states
from awacs.aws import Statement
from troposphere import GetAtt, Ref, Select, Split, Template
from troposphere.iam import Policy, Role
from troposphere.servicecatalog import (
    CloudFormationProduct,
    DefinitionParameter,
    ServiceAction,
    ServiceActionAssociation,
)
from troposphere.ssm import Document

from templates.carrier import carrier
from templates.environment import Environment
from templates.parameters import Group, when_true
from templates.policy import SAME_ACCOUNT, allow, arn, document, from_source, trust
from templates.portfolio_products import Database, Product

SNAPSHOT_TIMEOUT = 7200  # seconds; a first snapshot of a large instance takes longest
_ROLE_PARAMETER = "AutomationAssumeRole"


@carrier
class Actions:
    """The service actions there are, where the condition holds."""

    condition: str
    take_snapshot: ServiceAction
    start_drill: ServiceAction

    def of(self, product: Product) -> list[ServiceAction]:
        """Those that a product offers."""
        offered = (
            (product.holds is Database.INSTANCE, self.take_snapshot),
            (product.drills_failover, self.start_drill),
        )
        return [action for is_offered, action in offered if is_offered]


def add_actions(t: Template, environment: Environment) -> Actions:
    """Add the actions, each with its automation and its role, for portfolios that offer them."""
    switch = Group(t, "Portfolio").switch(
        "OffersActions",
        label="Service actions",
        description="Taking a snapshot and starting the failover drill, without rights of one's own.",
        default=False,
    )
    condition = when_true(t, switch)
    return Actions(
        condition=condition,
        take_snapshot=_add_action(
            t,
            environment,
            condition,
            "TakeSnapshot",
            "Take a snapshot of a DB instance and wait until it can be restored",
            asks={"DBInstanceIdentifier": "Output DatabaseIdentifier of the product"},
            steps=_snapshot_steps(),
            statements=[
                allow([rds.CreateDBSnapshot], [arn("rds", "db:*"), arn("rds", "snapshot:on-request-*")]),
                # An instance copies its tags to its snapshots, and RDS may ask for that, as it does for a final one.
                # (service authorization reference, API operations of Amazon RDS, DeleteDBInstance)
                allow([rds.AddTagsToResource], [arn("rds", "snapshot:on-request-*")]),
                allow([rds.DescribeDBSnapshots], [arn("rds", "db:*"), arn("rds", "snapshot:*")]),
            ],
        ),
        start_drill=_add_action(
            t,
            environment,
            condition,
            "StartFailoverDrill",
            "Reboot the standby's primary with failover and measure it: connections break for a minute or two",
            asks={"StateMachineArn": "The state machine <project>-<suffix>-FailoverDrill of the product"},
            steps=[
                {
                    "name": "StartExecution",
                    "action": "aws:executeAwsApi",
                    "inputs": {
                        "Service": "stepfunctions",
                        "Api": "StartExecution",
                        "stateMachineArn": "{{ StateMachineArn }}",
                        "input": "{}",
                    },
                    "isEnd": True,
                }
            ],
            statements=[allow([states.StartExecution], [arn("states", "stateMachine:*-FailoverDrill")])],
        ),
    )


def _snapshot_steps() -> list[dict[str, Any]]:
    snapshot = "on-request-{{ automation:EXECUTION_ID }}"
    return [
        {
            "name": "CreateSnapshot",
            "action": "aws:executeAwsApi",
            "inputs": {
                "Service": "rds",
                "Api": "CreateDBSnapshot",
                "DBInstanceIdentifier": "{{ DBInstanceIdentifier }}",
                "DBSnapshotIdentifier": snapshot,
            },
        },
        {
            "name": "WaitUntilAvailable",
            "action": "aws:waitForAwsResourceProperty",
            "timeoutSeconds": SNAPSHOT_TIMEOUT,
            "inputs": {
                "Service": "rds",
                "Api": "DescribeDBSnapshots",
                "DBSnapshotIdentifier": snapshot,
                "PropertySelector": "$.DBSnapshots[0].Status",
                "DesiredValues": ["available"],
            },
            "isEnd": True,
        },
    ]


def _add_action(
    t: Template,
    environment: Environment,
    condition: str,
    title: str,
    description: str,
    *,
    asks: Mapping[str, str],
    steps: Sequence[Mapping[str, Any]],
    statements: Sequence[Statement],
) -> ServiceAction:
    role = t.add_resource(
        Role(
            f"{title}Role",
            AssumeRolePolicyDocument=trust(
                "ssm.amazonaws.com", when=[SAME_ACCOUNT, from_source(arn("ssm", "automation-execution/*"))]
            ),
            Policies=[Policy(PolicyName="act", PolicyDocument=document(*statements))],
            Tags=environment.tags(),
            Condition=condition,
        )
    )
    automation = t.add_resource(
        Document(
            f"{title}Automation",
            DocumentType="Automation",
            Content={
                "schemaVersion": "0.3",
                "description": description,
                "assumeRole": f"{{{{ {_ROLE_PARAMETER} }}}}",
                "parameters": {
                    _ROLE_PARAMETER: {"type": "String", "description": "The role that acts"},
                    **{name: {"type": "String", "description": told} for name, told in asks.items()},
                },
                "mainSteps": list(steps),
            },
            Tags=environment.tags(),
            Condition=condition,
        )
    )
    asked = json.dumps([{"Name": name, "Type": "TEXT_VALUE"} for name in asks], separators=(",", ":"))
    values = {"Name": Ref(automation), "Version": "1", "AssumeRole": GetAtt(role, "Arn"), "Parameters": asked}
    return t.add_resource(
        ServiceAction(
            title,
            Name=environment.name(f"{{}}-{title}"),
            Description=description,
            DefinitionType="SSM_AUTOMATION",
            Definition=[DefinitionParameter(Key=key, Value=value) for key, value in values.items()],
            Condition=condition,
        )
    )


def offer_actions(t: Template, actions: Actions, product: Product, made: CloudFormationProduct, versions: int) -> None:
    """Offer on each version of a product what it may be asked for."""
    for action in actions.of(product):
        for index in range(versions):
            t.add_resource(
                ServiceActionAssociation(
                    f"{product.title}{action.title}{index + 1}",
                    ProductId=Ref(made),
                    ProvisioningArtifactId=Select(index, Split(",", GetAtt(made, "ProvisioningArtifactIds"))),
                    ServiceActionId=Ref(action),
                    Condition=actions.condition,
                )
            )
