"""What a pipe gets is plain, and NO_COLOR is respected on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

COMMANDS = (
    ["--help"],
    ["params"],
    ["build", "--check", "--no-lint"],
    ["render", "dist/tap-stack.json", "--env", "dev"],
    ["diff", "dist/rds-high-availability.json", "dist/rds-high-availability-disposable.json", "--env", "dev"],
    ["docs", "--check", "no-such-stack"],
)
COLOUR = re.compile(r"\x1b\[[0-9;]*[34][0-7]m|\x1b\[38;")


def environment(**extra: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "CI")}
    return {**kept, "TERM": "xterm-256color", **extra}


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_pipe_gets_plain_text(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "build.py", *arguments], cwd=REPOSITORY, env=environment(), capture_output=True, check=False
    )
    assert done.stdout + done.stderr
    assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_a_terminal_that_wants_no_colour_gets_none(arguments: list[str]) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "build.py", *arguments],
        cwd=REPOSITORY,
        env=environment(NO_COLOR="1"),
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # Linux tells so that the other end is closed
            break
        if not part:
            break
        shown += part
    process.wait()
    os.close(controller)
    assert shown
    assert not COLOUR.search(shown.decode(errors="replace"))
