"""A report as text: plain where it is piped, in colours on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

from builder.diff.model import Verdict
from builder.diff.report import (
    Compared,
    conclusion,
    facts,
    remarks,
    sections,
    sorted_changes,
    summary,
    value,
    values,
)

_STYLES = {
    Verdict.ADD: "green",
    Verdict.UPDATE: "cyan",
    Verdict.ORPHAN: "yellow",
    Verdict.REMOVE: "red",
    Verdict.MAY_REPLACE: "yellow",
    Verdict.REPLACE: "bold red",
    Verdict.WILL_FAIL: "bold magenta",
}
_WIDTH = max(len(verdict.value) for verdict in Verdict)

# Style and text of each line; an empty style is none.
Line = tuple[str, str]


def lines(compared: Compared) -> Iterator[Line]:
    """The lines of one comparison."""
    yield "bold", compared.heading
    if compared.remark:
        yield "", f"  {compared.remark}"
        return
    for change in sorted_changes(compared.diff):
        yield _STYLES[change.verdict], f"  {change.verdict.value:<{_WIDTH}}  {change.logical_id}  {change.type}"
        for each in change.properties:
            said = remarks(each)
            yield "", f"      {each.path}: {values(each)}" + (f"  [{said}]" if said else "")
        yield from (("dim", f"      {fact}") for fact in facts(change))
    for heading, notices in sections(compared.diff):
        yield "bold", f"  {heading}:"
        yield from (("", f"      {notice.where}: {value_line(notice.what)}") for notice in notices)
    yield "bold", f"  {summary(compared.diff)}"
    yield from (("bold red", f"  {sentence}") for sentence in conclusion(compared.judgement))


def value_line(text: str) -> str:
    """A text in one line, whatever it holds: what templates say must not look like the report."""
    return value(text) if "\n" in text or not text.isprintable() else text


def write(reports: Iterable[Compared]) -> None:
    """Prints comparisons to standard output."""
    said = [line for compared in reports for line in (*lines(compared), ("", ""))][:-1]
    if not _is_terminal():
        print("\n".join(text for _, text in said))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for style, text in said:
        console.print(Text(text, style=style), soft_wrap=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
