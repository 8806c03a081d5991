"""Tables for people: drawn on a terminal, plain columns where the output is piped. rich itself respects NO_COLOR."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints rows under headings to standard output. On a terminal long cells are folded, never cut."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from rich.console import Console
        from rich.table import Table

        drawn = Table(*headings)
        for column in drawn.columns:
            column.overflow = "fold"
        for row in rows:
            drawn.add_row(*row)
        Console().print(drawn, markup=False)
        return
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for line in (headings, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
