"""The ledger, catalog/versions.json: every version of every product that was ever published. It only grows.

A list of objects: `product` (a stack), `version`, `sha256` of the template's bytes, `key` of the object in the bucket,
`<prefix>/<product>/<version>/<sha256>.json`, and `description`. The portfolio's template offers what stands here:
Service Catalog would delete a version that is dropped from it, and what was launched from it could not be updated.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from builder.problems import Failure, Problem

FILE = "catalog/versions.json"
# Service Catalog user guide, quotas: versions of one product.
MOST_VERSIONS = 100

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9A-Za-z_.-]+(/[0-9A-Za-z_.-]+)*")  # what stands in a URL as it is


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One published version of a product."""

    product: str
    version: str
    sha256: str
    key: str
    description: str


FIELDS = tuple(field.name for field in fields(Entry))


def key_of(prefix: str, product: str, version: str, sha256: str) -> str:
    """Where a version lies in its bucket: no two contents share a key."""
    return "/".join(part for part in (prefix.strip("/"), product, version, f"{sha256}.json") if part)


def read(root: Path) -> tuple[Entry, ...]:
    """The entries in their order; none when there is no ledger. Raises Failure with everything wrong with its form."""
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise Failure([Problem(file=FILE, what=f"cannot be read: {error}", fix="restore it from git")]) from error
    return parse(text)


def parse(text: str, file: str = FILE) -> tuple[Entry, ...]:
    """The entries in the text of a ledger. Raises Failure with everything wrong with its form."""
    if text.strip() == "[]":
        return ()
    from builder.evaluate.strict_json import parse_json  # the evaluator comes with it

    document = parse_json(text, file)
    if not isinstance(document, list):
        raise Failure([Problem(file=file, what="is not a list of versions", fix="restore it from git")])
    problems = [problem for index, node in enumerate(document) for problem in _malformed(node, file, f"[{index}]")]
    if not problems:
        entries = tuple(Entry(**node) for node in document)
        problems = list(_inconsistent(entries, file))
        if not problems:
            return entries
    raise Failure(problems)


def of(entries: Iterable[Entry], product: str) -> tuple[Entry, ...]:
    """The versions of one product, oldest first."""
    return tuple(entry for entry in entries if entry.product == product)


def is_version(text: str) -> bool:
    """Whether a text can be a version's name."""
    return _VERSION.fullmatch(text) is not None


def text(entries: Iterable[Entry]) -> str:
    """The ledger's JSON text: a version is one line in a review."""
    lines = [json.dumps(asdict(entry)) for entry in entries]
    return "[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n"


def problems(root: Path, stacks: Collection[str]) -> Iterator[Problem]:
    """What is wrong with a project's ledger; a product that is no stack any more is worth a warning."""
    try:
        entries = read(root)
    except Failure as failure:
        yield from failure.problems
        return
    for product in sorted({entry.product for entry in entries} - set(stacks)):
        what = f"has versions of {product!r}, which is no stack: the portfolio does not offer them"
        fix = "bring the stack back; the versions stay in any case"
        yield Problem(file=FILE, what=what, fix=fix, severity="warning")


def next_version(version: str, taken: Collection[str]) -> str:
    """The next free version after one: its last number counted on."""
    head, number = re.fullmatch(r"(.*?)(\d*)", version).groups()  # type: ignore[union-attr]
    if not number:
        head, number = f"{version}.", "0"
    count = int(number) + 1
    while f"{head}{count}" in taken:
        count += 1
    return f"{head}{count}"


def _malformed(node: Any, file: str, key: str) -> Iterator[Problem]:
    fix = f"give each entry {', '.join(FIELDS)}, all text"
    if not isinstance(node, Mapping) or set(node) != set(FIELDS):
        yield Problem(file=file, key=key, what="is no version", fix=fix)
        return
    for name, value in node.items():
        if not isinstance(value, str) or not value:
            yield Problem(file=file, key=f"{key}.{name}", what=f"is {value!r}", fix=fix)


def _inconsistent(entries: tuple[Entry, ...], file: str) -> Iterator[Problem]:
    for entry in entries:
        key = f"{entry.product} {entry.version}"
        if not _VERSION.fullmatch(entry.version):
            what, fix = (
                f"version {entry.version!r} is no version",
                "write letters, digits, dots, hyphens, such as 1.0.0",
            )
            yield Problem(file=file, key=key, what=what, fix=fix)
        if not _SHA256.fullmatch(entry.sha256):
            yield Problem(file=file, key=key, what="its sha256 is none", fix="write 64 hexadecimal digits")
        tail = key_of("", entry.product, entry.version, entry.sha256)
        if not (_KEY.fullmatch(entry.key) and f"/{entry.key}".endswith(f"/{tail}")):
            yield Problem(file=file, key=key, what=f"its key is {entry.key!r}", fix=f"write <prefix>/{tail}")
    counted = Counter((entry.product, entry.version) for entry in entries)
    for (product, version), times in counted.items():
        if times > 1:
            yield Problem(file=file, key=f"{product} {version}", what=f"is there {times} times", fix="keep the first")
    for product, number in Counter(entry.product for entry in entries).items():
        if number > MOST_VERSIONS:
            what = f"has {number} versions, Service Catalog holds {MOST_VERSIONS} of a product"
            yield Problem(file=file, key=product, what=what, fix="offer what follows as another product")
