"""Markdown, written so that a table stays a table whatever its cells hold, and generated parts of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from builder.problems import Failure, Problem

_BEGIN = re.compile(r"^<!-- generated: ([a-z-]+) -->$")
_END = "<!-- end -->"
_NOTICE = "<!-- What stands between the marks is written by python build.py docs; what is around them is yours. -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; `|` and line ends in cells are escaped."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(value: object) -> str:
    """A value as code, whatever characters it has; empty for an empty one."""
    text = str(value)
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}" if text else ""


def prose(value: object) -> str:
    """A text in which nothing is markup."""
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", str(value))


def image(about: str, path: str) -> str:
    """A picture as PNG that leads to the same as SVG; `path` is both files' without the suffix."""
    file = quote(path)
    return f"[![{prose(about)}]({file}.png)]({file}.svg)"


def anchor(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page(title: str, sections: Mapping[str, tuple[str, str]]) -> str:
    """A new page: name -> heading ("" for none) and generated text."""
    parts = [f"# {title}", _NOTICE]
    for name, (heading, text) in sections.items():
        parts += [*([f"## {heading}"] if heading else []), _part(name, text)]
    return "\n\n".join(parts) + "\n"


def renewed(old: str, sections: Mapping[str, tuple[str, str]], file: str) -> str:
    """A page with its generated parts renewed, and everything else kept; a part that it lacks is added at the end.

    Raises Failure for marks that do not pair, that are there twice, or that nothing is generated for.
    """
    kept: list[str] = []
    seen: dict[str, int] = {}
    inside: tuple[str, int] | None = None
    for number, line in enumerate(old.splitlines(), start=1):
        begins = _BEGIN.match(line)
        if begins and inside:
            raise _wrong(file, number, f"{inside[0]} of line {inside[1]} has no {_END}", f"end it with {_END}")
        if begins:
            name = begins[1]
            if name in seen:
                raise _wrong(file, number, f"{name} is there a second time", "remove one of the two")
            if name not in sections:
                raise _wrong(file, number, f"there is no part {name!r}", f"choose of: {', '.join(sections)}")
            seen[name] = number
            inside = (name, number)
            kept.append(_part(name, sections[name][1]))
        elif line == _END and not inside:
            raise _wrong(file, number, f"{_END} ends nothing", "remove it")
        elif line == _END:
            inside = None
        elif not inside:
            kept.append(line)
    if inside:
        raise _wrong(file, inside[1], f"{inside[0]} has no {_END}", f"end it with {_END}")
    missing = [
        part
        for name, (heading, text) in sections.items()
        if name not in seen
        for part in (*([f"## {heading}"] if heading else []), _part(name, text))
    ]
    text = "\n".join(kept).rstrip("\n")
    return "\n\n".join([text, *missing]) + "\n"


def _part(name: str, text: str) -> str:
    return f"<!-- generated: {name} -->\n\n{text.strip()}\n\n{_END}"


def _wrong(file: str, line: int, what: str, fix: str) -> Failure:
    return Failure([Problem(file=file, key=f"line {line}", what=what, fix=fix)])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(re.sub(r"\s*\n\s*", " ", cell).replace("|", "\\|") for cell in cells) + " |"
