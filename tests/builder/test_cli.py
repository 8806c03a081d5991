"""The command line."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from builder import cli
from builder.problems import ExitCode, Failure, Problem
from tests.conftest import REPOSITORY, Project

PARAMETER = 'template.add_parameter(Parameter("EnvironmentSuffix", Type="String"))'


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes `build` end with an error."""

    @click.command()
    def command() -> None:
        raise error

    monkeypatch.setattr(cli, "COMMANDS", {"build": f"{__name__}:command"})
    monkeypatch.setattr(sys.modules[__name__], "command", command, raising=False)


class TestCommands:
    @pytest.mark.parametrize("arguments", [[], ["--no-lint"]])
    def test_without_a_command_it_builds(self, project: Project, arguments: list[str]) -> None:
        assert project.run(*arguments, *([] if arguments else ["--no-lint"])).code == 0
        assert project.dist().keys() == {"manifest.json"}

    @pytest.mark.parametrize("option", ["-h", "--help"])
    def test_help_lists_every_command_with_what_it_does(self, project: Project, option: str) -> None:
        outcome = project.run(option)
        assert outcome.code == 0
        for name in cli.COMMANDS:
            (line,) = (line for line in outcome.out.splitlines() if line.startswith(f"  {name} "))
            assert len(line.split()) > 3
        assert "..." not in outcome.out.partition("Commands:")[2]  # each says its sentence to the end
        assert project.dist() == {}

    def test_an_unknown_command_is_a_usage_error_that_names_the_nearest(self, project: Project) -> None:
        outcome = project.run("biuld")
        assert outcome.code == ExitCode.USAGE
        assert "No such command 'biuld'" in outcome.err
        assert "'build'" in outcome.err

    @pytest.mark.parametrize("arguments", [["build", "--chek"], ["params", "--no-lint"]])
    def test_an_unknown_option_is_a_usage_error(self, project: Project, arguments: list[str]) -> None:
        assert project.run(*arguments).code == ExitCode.USAGE

    @pytest.mark.parametrize("command", ["build", "lint", "params"])
    def test_an_unknown_stack_is_a_mistake_that_names_the_nearest(self, project: Project, command: str) -> None:
        project.stack("tap-stack")
        outcome = project.run(command, "tap-stak")
        assert (outcome.code, outcome.out) == (1, "")
        assert "there is no stack 'tap-stak'; fix: did you mean tap-stack?" in outcome.err

    def test_a_command_is_imported_only_when_it_is_called(self) -> None:
        code = "import sys, builder.cli; print('builder.commands' in sys.modules, 'troposphere' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
        assert done.stdout == "False False\n"


class TestParams:
    def test_valid_files_are_counted_and_nothing_is_written(self, project: Project) -> None:
        project.stack("one", PARAMETER)
        project.params("one", "dev", ["EnvironmentSuffix=dev"])
        project.params("one", "prod", ["EnvironmentSuffix=prod"])
        outcome = project.run("params")
        assert (outcome.code, outcome.out, outcome.err) == (0, "2 parameter files valid.\n", "")
        assert project.dist() == {}

    def test_everything_wrong_with_the_files_is_told(self, project: Project) -> None:
        project.stack("one", PARAMETER)
        project.params("one", "dev", ["EnvironmentSufix=dev"])
        project.write("params/one/prod.json", "{")
        outcome = project.run("params", "one")
        assert outcome.code == 1
        assert "error: params/one/dev.json: EnvironmentSufix: " in outcome.err
        assert "error: params/one/prod.json: " in outcome.err
        assert str(project.root) not in outcome.err

    def test_a_stack_that_cannot_be_built_is_not_blamed_on_its_files(self, project: Project) -> None:
        project.stack("one", "1 / 0")
        project.params("one", "dev", ["EnvironmentSuffix=dev"])
        outcome = project.run("params")
        assert outcome.code == 1
        assert "params/one" not in outcome.err


class TestEnding:
    def test_a_failure_prints_its_problems_and_returns_its_code(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        problems = [
            Problem(file="b", what="is odd", fix="even it", severity="warning"),
            Problem(file="a", key="K", what="is wrong", fix="right it"),
        ]
        raising(monkeypatch, Failure(problems, ExitCode.AWS_REFUSED))
        outcome = project.run("build")
        assert outcome.code == 5
        assert outcome.err == (
            "error: a: K: is wrong; fix: right it\nwarning: b: is odd; fix: even it\n1 error, 1 warning\n"
        )

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
    def test_an_interrupt_ends_without_a_traceback(
        self, project: Project, monkeypatch: pytest.MonkeyPatch, error: BaseException
    ) -> None:
        raising(monkeypatch, error)
        outcome = project.run("build")
        assert outcome.code == 130
        assert outcome.err.strip() == "Interrupted."

    def test_a_reader_that_left_is_written_to_no_more(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        raising(monkeypatch, BrokenPipeError())
        replaced: list[int] = []
        monkeypatch.setattr(sys.stdout, "fileno", lambda: 1000)
        monkeypatch.setattr(os, "dup2", lambda _, over: replaced.append(over))
        outcome = project.run("build")
        assert (outcome.code, outcome.err, replaced) == (1, "", [1000])

    def test_a_reader_that_leaves_early_sees_no_traceback(self, project: Project) -> None:
        process = project.start("--help")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait() == 1
        assert process.stderr is not None
        assert process.stderr.read() == ""

    def test_nothing_to_say_is_nothing_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        cli.show([])
        assert capsys.readouterr() == ("", "")

    def test_a_command_may_return_its_code(self, project: Project) -> None:
        @click.command()
        def command() -> int:
            return ExitCode.VERSION_CONFLICT

        assert cli.run(command, [], name="command", root=project.root) == 4

    @pytest.mark.parametrize(("number", "text"), [(0, "0 errors"), (1, "1 error"), (2000, "2,000 errors")])
    def test_numbers_agree_with_their_nouns(self, number: int, text: str) -> None:
        assert cli.counted(number, "error") == text
