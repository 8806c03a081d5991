"""Where a template to render comes from, with its parameters and the templates beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder import params, schemas
from builder.evaluate import Parameters, Place, parameter_values, read_template
from builder.evaluate.parameters import IN_FILE
from builder.parameter_files import PARAMS
from builder.problems import Failure, Problem
from builder.render.rendering import LocalTemplates


@dataclass(frozen=True, kw_only=True)
class Source:
    """A template, its name for people, the stack it is for, and how its nested templates are found."""

    stack: str
    file: str
    template: Mapping[str, Any]
    local_templates: LocalTemplates


def source(root: Path, name: str) -> Source:
    """The template in a file, or of the stack of the project at `root` that has this name, built anew.

    Raises Failure when it cannot be read or built, or is neither.
    """
    if Path(name).is_file():
        folder = Path(name).resolve().parent
        return Source(stack=Path(name).stem, file=name, template=read_template(name), local_templates=beside(folder))
    from builder.load import discover, unknown_stack

    modules = discover(root)
    if name not in modules:
        problem = unknown_stack(name, modules, file=name)
        raise Failure([Problem(file=name, what="is neither a file nor a stack", fix=problem.fix)])
    from builder.assemble import assemble, file_of

    assembly = assemble(root, [name])
    if name not in assembly.built:
        raise Failure(assembly.problems)
    templates = assembly.templates
    return Source(
        stack=name,
        file=file_of(name),
        template=templates[name],
        local_templates=lambda url: templates.get(Path(url).stem),
    )


def beside(folder: Path) -> LocalTemplates:
    """Finds the templates that nested stacks name by a path from the folder of their parent."""

    def find(url: str) -> Mapping[str, Any] | None:
        path = folder / url
        return read_template(path) if "://" not in url and path.is_file() else None

    return find


def values(root: Path, chosen: Source, environment: str | None, settings: Sequence[str] = ()) -> Parameters:
    """The values of a template's parameters: of its environment's file, then of `K=V` settings.

    Raises Failure with everything that is wrong with them.
    """
    in_file: dict[str, str] = {}
    file, missing = "command line", "give --env, or --set {}=..."
    if environment is not None:
        path = root / PARAMS / chosen.stack / f"{environment}.json"
        file, missing = f"{PARAMS}/{chosen.stack}/{environment}.json", IN_FILE
        if not path.is_file():
            known = ", ".join(sorted(each.stem for each in path.parent.glob("[!.]*.json"))) or "none"
            raise Failure([Problem(file=file, what="does not exist", fix=f"choose an environment of: {known}")])
        in_file = params.read(path)
    given = params.overrides(in_file, settings)
    parameters = parameter_values(chosen.template, given, file=file, missing=missing)
    problems = [
        *parameters.problems,
        *(
            Problem(
                file=file,
                key=name,
                what="has its value in SSM Parameter Store, which is not asked offline",
                fix="render a copy of the template in which it is a String",
            )
            for name in parameters.unresolved
        ),
    ]
    if problems:
        raise Failure(problems)
    return parameters


def place(chosen: Source, region: str) -> Place:
    """Where the template is rendered. Raises Failure for a Region that does not exist."""
    schemas.has_type("AWS::CloudFormation::Stack", region)
    return Place(region=region, stack_name=chosen.stack)
