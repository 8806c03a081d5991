"""One run of `docs` for the stacks of a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builder import load
from builder.docs.reference import Plan, plan
from builder.docs.source import Source, of_stack
from builder.problems import Failure
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


def _source(root: Path, name: str, module: Path) -> Source:
    return of_stack(root, name, load.load(root, name, module).regions)
