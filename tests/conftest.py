"""Shared by all tests: small projects to build, one simulator a process, and Hypothesis's settings."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

# Before anything imports awscli, which from then on gives its own copies to whoever asks for these two.
import botocore  # noqa: F401
import pytest
import s3transfer  # noqa: F401
from hypothesis import settings

import builder
from builder import cli
from tests.warm_aws_cli import warm_aws_cli

if TYPE_CHECKING:
    from simulator import Aws

REPOSITORY = Path(__file__).resolve().parent.parent

# boto3, moto and cfn-lint hold a million objects that live as long as the process: looking through them, as often as
# Python does by itself, took a third of the time.
gc.set_threshold(100_000, 50, 1000)

# How long an example takes depends on who else uses the machine.
settings.register_profile("repository", deadline=None)
settings.load_profile("repository")

LONGEST = "test_contributing.py"

# builder/ and templates/ are measured by the tests that mirror them. These run the same lines many times more, for
# other reasons: measuring them there would take as long as the tests.
UNMEASURED = (
    "builder/checks/test_robustness.py",
    "builder/diff/test_properties.py",
    "faults/",
    "simulator/",
    LONGEST,
)

TOPIC = 'template.add_resource(Topic("Alerts"))'
STACK = '''\
"""A stack for a test."""

from __future__ import annotations

from troposphere import {imports}
from troposphere.cloudformation import Stack
from troposphere.iam import Role
from troposphere.sns import Topic

REGIONS = {regions}


def build() -> Template:
    template = Template(Description="A stack for a test")
    {body}
    return template
'''


def pytest_sessionfinish() -> None:
    gc.freeze()  # what is left, a million objects, would be looked through twice, only to be dropped


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What a module says while it is imported counts for whoever imports it first, and that may be one of those tests.
    for module in pkgutil.walk_packages(builder.__path__, "builder."):
        importlib.import_module(module.name)
    for item in items:
        if item.path.relative_to(REPOSITORY / "tests").as_posix().startswith(UNMEASURED):
            item.add_marker("unmeasured")
    # What takes half a minute begins first: at the end the other workers would wait for it.
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Traces nothing of a test that is not measured.

    pytest-cov's own `no_cover` does not help in a worker: there it has started coverage twice, before and after it knew
    where it is, and what is paused makes way for the other.
    """
    if item.get_closest_marker("unmeasured") is None:
        return (yield)
    mine, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(mine)
        threading.settrace(of_threads)


@dataclass(frozen=True)
class Outcome:
    """What a command printed and returned."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """A project of its own in a temporary folder."""

    root: Path
    capture: pytest.CaptureFixture[str]

    def write(self, file: str, text: str) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def stack(self, name: str, body: str = TOPIC, *, regions: Sequence[str] = ("us-east-1",)) -> Path:
        """A stack module whose build() adds to `template` what `body` says."""
        body = dedent(body).strip().replace("\n", "\n    ")
        text = STACK.format(imports="Output, Parameter, Ref, Tags, Template", regions=tuple(regions), body=body)
        return self.write(f"templates/stacks/{name.replace('-', '_')}.py", text)

    def params(self, stack: str, environment: str, values: object) -> Path:
        return self.write(f"params/{stack}/{environment}.json", json.dumps(values))

    def run(self, *arguments: str) -> Outcome:
        """A command line, run in this process."""
        self.capture.readouterr()
        code = cli.main(self.root, arguments)
        return Outcome(int(code), *self.capture.readouterr())

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """A command line, run in a process of its own, which leads a process group."""
        self.write("build.py", (REPOSITORY / "build.py").read_text())
        return subprocess.Popen(
            [sys.executable, str(self.root / "build.py"), *arguments],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def dist(self) -> dict[str, bytes]:
        """What is in dist/, by file name."""
        return {path.name: path.read_bytes() for path in sorted((self.root / "dist").glob("*"))}

    def template(self, stack: str) -> Any:
        return json.loads((self.root / "dist" / f"{stack}.json").read_text())


@pytest.fixture
def project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project without stacks. Nothing that is loaded from it outlives the test."""
    monkeypatch.setattr(
        sys, "dont_write_bytecode", True
    )  # a module that is changed twice in a second must be read twice
    made = Project(tmp_path, capsys)
    made.write("templates/__init__.py", "")
    return made


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever `templates` package a test loads is replaced by the one before."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "templates"}
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "templates"]:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.fixture(scope="session")
def aws_cli() -> Iterator[Path]:
    """The program `aws`."""
    with warm_aws_cli() as program:
        yield program


@pytest.fixture(scope="session")
def simulated(aws_cli: Path) -> Iterator[Aws]:
    from simulator import running  # slow to import, and few tests need it

    with running() as aws:
        yield replace(aws, program=aws_cli)


@pytest.fixture
def aws(simulated: Aws) -> Aws:
    """A simulated AWS with nothing in it."""
    simulated.reset()
    return simulated
