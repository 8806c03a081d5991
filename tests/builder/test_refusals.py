"""What CloudFormation would refuse: told of templates in memory, once for as long as they stay as they are."""

from __future__ import annotations

import pytest

from builder import limits, memory, refusals, schemas
from builder.assemble import Assembly, assemble
from tests.conftest import Project

RESTORE_TEST = """
from troposphere.backup import RestoreTestingPlan, RestoreTestingRecoveryPointSelection
template.add_resource(
    RestoreTestingPlan(
        "Weekly",
        RestoreTestingPlanName="weekly",
        ScheduleExpression="cron(0 5 ? * SUN *)",
        RecoveryPointSelection=RestoreTestingRecoveryPointSelection(
            Algorithm="LATEST_WITHIN_WINDOW", IncludeVaults=["*"], RecoveryPointTypes=["SNAPSHOT"]
        ),
    )
)
"""


def nesting(*urls: str) -> str:
    return "\n".join(f'template.add_resource(Stack("N{i}", TemplateURL="{url}"))' for i, url in enumerate(urls))


def told(assembly: Assembly) -> list[str]:
    return [str(problem) for problem in assembly.problems]


def test_a_type_that_a_declared_region_lacks_is_an_error(project: Project) -> None:
    project.stack("one", RESTORE_TEST, regions=("us-east-1", "us-gov-west-1"))
    assert told(assemble(project.root)) == [
        "templates/stacks/one.py: Resources.Weekly: AWS::Backup::RestoreTestingPlan does not exist in us-gov-west-1; "
        "fix: take the Region out of REGIONS, or the resource into a stack of its own"
    ]


def test_a_region_that_does_not_exist_is_told_once(project: Project) -> None:
    project.stack("one", regions=("us-east-1", "eu-wets-1", "mars"))
    assert told(assemble(project.root)) == [
        "templates/stacks/one.py: REGIONS: there is no Region 'eu-wets-1'; fix: did you mean eu-west-1?",
        "templates/stacks/one.py: REGIONS: there is no Region 'mars'; fix: name a Region, such as eu-west-1",
    ]


def test_types_of_others_than_aws_are_left_to_their_owners(project: Project) -> None:
    project.stack(
        "one",
        """
        from troposphere import AWSObject
        class Custom(AWSObject):
            resource_type = "Acme::Thing::MODULE"
            props = {}
        template.add_resource(Custom("Thing"))
        """,
    )
    assert told(assemble(project.root)) == []


def test_a_nested_template_that_no_stack_writes_is_an_error(project: Project) -> None:
    project.stack("parent", nesting("./chld.json", "sub/child.json", "https://bucket.s3.amazonaws.com/other.json"))
    project.stack("child")
    first, second = told(assemble(project.root))
    assert first == (
        "dist/parent.json: Resources.N0.Properties.TemplateURL: there is no stack 'chld'; fix: did you mean child?"
    )
    assert "there is no stack 'sub/child.json'" in second


def test_stacks_that_nest_each_other_are_an_error(project: Project) -> None:
    project.stack("a", nesting("./b.json"))
    project.stack("b", nesting("./a.json"))
    project.stack("c", nesting("./a.json"))
    assert [problem.file for problem in assemble(project.root).problems] == ["dist/a.json", "dist/b.json"]
    assert "a nests this stack again; fix: break the circle" in told(assemble(project.root))[1]


def test_a_nested_stack_must_support_the_parents_regions(project: Project) -> None:
    project.stack("parent", nesting("./child.json"), regions=("us-east-1", "eu-west-1"))
    project.stack("child", regions=("us-east-1", "us-west-2"))
    assert told(assemble(project.root)) == [
        "templates/stacks/parent.py: REGIONS: names eu-west-1, which the nested child does not support; "
        "fix: take it out, or add it to REGIONS of templates/stacks/child.py, or nest it elsewhere only"
    ]


def test_a_region_in_which_a_condition_leaves_the_nested_stack_out_is_not_asked_of_it(project: Project) -> None:
    body = """
        from troposphere import Equals, Not
        template.add_condition("There", Not(Equals(Ref("AWS::Region"), "eu-west-1")))
        template.add_resource(Stack("Child", TemplateURL="./child.json", Condition="There"))
        """
    project.stack("parent", body, regions=("us-east-1", "eu-west-1"))
    project.stack("child", regions=("us-east-1",))
    assert told(assemble(project.root)) == []


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were judged."""
    files: list[str] = []
    real = limits.problems

    def noted(template: dict[str, object], text: str, file: str) -> object:
        files.append(file)
        return real(template, text, file)

    monkeypatch.setattr(limits, "problems", noted)
    return files


def test_what_was_found_right_is_judged_once(project: Project, judged: list[str]) -> None:
    project.stack("one")
    for _ in range(2):
        assert told(assemble(project.root)) == []
    assert judged == ["dist/one.json"]


def test_what_was_found_wrong_is_told_again(project: Project) -> None:
    project.stack("one", RESTORE_TEST, regions=("us-gov-west-1",))
    assert told(assemble(project.root)) == told(assemble(project.root)) != []


def test_it_is_judged_again_when_anything_that_counts_has_changed(
    project: Project, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged_now() -> int:
        before = len(judged)
        assemble(project.root, ["one"])
        return len(judged) - before

    project.stack("one")
    assert judged_now() == 1
    project.stack("one", 'template.add_resource(Topic("Others"))')
    assert judged_now() == 1
    project.stack("one", 'template.add_resource(Topic("Others"))', regions=("us-west-2",))
    assert judged_now() == 1
    project.stack("two")  # it may be nested
    assert judged_now() == 1
    assert judged_now() == 0
    monkeypatch.setattr(schemas, "version", lambda: "another")
    assert judged_now() == 1
    monkeypatch.setattr(memory, "code", lambda *names: "another")
    assert judged_now() == 1
    assert (project.root / refusals.CACHE).is_dir()
