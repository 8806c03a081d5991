"""A report as markdown, fit for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builder.diff.model import ResourceChange, Verdict
from builder.diff.report import Compared, conclusion, facts, remarks, sections, sorted_changes, summary, values

_LOUD = (Verdict.REPLACE, Verdict.WILL_FAIL, Verdict.MAY_REPLACE, Verdict.REMOVE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~@])")
# GitHub refuses a comment of more than 65,536 characters.
LONGEST = 65_000


def text(reports: Iterable[Compared]) -> str:
    """Comparisons as one markdown text, cut where a comment would be too long."""
    whole = "\n".join(line for compared in reports for line in _lines(compared)).rstrip() + "\n"
    if len(whole) <= LONGEST:
        return whole
    kept = whole[:LONGEST].rpartition("\n")[0]
    kept += "\n</details>" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}\n\n*Cut here: the whole is longer than a comment may be.*\n"


def _lines(compared: Compared) -> Iterator[str]:
    yield f"### {_escaped(compared.heading)}"
    yield ""
    if compared.remark:
        yield _escaped(compared.remark)
        yield ""
        return
    yield f"**{summary(compared.diff)}**"
    yield ""
    sentences = conclusion(compared.judgement)
    yield from (f"> {_escaped(sentence)}\n>" for sentence in sentences)
    if sentences:
        yield ""
    changes = sorted_changes(compared.diff)
    loud = [change for change in changes if change.verdict in _LOUD]
    yield from _table(loud)
    quiet = [change for change in changes if change.verdict not in _LOUD]
    if quiet:
        yield f"<details><summary>{len(quiet)} added, updated or left behind</summary>"
        yield ""
        yield from _table(quiet)
        yield "</details>"
        yield ""
    for heading, notices in sections(compared.diff):
        yield f"**{heading}**"
        yield ""
        yield from (f"- {_code(notice.where)}: {_escaped(notice.what)}" for notice in notices)
        yield ""


def _table(changes: list[ResourceChange]) -> Iterator[str]:
    if not changes:
        return
    yield "| | Resource | What changes |"
    yield "| --- | --- | --- |"
    for change in changes:
        said = [
            f"{_code(each.path)}: {_code(values(each))}" + (f" ({_escaped(note)})" if (note := remarks(each)) else "")
            for each in change.properties
        ]
        said += [_escaped(fact) for fact in facts(change)]
        yield f"| **{change.verdict.value}** | {_code(change.logical_id)}<br>{change.type} | {'<br>'.join(said)} |"
    yield ""


def _escaped(text: str) -> str:
    """Text that is nothing but text, in one line: no markup, no mention, no link."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """Text as code, in a table's cell too."""
    text = " ".join(text.split()).replace("|", "\\|")
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"`{text}`"
