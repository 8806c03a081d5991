"""From stack modules to a linted dist/: everything is checked first, then everything is written, or nothing.

Where a stack holds the permissions of others, these are derived before it is built, and written with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from builder import manifest, parameter_files, suppressions
from builder.assemble import Assembly, assemble, file_of
from builder.capabilities import nested
from builder.catalog import history, ledger
from builder.manifest import Entry
from builder.permissions import files
from builder.problems import ExitCode, Failure, Problem
from builder.write import write


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the build did to one file of dist/. Sizes are in bytes, 0 where there is no file."""

    file: str
    kind: Literal["added", "changed", "unchanged", "removed"]
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a build did: for which stacks, to each file, which templates it had to lint, and what it warns of."""

    stacks: tuple[str, ...]
    changes: tuple[Change, ...]
    linted: tuple[str, ...]
    warnings: tuple[Problem, ...]


def build(root: Path, names: Sequence[str] = (), *, check: bool = False, lint: bool = True) -> Report:
    """Builds the named stacks, or all, into dist/.

    With `check` nothing is written, and a dist/ that would change is a problem. Raises Failure with every problem
    found, warnings among them, when anything is wrong; dist/ is then as it was.
    """
    history.fail_if_rewritten(root)
    assembly = assemble(root, names)
    before = manifest.read(root)
    problems = [*assembly.problems, *parameter_files.problems(assembly)]
    problems += ledger.problems(root, assembly.known)
    found, linted = lint_problems(assembly) if lint else ((), ())
    problems += found
    problems += _strangers(root, {*assembly.known, *before})
    fail_if_wrong(problems)

    dead = set() if names else before.keys() - set(assembly.known)
    gone = [file_of(name) for name in sorted(dead)]
    gone += [] if names else files.strangers(root, assembly.permissions)
    texts = _texts(assembly, {name: entry for name, entry in before.items() if name not in dead})
    changes = [_change(root, file, text) for file, text in texts.items()]
    changes += [_change(root, file, None) for file in gone if (root / file).exists()]
    if check:
        stale = [_stale(root, change, texts) for change in changes if change.kind != "unchanged"]
        fail_if_wrong([*stale, *problems])
    else:
        due = {change.file: texts[change.file] for change in changes if change.kind in ("added", "changed")}
        write(root, due, remove=gone)
    return Report(stacks=assembly.wanted, changes=tuple(changes), linted=linted, warnings=tuple(problems))


def lint_problems(assembly: Assembly) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """What linting the stacks asked for finds, and which of them had to be linted; none, unless all could be built."""
    from builder.checks import RULES, environments
    from builder.lint import Target, lint

    if not assembly.complete:
        return (), ()
    wanted = [assembly.built[name] for name in assembly.wanted]
    targets = [
        Target(
            name=built.stack.name,
            file=built.file,
            module=built.stack.module,
            regions=built.stack.regions,
            nested=tuple(sorted({child for _, child in nested(built.template) if child in assembly.built})),
        )
        for built in wanted
    ]
    texts = {name: built.text for name, built in assembly.built.items()}
    verdict = lint(assembly.root, targets, texts, [RULES])
    unreasoned = (problem for built in wanted for problem in suppressions.problems(built.template, built.file))
    return (*unreasoned, *verdict.problems, *environments.problems(assembly, verdict.problems)), verdict.linted


def fail_if_wrong(problems: Iterable[Problem], exit_code: ExitCode = ExitCode.CHECK_FAILED) -> None:
    """Raises Failure with all problems, unless they are all warnings."""
    problems = tuple(problems)
    if has_errors(problems):
        raise Failure(problems, exit_code)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Whether not all of them are warnings."""
    return any(problem.severity == "error" for problem in problems)


def _texts(assembly: Assembly, before: Mapping[str, Entry]) -> dict[str, str]:
    """The text of each file that this build is for, permissions before dist/, and the manifest last.

    It tells of nothing not there.
    """
    derived = {files.file_of(name): files.text(policies) for name, policies in assembly.permissions.items()}
    built = {name: assembly.built[name] for name in assembly.wanted}
    entries = {name: assembly.entry(name) for name in built}
    return (
        derived | {one.file: one.text for one in built.values()} | {manifest.FILE: manifest.text({**before, **entries})}
    )


def _strangers(root: Path, known: set[str]) -> Iterator[Problem]:
    """Files of dist/ that look like templates and were never built from here."""
    for path in sorted((root / "dist").glob("[!.]*.json")):
        if path.stem not in known and path.name != Path(manifest.FILE).name:
            yield Problem(
                file=f"dist/{path.name}",
                what="was not built from a stack of this project",
                fix="delete it if nobody needs it",
                severity="warning",
            )


def _change(root: Path, file: str, text: str | None) -> Change:
    """How a file stands to its new text; None for a file that should not be."""
    old = _read(root / file)
    if text is None:
        return Change(file=file, kind="removed", before=len(old or b""), after=0)
    new = text.encode()
    kind: Literal["added", "changed", "unchanged"] = "added" if old is None else "unchanged"
    if old not in (None, new):
        kind = "changed"
    return Change(file=file, kind=kind, before=len(old or b""), after=len(new))


def _stale(root: Path, change: Change, texts: Mapping[str, str]) -> Problem:
    """What is wrong with a file that a build would change."""
    if change.kind == "added":
        what = "is missing"
    elif change.kind == "removed":
        what = "belongs to a stack that no longer exists"
    else:
        old = (_read(root / change.file) or b"").decode(errors="replace").splitlines()
        new = texts[change.file].splitlines()
        same = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
        what = f"is stale from line {same + 1} on"
    return Problem(
        file=change.file, what=what, fix=f"run python build.py build, and commit {Path(change.file).parent}/"
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # whatever else is wrong with it, writing will tell
        return None
