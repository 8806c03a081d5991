"""catalog/versions.json: every version that was ever published through the portfolio's template, in order.

It is append-only: CloudFormation deletes a version that is dropped from a product's template, and people who have
launched it can then neither see nor update what they have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from builder.problems import Failure, Problem

FILE = "catalog/versions.json"
# "Service Catalog endpoints and quotas": product versions per product.
MOST = 100

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A version of a product: the SHA-256 of its template in hexadecimal, and the template's key in the bucket."""

    product: str
    version: str
    sha256: str
    key: str
    description: str


def read(root: Path) -> tuple[Entry, ...]:
    """What has been published, oldest first; nothing where there is no such file yet. Raises Failure if it is wrong."""
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    return parse(text)


def parse(text: str, file: str = FILE) -> tuple[Entry, ...]:
    """The entries of a ledger's text; `file` is what messages call it. Raises Failure with all that is wrong."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Failure([Problem(file=file, what=f"is not JSON: {error}", fix="restore it from git")]) from None
    if not isinstance(found, list):
        raise Failure([Problem(file=file, what="is not a list of versions", fix="restore it from git")])
    problems = [problem for index, node in enumerate(found) for problem in _wrong(node, f"[{index}]", file)]
    if problems:
        raise Failure(problems)
    entries = tuple(Entry(**node) for node in found)
    problems = list(_repeated(entries, file))
    if problems:
        raise Failure(problems)
    return entries


def text(entries: Iterable[Entry]) -> str:
    """The entries as the file holds them: an object a version, its members a line each, so that a review reads them."""
    return json.dumps([asdict(entry) for entry in entries], indent=2) + "\n"


def of(entries: Iterable[Entry], product: str) -> tuple[Entry, ...]:
    """The versions of one product, oldest first."""
    return tuple(entry for entry in entries if entry.product == product)


def is_version(text: str) -> bool:
    """Whether a text is a version: MAJOR.MINOR.PATCH, numbers without leading zeros."""
    return _VERSION.fullmatch(text) is not None


def next_free(taken: Sequence[str], version: str) -> str:
    """The first version after `version`, of the same major and minor number, that is not taken."""
    major, minor, patch = version.split(".")
    number = int(patch)
    while (found := f"{major}.{minor}.{number}") in taken:
        number += 1
    return found


def _wrong(node: Any, key: str, file: str) -> Iterator[Problem]:
    names = [field.name for field in fields(Entry)]
    if not isinstance(node, dict) or sorted(node) != sorted(names):
        what = f"is not an object of {', '.join(names)}"
        yield Problem(file=file, key=key, what=what, fix="write all of them, as texts, and nothing else")
        return
    for name in names:
        if not isinstance(node[name], str):
            yield Problem(file=file, key=f"{key}.{name}", what="is not a text", fix="put it in double quotes")
        elif name == "version" and not is_version(node[name]):
            what, fix = f"is {node[name]!r}, not a version", "write MAJOR.MINOR.PATCH, such as 1.0.0"
            yield Problem(file=file, key=f"{key}.{name}", what=what, fix=fix)
        elif name == "sha256" and not _SHA256.fullmatch(node[name]):
            what = "is not a SHA-256 in 64 lower-case hexadecimal digits"
            yield Problem(file=file, key=f"{key}.{name}", what=what, fix="let python build.py publish write the entry")


def _repeated(entries: Sequence[Entry], file: str) -> Iterator[Problem]:
    seen = set()
    for index, entry in enumerate(entries):
        name = (entry.product, entry.version)
        if name in seen:
            what = f"repeats version {entry.version} of {entry.product}"
            yield Problem(
                file=file, key=f"[{index}]", what=what, fix="keep the older entry; give the newer another version"
            )
        seen.add(name)
