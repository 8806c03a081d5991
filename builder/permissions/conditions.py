"""What narrows an action further than its resources do: a condition that every deployment of the template meets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from builder.evaluate.nodes import as_list
from builder.permissions import supplement
from builder.permissions.declared import Declared
from builder.permissions.needs import Need
from builder.permissions.patterns import patterns, properties_named
from builder.render.placeholders import STACK

Condition: TypeAlias = Mapping[str, Mapping[str, Any]]
NONE: Condition = {}

ROLE = "AWS::IAM::Role"
_POLICY = "AWS::IAM::ManagedPolicy"
# Those of the account, and AWS's own.
_ANY_POLICY = ("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/*", "arn:${AWS::Partition}:iam::aws:policy/*")
_PASSES_A_ROLE = re.compile(r".*(Role|RoleArn)$")
_ATTACHES = re.compile(r"iam:(attach|detach)(group|role|user)policy")
# What uses a key's material, always through a service here. (KMS developer guide, conditions-kms, kms:ViaService)
_USES_A_KEY = re.compile(r"kms:(decrypt|encrypt|generatedatakey.*|reencrypt.*)")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What narrows or widens single actions.

    The services that roles go to, and whether one comes from elsewhere; whose service-linked roles may be made; which
    policies may be attached; whether a database is made from one that the template does not declare; whether anything
    is done in another Region.
    """

    passed_to: tuple[str, ...]
    passes_others: bool
    service_linked: tuple[str, ...]
    attachable: tuple[str, ...]
    has_a_source: bool
    crosses_regions: bool


def facts(resources: Sequence[Declared], needs: Sequence[Need], policies: Sequence[str]) -> Facts:
    """What the conditions of a template's actions are made of; `policies` are the ARNs of its own managed policies."""
    outside = sorted(dict.fromkeys(principal for one in resources for principal in _passed_from_outside(one)))
    trusted = {service for one in resources if one.type == ROLE for service in _trusted(one)}
    judged = {service for one in resources if any(_passed(one)) for service in supplement.judged_as(one.type)}
    passers = {need.type for need in needs if need.action.lower() == "iam:passrole"}
    # Where no role is declared or given, the handlers ask all the same.
    passed_to = {*trusted, *outside, *judged} or {supplement.principal(each) for each in passers}
    makers = {need.type for need in needs if need.action.lower() == "iam:createservicelinkedrole"}
    return Facts(
        passed_to=tuple(sorted(passed_to)),
        passes_others=bool(outside),
        service_linked=tuple(sorted({supplement.service_linked(each) for each in makers})),
        attachable=tuple(sorted({*policies, *(arn for one in resources for arn in _attached(one))})),
        has_a_source=any(supplement.NAMES_A_SOURCE & one.properties.keys() for one in resources),
        crosses_regions=any(supplement.NAMES_A_REGION & one.properties.keys() for one in resources),
    )


def condition(action: str, known: Facts) -> Condition:
    """The condition of an action; NONE for most."""
    name = action.lower()
    if name == "iam:passrole":
        return {"StringEquals": {"iam:PassedToService": list(known.passed_to)}}
    if name == "iam:createservicelinkedrole":
        return {"StringEquals": {"iam:AWSServiceName": list(known.service_linked)}}
    if _ATTACHES.fullmatch(name):
        return {"ArnLike": {"iam:PolicyARN": list(known.attachable)}}
    if _USES_A_KEY.fullmatch(name):
        return {"StringLike": {"kms:ViaService": "*.amazonaws.com"}}
    if name == "kms:creategrant":
        return {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    if name in supplement.TEMPLATE_READS:
        return {"StringEquals": {supplement.TEMPLATE_TAG: "true"}}
    return NONE


def _trusted(one: Declared) -> Iterator[str]:
    """The services that may assume a role of the template."""
    document = one.properties.get("AssumeRolePolicyDocument")
    for _, principal in properties_named(document, lambda name: name == "Service"):
        yield from patterns(principal, one.unit.reference)


def _passed(one: Declared) -> Iterable[tuple[str, Any]]:
    """The properties by which a resource passes roles, and their values."""
    return properties_named(one.properties, lambda name: bool(_PASSES_A_ROLE.fullmatch(name)))


def _passed_from_outside(one: Declared) -> Iterator[str]:
    """The services to which a resource passes roles that the template is given, and does not declare."""
    if one.type in (ROLE, STACK):
        return
    for name, value in _passed(one):
        if not _refers_to(one, value, ROLE) and isinstance(value, (str, Mapping)):
            yield supplement.principal(one.type, name)


def _attached(one: Declared) -> Iterator[str]:
    """The ARNs of the managed policies that are not the template's own and that a resource is given."""
    for node in as_list(one.properties.get("ManagedPolicyArns")):
        for arn in patterns(node, one.unit.reference):
            if arn.startswith("arn:"):
                yield arn
            elif not _refers_to(one, node, _POLICY):
                yield from _ANY_POLICY


def _refers_to(one: Declared, value: Any, kind: str) -> bool:
    """Whether a value of a resource refers to one of some type in the same template."""
    declared = one.unit.template.get("Resources", {})
    targets = (target for _, target in properties_named(value, lambda each: each in ("Ref", "Fn::GetAtt")))
    named = {str(target if isinstance(target, str) else target[0]).partition(".")[0] for target in targets}
    return any(declared.get(each, {}).get("Type") == kind for each in named)
