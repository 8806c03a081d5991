"""CONTRIBUTING.md says how to add a stack: its steps are followed to the letter, in a copy of this project.

What they lead to ships: docs/ is as `make docs` would write it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from textwrap import dedent

from builder import cli
from tests.conftest import REPOSITORY

STEPS = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = (
    "builder", "catalog", "dist", "docs", "params", "simulator", "templates", "tests",
    "Makefile", "build.py", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "requirements-docs.txt",
)  # fmt: skip
# Pictures need Graphviz and the icons of a package that only `make docs` installs; pages do not.
CAN_DRAW = shutil.which("dot") is not None and find_spec("diagrams") is not None
SKIPPED = shutil.ignore_patterns("__pycache__", "node_modules")


def files() -> dict[str, str]:
    """The files that the steps say to write."""
    blocks = re.findall(r"^( *)<!-- file: (\S+) -->\n\n\1```\w+\n(.*?)^\1```$", STEPS, re.MULTILINE | re.DOTALL)
    return {name: dedent(text) for _, name, text in blocks}


def commands() -> list[list[str]]:
    """The commands that they say to type."""
    return [line.split() for line in re.findall(r"^ *\$ (.+)$", STEPS, re.MULTILINE)]


def stale() -> str:
    """What `docs --check` has to say of this project. It is slow, and keeps what it finds out for the copy."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        code = cli.main(REPOSITORY, ["docs", "--check"])
    return said.getvalue() if code else ""


def copy(root: Path) -> Path:
    """A copy of this project with the files of the steps. What is known already need not be found again."""
    root.mkdir()
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=SKIPPED)
        else:
            shutil.copy2(source, root / name)
    for name in ("capabilities", "checks", "docs", "lint", "params", "permissions", "refusals"):
        if (REPOSITORY / ".cache" / name).is_dir():
            shutil.copytree(REPOSITORY / ".cache" / name, root / ".cache" / name)
    for name, text in files().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def make(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs make with the Python of the tests, taking what is installed there as enough."""
    environment = Path(sys.executable).parent.parent
    old = [f"--old-file={environment}/{stamp}" for stamp in (".python", ".build", ".dev", ".docs")]
    return subprocess.run(
        ["make", *old, *arguments, f"VENV={environment}"],
        cwd=root,
        env={key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "COV", "PYTEST"))},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_steps_write_a_module_and_a_parameter_file() -> None:
    assert [Path(name).parts[0] for name in files()] == ["templates", "params"]
    assert [" ".join(command[:2]) for command in commands()] == ["make build", "make docs", "make simulate"]


def test_the_reference_is_fresh_and_whoever_follows_the_steps_has_one_more_stack_in_it(tmp_path: Path) -> None:
    """One test, as two processes would find out the same for a minute: what the copy needs, the project keeps."""
    assert not stale()
    root = copy(tmp_path / "project")
    (stack,) = (Path(name).stem.replace("_", "-") for name in files() if name.endswith(".py"))
    for command in commands():
        if command[1] == "docs" and not CAN_DRAW:
            done = subprocess.run(
                [sys.executable, "build.py", "docs", "--no-pictures"],
                cwd=root,
                capture_output=True,
                text=True,
                check=False,
            )
        else:
            done = make(root, *command[1:])
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        if command[1] == "build":
            assert re.search(rf"^added +dist/{stack}.json", done.stdout, re.MULTILINE)
    assert (root / f"docs/reference/{stack}.md").is_file()
    assert "CREATE_COMPLETE" in done.stdout or "NotificationTopicArn" in done.stdout
