"""Which buckets the portfolio reads its versions from: a version that lies in another could not be deployed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from builder import parameter_files, params
from builder.problems import ExitCode, Failure, Problem

PORTFOLIO = "service-catalog"
PARAMETER = "ArtifactBucket"


def read_from(root: Path) -> dict[Path, str]:
    """Parameter file of the portfolio -> the bucket that its environment reads; empty where it names none.

    Raises Failure for a file that is none.
    """
    return {path: params.read(path).get(PARAMETER, "") for path in parameter_files.files(root, PORTFOLIO)}


def environments(root: Path, bucket: str) -> tuple[str, ...]:
    """The environments whose portfolio reads a bucket, or names none.

    Raises Failure (ExitCode.USAGE) when there are environments, and all read another.
    """
    known = read_from(root)
    found = tuple(path.stem for path, named in known.items() if named in ("", bucket))
    if known and not found:
        what = f"is {bucket!r}, and no portfolio reads a version from there"
        named = ", ".join(f"{each!r} ({_shown(root, path)})" for path, each in known.items())
        fix = f"give that of {PARAMETER}: {named}; before the first version it can still be changed there"
        raise Failure([Problem(file="--bucket", what=what, fix=fix)], ExitCode.USAGE)
    return found


def elsewhere(root: Path, bucket: str) -> Iterator[Problem]:
    """A warning for each environment whose portfolio reads another bucket, where a version must be published, too."""
    for path, named in read_from(root).items():
        if named not in ("", bucket):
            yield Problem(
                file=_shown(root, path),
                key=PARAMETER,
                what=f"is {named!r}: this environment has the version only when it lies there, too",
                fix=f"publish it once more with --bucket {named} before you deploy {path.stem}",
                severity="warning",
            )


def _shown(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
