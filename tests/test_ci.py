"""What CI runs, with a make that only writes down what it is asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

MAKE = """\
#!/bin/sh
for argument in "$@"; do printf '%s|' "$argument"; done >> "{log}"
echo >> "{log}"
case "$*" in *"${{FAILING:-nothing}}"*) exit 1 ;; esac
"""


@dataclass(frozen=True)
class Clone:
    """A repository of its own with what CI runs in it."""

    root: Path
    bin: Path

    def git(self, *arguments: str) -> str:
        who = {f"GIT_{role}_{what}": "a@b.c" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | who
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def run(self, failing: str = "nothing") -> list[str]:
        """What make is asked to do."""
        log = self.bin / "log"
        log.unlink(missing_ok=True)
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}", "FAILING": failing}
        done = subprocess.run([self.root / ".ci/run"], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is (failing == "nothing"), done.stderr
        return log.read_text().splitlines()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "clone", tmp_path / "bin")
    made.bin.mkdir()
    make = made.bin / "make"
    make.write_text(MAKE.format(log=made.bin / "log"))
    make.chmod(0o755)
    shutil.copytree(REPOSITORY / ".ci", made.root / ".ci")
    made.git("init", "--quiet", "--initial-branch", "main")
    made.git("add", "--all")
    made.commit("First")
    return made


def test_the_first_commit_and_a_shallow_clone_have_nothing_to_be_compared_with(clone: Clone, tmp_path: Path) -> None:
    everything = ["build|", "test-postgres|", "test|", "check|"]
    assert clone.run() == everything
    clone.commit("Second")
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", f"file://{clone.root}", tmp_path / "shallow"], check=True
    )
    assert Clone(tmp_path / "shallow", clone.bin).run() == everything


def test_the_stacks_are_compared_with_those_of_the_commit_before(clone: Clone) -> None:
    clone.commit("Second")
    assert clone.run() == ["build|", "diff|BASE=HEAD~1|ALLOW=|", "test-postgres|", "test|", "check|"]


def test_what_nobody_agreed_to_ends_it(clone: Clone) -> None:
    clone.commit("Second")
    assert clone.run(failing="diff") == ["build|", "diff|BASE=HEAD~1|ALLOW=|"]


def test_commits_agree_by_their_trailers_those_of_a_merged_branch_too(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create", "branch")
    clone.commit("Replace the queue\n\nNobody needs what is in it.\n\nAllow-Replace: Queue\nAllow-Replace: Inner/Table")
    clone.commit("Mention Allow-Replace: Database in passing\n\nAllow-Replace: is what the trailer is called.\n\nThat.")
    clone.git("switch", "--quiet", "main")
    clone.commit("Meanwhile")
    clone.git("merge", "--quiet", "--no-ff", "--message", "Merge\n\nAllow-Replace: Bucket", "branch")
    assert sorted(clone.run()[1].split("ALLOW=")[1].strip("|").split()) == ["Bucket", "Inner/Table", "Queue"]


def test_a_trailer_cannot_tell_make_to_do_anything(clone: Clone) -> None:
    clone.commit('Second\n\nAllow-Replace: A"; $(shell touch /tmp/owned) `id` --strict')
    assert clone.run()[1] == "diff|BASE=HEAD~1|ALLOW=A shell touch /tmp/owned id strict|"
