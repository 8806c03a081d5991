"""Judges the stacks of a project as they are deployed: every shipped environment, in one Region of each partition.

A stack found clean is not judged again on the same day, unless something that its verdict depends on changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from builder import memory, parameter_files, params
from builder.assemble import Assembly, Built
from builder.evaluate import Place, parameter_values
from builder.lint import own_checks
from builder.problems import Failure, Problem

CACHE = ".cache/checks"


def problems(assembly: Assembly, told: Iterable[Problem] = ()) -> Iterator[Problem]:
    """What the checks find in the stacks asked for; each thing once, with the environments that it is found in.

    `told` is what cfn-lint has found: what is among that, by the same check, is not told again.
    """
    known = {(problem.file.rpartition(":")[0], problem.what) for problem in told}
    depends = memory.digest(
        {
            "templates": sorted((other.file, other.sha256) for other in assembly.built.values()),
            "checks": own_checks(),
            "today": date.today().isoformat(),  # support ends by date
        }
    )
    for name in assembly.wanted:
        verdict = _verdict(assembly.root, assembly.built[name], depends)
        if verdict.exists():
            continue
        found: dict[Problem, list[str]] = {}
        for environment, problem in _found(assembly, assembly.built[name]):
            environments = found.setdefault(problem, [])
            if environment not in environments:
                environments.append(environment)
        if not found:
            memory.remember(verdict, f"{name} is clean in every environment")
        for problem, environments in found.items():
            if (problem.file, f"{problem.what}; fix: {problem.fix}") not in known:
                where = f"{problem.what} (in {', '.join(environments)})"
                yield Problem(file=problem.file, key=problem.key, what=where, fix=problem.fix)


def _found(assembly: Assembly, built: Built) -> Iterator[tuple[str, Problem]]:
    """Environment and problem, for everything that the checks find in one stack."""
    from builder.checks.judge import judge, one_region_a_partition  # mostly every stack is known to be clean

    templates = assembly.templates
    for path in parameter_files.files(assembly.root, built.stack.name):
        try:
            parameters = parameter_values(built.template, params.read(path), file=str(path))
        except Failure:
            continue  # told where parameter files are validated
        if any(problem.severity == "error" for problem in parameters.problems):
            continue
        for region in one_region_a_partition(built.stack.regions):
            verdicts = judge(
                built.template,
                parameters.values,
                Place(region=region, stack_name=built.stack.name),
                file=built.file,
                local_templates=lambda url: templates.get(Path(url).stem),
            )
            for verdict in verdicts:
                yield (
                    path.stem,
                    Problem(
                        file=built.file if verdict.file == built.file else f"{built.file}: {verdict.file}",
                        key=".".join(map(str, verdict.finding.path)),
                        what=f"{verdict.check.id} {verdict.finding.what}",
                        fix=verdict.finding.fix,
                    ),
                )


def _verdict(root: Path, built: Built, depends: str) -> Path:
    """The file that stands for a clean verdict, named by everything that it depends on.

    `depends` is what all stacks share: any of them may nest another.
    """
    facts = {
        "stack": built.stack.name,
        "regions": built.stack.regions,
        "parameters": [
            (path.name, path.read_text(encoding="utf-8", errors="replace"))
            for path in parameter_files.files(root, built.stack.name)
        ],
        "shared": depends,
    }
    return memory.verdict(root / CACHE, facts)
