"""Every stack of the project as committed at a revision, against what would be built now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from builder import git, load, parameter_files
from builder.assemble import assemble, file_of
from builder.diff import sources
from builder.diff.guard import affected, check_consent, judge
from builder.diff.model import Diff
from builder.diff.parameters import Chosen, compared_sides
from builder.diff.report import Compared
from builder.diff.result import diff
from builder.diff.runs import Options
from builder.diff.sources import Source
from builder.problems import Failure

_NEW = "is not at {}: nothing is deployed from there"
_GONE = "is no longer built: what is deployed from {} stays as it is"


def compare_all(root: Path, base: str, environment: str | None, options: Options) -> list[Compared]:
    """A comparison per stack and environment; environments with the same outcome are told of once.

    Raises Failure for what cannot be built, read or rendered.
    """
    assembly = assemble(root)
    if not assembly.complete:
        raise Failure(assembly.problems)
    committed = git.listing(base, "dist", root)
    templates = assembly.templates
    found: list[tuple[str, tuple[str, ...], Diff, str]] = []
    for name in assembly.wanted:
        if file_of(name) not in committed:
            found.append((name, (), Diff(), _NEW.format(base)))
            continue
        old = sources.committed(base, file_of(name), root)
        new = Source(
            label=f"{name} as built now",
            stack=name,
            template=templates[name],
            local_templates=lambda url: templates.get(Path(url).stem) if "://" not in url else None,
        )
        for environments, outcome in _by_outcome(root, old, new, environment, options):
            found.append((name, environments, outcome, ""))
    gone = sorted(Path(file).stem for file in committed if Path(file).stem not in (*assembly.known, *load.RESERVED))
    found += [(name, (), Diff(), _GONE.format(base)) for name in gone]
    check_consent(options.consent, frozenset().union(*(affected(outcome) for _, _, outcome, _ in found)))
    return [
        Compared(
            title=name,
            environments=environments,
            diff=outcome,
            judgement=judge(outcome, options.consent, strict=options.strict),
            remark=remark,
        )
        for name, environments, outcome, remark in found
    ]


def _by_outcome(
    root: Path, old: Source, new: Source, environment: str | None, options: Options
) -> Iterator[tuple[tuple[str, ...], Diff]]:
    """The outcomes of a stack, each with its environments: the one asked for, or all that have parameters."""
    names = [path.stem for path in parameter_files.files(root, new.stack)]
    wanted = names if environment is None else [environment]
    outcomes: dict[str, tuple[list[str], Diff]] = {}
    for name in wanted or (None,):
        chosen = Chosen(environment=name)
        old_side, new_side, parameters = compared_sides(root, old, new, chosen, options.region)
        outcome = diff(old_side, new_side, parameters)
        key = repr(outcome)
        outcomes.setdefault(key, ([], outcome))[0].extend([name] if name else [])
    for together, outcome in outcomes.values():
        yield tuple(together), outcome
