"""The control matrix: every control against every template and environment, with the exceptions that are on purpose.

docs/controls.toml states the exceptions, and the controls that no template can meet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from builder.docs.controls import CONTROLS, Control
from builder.docs.markdown import code, table
from builder.docs.source import Source
from builder.problems import Failure, Problem

STATEMENTS = "docs/controls.toml"
TEST = "tests/builder/docs/test_controls.py"
_KEYS = {"exception": {"control", "templates", "reason"}, "elsewhere": {"control", "title", "by"}}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a template stands to a control. `unmet`: environment -> the resources that do not meet it."""

    applies: bool
    unmet: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Statements:
    """What is said about controls by hand: reasons by control and template, and rows of who else meets one."""

    reasons: Mapping[tuple[str, str], str]
    elsewhere: tuple[tuple[str, str, str, str], ...]  # control, CIS, title, by whom


def statements(root: Path) -> Statements:
    """The statements of a project; none where it has no such file. Raises Failure for a wrong one."""
    path = root / STATEMENTS
    if not path.is_file():
        return Statements(reasons={}, elsewhere=())
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure([Problem(file=STATEMENTS, what=f"is not TOML: {error}", fix="correct it")]) from error
    for kind, keys in _KEYS.items():
        for number, entry in enumerate(document.get(kind, []), start=1):
            if lacking := sorted(keys - set(entry)):
                fix = f"give each {kind}: {', '.join(sorted(keys))}"
                problem = Problem(file=STATEMENTS, key=f"{kind} {number}", what=f"has no {lacking[0]}", fix=fix)
                raise Failure([problem])
    reasons = {
        (entry["control"], name): entry["reason"]
        for entry in document.get("exception", [])
        for name in entry["templates"]
    }
    return Statements(reasons=reasons, elsewhere=tuple(map(_elsewhere, document.get("elsewhere", []))))


def verdict(control: Control, source: Source) -> Verdict:
    """How a template stands to a control, in every environment that ships."""
    answers = {name: tuple(control.question(reading)) for name, reading in source.readings.items()}
    unmet = {
        environment: tuple(name for name, meets in found if not meets)
        for environment, found in answers.items()
        if not all(meets for _, meets in found)
    }
    return Verdict(applies=any(answers.values()), unmet=unmet)


def problems(sources: Sequence[Source], said: Statements) -> Iterator[Problem]:
    """Controls that are not met and nobody says why, and exceptions that are none."""
    used = set()
    for control in CONTROLS:
        for source in sources:
            found = verdict(control, source)
            if found.unmet and (control.id, source.name) not in said.reasons:
                where = "; ".join(f"{name or 'defaults'}: {', '.join(ids)}" for name, ids in found.unmet.items())
                yield Problem(
                    file=source.file,
                    key=control.id,
                    what=f"{control.title}: not so ({where})",
                    fix=f"set {control.property}, or give the reason in {STATEMENTS}",
                )
            elif found.unmet:
                used.add((control.id, source.name))
    names = {source.name for source in sources}
    for control_id, name in said.reasons:
        if name in names and (control_id, name) not in used:
            what = f"is met by {name}, or does not apply to it"
            yield Problem(file=STATEMENTS, key=control_id, what=what, fix="remove the exception")


def sections(sources: Sequence[Source], said: Statements) -> dict[str, tuple[str, str]]:
    """The generated parts of the page."""
    answered = [source for source in sources if any(verdict(control, source).applies for control in CONTROLS)]
    parts = {
        "matrix": ("", _matrix(answered, said)),
        "exceptions": ("Not met, on purpose", _exceptions(answered, said)),
    }
    if said.elsewhere:
        rows = [[code(control), cis, title, by] for control, cis, title, by in said.elsewhere]
        parts["elsewhere"] = ("Not a template's to meet", table(["Control", "CIS 5.0", "What it asks", "Who"], rows))
    return {name: part for name, part in parts.items() if part[1]}


def _matrix(sources: Sequence[Source], said: Statements) -> str:
    rows = []
    for control in CONTROLS:
        found = [verdict(control, source) for source in sources]
        if any(each.applies for each in found):
            cells = [_cell(each, source) for each, source in zip(found, sources, strict=True)]
            test = f"`test_a_control_is_met[{control.id}]`"
            rows.append([code(control.id), control.cis, control.title, control.property, *cells, test])
    names = [f"[{source.name}](reference/{source.name}.md)" for source in sources]
    about = f"Each row is a question that [{TEST}](../{TEST}) asks of every template with every shipped environment."
    return f"{about}\n\n{table(['Control', 'CIS 5.0', 'What it asks', 'Met by', *names, 'Held by'], rows)}"


def _cell(found: Verdict, source: Source) -> str:
    if not found.applies:
        return ""
    if not found.unmet:
        return "yes"
    met = [name for name in source.readings if name not in found.unmet]
    return f"in {', '.join(met)}" if met else "**no**"


def _exceptions(sources: Sequence[Source], said: Statements) -> str:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        for control in CONTROLS:
            reason = said.reasons.get((control.id, source.name))
            if reason and verdict(control, source).unmet:
                by_reason.setdefault((control.id, reason), []).append(source.name)
    rows = [[code(control), ", ".join(map(code, names)), reason] for (control, reason), names in by_reason.items()]
    return table(["Control", "Templates", "Why"], rows) if rows else ""


def _elsewhere(entry: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return entry["control"], entry.get("cis", ""), entry["title"], entry["by"]
