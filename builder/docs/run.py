"""One run of `docs` for the stacks of a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builder import load
from builder.docs.reference import Plan, page_of_file, plan
from builder.docs.source import Source, of_file, of_stack
from builder.problems import Failure, Problem
from builder.write import write


def reference(root: Path, names: Sequence[str], *, check: bool, pictures: bool) -> Plan:
    """Writes the reference of the named stacks, or of all. With `check` nothing is written.

    Raises Failure for what cannot be described, for controls that are not met without a reason, and with `check` for
    whatever is stale.
    """
    modules = load.discover(root)
    wanted = load.select(modules, names)
    sources = [_source(root, name, modules[name]) for name in wanted]
    found = plan(root, sources, every=tuple(modules), draw=not check, pictures=pictures)
    if found.unmet or (check and found.stale):
        raise Failure([*found.unmet, *(found.stale if check else ())])
    if not check:
        write(root, found.files)
    return found


def described(
    files: Sequence[str], parameter_files: Sequence[str], *, out: Path, check: bool, pictures: bool
) -> Sequence[Path]:
    """Writes the page of each of any template files into `out`, its pictures beside it; returns the pages.

    With `check` nothing is written. Raises Failure for what cannot be described, and with `check` for what is stale.
    """
    names = [Path(file).stem for file in files]
    stale: list[Problem] = []
    for file in files:
        source = of_file(file, parameter_files)
        made, found = page_of_file(source, out=out, beside=names, check=check, pictures=pictures)
        stale += found
        write(Path(), made)
    if stale:
        raise Failure(stale)
    return [out / f"{name}.md" for name in names]


def _source(root: Path, name: str, module: Path) -> Source:
    return of_stack(root, name, load.load(root, name, module).regions)
