"""What git knows of versions that were published, which must not be otherwise now.

Compared with the last commit, and with the commit at which this branch left its upstream: what either holds may have
been published, and launched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from builder import git
from builder.catalog import ledger
from builder.catalog.ledger import FIELDS, FILE, Entry, next_version
from builder.problems import ExitCode, Failure, Problem

_UPSTREAMS = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master")


def fail_if_rewritten(root: Path) -> None:
    """Raises Failure, with the code of a version conflict, for each version that git knows and that is not as it was.

    A version is its entry in the ledger, and the bucket that an environment reads it from. Where there is no git, or no
    such commit, there is nothing to compare with.
    """
    try:
        entries = ledger.read(root)
    except Failure:
        return  # told as what it is
    found: dict[Problem, None] = {}
    for revision, before in _bases(root):
        found.update(dict.fromkeys(_rewritten(before, entries, revision)))
        if before:
            found.update(dict.fromkeys(_moved(root, revision)))
    if found:
        raise Failure(found, ExitCode.VERSION_CONFLICT)


def _bases(root: Path) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Revisions to compare with, and the ledger of each."""
    revisions = ["HEAD"]
    with suppress(Failure):
        revisions += [git.merge_base(upstream, root) for upstream in git.existing(_UPSTREAMS, root)[:1]]
    for revision in dict.fromkeys(revisions):
        with suppress(Failure):
            yield revision, ledger.parse(_shown(revision, FILE, root))


def _shown(revision: str, file: str, root: Path) -> str:
    """The text of a file, named from the project's root, which need not be that of the repository."""
    return git.read(revision, f"./{file}", root).decode("utf-8", errors="replace")


def _rewritten(before: tuple[Entry, ...], after: tuple[Entry, ...], revision: str) -> Iterator[Problem]:
    now = {(entry.product, entry.version): entry for entry in after}
    taken: dict[str, set[str]] = {}
    for entry in (*before, *after):
        taken.setdefault(entry.product, set()).add(entry.version)
    for entry in before:
        there = now.get((entry.product, entry.version))
        if there == entry:
            continue
        free = next_version(entry.version, taken[entry.product])
        changed = [name for name in FIELDS if there is not None and getattr(there, name) != getattr(entry, name)]
        what = f"is changed ({', '.join(changed)})" if changed else "is removed"
        yield Problem(
            file=FILE,
            key=f"{entry.product} {entry.version}",
            what=f"{what}, and {revision[:12]} has it: it may have been launched",
            fix=f"git checkout {revision[:12]} -- {FILE}, then append version {free} after it",
        )
    if set(before) <= set(after) and after[: len(before)] != before:
        fix = f"git checkout {revision[:12]} -- {FILE}, then append after the last"
        yield Problem(file=FILE, what=f"has other entries before those of {revision[:12]}", fix=fix)


def _moved(root: Path, revision: str) -> Iterator[Problem]:
    """Environments that read their versions from another bucket than at a revision."""
    from builder import params
    from builder.catalog import buckets  # the evaluator comes with it

    try:
        now = buckets.read_from(root)
    except Failure:
        return  # told as what it is
    for path, bucket in now.items():
        file = path.relative_to(root).as_posix()
        with suppress(Failure):
            was = params.parse(_shown(revision, file, root), file).get(buckets.PARAMETER, bucket)
            if was != bucket:
                what = f"is {bucket!r} and was {was!r} in {revision[:12]}: every version would be deleted and made anew"
                fix = f"write {was!r} again; another bucket is for another environment"
                yield Problem(file=file, key=buckets.PARAMETER, what=what, fix=fix)
