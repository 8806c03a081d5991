"""Permissions as policy documents: as few statements as say the same, in managed policies that keep IAM's limits.

The text of a document as it is measured holds `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}`, each of
which is as long as the longest value that it may get, or longer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from builder.permissions.derive import Grant, Permissions
from builder.problems import Failure, Problem

Statement: TypeAlias = dict[str, Any]
Policy: TypeAlias = list[Statement]

# IAM user guide, "IAM and AWS STS quotas": characters of a managed policy, white space not counted, and how many of
# them a role has unless the account asked for more.
LONGEST_POLICY = 6_144
MOST_POLICIES = 10
_VERSION = "2012-10-17"


def policies(permissions: Permissions, file: str) -> list[Policy]:
    """The statements of each managed policy that a role needs for a template.

    Raises Failure when they are more than a role may have.
    """
    due = [part for statement in _statements(permissions.grants) for part in _fitting(*statement)]
    packed: list[Policy] = []
    for statement in sorted(due, key=_size, reverse=True):  # first fit, the largest first
        room = (policy for policy in packed if _fits([*policy, statement]))
        if (policy := next(room, None)) is None:
            packed.append([statement])
        else:
            policy.append(statement)
    if len(packed) > MOST_POLICIES:
        what = f"takes {len(packed)} managed policies of {LONGEST_POLICY:,} characters, a role has {MOST_POLICIES}"
        raise Failure([Problem(file=file, what=what, fix="split the template, or deploy it with several roles")])
    return [sorted(policy, key=lambda statement: (statement["Action"], _size(statement))) for policy in packed]


def document(policy: Sequence[Statement]) -> dict[str, Any]:
    """The policy document of some statements."""
    return {"Version": _VERSION, "Statement": list(policy)}


def in_place(policy: Sequence[Statement], *, partition: str, region: str, account: str) -> Policy:
    """The statements with the place filled in, for whoever does not deploy them by CloudFormation."""
    done: Policy = placed(list(policy), partition=partition, region=region, account=account)
    return done


def placed(node: Any, *, partition: str, region: str, account: str) -> Any:
    """Any part of a policy with the place filled in."""
    text = json.dumps(node)
    for name, value in (("Partition", partition), ("Region", region), ("AccountId", account)):
        text = text.replace(f"${{AWS::{name}}}", value)
    return json.loads(text)


def _statements(grants: Iterable[Grant]) -> Iterator[tuple[Statement, Mapping[str, Sequence[str]]]]:
    """Statements that allow what the grants do and no more, and the resources of each of their actions.

    Grants of one service and one condition share a statement where each resource type has the same ARNs in all of
    them: an action on the ARN of a type that it does not take allows nothing. What takes only `*` has its own.
    """
    groups: dict[tuple[str, str], list[_Group]] = defaultdict(list)
    for grant in grants:
        service = grant.service if grant.arns else ""
        alike = groups[service, json.dumps(grant.condition)]
        group = next((group for group in alike if group.takes(grant)), None)
        if group is None:
            alike.append(group := _Group())
        group.add(grant)
    for (_, condition), alike in groups.items():
        for group in alike:
            yield _statement(group.resources, json.loads(condition)), group.resources


class _Group:
    """Grants that stand in one statement: the ARNs of each resource type, and the resources of each action."""

    def __init__(self) -> None:
        self.arns: dict[str, tuple[str, ...]] = {}
        self.resources: dict[str, Sequence[str]] = {}

    def takes(self, grant: Grant) -> bool:
        """Whether a grant may stand with the others, and every one of them mean what it did."""
        return all(self.arns.get(kind, arns) == arns for kind, arns in grant.arns.items())

    def add(self, grant: Grant) -> None:
        self.arns.update(grant.arns)
        self.resources[grant.action] = grant.resources


def _statement(resources: Mapping[str, Sequence[str]], condition: Mapping[str, Any]) -> Statement:
    made: Statement = {
        "Effect": "Allow",
        "Action": sorted(resources, key=str.lower),
        "Resource": sorted({arn for arns in resources.values() for arn in arns}),
    }
    return {**made, "Condition": condition} if condition else made


def _fitting(statement: Statement, resources: Mapping[str, Sequence[str]]) -> Iterator[Statement]:
    """The statement, or where it alone is too long for a policy, its halves."""
    if _fits([statement]) or len(resources) == 1:
        yield statement
        return
    actions = statement["Action"]
    for half in (actions[: len(actions) // 2], actions[len(actions) // 2 :]):
        kept = {action: resources[action] for action in half}
        yield from _fitting(_statement(kept, statement.get("Condition", {})), kept)


def _fits(policy: Sequence[Statement]) -> bool:
    return _size(document(policy)) <= LONGEST_POLICY


def _size(node: Any) -> int:
    return len(json.dumps(node, separators=(",", ":")))
