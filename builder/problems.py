"""What is told to a person when something is wrong: always where, what, and how to put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class ExitCode(IntEnum):
    """What the process returns, the same for every command."""

    OK = 0
    CHECK_FAILED = 1
    USAGE = 2
    STATEFUL_CHANGE_BLOCKED = 3
    VERSION_CONFLICT = 4
    AWS_REFUSED = 5


@dataclass(frozen=True, order=True, kw_only=True)
class Problem:
    """One thing that is wrong in one place of one file.

    `file` is as the user named it, `key` is a parameter, a logical ID or a path such as
    `Resources.Database.Properties.Port`; empty where the whole file is meant.
    """

    file: str
    key: str = ""
    what: str
    fix: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {self.what}; fix: {self.fix}"


class Failure(Exception):
    """Ends a command: every problem found, and the exit code. Never shown as a traceback."""

    def __init__(self, problems: Iterable[Problem], exit_code: ExitCode = ExitCode.CHECK_FAILED) -> None:
        self.problems = tuple(problems)
        self.exit_code = exit_code
        super().__init__("\n".join(map(str, self.problems)))


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """What was probably meant by a word that is not known; "" where nothing is as like it as `cutoff`, of 1."""
    from difflib import get_close_matches  # seldom needed

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")
