"""The pages of docs/runbooks/, read: headings, links and commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent

from builder.docs.markdown import anchor
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs/runbooks"
INDEX = "README.md"

_BLOCK = re.compile(r"^( *)(?:\d+\. )?```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^ *(?:\d+\. )?```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CAPTURE = re.compile(r"([A-Z][A-Z0-9_]*)=\$\((.+)\)")
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(\S*)")
VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)\}?")


@dataclass(frozen=True)
class Line:
    """One command of a runbook: its text, variables still in it, and the variable that it sets, if any.

    A line that only gives a variable a value has no command but that value.
    """

    page: str
    number: int
    text: str
    sets: str = ""
    is_value: bool = False

    def __str__(self) -> str:
        return f"{self.page}:{self.number}: {self.text}"


@dataclass(frozen=True)
class Page:
    """A runbook."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCED.sub("", self.text)

    def headings(self, level: int = 0) -> list[str]:
        """The headings of a level, or all."""
        marks = "#" * level if level else "#+"
        return re.findall(rf"^{marks} (.+)$", self.prose, re.MULTILINE)

    def entry(self, heading: str) -> str:
        """What stands under a heading, up to the next one."""
        found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", self.prose, re.MULTILINE | re.DOTALL)
        assert found is not None, f"{self.name} has no heading {heading}"
        return found[1]

    def anchors(self) -> set[str]:
        return {anchor(heading) for heading in self.headings()}

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def lines(self) -> Iterator[Line]:
        """The commands in its blocks of shell, continued lines joined."""
        for block in _BLOCK.finditer(self.text):
            number = self.text.count("\n", 0, block.start(2)) + 1
            for line, text in _joined(dedent(block[2])):
                yield self._line(number + line, text)

    def _line(self, number: int, text: str) -> Line:
        if capture := _CAPTURE.fullmatch(text):
            return Line(self.name, number, capture[2], sets=capture[1])
        if value := _ASSIGNMENT.fullmatch(text):
            return Line(self.name, number, value[2], sets=value[1], is_value=True)
        return Line(self.name, number, text)


def _joined(block: str) -> Iterator[tuple[int, str]]:
    """Commands with the number of the line that each begins in, from 0."""
    begun, parts = 0, list[str]()
    for number, text in enumerate(block.splitlines()):
        begun = begun if parts else number
        parts.append(text.strip().removesuffix("\\").strip())
        if not text.rstrip().endswith("\\"):
            if whole := " ".join(parts).strip():
                yield begun, whole
            parts = []


def pages() -> list[Page]:
    """Every runbook, the index among them."""
    return [Page(path) for path in sorted(FOLDER.glob("*.md"))]


def page(name: str) -> Page:
    return Page(FOLDER / name)
