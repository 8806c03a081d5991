"""The runbooks: which heading tells what to do about a resource, and the index of all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from builder.docs.markdown import anchor, table

INDEX = "README.md"
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LOGICAL_ID = re.compile(r"\b[A-Z][A-Za-z0-9]+\b")
# The paragraph that says when a runbook is for, up to the end of its first sentence.
_PURPOSE = re.compile(r"^## When to use it\n\n(.+?\.)(?:\s|$)", re.MULTILINE | re.DOTALL)


def links(folder: Path, start: str) -> dict[str, str]:
    """Logical ID -> link, for each heading of a runbook that names one; `start` is the folder's path from the page."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        for heading in _HEADING.findall(path.read_text(encoding="utf-8")):
            for name in _LOGICAL_ID.findall(heading):
                found.setdefault(name, f"{start}/{path.name}#{anchor(heading)}")
    return found


def index(folder: Path) -> str:
    """A table of the runbooks in a folder, each with the first sentence of when it is for."""
    return table(["Runbook", "When"], _rows(folder))


def _rows(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if path.name != INDEX:
            title, purpose = _HEADING.search(text), _PURPOSE.search(text)
            yield f"[{title[1] if title else path.stem}]({path.name})", " ".join(purpose[1].split()) if purpose else ""
