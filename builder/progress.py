"""Shows a person how far a slow step is: a moving bar on a terminal, one line per finished part elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Yields a function to call with the name of each part when it is done. Writes to standard error."""
    if _is_terminal():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        # rich leaves colours out by itself where NO_COLOR is set.
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda part: bar.update(task, advance=1, description=f"{what}: {part}")
    else:
        done = 0

        def tell(part: str) -> None:
            nonlocal done
            done += 1
            print(f"{what}: {part} ({done}/{total})", file=sys.stderr, flush=True)

        yield tell


def _is_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ
