"""IAM policy documents over awacs, with its traps closed.

awacs writes `arn:aws` literally for some services, keeps only the last of two conditions with one operator, and renders
a policy without statements: here ARNs take the partition they are deployed in, a lost condition is an error, and a
document always has a version and statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from awacs import iam, sts
from awacs.aws import (
    Action,
    Allow,
    ArnLike,
    Condition,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
)
from awacs.aws import SourceAccount as SOURCE_ACCOUNT
from awacs.aws import SourceArn as SOURCE_ARN
from troposphere import Ref, Sub

ACCOUNT = Ref("AWS::AccountId")
# The account, and so whoever its own IAM policies allow; the number alone is right in every partition.
ACCOUNT_PRINCIPAL = Principal("AWS", ACCOUNT)
EVERYONE = Principal("*")
SAME_ACCOUNT = StringEquals(SOURCE_ACCOUNT, ACCOUNT)


def arn(service: str, resource: str) -> Sub:
    """The ARN of a resource in the Region, account and partition of the stack; `resource` may hold `${...}`."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def aws_policy(name: str) -> Sub:
    """The ARN of a policy that AWS itself keeps for its services' roles."""
    return Sub(f"arn:${{AWS::Partition}}:iam::aws:policy/service-role/{name}")


def service(*principals: str | Sub) -> Principal:
    """The AWS services that a statement admits, by their principals (`events.amazonaws.com`)."""
    return Principal("Service", _one_or_more(principals))


def from_source(*patterns: Sub) -> ArnLike:
    """Holds when the service acts for a resource whose ARN matches one of the patterns."""
    return ArnLike(SOURCE_ARN, _one_or_more(patterns))


def for_account(*accounts: Any) -> StringEquals:
    """Holds when the service acts for one of the accounts."""
    return StringEquals(SOURCE_ACCOUNT, _one_or_more(accounts))


def via(name: str) -> Sub:
    """What `kms:ViaService` holds when a key is used through a service of the stack's Region (`rds`)."""
    return Sub(f"{name}.${{AWS::Region}}.${{AWS::URLSuffix}}")


def through(name: str) -> StringEquals:
    """Holds when a key is used through a service of the stack's Region (`rds`), on behalf of whoever calls that."""
    return StringEquals("kms:ViaService", via(name))


def may_make_service_role(principal: str, role: str = "*") -> Statement:
    """Permission to make a service's own role, which the service makes on behalf of whoever first needs it."""
    own = f"role/aws-service-role/{principal}/{role}"
    return allow(
        [iam.CreateServiceLinkedRole],
        [Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{own}")],
        when=[StringEquals("iam:AWSServiceName", principal)],
    )


def where(*elements: Any) -> Condition:
    """All of the given condition elements. Raises ValueError when two share an operator: awacs would lose one."""
    operators = [element.condition for element in elements]
    if len(set(operators)) < len(operators):
        raise ValueError(f"one operator twice in a condition: {', '.join(operators)}")
    return Condition(list(elements))


def allow(
    actions: Sequence[Action],
    resources: Sequence[Any] | None = None,
    *,
    principal: Principal | None = None,
    when: Sequence[Any] = (),
) -> Statement:
    """An Allow statement. `resources` is left out only in a trust policy, `principal` only in an identity policy."""
    return _statement(Allow, actions, resources, principal, when)


def deny(
    actions: Sequence[Action], resources: Sequence[Any], *, principal: Principal, when: Sequence[Any]
) -> Statement:
    """A Deny statement of a resource policy, under the conditions given."""
    return _statement(Deny, actions, resources, principal, when)


def _statement(
    effect: str,
    actions: Sequence[Action],
    resources: Sequence[Any] | None,
    principal: Principal | None,
    when: Sequence[Any],
) -> Statement:
    parts: dict[str, Any] = {"Effect": effect, "Action": list(actions)}
    if resources is not None:
        parts["Resource"] = list(resources)
    if principal is not None:
        parts["Principal"] = principal
    if when:
        parts["Condition"] = where(*when)
    return Statement(**parts)


def _one_or_more(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def document(*statements: Statement) -> PolicyDocument:
    """A policy document of at least one statement."""
    if not statements:
        raise ValueError("a policy without statements grants nothing and is refused by IAM")
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def trust(principal: str, *, when: Sequence[Any] = ()) -> PolicyDocument:
    """The trust policy of a role that one AWS service assumes, narrowed by conditions where the service sends them."""
    return document(allow([sts.AssumeRole], principal=service(principal), when=when))
