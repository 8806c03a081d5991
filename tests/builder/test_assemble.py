"""Templates in memory: which are built, and how often."""

from __future__ import annotations

import pytest

from builder.assemble import Assembly, assemble
from tests.conftest import Project

# A stack that notes when it is made.
NOTED = """
from functools import cache
from pathlib import Path

from troposphere import Template
from troposphere.sns import Topic

REGIONS = ("us-east-1",)


@cache
def build() -> Template:
    with Path(__file__).with_name("made.txt").open("a") as notes:
        notes.write("{name} ")
    template = Template()
    template.add_resource(Topic("{name}"))
    return template
"""


def nesting(*urls: str) -> str:
    return "\n".join(f'template.add_resource(Stack("N{i}", TemplateURL="{url}"))' for i, url in enumerate(urls))


def told(assembly: Assembly) -> list[str]:
    return [str(problem) for problem in assembly.problems]


def test_what_is_nested_is_built_with_what_was_asked_for(project: Project) -> None:
    project.stack("parent", nesting("./child.json"))
    project.stack("child", nesting("./grandchild.json"))
    project.stack("grandchild")
    project.stack("other")
    assembly = assemble(project.root, ["parent"])
    assert assembly.wanted == ("parent",)
    assert list(assembly.built) == ["parent", "child", "grandchild"]
    assert assembly.known == ("child", "grandchild", "other", "parent")


@pytest.mark.parametrize("parent", ["a-parent", "z-parent"], ids=["nested-after", "nested-before"])
def test_a_stack_is_made_once_for_itself_and_for_whoever_nests_it(project: Project, parent: str) -> None:
    project.write("templates/stacks/__init__.py", "")
    project.stack(
        parent,
        """
        from templates.stacks import middle
        template.add_resource(Topic("Of" + next(iter(middle.build().resources))))
        """,
    )
    for name in ("First", "Edited"):
        project.write("templates/stacks/middle.py", NOTED.format(name=name))
        built = assemble(project.root).templates
        assert built["middle"]["Resources"].keys() == {name}
        assert built[parent]["Resources"].keys() == {f"Of{name}"}
    assert (project.root / "templates/stacks/made.txt").read_text().split() == ["First", "Edited"]


def test_only_the_stacks_asked_for_are_imported(project: Project) -> None:
    project.stack("good")
    project.write("templates/stacks/broken.py", "1 / 0")
    assert told(assemble(project.root, ["good"])) == []
    assert not assemble(project.root).complete


def test_every_stack_that_fails_is_told_at_once(project: Project) -> None:
    project.write("templates/stacks/a.py", "1 / 0")
    project.stack("b", "1 / 0")
    project.stack("c", 'template.add_output(Output("O" * 255, Value="x", Description="d" * 1025))')
    assert [problem.file for problem in assemble(project.root).problems] == [
        "templates/stacks/a.py",
        "templates/stacks/b.py",
        "dist/c.json",
    ]


def test_a_nested_stack_that_cannot_be_built_is_the_only_problem(project: Project) -> None:
    project.stack("parent", nesting("./child.json"))
    project.stack("child", "1 / 0")
    assert [problem.file for problem in assemble(project.root, ["parent"]).problems] == ["templates/stacks/child.py"]
