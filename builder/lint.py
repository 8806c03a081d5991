"""cfn-lint over the templates of a build, in the Regions that each stack declares, informational checks included.

It costs a second per template and more to start, so it runs in a few worker processes, and a template found clean is
not looked at again until something that its verdict depends on changes: see `_key`. Only clean verdicts are
remembered. Any finding, also an informational one, is an error; see builder.suppressions for how to allow one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from builder import memory, schemas
from builder.problems import Problem

if TYPE_CHECKING:
    from builder.lint_worker import Finding

CACHE = ".cache/lint"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A template to lint. `file` and `module` are what messages call it and the stack module that makes it.

    `nested` are the stacks that it nests: their templates are read with it.
    """

    name: str
    file: str
    module: str
    regions: tuple[str, ...]
    nested: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What linting came to: the problems found, and which templates were linted now rather than known to be clean."""

    problems: tuple[Problem, ...]
    linted: tuple[str, ...]


def lint(root: Path, targets: Sequence[Target], texts: Mapping[str, str], append_rules: Sequence[Path] = ()) -> Verdict:
    """Lints every target that is not known to be clean.

    `texts` are all templates of the build by stack name: they lie beside each other while one is linted, so that a
    nested stack's parameters are checked against the template it will get, never an older one. `append_rules` are
    folders of further rules, as for `cfn-lint --append-rules`; every Python file in them counts when asking whether a
    verdict still holds.
    """
    depends = _digest(append_rules)
    verdicts = {target.name: _verdict(root, target, texts, depends) for target in targets}
    due = [target for target in targets if not verdicts[target.name].exists()]
    found: dict[str, tuple[Problem, ...]] = {}
    if due:
        from builder import lint_pool  # what it imports is slow, and mostly nothing is due

        by_name = {target.name: target for target in due}
        regions = {target.name: target.regions for target in due}
        for name, outcome in lint_pool.run(regions, texts, [str(folder) for folder in append_rules]):
            if outcome == ():
                memory.remember(verdicts[name], f"{name} is clean in {', '.join(by_name[name].regions)}")
            found[name] = _problems(by_name[name], outcome)
    return Verdict(
        problems=tuple(problem for target in due for problem in found[target.name]),
        linted=tuple(target.name for target in due),
    )


def _problems(target: Target, outcome: tuple[Finding, ...] | Exception) -> tuple[Problem, ...]:
    if isinstance(outcome, Exception):
        what = f"cfn-lint came to no verdict: {type(outcome).__name__}: {outcome}"
        fix = "run it again, with more free memory if its process was killed"
        return (Problem(file=target.file, what=what, fix=fix),)
    return tuple(
        Problem(
            file=f"{target.file}:{finding.line}",
            key=finding.path,
            what=f"{finding.rule} {finding.message}",
            fix=f"change it in {target.module} or what that calls ({finding.source})",
        )
        for finding in outcome
    )


def _verdict(root: Path, target: Target, texts: Mapping[str, str], depends: str) -> Path:
    """The file that stands for a clean verdict, named by everything that it depends on; `depends` is the linter."""
    facts = {
        "template": texts[target.name],
        "nested": [texts[name] for name in target.nested],
        "regions": target.regions,
        "linter": depends,
    }
    return memory.verdict(root / CACHE, facts)


def _digest(append_rules: Sequence[Path]) -> str:
    """What stands for all that lints, whichever the template."""
    facts = {
        "cfn-lint": schemas.version(),
        "worker": memory.code("lint_memory.py", "lint_worker.py"),  # how cfn-lint is called
        "rules": [path.read_text() for folder in append_rules for path in sorted(folder.rglob("*.py"))],
        "checks": own_checks(),
        # Some of cfn-lint's rules look at the date (Lambda runtimes): no verdict is believed for longer than a month.
        "month": date.today().strftime("%Y-%m"),
    }
    return memory.digest(facts)


def own_checks() -> str:
    """What stands for the project's own checks and all that they use: builder/checks/rules hands them to cfn-lint."""
    return memory.code(
        "authorization.py",
        "checks",
        "evaluate",
        "parameter_files.py",
        "params.py",
        "postgresql",
        "problems.py",
        "render",
        "schemas.py",
        "sdk_names.py",
        "suppressions.py",
    )
