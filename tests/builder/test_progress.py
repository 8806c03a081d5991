"""How far a slow step is."""

from __future__ import annotations

import sys

import pytest

from builder.progress import progress


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    with progress("Linting", 2) as tell:
        tell("one")
        tell("two")
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_a_pipe_gets_a_line_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == "Linting: one (1/2)\nLinting: two (2/2)\n"


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_so_does_a_terminal_that_nobody_watches(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv(name, value)
    assert shown(capsys) == "Linting: one (1/2)\nLinting: two (2/2)\n"


@pytest.mark.parametrize("colour", [True, False])
def test_a_terminal_gets_a_moving_bar_in_colour_unless_that_is_not_wanted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, colour: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    drawn = shown(capsys)
    assert "Linting: two" in drawn
    assert "2/2" in drawn
    assert ("\x1b[32m" in drawn) is colour
