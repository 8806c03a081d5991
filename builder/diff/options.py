"""The options that `diff` and `plan` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

FORMATS = ("text", "markdown", "json")


def consented(command: _Command) -> _Command:
    """The options by which a person agrees to a loss, or wants to be asked more often."""
    allow = click.option(
        "--allow-replace",
        "consent",
        metavar="ID",
        multiple=True,
        help="Agree that ID is replaced or removed; may be repeated.",
    )
    strict = click.option("--strict", is_flag=True, help="Block what may be replaced too.")
    return allow(strict(command))
