"""Where parameter files are found, and which are judged again. What the build says about them is in test_build.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import memory, parameter_files, params
from builder.problems import Failure, Problem
from tests.conftest import TOPIC, Project


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


class TestMemory:
    """Which files are judged again."""

    @pytest.fixture
    def judged(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """A stack with two files, and the names of those that are judged."""
        project.stack("one", 'template.add_parameter(Parameter("Size", Type="Number", Default=1))\n' + TOPIC)
        for environment, size in (("dev", 2), ("prod", 3)):
            project.params("one", environment, [f"Size={size}"])
        names: list[str] = []
        validate = params.validate

        def note(template: object, path: str | Path, **options: object) -> tuple[Problem, ...]:
            names.append(Path(path).stem)
            return validate(template, path, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(params, "validate", note)
        return names

    def built(self, project: Project, judged: list[str]) -> list[str]:
        """The files that a build judges."""
        judged.clear()
        project.run("build", "--no-lint")
        return list(judged)

    def test_a_file_found_right_is_not_judged_again(self, project: Project, judged: list[str]) -> None:
        assert self.built(project, judged) == ["dev", "prod"]
        assert self.built(project, judged) == []

    def test_a_changed_file_alone_is_judged_again(self, project: Project, judged: list[str]) -> None:
        self.built(project, judged)
        project.params("one", "dev", ["Size=4"])
        assert self.built(project, judged) == ["dev"]

    def test_all_are_for_a_changed_template_or_another_judge(
        self, project: Project, judged: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.built(project, judged)
        project.stack("one", 'template.add_parameter(Parameter("Size", Type="Number", Default=2))\n' + TOPIC)
        assert self.built(project, judged) == ["dev", "prod"]
        monkeypatch.setattr(memory, "code", lambda *names: "another")
        assert self.built(project, judged) == ["dev", "prod"]

    def test_what_is_wrong_is_told_every_time(self, project: Project, judged: list[str]) -> None:
        project.params("one", "dev", ["Size=many"])
        for _ in range(2):
            assert "params/one/dev.json: Size: 'many' is not a number" in project.run("build", "--no-lint").err

    def test_a_file_that_cannot_be_read_is_told(self, project: Project, judged: list[str]) -> None:
        (project.root / "params/one/dev.json").unlink()
        (project.root / "params/one/dev.json").mkdir()
        assert "params/one/dev.json" in project.run("build", "--no-lint").err

    def test_a_cache_that_cannot_be_written_costs_only_time(self, project: Project, judged: list[str]) -> None:
        project.write(".cache", "a file where the folder should be")
        for _ in range(2):
            assert self.built(project, judged) == ["dev", "prod"]
