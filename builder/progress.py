"""Shows a person how far something slow is: a moving bar on a terminal, lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

# Seconds after which a reader of lines is told that something still goes on.
_SILENCE = 60.0


class Board(Protocol):
    """Shows lines, and beneath them what goes on now."""

    def say(self, line: str, style: str = "") -> None:
        """Shows a line that stays; `style` is one of rich's, for a terminal."""

    def progress(self, done: int, total: int, doing: str) -> None:
        """Shows how far all is, and what goes on; the next call replaces it."""


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], None]]:
    """Yields a function to call with the name of each part when it is done. Writes to standard error."""
    if _is_terminal(sys.stderr):
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


@contextmanager
def board(what: str) -> Iterator[Board]:
    """A board for as long as the block lasts; what is said on it goes to standard output, and may come from threads."""
    if not _is_terminal(sys.stdout):
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(), transient=True) as bar:
        task = bar.add_task(what, total=None)

        class Drawn:
            def say(self, line: str, style: str = "") -> None:
                bar.console.print(Text(line, style=style), soft_wrap=True)

            def progress(self, done: int, total: int, doing: str) -> None:
                bar.update(task, completed=done, total=total or None, description=doing or what)

        yield Drawn()


class _Lines:
    """A board of lines alone: what goes on is told when nothing else was for a while."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def say(self, line: str, style: str = "") -> None:
        self._last = time.monotonic()
        print(line, flush=True)

    def progress(self, done: int, total: int, doing: str) -> None:
        if doing and time.monotonic() - self._last >= _SILENCE:
            self.say(f"{done} of {total}; {doing}")


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ
