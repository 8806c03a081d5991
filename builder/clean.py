"""What was worked out is not worked out again, until something that it depends on changes.

Clean verdicts and results are kept, each as a file in .cache/ that is named by everything it depends on: a cache that
is lost, or cannot be written, costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

_BUILDER = Path(__file__).parent


def verdict(folder: Path, facts: object) -> Path:
    """The file that stands for a clean verdict which depends on `facts`, as JSON has them; whether it exists tells."""
    return folder / digest(facts)


def digest(facts: object) -> str:
    """A short text that stands for facts, as JSON has them: what many verdicts share is worked through once."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def remember(path: Path, words: str) -> None:
    """Keeps a clean verdict, whose `words` say to people what it is about, or the text of a result."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{words}\n")


@cache
def code(*names: str) -> str:
    """The digest of the builder's modules of these names, and of all code and data in its folders of these names."""
    return digest([path.read_text(encoding="utf-8") for name in names for path in _files(_BUILDER / name)])


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.suffix in {".json", ".py"})
    return [path]
