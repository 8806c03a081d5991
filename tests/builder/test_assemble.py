"""Templates in memory, and what can be said against them without cfn-lint."""

from __future__ import annotations

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


def test_what_is_nested_is_built_with_what_was_asked_for(project: Project) -> None:
    project.stack("parent", nesting("./child.json"))
    project.stack("child", nesting("./grandchild.json"))
    project.stack("grandchild")
    project.stack("other")
    assembly = assemble(project.root, ["parent"])
    assert assembly.wanted == ("parent",)
    assert list(assembly.built) == ["parent", "child", "grandchild"]
    assert assembly.known == ("child", "grandchild", "other", "parent")


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


def test_a_nested_stack_that_cannot_be_built_is_the_only_problem(project: Project) -> None:
    project.stack("parent", nesting("./child.json"))
    project.stack("child", "1 / 0")
    assert [problem.file for problem in assemble(project.root, ["parent"]).problems] == ["templates/stacks/child.py"]
