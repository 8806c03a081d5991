"""Shell completion, and the examples that --help shows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from builder.cli import COMMANDS, PROGRAM, cli
from builder.completion import VARIABLE
from builder.examples import EXAMPLES, epilog
from tests.conftest import REPOSITORY, Project

SHELLS = ("bash", "zsh", "fish")


def completed(project: Project, *typed: str) -> list[str]:
    """What a shell would be offered for the last of the words typed."""
    from click.shell_completion import get_completion_class

    known = get_completion_class("bash")
    assert known is not None
    found = known(cli, {"obj": project.root}, "build.py", VARIABLE).get_completions(list(typed[:-1]), typed[-1])
    return [item.value for item in found]


@pytest.fixture
def stacks(project: Project) -> Project:
    project.stack("orders")
    project.stack("order-events")
    project.params("orders", "prod", [])
    project.params("orders", "test", [])
    project.params("order-events", "dev", [])
    return project


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["dep"], ["deploy"]),
        (["build", "order-"], ["order-events"]),
        (["deploy", "or"], ["order-events", "orders"]),
        (["deploy", "orders", "--env", ""], ["prod", "test"]),
        (["deploy", "--env", "p"], ["prod"]),
        (["render", "orders", "--format", "y"], ["yaml"]),
        (["docs", "or"], ["order-events", "orders", "or"]),
        (["build", "--no"], ["--no-lint"]),
    ],
)
def test_what_can_follow_is_offered(stacks: Project, typed: list[str], offered: list[str]) -> None:
    assert completed(stacks, *typed) == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_runs_this_project_from_anywhere(project: Project, shell: str) -> None:
    done = project.run("completion", shell)
    assert done.code == 0
    assert f"{VARIABLE}={shell}_complete" in done.out
    assert done.out.count(f"{sys.executable} {project.root}/build.py") == 2, "the command itself, and what completes it"
    assert "$+commands" not in done.out


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_that_the_shell_reads(project: Project, shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "completion"
    script.write_text(project.run("completion", shell).out)
    done = subprocess.run([program, "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_bash_completes_by_it() -> None:
    bash = shutil.which("bash")
    assert bash is not None
    script = f"""
    eval "$({sys.executable} {REPOSITORY}/build.py completion bash)"
    COMP_WORDS=(build.py deploy tap-) COMP_CWORD=2
    _buildpy_completion build.py
    echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run([bash, "-c", script], cwd="/", capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["tap-stack"], done.stderr


def test_every_command_has_an_example() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    assert epilog("unknown", PROGRAM) == ""


@pytest.mark.parametrize("example", [line for lines in EXAMPLES.values() for line in lines])
def test_an_example_is_what_its_command_understands(example: str) -> None:
    name, *arguments = example.split()
    context = click.Context(cli)
    command = cli.get_command(context, name)
    assert command is not None
    command.make_context(name, arguments, parent=context)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_it(project: Project, name: str) -> None:
    done = project.run(name, "--help")
    for example in EXAMPLES[name]:
        assert f"    {PROGRAM} {example}\n" in done.out
