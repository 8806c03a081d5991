"""Where parameter files are found. What the build says about them is in test_build.py."""

from __future__ import annotations

import pytest

from builder import parameter_files
from builder.problems import Failure
from tests.conftest import Project


def test_a_stacks_files_come_by_name_and_nothing_else_counts(project: Project) -> None:
    for environment in ("prod", "dev", ".hidden"):
        project.params("one", environment, [])
    project.write("params/one/notes.md", "")
    assert [path.stem for path in parameter_files.files(project.root, "one")] == ["dev", "prod"]
    assert parameter_files.files(project.root, "two") == ()


def test_an_environment_is_found_by_name(project: Project) -> None:
    path = project.params("one", "dev", [])
    assert parameter_files.find(project.root, "one", "dev") == path


@pytest.mark.parametrize(
    ("environment", "fix"), [("stagin", "did you mean staging?"), ("live", "choose one of dev, staging")]
)
def test_an_unknown_environment_names_the_nearest_or_all(project: Project, environment: str, fix: str) -> None:
    project.params("one", "dev", [])
    project.params("one", "staging", [])
    with pytest.raises(Failure) as failure:
        parameter_files.find(project.root, "one", environment)
    assert str(failure.value) == f"params/one/: there is no environment {environment!r} of one; fix: {fix}"


def test_a_stack_without_files_says_so(project: Project) -> None:
    with pytest.raises(Failure, match="fix: choose one of none: write it first"):
        parameter_files.find(project.root, "one", "dev")
