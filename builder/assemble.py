"""From stack modules to templates in memory, with everything that can be said against them without cfn-lint."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder import layout, limits, load, schemas
from builder.capabilities import nested, reachable
from builder.evaluate import can_hold
from builder.load import Stack
from builder.problems import Failure, Problem


@dataclass(frozen=True, kw_only=True)
class Built:
    """A stack's template, not yet written: the plain object and the text that it is written as."""

    stack: Stack
    template: Mapping[str, Any]
    text: str

    @property
    def file(self) -> str:
        return file_of(self.stack.name)


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """What became of the stacks asked for, out of all that are known.

    `built` holds them, and those that they nest, as far as they could be built.
    """

    known: tuple[str, ...]
    wanted: tuple[str, ...]
    built: Mapping[str, Built]
    problems: tuple[Problem, ...]

    @property
    def complete(self) -> bool:
        return all(name in self.built for name in self.wanted)

    @property
    def templates(self) -> dict[str, Mapping[str, Any]]:
        return {name: built.template for name, built in self.built.items()}


def file_of(name: str) -> str:
    """The file that a stack's template is written to, from the project's root."""
    return f"dist/{name}.json"


def assemble(root: Path, names: Sequence[str] = ()) -> Assembly:
    """Builds the templates of the named stacks, or of all, and of the stacks that they nest.

    Raises Failure when the stacks cannot be told apart or one is unknown; every other problem is in the result.
    """
    modules = load.discover(root)
    wanted = load.select(modules, names)
    built: dict[str, Built] = {}
    problems: list[Problem] = []
    due = list(wanted)
    for name in due:
        try:
            stack = load.load(root, name, modules[name])
            template = load.template(stack, root)
        except Failure as failure:
            problems += failure.problems
            continue
        built[name] = Built(stack=stack, template=template, text=layout.text(template))
        due += sorted({child for _, child in nested(template) if child in modules and child not in due})
    for one in built.values():
        problems += limits.problems(one.template, one.text, one.file)
        problems += _regional(one)
        problems += _nesting(one, built, modules)
    return Assembly(known=tuple(modules), wanted=wanted, built=built, problems=tuple(dict.fromkeys(problems)))


def _regional(built: Built) -> Iterator[Problem]:
    """Regions that do not exist, and resource types that one lacks.

    CloudFormation refuses a template with a type that it does not know, also when a condition leaves the resource out.
    """
    existing = schemas.regions()
    known = [region for region in built.stack.regions if region in existing]
    for region in built.stack.regions:
        if region not in known:
            close = difflib.get_close_matches(region, existing, n=1)
            fix = f"did you mean {close[0]}?" if close else "name a Region, such as eu-west-1"
            yield Problem(file=built.stack.module, key="REGIONS", what=f"there is no Region {region!r}", fix=fix)
    for logical_id, resource in built.template.get("Resources", {}).items():
        kind = resource.get("Type", "") if isinstance(resource, dict) else ""
        lacking = [region for region in known if kind.startswith("AWS::") and not schemas.has_type(kind, region)]
        if lacking:
            yield Problem(
                file=built.stack.module,
                key=f"Resources.{logical_id}",
                what=f"{kind} does not exist in {', '.join(lacking)}",
                fix="take the Region out of REGIONS, or the resource into a stack of its own",
            )


def _nesting(built: Built, others: Mapping[str, Built], modules: Mapping[str, Path]) -> Iterator[Problem]:
    """Nested stacks that no stack of the project is, that nest this one again, or that support fewer Regions.

    A Region in which a condition leaves the child out, whatever the parameters, is not asked of it.
    """
    templates = {name: other.template for name, other in others.items()}
    for logical_id, child in nested(built.template):
        key = f"Resources.{logical_id}.Properties.TemplateURL"
        if child not in modules:
            yield load.unknown_stack(child, modules, file=built.file, key=key)
        elif child in others:
            if built.stack.name in reachable(child, templates):
                yield Problem(file=built.file, key=key, what=f"{child} nests this stack again", fix="break the circle")
            condition = built.template["Resources"][logical_id].get("Condition")
            lacking = [
                region
                for region in built.stack.regions
                if region not in others[child].stack.regions
                and (condition is None or can_hold(built.template, condition, region))
            ]
            if lacking:
                yield Problem(
                    file=built.stack.module,
                    key="REGIONS",
                    what=f"names {', '.join(lacking)}, which the nested {child} does not support",
                    fix=f"take it out, or add it to REGIONS of {others[child].stack.module}, or nest it elsewhere only",
                )
