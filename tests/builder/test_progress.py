"""How far a slow step is."""

from __future__ import annotations

import sys

import pytest

from builder import progress as module
from builder.progress import board, progress


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


class TestBoard:
    def test_a_pipe_gets_the_lines_and_of_what_goes_on_only_when_it_was_silent_for_long(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with board("orders") as shown:
            shown.say("one", "bold red")
            shown.progress(0, 2, "Database for 3 s")
            monkeypatch.setattr(module, "_SILENCE", 0.0)
            shown.progress(0, 2, "")
            shown.progress(1, 2, "Database for 60 s")
        out, err = capsys.readouterr()
        assert (out, err) == ("one\n1 of 2; Database for 60 s\n", "")

    @pytest.mark.parametrize("colour", [True, False])
    def test_a_terminal_gets_the_lines_above_a_moving_bar(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, colour: bool
    ) -> None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "100")
        for name in ("CI", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        if not colour:
            monkeypatch.setenv("NO_COLOR", "1")
        with board("orders") as shown:
            shown.say("[failed] Database", "bold red")
            shown.progress(1, 0, "")
            shown.progress(1, 2, "Database [15 min]")
        drawn = capsys.readouterr().out
        assert "[failed] Database" in drawn, "brackets are no markup"
        assert "1/2" in drawn
        assert "Database [15 min]" in drawn
        assert ("\x1b[1;31m" in drawn) is colour
