"""The Makefile, with a Python that only writes down what it is asked to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PYTHON = """\
#!/bin/sh
here=$(dirname "$0")
case "$*" in
"-c import sys; sys.exit"*) exit {old} ;;
"-c import ensurepip"*) exit {bare} ;;
"-c import sys; print"*) echo python3.11-venv; exit ;;
"-c pass") exit ;;
-V) echo Python 3.9.2; exit ;;
esac
echo "$*" >> "{log}"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
case "$*" in *"${{FAILING:-nothing}}"*) exit 1 ;; esac
"""
INSTALL = "-m pip --disable-pip-version-check install --quiet --require-hashes --requirement"
TESTS = "-m pytest --numprocesses auto --dist worksteal --cov"
CHECKS = ["build.py build --check", "-m ruff check", "-m ruff format --check", "-m mypy"]


@dataclass(frozen=True)
class Machine:
    """A fresh clone on a machine with git, make and a Python."""

    root: Path

    def python(self, *, old: bool = False, bare: bool = False) -> Path:
        path = self.root.parent / "python"
        path.write_text(PYTHON.format(old=int(old), bare=int(bare), log=self.root / "calls"))
        path.chmod(0o755)
        return path

    def make(self, *arguments: str, failing: str = "") -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"]} | ({"FAILING": failing} if failing else {})
        return subprocess.run(
            ["make", *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def calls(self, *arguments: str, failing: str = "") -> list[str]:
        """What the Python is asked to do by a target that must succeed, or must fail if a call does."""
        log = self.root / "calls"
        log.write_text("")
        done = self.make(*arguments, f"PYTHON={self.root.parent / 'python'}", failing=failing)
        assert (done.returncode == 0) is not bool(failing), done.stderr
        return log.read_text().splitlines()

    def touch(self, file: str) -> None:
        """Changes a file: later than all that is there now, earlier than all that follows."""
        time.sleep(0.05)
        os.utime(self.root / file)
        time.sleep(0.05)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "clone")
    machine.root.mkdir()
    for file in (
        "Makefile",
        "README.md",
        "build.py",
        "pyproject.toml",
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-docs.txt",
    ):
        shutil.copy(REPOSITORY / "Makefile", machine.root / file)
    (machine.root / "templates").mkdir()
    (machine.root / "templates/database.py").touch()
    machine.python()
    return machine


def test_without_a_target_it_lists_every_target_and_does_nothing(machine: Machine) -> None:
    done = machine.make()
    targets = re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", machine.make("--print-data-base", "--dry-run", "help").stdout, re.MULTILINE)
    assert phony is not None
    assert [line.split()[1] for line in done.stdout.splitlines()] == phony[1].split() == targets
    assert not (machine.root / "calls").exists()


def test_build_alone_installs_what_is_pinned_and_builds(machine: Machine) -> None:
    assert machine.calls("build") == ["-m venv .venv", f"{INSTALL} requirements.txt", "build.py build"]


def test_test_alone_installs_everything_and_tests(machine: Machine) -> None:
    assert machine.calls("test") == ["-m venv .venv", f"{INSTALL} requirements-dev.txt", TESTS]


def test_nothing_is_installed_twice(machine: Machine) -> None:
    machine.calls("build")
    assert machine.calls("build") == ["build.py build"]
    assert machine.calls("test") == [f"{INSTALL} requirements-dev.txt", TESTS]
    assert machine.calls("build") == ["build.py build"]
    assert machine.calls("test") == [TESTS]


def test_a_changed_requirement_is_installed(machine: Machine) -> None:
    machine.calls("test")
    machine.touch("requirements.txt")
    assert machine.calls("build") == [f"{INSTALL} requirements.txt", "build.py build"]


def test_an_installation_that_failed_is_tried_again(machine: Machine) -> None:
    machine.calls("build", failing="requirements.txt")
    assert machine.calls("build") == [f"{INSTALL} requirements.txt", "build.py build"]


def test_a_venv_that_failed_is_tried_again(machine: Machine) -> None:
    assert machine.calls("build", failing="-m venv") == ["-m venv .venv"]
    assert machine.calls("build")[0] == "-m venv .venv"


def test_check_does_not_repeat_tests_that_passed_on_the_same_tree(machine: Machine) -> None:
    machine.calls("test")
    assert machine.calls("check") == CHECKS
    machine.touch("templates/database.py")
    assert machine.calls("check") == [*CHECKS, TESTS]
    assert machine.calls("check") == CHECKS


def test_check_repeats_tests_that_failed(machine: Machine) -> None:
    machine.calls("test", failing="pytest")
    assert machine.calls("check") == [*CHECKS, TESTS]


def test_test_always_tests(machine: Machine) -> None:
    machine.calls("test")
    assert machine.calls("test") == [TESTS]


@pytest.mark.parametrize("check", CHECKS)
def test_check_fails_with_each_of_its_checks(machine: Machine, check: str) -> None:
    machine.calls("test")
    assert machine.calls("check", failing=check)[-1] == check


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["lint"], "build.py lint"),
        (["diff", "BASE=origin/main"], "build.py diff --base origin/main"),
        (
            ["diff", "BASE=HEAD~1", "ENV=prod", "ALLOW=Database BackupBucket"],
            "build.py diff --base HEAD~1 --env prod --allow-replace Database --allow-replace BackupBucket",
        ),
        (["simulate", "STACK=tap-stack"], "-m simulator tap-stack dev"),
        (["simulate", "STACK=tap-stack", "ENV=prod"], "-m simulator tap-stack prod"),
        (["deploy", "STACK=tap-stack", "ENV=prod"], "build.py deploy tap-stack --env prod"),
        (["deploy", "STACK=a", "ENV=b", "BUCKET=c"], "build.py deploy a --env b --bucket c"),
        (["plan", "STACK=a", "ENV=b"], "build.py plan a --env b"),
        (
            ["plan", "STACK=a", "ENV=b", "BUCKET=c", "ALLOW=D E/F", "DRIFT=1", "KEEP=1"],
            "build.py plan a --env b --bucket c --allow-replace D --allow-replace E/F --drift --keep",
        ),
        (["watch", "STACK=a", "ENV=b"], "build.py watch a --env b"),
        (["destroy", "STACK=a", "ENV=b"], "build.py destroy a --env b"),
        (["recreate", "STACK=a", "ENV=b"], "build.py recreate a --env b"),
        (["recreate", "STACK=a", "ENV=b", "BUCKET=c", "DRY=1"], "build.py recreate a --env b --bucket c --dry-run"),
        (["outputs", "STACK=a", "ENV=b"], "build.py outputs a --env b"),
        (["package", "STACK=a", "BUCKET=c"], "build.py package a --bucket c"),
        (["bench"], "-m bench"),
        (["bench", "SUITE=growth"], "-m bench growth"),
    ],
)
def test_a_target_runs_its_command(machine: Machine, arguments: list[str], call: str) -> None:
    machine.calls("test")
    assert machine.calls(*arguments) == [call]


def test_docs_installs_the_icons_once(machine: Machine) -> None:
    machine.calls("test")
    assert machine.calls("docs") == [f"{INSTALL} requirements-docs.txt --no-deps", "build.py docs"]
    assert machine.calls("docs") == ["build.py docs"]


def test_the_cdk_is_installed_before_it_is_measured(machine: Machine) -> None:
    machine.calls("test")
    assert machine.calls("bench-cdk") == ["-m bench.synthesis", "-m bench build"]


@pytest.mark.parametrize(
    ("target", "given", "missing"),
    [
        ("diff", ["ENV=prod"], "BASE"),
        ("simulate", [], "STACK"),
        ("deploy", ["STACK=a"], "ENV"),
        ("plan", ["STACK=a"], "ENV"),
        ("watch", ["STACK=a"], "ENV"),
        ("destroy", ["ENV=a"], "STACK"),
        ("recreate", ["STACK=a"], "ENV"),
        ("outputs", ["STACK=a"], "ENV"),
        ("package", ["STACK=a"], "BUCKET"),
    ],
)
def test_what_a_target_needs_is_asked_for(machine: Machine, target: str, given: list[str], missing: str) -> None:
    machine.calls("test")
    done = machine.make(target, *given)
    assert done.returncode == 2
    assert f"make {target} needs {missing}=" in done.stderr


def test_clean_leaves_what_was_cloned(machine: Machine) -> None:
    cloned = sorted(path for path in machine.root.rglob("*"))
    machine.calls("test")
    (machine.root / "templates/__pycache__").mkdir()
    assert machine.calls("clean") == []
    assert sorted(path for path in machine.root.rglob("*") if path.name != "calls") == cloned


class TestUnfitPython:
    """Whoever has the wrong Python gets one line that says how to go on."""

    def told(self, machine: Machine, python: Path | str) -> str:
        done = machine.make("build", f"PYTHON={python}")
        assert done.returncode == 2
        line, from_make = done.stderr.splitlines()
        assert from_make.startswith("make: ***")
        assert not (machine.root / ".venv").exists()
        return line

    def test_one_that_is_not_there(self, machine: Machine) -> None:
        told = self.told(machine, "no-such-python")
        assert told.startswith(
            "make: no-such-python does not run; fix: install Python 3.11 or later (Debian: apt install"
        )

    def test_one_that_is_too_old(self, machine: Machine) -> None:
        told = self.told(machine, machine.python(old=True))
        assert told == "make: Python 3.9.2 is too old; fix: name a Python 3.11 or later: make PYTHON=/path/to/python3"

    def test_one_without_ensurepip(self, machine: Machine) -> None:
        told = self.told(machine, machine.python(bare=True))
        assert "has no ensurepip or venv; fix: install them (Debian: apt install python3.11-venv)" in told
