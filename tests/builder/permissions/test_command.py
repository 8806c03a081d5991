"""The command `permissions`, and the files that a build writes."""

from __future__ import annotations

import json

import pytest

from builder.permissions.files import file_of
from tests.conftest import Project

ROLE = 'template.add_resource(Role("Reader", AssumeRolePolicyDocument={}))'
HOLDER = """
from __future__ import annotations

from troposphere import Output, Template
from troposphere.sns import Topic

REGIONS = ("us-east-1",)
PERMISSIONS_OF = {names!r}


def build(permissions=None):
    t = Template(Description="Holds what others need")
    t.add_resource(Topic("Alerts", DisplayName=str(len(permissions["app"]) if permissions else "committed")))
    return t
"""


def hold(project: Project, *names: str) -> None:
    project.stack("app", ROLE)
    project.write("templates/stacks/holder.py", f'"""A holder."""\n{HOLDER.format(names=names or ("app",))}')


class TestShow:
    def test_each_action_is_shown_with_who_asks_and_where(self, project: Project) -> None:
        project.stack("app", ROLE)
        out = project.run("permissions", "app", "--stack-name", "app-prod", "--account", "111122223333").out
        assert "starting superset" in out
        assert "iam:CreateRole" in out
        assert "Reader (create)" in out
        assert "on arn:aws:iam::111122223333:role/app-prod-*" in out
        assert '"iam:PassedToService"' not in out
        assert 'where {"ArnLike"' in out

    def test_json_holds_the_policies_and_the_reason_of_each_action(self, project: Project) -> None:
        project.stack("app", ROLE)
        outcome = project.run("permissions", "app", "--format", "json", "--region", "cn-north-1")
        document = json.loads(outcome.out)
        (one,) = document["templates"]
        assert "superset" in document["note"]
        assert one["policies"][0]["Version"] == "2012-10-17"
        (created,) = [each for each in one["actions"] if each["action"] == "iam:CreateRole"]
        assert created["asked_by"] == [{"resource": "Reader", "type": "AWS::IAM::Role", "handler": "create"}]
        assert created["resources"] == ["arn:aws-cn:iam::*:role/SC-*"]

    def test_any_template_file_is_read(self, project: Project) -> None:
        path = project.write("shop.yaml", "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n")
        assert "Topic (create, update)" in project.run("permissions", str(path)).out

    def test_a_template_must_be_named(self, project: Project) -> None:
        assert project.run("permissions").code == 2


class TestBuild:
    def test_what_others_need_is_derived_written_and_held_in_one_run(self, project: Project) -> None:
        hold(project)
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 0, outcome.err
        assert f"added      {file_of('app')}" in outcome.out
        assert "needs a bucket" not in outcome.out
        assert project.template("holder")["Resources"]["Alerts"]["Properties"]["DisplayName"] == "1"

    def test_a_change_of_a_template_updates_them_and_check_tells(self, project: Project) -> None:
        hold(project)
        project.run("build", "--no-lint")
        project.stack("app", 'template.add_resource(Topic("New"))')
        stale = project.run("build", "--check", "--no-lint")
        assert stale.code == 1
        assert f"{file_of('app')}: is stale from line" in stale.err
        assert "commit templates/permissions/" in stale.err
        assert project.run("permissions", "--check", "app").code == 1
        assert project.run("build", "--no-lint", "holder").code == 0
        assert project.run("permissions", "--check").out == "Permissions of app up to date.\n"

    def test_they_go_when_nobody_holds_them(self, project: Project) -> None:
        hold(project)
        project.run("build", "--no-lint")
        (project.root / "templates/stacks/holder.py").unlink()
        assert f"removed    {file_of('app')}" in project.run("build", "--no-lint").out
        assert project.run("permissions", "--check").out == "No permissions are committed.\n"

    def test_a_stack_whose_permissions_nobody_holds_has_no_file(self, project: Project) -> None:
        project.stack("app", ROLE)
        assert "app.json: is missing" in project.run("permissions", "--check", "app").err

    def test_what_cannot_be_derived_is_told_and_nothing_is_written(self, project: Project) -> None:
        hold(project)
        project.stack("app", 'template.add_resource(Stack("Inside", TemplateURL="https://x.example/y.json"))')
        outcome = project.run("build", "--no-lint")
        assert outcome.code == 1
        assert "which is not at hand" in outcome.err
        assert not (project.root / "dist").exists()

    def test_nested_stacks_are_part_of_what_is_needed(self, project: Project) -> None:
        hold(project)
        project.stack("app", 'template.add_resource(Stack("Inside", TemplateURL="./child.json"))')
        project.stack("child", 'template.add_resource(Topic("Deep"))')
        assert project.run("build", "--no-lint", "holder").code == 0
        assert "sns:CreateTopic" in (project.root / file_of("app")).read_text()


class TestDeclaration:
    @pytest.mark.parametrize(
        ("names", "told"),
        [
            (("nobody",), "PERMISSIONS_OF: there is no stack 'nobody'"),
            (("holder",), "names holder, which holds the permissions of holder"),
            ((1,), "PERMISSIONS_OF: is (1,)"),
        ],
    )
    def test_it_names_other_stacks(self, project: Project, names: tuple[str, ...], told: str) -> None:
        hold(project, *names)
        assert told in project.run("build", "--no-lint").err

    def test_a_broken_stack_is_told_once_and_its_holder_is_not_built(self, project: Project) -> None:
        hold(project)
        project.stack("app", "1 / 0")
        outcome = project.run("build", "--no-lint")
        assert outcome.err.count("error: ") == 1
        assert "ZeroDivisionError" in outcome.err
