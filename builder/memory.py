"""What was worked out is not worked out again, until something that it depends on changes.

Each clean verdict and each result is a file in .cache/, named by everything that it depends on: a cache that is lost or
damaged, or cannot be written, costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

_BUILDER = Path(__file__).parent
_Json = TypeVar("_Json")


def verdict(folder: Path, facts: object) -> Path:
    """The file that stands for a clean verdict which depends on `facts`, as JSON has them; whether it exists tells."""
    return folder / digest(facts)


def remember(path: Path, words: str) -> None:
    """Keeps a clean verdict; `words` say to people what it is about."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{words}\n", encoding="utf-8")


def recalled(folder: Path | None, facts: object, work_out: Callable[[], _Json]) -> _Json:
    """The outcome of `work_out`, which is JSON and depends on `facts` alone. Where there is no folder none is kept."""
    if folder is None:
        return work_out()
    path = folder / digest(facts)
    with suppress(OSError, ValueError):  # not there, or written by half
        known: _Json = json.loads(path.read_text(encoding="utf-8"))
        return known
    found = work_out()
    remember(path, json.dumps(found))
    return found


def digest(facts: object) -> str:
    """A short text that stands for facts, as JSON has them: what much depends on is worked through once."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def code(*names: str) -> str:
    """What stands for the builder's modules of these names, and for all code and data in its folders of these names.

    Without names it is all of the builder.
    """
    return digest([_contents(_BUILDER / name) for name in names or ("",)])


@cache
def _contents(path: Path) -> str:
    """What stands for a module, or for what is in a folder: several ask for the same."""
    return digest([each.read_text(encoding="utf-8") for each in _files(path)])


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.suffix in {".json", ".py"})
    return [path]
