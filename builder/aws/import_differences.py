"""What the deployment after an import would change in what was imported: what forbids the import, and what is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builder.aws.access_lost import PEERS
from builder.aws.counterparts import INSTANCE
from builder.aws.live import Live
from builder.aws.release import Release
from builder.diff.model import Diff, Effect, PropertyChange, ResourceChange, Verdict
from builder.diff.report import remarks, value
from builder.diff.result import diff
from builder.diff.sides import Given, side, valued
from builder.diff.sources import Source
from builder.evaluate import Place
from builder.evaluate.declarations import declare
from builder.evaluate.nodes import scalar_text
from builder.problems import Problem

RUNBOOK = "docs/runbooks/adopt-an-existing-instance.md"
_SEE = f"see what cannot be adopted, and what to do then, in {RUNBOOK}"
# Attributes of a resource in a template, which no service knows of.
_ATTRIBUTES = frozenset({"DeletionPolicy", "UpdateReplacePolicy"})
# Updated in place as far as CloudFormation knows, but never what an adoption means.
_MOVES = {("AWS::RDS::DBSubnetGroup", "SubnetIds"): "the stack would move it into other subnets"}
_FORBIDDING = {
    Effect.MAY_REPLACE: "it might be replaced",
    Effect.REPLACE: "it would be replaced",
    Effect.FAIL: "the deployment would fail",
}
_REPLACING = (Verdict.REPLACE, Verdict.MAY_REPLACE, Verdict.WILL_FAIL)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A property that the deployment changes in place: where, from what, to what, and when."""

    key: str
    old: str
    new: str
    when: str


def compared(release: Release, template: Mapping[str, Any], place: Place) -> Diff:
    """What deploying a release does to a stack that was made of an import template."""
    wish, product = release.wish, release.product
    old = Source(label="the import", stack=wish.stack, template=template, local_templates=lambda _: None)
    new = Source(label=product.file, stack=wish.stack, template=product.template, local_templates=lambda _: None)
    was = valued(old, Given(values={}, file=old.label))
    will = valued(new, Given(values=release.parameters.values, file=release.parameters.file))
    return diff(side(was, place, judged=False), side(will, place, judged=False), (was, will))


def replaced(found: Diff, imported: Mapping[str, Live]) -> tuple[ResourceChange, ...]:
    """What the instance was made of and the stack would make anew: it is better left alone than imported."""
    return tuple(
        change
        for change in found.of(*_REPLACING)
        if change.logical_id in imported and imported[change.logical_id].type != INSTANCE
    )


def problems(release: Release, found: Diff, imported: Mapping[str, Live]) -> Iterator[Problem]:
    """Every difference that forbids the import: what replaces or fails, and what a parameter could say as it is."""
    template = release.product.template
    for change, each in _properties(found, imported):
        live, name = imported[change.logical_id], _first(each.path)
        node = template["Resources"][live.logical_id]["Properties"][name]
        why = _why(live, name, each, is_chosen=any(_parameters(template, node, composed=False)))
        if why:
            what = (
                f"is {value(each.old)}, and the stack wants {_wanted(release, live.logical_id, each, imported)}: {why}"
            )
            fix = _fix(release, live, name, node, each)
            yield Problem(file=live.id, key=f"{live.logical_id}.{each.path}", what=what, fix=fix)
    for change in found.of(Verdict.WILL_FAIL):
        # A property that replaces or fails was told above. Left is what none says alone: that storage would shrink.
        said = {each.path for each in change.properties if each.effect is not Effect.UPDATE}
        if change.logical_id in imported and not any(each.effect is Effect.REPLACE for each in change.properties):
            for reason in (each for each in change.reasons if each.partition(" changes")[0] not in said):
                yield Problem(file=imported[change.logical_id].id, key=change.logical_id, what=reason, fix=_SEE)


def _why(live: Live, name: str, change: PropertyChange, *, is_chosen: bool) -> str:
    """Why a difference forbids the import; empty for one that the deployment may make in place."""
    if (live.type, name) in _MOVES:
        return _MOVES[live.type, name]
    if change.effect is not Effect.UPDATE:
        return _FORBIDDING[change.effect]
    # Tags harm nobody, and what the live resource does not have cannot be said by a parameter.
    return "the deployment would change it" if is_chosen and name != "Tags" and change.old is not None else ""


def changes(release: Release, found: Diff, imported: Mapping[str, Live]) -> Iterator[Change]:
    """What the deployment changes in place, in the order of the template."""
    for change, each in _properties(found, imported):
        key = f"{change.logical_id}.{each.path}"
        new = _wanted(release, change.logical_id, each, imported)
        yield Change(key=key, old=value(each.old), new=new, when=remarks(each) or "now")


def admitting(release: Release, database: str) -> str:
    """How the stack lets a client in: the parameters by which its security groups name sources."""
    template = release.product.template
    worn = template["Resources"][database]["Properties"].get("VPCSecurityGroups", [])
    sources = [
        list(_sources(template["Resources"][name]["Properties"].get("SecurityGroupIngress")))
        for name in _resources(template, worn)
    ]
    chosen = " or ".join(dict.fromkeys(_parameters(template, sources)))
    admit = f"admit it ({chosen} in {release.parameters.file}) or " if chosen else ""
    return f"{admit}take that rule out of the live group, if nobody needs it"


def _sources(node: Any) -> Iterator[Any]:
    """Where the rules of a security group say who is meant."""
    if isinstance(node, list):
        for each in node:
            yield from _sources(each)
    elif isinstance(node, dict):
        for key, child in node.items():
            yield from [child] if key in PEERS else _sources(child)


def _properties(found: Diff, imported: Mapping[str, Live]) -> Iterator[tuple[ResourceChange, PropertyChange]]:
    for change in found.resources:
        if change.logical_id in imported:
            yield from ((change, each) for each in change.properties if each.path not in _ATTRIBUTES)


def _wanted(release: Release, logical_id: str, change: PropertyChange, imported: Mapping[str, Live]) -> str:
    """What the stack wants, as it may be shown: of what is still to be made, who it is."""
    node = release.product.template["Resources"][logical_id]["Properties"].get(_first(change.path))
    made = [name for name in _resources(release.product.template, node) if name not in imported]
    return f"the stack's {' and '.join(dict.fromkeys(made))}" if made else value(change.new)


def _resources(template: Mapping[str, Any], node: Any) -> Iterator[str]:
    """The resources that a node is made of, by Ref or Fn::GetAtt alone."""
    match node:
        case {"Fn::GetAtt": [str() as logical_id, _]} | {"Ref": str() as logical_id}:
            yield from [logical_id] if logical_id in template["Resources"] else []
        case [*nodes]:
            for each in nodes:
                yield from _resources(template, each)


def _fix(release: Release, live: Live, name: str, node: Any, change: PropertyChange) -> str:
    template, file = release.product.template, release.parameters.file
    chosen = " and ".join(dict.fromkeys(_parameters(template, node)))
    if node == {"Ref": chosen}:
        declared = declare(chosen, template["Parameters"][chosen])
        offered = _shortened(declared.allowed_values, scalar_text(live.properties.get(name)) or "")
        if not declared.violations(offered):
            return f"set {chosen}={offered} in {file}"
    steps = [f"choose {chosen} in {file} so that they agree"] if chosen else []
    if live.type == INSTANCE and change.effect in (Effect.UPDATE, Effect.MAY_REPLACE):
        command = f"aws rds modify-db-instance --db-instance-identifier {live.id} ..."
        return " or ".join([*steps, f"change the instance first ({command})"])
    return " or ".join([*steps, _SEE])


def _shortened(allowed: Any, now: str) -> str:
    """A version as a parameter offers it: 17 for 17.6."""
    major = now.partition(".")[0]
    return major if allowed and now not in allowed and major in allowed else now


def _first(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _parameters(template: Mapping[str, Any], node: Any, *, composed: bool = True) -> Iterator[str]:
    """The parameters that a node reads, by conditions too. Without `composed`, those that only stand inside a text of
    Fn::Sub are left out: they name things.
    """
    declared, conditions = template.get("Parameters", {}), template.get("Conditions", {})
    if isinstance(node, list):
        for each in node:
            yield from _parameters(template, each, composed=composed)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == "Ref" and child in declared:
                yield child
            elif key == "Fn::Sub":
                text = child if isinstance(child, str) else child[0]
                yield from (name for name in declared if composed and f"${{{name}}}" in text)
            elif key == "Condition" and isinstance(child, str):  # of a policy's statement it is an object
                yield from _parameters(template, conditions[child], composed=composed)
            elif key == "Fn::If":
                yield from _parameters(template, [conditions[child[0]], *child[1:]], composed=composed)
            else:
                yield from _parameters(template, child, composed=composed)
