"""What CloudFormation would refuse, found without cfn-lint: a limit broken, or something that a Region does not have.

Templates that were found right are not judged again until one of them, or what judges, has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from builder import limits, load, memory, schemas
from builder.capabilities import nested, reachable
from builder.problems import Problem, nearest

if TYPE_CHECKING:
    from builder.assemble import Built

CACHE = ".cache/refusals"


def problems(root: Path, built: Mapping[str, Built], known: Collection[str]) -> list[Problem]:
    """What is wrong with the templates of stacks; `known` are all stacks that there are."""
    facts = {
        "templates": [(name, one.sha256, one.stack.regions) for name, one in built.items()],
        "known": sorted(known),
        "cfn-lint": schemas.version(),
        "judge": memory.code(
            "capabilities.py", "evaluate", "limits.py", "load.py", "problems.py", "refusals.py", "schemas.py"
        ),
    }
    verdict = memory.verdict(root / CACHE, facts)
    if verdict.exists():
        return []
    found = [problem for one in built.values() for problem in _problems(one, built, known)]
    if not found:
        memory.remember(verdict, f"{', '.join(built)}: within the limits, and in all of their Regions")
    return found


def _problems(one: Built, others: Mapping[str, Built], known: Collection[str]) -> Iterator[Problem]:
    yield from limits.problems(one.template, one.text, one.file)
    yield from _regional(one)
    yield from _nesting(one, others, known)


def _regional(built: Built) -> Iterator[Problem]:
    """Regions that do not exist, and resource types that one lacks.

    CloudFormation refuses a template with a type that it does not know, also when a condition leaves the resource out.
    """
    existing = schemas.regions()
    real = [region for region in built.stack.regions if region in existing]
    for region in built.stack.regions:
        if region not in real:
            near = nearest(region, existing)
            fix = f"did you mean {near}?" if near else "name a Region, such as eu-west-1"
            yield Problem(file=built.stack.module, key="REGIONS", what=f"there is no Region {region!r}", fix=fix)
    for logical_id, resource in built.template.get("Resources", {}).items():
        kind = resource.get("Type", "") if isinstance(resource, dict) else ""
        lacking = [region for region in real if kind.startswith("AWS::") and not schemas.has_type(kind, region)]
        if lacking:
            yield Problem(
                file=built.stack.module,
                key=f"Resources.{logical_id}",
                what=f"{kind} does not exist in {', '.join(lacking)}",
                fix="take the Region out of REGIONS, or the resource into a stack of its own",
            )


def _nesting(built: Built, others: Mapping[str, Built], known: Collection[str]) -> Iterator[Problem]:
    """Nested stacks that no stack of the project is, that nest this one again, or that support fewer Regions.

    A Region in which a condition leaves the child out, whatever the parameters, is not asked of it.
    """
    templates = {name: other.template for name, other in others.items()}
    for logical_id, child in nested(built.template):
        key = f"Resources.{logical_id}.Properties.TemplateURL"
        if child not in known:
            yield load.unknown_stack(child, known, file=built.file, key=key)
        elif child in others:
            if built.stack.name in reachable(child, templates):
                yield Problem(file=built.file, key=key, what=f"{child} nests this stack again", fix="break the circle")
            condition = built.template["Resources"][logical_id].get("Condition")
            lacking = [region for region in built.stack.regions if region not in others[child].stack.regions]
            if lacking and condition is not None:
                from builder.evaluate import can_hold  # seldom needed, and slow to import

                lacking = [region for region in lacking if can_hold(built.template, condition, region)]
            if lacking:
                yield Problem(
                    file=built.stack.module,
                    key="REGIONS",
                    what=f"names {', '.join(lacking)}, which the nested {child} does not support",
                    fix=f"take it out, or add it to REGIONS of {others[child].stack.module}, or nest it elsewhere only",
                )
