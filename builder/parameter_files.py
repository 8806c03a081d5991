"""The parameter files of a project, params/<stack>/<env>.json, each against the template that it is for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from builder import load, params
from builder.assemble import Assembly
from builder.problems import Failure, Problem

PARAMS = "params"


def files(root: Path, stack: str) -> tuple[Path, ...]:
    """The parameter files of a stack, by name of the environment."""
    return tuple(sorted((root / PARAMS / stack).glob("[!.]*.json")))


def find(root: Path, stack: str, environment: str) -> Path:
    """The parameter file of a stack for an environment. Raises Failure, naming the nearest, when there is none."""
    known = {path.stem: path for path in files(root, stack)}
    if environment in known:
        return known[environment]
    close = difflib.get_close_matches(environment, known, n=1)
    choice = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(known) or 'none: write it first'}"
    what = f"there is no environment {environment!r} of {stack}"
    raise Failure([Problem(file=f"{PARAMS}/{stack}/", what=what, fix=choice)])


def problems(root: Path, assembly: Assembly) -> Iterator[Problem]:
    """What is wrong with the files of the stacks asked for, as far as these could be built; warnings among the errors.

    When all stacks are asked for, also the folders of stacks that do not exist.
    """
    for name in assembly.wanted:
        if name in assembly.built:
            built = assembly.built[name]
            for path in files(root, name):
                shown = path.relative_to(root).as_posix()
                for problem in params.validate(built.template, path, regions=built.stack.regions):
                    yield replace(problem, file=shown) if problem.file == str(path) else problem
    if assembly.wanted == assembly.known:
        for path in sorted((root / PARAMS).glob("[!.]*")):
            if path.is_dir() and path.name not in assembly.known:
                yield load.unknown_stack(path.name, assembly.known, file=f"{PARAMS}/{path.name}/")
            elif path.suffix == ".json":
                yield Problem(
                    file=f"{PARAMS}/{path.name}",
                    what="belongs to no stack",
                    fix=f"move it to {PARAMS}/<stack>/{path.name}",
                )
