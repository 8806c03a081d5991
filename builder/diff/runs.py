"""One run of the command: compares, shows, and ends with the exit code that the outcome has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from builder.diff.guard import affected, check_consent, judge
from builder.diff.parameters import Chosen, compared_sides
from builder.diff.report import Compared
from builder.diff.result import diff
from builder.diff.sources import read
from builder.problems import ExitCode, Failure

__all__ = ["Chosen", "Options", "compare_two", "end", "show"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What holds for every comparison of a run."""

    region: str
    consent: Collection[str] = ()
    strict: bool = False


def compare_two(root: Path, old: str, new: str, chosen: Chosen, options: Options) -> Compared:
    """Compares two templates that are named as on the command line. Raises Failure."""
    before, after = read(old, root), read(new, root)
    was, will, parameters = compared_sides(root, before, after, chosen, options.region)
    found = diff(was, will, parameters)
    check_consent(options.consent, affected(found))
    return Compared(
        title=f"{before.label} -> {after.label}",
        environments=() if chosen.environment is None else (chosen.environment,),
        diff=found,
        judgement=judge(found, options.consent, strict=options.strict),
    )


def show(found: Sequence[Compared], form: str) -> None:
    """Prints comparisons: text, markdown or json."""
    if form == "text":
        from builder.diff.text import write

        write(found)
    else:
        from builder.diff import as_json, markdown

        click.echo(as_json.text(found) if form == "json" else markdown.text(found), nl=False)


def end(found: Sequence[Compared]) -> None:
    """Raises Failure when something is blocked or will fail, which the report has told already."""
    codes = [compared.judgement.exit_code for compared in found]
    if ExitCode.STATEFUL_CHANGE_BLOCKED in codes:
        raise Failure([], ExitCode.STATEFUL_CHANGE_BLOCKED)
    if any(codes):
        raise Failure([], ExitCode.CHECK_FAILED)
