"""Which parameter values the two sides of a comparison get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder import git, params, schemas
from builder.diff.sides import Given, Side, Valued, side, valued
from builder.diff.sources import Source, show
from builder.evaluate import Place
from builder.parameter_files import PARAMS
from builder.problems import Failure, Problem

_NOTHING = "no parameters given"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What the command line says about parameters: an environment, or a file for either side."""

    environment: str | None = None
    old_file: str | None = None
    new_file: str | None = None


def compared_sides(
    root: Path, old: Source, new: Source, chosen: Chosen, region: str
) -> tuple[Side, Side, tuple[Valued, Valued]]:
    """Both sides rendered, and the values that they were rendered with.

    What the new side is not given keeps the old side's value, as a deployment of the stack would do it. Raises Failure.
    """
    schemas.has_type("AWS::CloudFormation::Stack", region)  # tells of a Region that does not exist
    stack = new.stack or old.stack
    was = valued(old, _given(root, old, stack, chosen.environment, chosen.old_file))
    will = valued(new, _given(root, new, stack, chosen.environment, chosen.new_file), previous=was.texts)
    place = Place(region=region, stack_name=stack or "stack")
    return side(was, place, judged=False), side(will, place, judged=True), (was, will)


def _given(root: Path, source: Source, stack: str, environment: str | None, file: str | None) -> Given:
    if file is not None:
        return Given(values=params.read(file), file=file)
    if environment is None:
        return Given(values={}, file=f"{source.label}: {_NOTHING}")
    values, name = _of_environment(root, source, stack, environment)
    # A deployment drops keys that the template does not have (aws cloudformation deploy).
    declared = source.template.get("Parameters", {})
    return Given(values={key: text for key, text in values.items() if key in declared}, file=name)


def _of_environment(root: Path, source: Source, stack: str, environment: str) -> tuple[Mapping[str, str], str]:
    """The values of an environment: as committed with the template where both are, else as they are now."""
    name = f"{PARAMS}/{stack}/{environment}.json"
    if source.revision and name in git.listing(source.revision, name, root):
        return params.parse(show(source.revision, name, root), name), f"git:{source.revision}:{name}"
    path = root / name
    if not (stack and path.is_file()):
        known = ", ".join(sorted(each.stem for each in path.parent.glob("[!.]*.json"))) or "none"
        what, fix = "does not exist", f"choose an environment of: {known}"
        raise Failure([Problem(file=name, what=what, fix=fix)])
    return params.read(path), name
