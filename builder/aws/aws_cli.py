"""The AWS CLI: finds it, shows a command as a person would type it, and runs it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from builder.aws.account import Account
from builder.aws.errors import one_line
from builder.problems import Failure, Problem


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command ended; `error` is what it wrote to standard error, in one line."""

    code: int
    error: str


def run(
    account: Account,
    root: Path,
    arguments: Sequence[str],
    *,
    hidden: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = click.echo,
) -> Outcome:
    """Show a command of the AWS CLI, run it at the project's root, and pass on what it prints, line by line, to `tell`.

    `hidden` are arguments that are shown otherwise than they are given. Raises Failure if there is no AWS CLI.
    """
    program = _program()
    command = [*arguments, *account.cli_options]
    shown = [(hidden or {}).get(argument, argument) for argument in command]
    tell(f"$ {_as_typed(account, _name(program, root), shown)}")
    environment = {**os.environ, "AWS_PAGER": ""}
    if account.endpoint_url:
        environment["AWS_ENDPOINT_URL"] = account.endpoint_url
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            [program, *command], cwd=root, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip():
                    tell(line.rstrip())
        errors.seek(0)
        # Lines, and the states of a progress display.
        said = [line for line in errors.read().splitlines() if not line.startswith("Uploading to ")]
        return Outcome(code=process.returncode, error=one_line(" ".join(said)))


def advice(account: Account, *arguments: str) -> str:
    """A command for a person to run, in one line."""
    return shlex.join(["aws", *arguments, *account.cli_options])


def _as_typed(account: Account, program: str, arguments: Sequence[str]) -> str:
    """A command to copy into a shell: each option that begins with -- on a line of its own."""
    place = f"AWS_ENDPOINT_URL={shlex.quote(account.endpoint_url)} " if account.endpoint_url else ""
    lines = [f"{place}{program}"]
    for argument in arguments:
        if argument.startswith("--"):
            lines.append(argument)
        else:
            lines[-1] += f" {shlex.quote(argument)}"
    return " \\\n    ".join(lines)


def _program() -> str:
    """The AWS CLI beside this Python, which is of the version that the tests run, else the one on the PATH."""
    beside = Path(sys.executable).with_name("aws")
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("aws")
    if found is None:
        fix = "install it (docs.aws.amazon.com/cli), or run make .venv/.dev, which does"
        raise Failure([Problem(file="aws", what="the AWS CLI is not installed", fix=fix)])
    return found


def _name(program: str, root: Path) -> str:
    """The program as it is called from the project's root."""
    if program == shutil.which("aws"):
        return "aws"
    path = Path(program)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else program
