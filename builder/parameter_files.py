"""The parameter files of a project, params/<stack>/<env>.json, each against the template that it is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from builder import load, memory
from builder.assemble import Assembly, Built
from builder.problems import Failure, Problem, nearest

PARAMS = "params"
CACHE = ".cache/params"


def files(root: Path, stack: str) -> tuple[Path, ...]:
    """The parameter files of a stack, by name of the environment."""
    return tuple(sorted((root / PARAMS / stack).glob("[!.]*.json")))


def find(root: Path, stack: str, environment: str) -> Path:
    """The parameter file of a stack for an environment. Raises Failure, naming the nearest, when there is none."""
    known = {path.stem: path for path in files(root, stack)}
    if environment in known:
        return known[environment]
    near = nearest(environment, known)
    choice = f"did you mean {near}?" if near else f"choose one of {', '.join(known) or 'none: write it first'}"
    what = f"there is no environment {environment!r} of {stack}"
    raise Failure([Problem(file=f"{PARAMS}/{stack}/", what=what, fix=choice)])


def problems(assembly: Assembly) -> Iterator[Problem]:
    """What is wrong with the files of the stacks asked for, as far as these could be built; warnings among the errors.

    When all stacks are asked for, also the folders of stacks that do not exist.
    """
    judge = _judge()
    for name in assembly.wanted:
        if name in assembly.built:
            built = assembly.built[name]
            depends = memory.digest([built.sha256, built.stack.regions, judge])
            for path in files(assembly.root, name):
                yield from _file_problems(assembly.root, built, path, depends)
    if assembly.wanted == assembly.known:
        for path in sorted((assembly.root / PARAMS).glob("[!.]*")):
            if path.is_dir() and path.name not in assembly.known:
                yield load.unknown_stack(path.name, assembly.known, file=f"{PARAMS}/{path.name}/")
            elif path.suffix == ".json":
                yield Problem(
                    file=f"{PARAMS}/{path.name}",
                    what="belongs to no stack",
                    fix=f"move it to {PARAMS}/<stack>/{path.name}",
                )


def _file_problems(root: Path, built: Built, path: Path, depends: str) -> Iterator[Problem]:
    """What is wrong with one file; nothing where it was found right before, and nothing has changed.

    `depends` stands for everything else that the verdict depends on.
    """
    shown = path.relative_to(root).as_posix()
    try:
        verdict = memory.verdict(root / CACHE, [depends, path.read_bytes().hex()])
    except OSError:  # told where it is read
        verdict = None
    if verdict and verdict.exists():
        return
    from builder import params  # with the evaluator and what compiles patterns: a tenth of a build

    found = params.validate(built.template, path, regions=built.stack.regions)
    for problem in found:
        yield replace(problem, file=shown) if problem.file == str(path) else problem
    if verdict and not found:
        memory.remember(verdict, f"{shown} is right for {built.file}")


def _judge() -> str:
    """What stands for all that judges parameter files, whichever the template."""
    regex = find_spec("regex")  # which judges AllowedPattern
    assert regex is not None and regex.origin is not None
    facts = {
        "judge": memory.code("evaluate", "params.py", "problems.py"),
        "regex": Path(regex.origin).with_name("_main.py").read_text(encoding="utf-8"),
    }
    return memory.digest(facts)
