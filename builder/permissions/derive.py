"""From a template to the permissions that deploying it takes: each action with its resources and its condition."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder import authorization
from builder.permissions import supplement
from builder.permissions.conditions import Condition, Facts, condition, facts
from builder.permissions.declared import Unit, declared, every_arn, known_arns, widest
from builder.permissions.needs import Need, needs
from builder.permissions.patterns import ANYTHING
from builder.permissions.supplement import CROSSES_REGIONS, TAKES_A_SOURCE, TEMPLATE_READS
from builder.problems import Failure, Problem
from builder.render import LocalTemplates

_REGION = "${AWS::Region}"
# They take every resource type of their service: those count that the template's other actions take.
_TAGGING = re.compile(r"(add|create|delete|remove)tags.*|(un)?tagresource|listtags.*")
# What is described is often asked for without naming it, which IAM judges as all of its kind.
_DESCRIBING = re.compile(r"describe.*")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action, as AWS spells it, and its condition.

    `arns` are the patterns of what it is allowed on, by resource type; empty for an action that takes only `*`.
    """

    action: str
    arns: Mapping[str, tuple[str, ...]]
    condition: Condition

    @property
    def resources(self) -> tuple[str, ...]:
        """What stands in a statement."""
        return tuple(sorted({arn for each in self.arns.values() for arn in each})) or (ANYTHING,)

    @property
    def service(self) -> str:
        return authorization.service_of(self.action)


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """What deploying a template takes: what is granted, and who asks for it."""

    grants: tuple[Grant, ...]
    needs: tuple[Need, ...]


def derive(
    template: Mapping[str, Any],
    *,
    file: str,
    region: str,
    stack: str,
    local_templates: LocalTemplates,
) -> Permissions:
    """The permissions that creating, updating and deleting stacks of a template takes.

    `stack` is the name of those stacks, or a pattern (`SC-*`); schemas are read for `region`. Raises Failure for types
    that nothing is known of, loops, and nested templates that are not at hand.
    """
    if "Transform" in template:
        what = "has a transform: what it makes is not known here"
        raise Failure([Problem(file=file, key="Transform", what=what, fix="give the template without it")])
    unit = Unit(template=template, file=file, region=region, stack=stack)
    resources, problems = declared(unit, local_templates)
    asked, unknown = needs(unit, resources)
    if problems or unknown:
        raise Failure([*problems, *unknown])
    arns = known_arns(arn for one in resources for arn in one.arns())
    used = sorted({use for one in resources for use in one.used()}, key=str)
    arns["cloudformation", "stack"] = tuple(sorted({_stack_arn(stack), *arns.get(("cloudformation", "stack"), ())}))
    # Handlers ask to pass roles, and to attach policies to whoever may be given: where the template neither has nor
    # names such, it is none but its stacks' own.
    for kind in ("group", "policy", "role", "user"):
        if not any(supplement.NAMES_IDENTITIES.get(kind) in one.properties for one in resources):
            arns.setdefault(("iam", kind), (_identity_arn(kind, stack),))
    spelled: dict[str, str] = {}
    for need in asked:  # handlers spell some actions in two ways
        spelled.setdefault(need.action.lower(), need.action)
    known = facts(resources, asked, arns.get(("iam", "policy"), ()))
    taken = _taken(spelled)
    grants = (
        Grant(action=action, arns=_resources(name, arns, used, taken, known), condition=condition(name, known))
        for name, action in spelled.items()
    )
    return Permissions(grants=tuple(sorted(grants, key=lambda grant: grant.action.lower())), needs=tuple(asked))


def _stack_arn(stack: str) -> str:
    return f"arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/{stack}/*"


def _identity_arn(kind: str, stack: str) -> str:
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{kind}/{stack.removesuffix(ANYTHING)}{ANYTHING}"


def _taken(actions: Sequence[str] | Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """Service -> the resource types that its actions take, but for those that tag."""
    found: dict[str, set[str]] = defaultdict(set)
    for action in actions:
        if not _TAGGING.fullmatch(action.partition(":")[2]):
            found[authorization.service_of(action)].update(authorization.resource_types(action))
    return {service: frozenset(types) for service, types in found.items()}


def _resources(
    action: str,
    arns: Mapping[tuple[str, str], tuple[str, ...]],
    used: Sequence[tuple[str, re.Pattern[str]]],
    taken: Mapping[str, frozenset[str]],
    known: Facts,
) -> Mapping[str, tuple[str, ...]]:
    """Resource type -> the patterns of the ARNs that an action, in lower case, is allowed on."""
    service, _, name = action.partition(":")
    types = () if action in authorization.ON_EVERYTHING else authorization.resource_types(action)
    if action == "iam:createservicelinkedrole":
        linked = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role"
        return {"role": tuple(f"{linked}/{each}/*" for each in known.service_linked)}
    if _TAGGING.fullmatch(name):
        types = tuple(each for each in types if each in taken.get(service, ())) or types
    of_any_name = (
        bool(_DESCRIBING.fullmatch(name))
        or action in TEMPLATE_READS
        or (action in ("iam:getrole", "iam:passrole") and known.passes_others)
        or (known.has_a_source and TAKES_A_SOURCE.fullmatch(action) is not None)
    )
    own = {kind: () if of_any_name else arns.get((service, kind), ()) for kind in types}
    for (_, kind), also in known_arns(arn for arn, actions in used if actions.fullmatch(action)).items():
        if own.get(kind):
            own[kind] = widest({*own[kind], *also})
    found = {kind: own[kind] or every_arn(service, kind) for kind in types}
    if any(own.values()):  # the reference cuts some ARNs so short that they would be those of the whole service
        found = {kind: each for kind, each in found.items() if own[kind] or _whole(service) not in each}
    if known.crosses_regions and CROSSES_REGIONS.fullmatch(action):
        found = {kind: tuple(arn.replace(_REGION, ANYTHING) for arn in each) for kind, each in found.items()}
    return found


def _whole(service: str) -> str:
    """The pattern of all that a service has in a place, of whatever type."""
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{ANYTHING}"
