"""Whether a template may be published as a version of a product that has others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from builder.catalog.ledger import MOST_VERSIONS, next_version
from builder.problems import ExitCode, Failure, Problem


@dataclass(frozen=True, kw_only=True)
class Known:
    """A version that exists; `sha256` is empty where its content cannot be told."""

    version: str
    sha256: str


class Verdict(Enum):
    """What publishing a version means."""

    NEW = "published"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"


def judge(
    product: str, known: Sequence[Known], version: str, sha256: str, *, allow_duplicate: bool = False
) -> tuple[Verdict, str]:
    """What publishing `version` of a product with a template of this SHA-256 means beside the versions known.

    With it comes the version that has the same content, for UNCHANGED and DUPLICATE. Raises Failure with
    ExitCode.VERSION_CONFLICT if the version exists with other content, or if the product is full.
    """
    for each in known:
        if each.version == version:
            if each.sha256 == sha256:
                return Verdict.UNCHANGED, version
            raise _conflict(product, known, each, sha256)
    same = [each.version for each in known if each.sha256 == sha256]
    if same and not allow_duplicate:
        return Verdict.DUPLICATE, same[-1]
    if len(known) >= MOST_VERSIONS:
        what = f"has {len(known)} versions, and Service Catalog takes {MOST_VERSIONS} for a product"
        fix = "publish it as a product of another name; a version that is removed is lost to those who launched it"
        raise Failure([Problem(file=product, what=what, fix=fix)], ExitCode.VERSION_CONFLICT)
    return Verdict.NEW, ""


def _conflict(product: str, known: Sequence[Known], there: Known, sha256: str) -> Failure:
    what = f"exists with other content: {there.sha256 or 'unknown'} is published, {sha256} is what dist/ holds"
    free = next_version(there.version, [each.version for each in known])
    fix = f"a version never changes; publish this one as --version {free}"
    problem = Problem(file=product, key=there.version, what=what, fix=fix)
    return Failure([problem], ExitCode.VERSION_CONFLICT)
