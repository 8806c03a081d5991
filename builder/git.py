"""What git holds of the project, asked by running git."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from builder.problems import Failure, Problem

# How people name what git holds: `git:REV:path`.
PREFIX = "git:"


def read(revision: str, path: str, root: Path) -> bytes:
    """A file of a revision. A Failure tells why there is none, in git's words."""
    return _git(root, revision, "show", f"{revision}:{path}")


def existing(references: Sequence[str], root: Path) -> tuple[str, ...]:
    """Those of some full names of references (`refs/remotes/origin/main`) that there are, in their order."""
    listed = _git(root, references[0], "for-each-ref", "--format=%(refname)", *references).decode().split()
    return tuple(reference for reference in references if reference in listed)


def merge_base(revision: str, root: Path) -> str:
    """The commit at which the current branch left another revision. A Failure tells why there is none."""
    return _git(root, revision, "merge-base", "HEAD", revision).decode().strip()


def listing(revision: str, folder: str, root: Path) -> tuple[str, ...]:
    """The files of a revision that lie in a folder, or are that file, from the top of the repository."""
    listed = _git(
        root, revision, "ls-tree", "-r", "-z", "--name-only", "--full-name", "--full-tree", revision, "--", folder
    )
    return tuple(name for name in listed.decode(errors="replace").split("\0") if name)


def _git(root: Path, revision: str, *arguments: str) -> bytes:
    # A revision that begins with a dash would be an option.
    done = None if revision.startswith("-") else _run(root, arguments)
    if done is None or done.returncode:
        said = "it begins with a dash" if done is None else done.stderr.decode(errors="replace").strip()
        what = f"git does not give it: {said.splitlines()[0] if said else 'no reason told'}"
        raise Failure([Problem(file=f"{PREFIX}{revision}", what=what, fix="name a revision and a path that exist")])
    return done.stdout


def _run(root: Path, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except OSError as error:
        raise Failure([Problem(file="git", what=f"cannot be run: {error.strerror}", fix="install git")]) from None
