"""Are the committed permissions those of the templates as they are now?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from builder.assemble import assemble
from builder.permissions import files
from builder.problems import Failure, Problem


def fail_if_stale(root: Path, names: Sequence[str]) -> str:
    """Says which permissions are fresh. Raises Failure for each of the named stacks, or of all that have
    one, whose file is not what would be derived."""
    names = names or [path.stem for path in sorted((root / files.FOLDER).glob("[!.]*.json"))]
    if not names:
        return "No permissions are committed."
    assembly = assemble(root, names)
    problems = list(assembly.problems)
    for name in assembly.wanted:
        if name in assembly.built:
            fresh = files.text(files.of_stack(root, assembly.built[name], assembly.built))
            problems += _stale(root, name, fresh)
    if any(problem.severity == "error" for problem in problems):
        raise Failure(problems)
    return f"Permissions of {', '.join(assembly.wanted)} up to date."


def _stale(root: Path, name: str, fresh: str) -> list[Problem]:
    file = root / files.file_of(name)
    if not file.is_file():
        what, fix = "is missing", "name the stack in the PERMISSIONS_OF of one that holds its permissions"
    elif file.read_text(encoding="utf-8") != fresh:
        what, fix = "is stale", f"run python build.py build, and commit {files.FOLDER}/"
    else:
        return []
    return [Problem(file=files.file_of(name), what=what, fix=fix)]
