"""`python build.py diff`: where templates come from, whose consent is asked, and the exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from builder.problems import ExitCode
from tests.builder.diff.comparing import altered, resources
from tests.conftest import Outcome, Project

TABLE: dict[str, Any] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}}
OLD = resources(Orders=TABLE, Topic={"Type": "AWS::SNS::Topic"})
REPLACED = altered(OLD, {"Orders.Properties.TableName": "others"})
MAYBE = altered(OLD, {"Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"Port": "5432"}}})
STACK = 'template.add_resource(Topic("Alerts", DisplayName={name!r}))'


@pytest.fixture
def place(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that is the current folder and a git repository with one commit of old.json."""
    monkeypatch.chdir(project.root)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    git(project, "init", "--quiet", "--initial-branch", "main")
    write(project, "old.json", OLD)
    commit(project)
    return project


def git(project: Project, *arguments: str) -> None:
    who = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b.c",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b.c",
    }
    subprocess.run(["git", *arguments], cwd=project.root, env={**os.environ, **who}, check=True, capture_output=True)


def commit(project: Project) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "a change")


def write(project: Project, file: str, template: Mapping[str, Any]) -> None:
    project.write(file, json.dumps(template))


def diff(project: Project, new: Mapping[str, Any], *arguments: str, old: str = "old.json") -> Outcome:
    write(project, "new.json", new)
    return project.run("diff", old, "new.json", *arguments)


class TestConsent:
    def test_what_loses_nothing_passes(self, place: Project) -> None:
        outcome = diff(place, altered(OLD, {"Topic.Properties": {"DisplayName": "a"}}))
        assert (outcome.code, outcome.err) == (0, "")

    def test_a_stateful_replacement_without_a_snapshot_is_blocked_by_name_and_loss(self, place: Project) -> None:
        outcome = diff(place, REPLACED)
        assert outcome.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert (
            "BLOCKED: Orders is replaced without a snapshot or being retained; lost: its items; "
            "to agree: --allow-replace Orders"
        ) in outcome.out

    def test_a_stateful_removal_is_blocked(self, place: Project) -> None:
        outcome = diff(place, altered(OLD, {"Orders": None}))
        assert outcome.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "BLOCKED: Orders is removed without a snapshot" in outcome.out

    def test_consent_is_given_for_one_logical_id(self, place: Project) -> None:
        assert diff(place, REPLACED, "--allow-replace", "Orders").code == 0
        both = altered(REPLACED, {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}})
        write(place, "old.json", altered(OLD, {"Queue": {"Type": "AWS::SQS::Queue"}}))
        outcome = diff(place, both, "--allow-replace", "Orders")
        assert outcome.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "BLOCKED: Queue" in outcome.out
        assert "BLOCKED: Orders" not in outcome.out

    def test_consent_for_what_is_not_affected_is_a_usage_error(self, place: Project) -> None:
        outcome = diff(place, REPLACED, "--allow-replace", "Ordres", "--allow-replace", "Topic")
        assert outcome.code == ExitCode.USAGE
        assert "--allow-replace: Ordres: is neither replaced nor removed; fix: did you mean Orders?" in outcome.err
        assert "--allow-replace: Topic: is neither replaced nor removed; fix: take it out" in outcome.err

    def test_what_may_be_replaced_is_warned_of_and_blocked_only_when_strict(self, place: Project) -> None:
        write(place, "old.json", MAYBE)
        new = altered(MAYBE, {"Database.Properties.Port": "5433"})
        outcome = diff(place, new)
        assert outcome.code == 0
        assert "WARNING: Database may be replaced; lost then: its databases and automated backups" in outcome.out
        outcome = diff(place, new, "--strict")
        assert outcome.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        assert "BLOCKED: Database may be replaced" in outcome.out
        assert diff(place, new, "--strict", "--allow-replace", "Database").code == 0

    def test_an_update_that_will_fail_fails_the_check(self, place: Project) -> None:
        outcome = diff(place, altered(OLD, {"Topic.Type": "AWS::SQS::Queue"}))
        assert outcome.code == ExitCode.CHECK_FAILED
        assert "WILL FAIL: Topic: the type of a resource cannot change" in outcome.out


class TestSources:
    def test_a_revision_is_read_from_git(self, place: Project) -> None:
        write(place, "old.json", REPLACED)
        assert "its items" in diff(place, REPLACED, old="git:HEAD:old.json").out

    def test_a_nested_template_is_read_from_the_same_revision(self, place: Project) -> None:
        def parent(url: str) -> dict[str, Any]:
            return resources(It={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}})

        write(place, "dist/parent.json", parent("child.json"))
        write(place, "dist/child.json", OLD)
        commit(place)
        write(place, "dist/child.json", REPLACED)
        outcome = place.run("diff", "git:HEAD:dist/parent.json", "dist/parent.json")
        assert "BLOCKED: It/Orders is replaced" in outcome.out
        write(place, "dist/parent.json", parent("https://example.com/child.json"))
        commit(place)
        assert place.run("diff", "git:HEAD:dist/parent.json", "dist/parent.json").code == 0
        write(place, "dist/parent.json", parent("missing.json"))
        commit(place)
        outcome = place.run("diff", "git:HEAD:dist/parent.json", "dist/parent.json")
        assert (outcome.code, "there is no template 'missing.json'" in outcome.err) == (1, True)

    def test_a_template_is_read_from_standard_input(self, place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(REPLACED).encode())))
        outcome = place.run("diff", "old.json", "-")
        assert "old.json -> standard input" in outcome.out
        assert outcome.code == ExitCode.STATEFUL_CHANGE_BLOCKED

    def test_yaml_is_read_too(self, place: Project) -> None:
        place.write("new.yaml", "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
        assert "REMOVE" in place.run("diff", "old.json", "new.yaml").out

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("git:HEAD", "git:HEAD: is not a revision and a path; fix: write git:REV:path"),
            ("git:HEAD:missing.json", "git:HEAD: git does not give it: fatal: path 'missing.json' does not exist"),
            ("git:no-such:old.json", "git:no-such: git does not give it: fatal: invalid object name 'no-such'"),
            ("git:--output=x:old.json", "git does not give it: it begins with a dash"),
            ("missing.json", "missing.json: cannot be read: No such file or directory"),
        ],
    )
    def test_a_source_that_is_not_there_is_a_clear_error(self, place: Project, text: str, said: str) -> None:
        outcome = place.run("diff", text, "old.json")
        assert (outcome.code, outcome.out) == (1, "")
        assert said in outcome.err
        assert not (place.root / "x").exists()

    def test_a_machine_without_git_is_told_so(self, place: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        outcome = place.run("diff", "git:HEAD:old.json", "old.json")
        assert (outcome.code, "git: cannot be run: No such file or directory; fix: install git" in outcome.err) == (
            1,
            True,
        )

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            json.dumps(OLD).encode()[:-40],
            b"[]",
            b'"text"',
            b"null",
            b"{}",
            b'{"Resources": {}}',
            b'{"Resources": {"A": 1}}',
            b'{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": []}}}',
            b'{"Resources": {"A": {"Type": "AWS::SNS::Topic"}, "A": {"Type": "AWS::SNS::Topic"}}}',
            b'{"Parameters": [], "Resources": {"A": {"Type": "AWS::SNS::Topic"}}}',
            b'{"Parameters": {"P": 1}, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}}',
            b'{"Outputs": {"O": {}}, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}}',
            b'{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "B"}}}}}',
            b"\xff\xfe",
            b"\x00" * 100,
            b'{"Resources": ' * 50_000,
            b'{"Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"X": '
            + b"[" * 2_000
            + b"]" * 2_000
            + b"}}}}",
            b"a" * 1_000_000,
            b"- " * 500_000,
        ],
        ids=lambda content: f"{bytes(content[:20])!r}-{len(content)}",
    )
    def test_what_is_no_template_is_a_clear_error(self, place: Project, content: bytes) -> None:
        (place.root / "bad.json").write_bytes(content)
        for pair in (("bad.json", "old.json"), ("old.json", "bad.json")):
            outcome = place.run("diff", *pair)
            assert (outcome.code, outcome.out) == (1, "")
            assert outcome.err.startswith("error: bad.json: ")
            assert "Traceback" not in outcome.err
            assert len(outcome.err) < 2_000

    def test_a_template_that_is_too_large_for_cloudformation_is_a_clear_error(
        self, place: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(place, "large.json", altered(OLD, {"Topic.Metadata": {"text": "x" * 1_000_000}}))
        size = (place.root / "large.json").stat().st_size
        commit(place)
        content = (place.root / "large.json").read_bytes()
        for name in ("large.json", "git:HEAD:large.json", "-"):
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
            outcome = place.run("diff", "old.json", name)
            label = "standard input" if name == "-" else name
            said = f"error: {label}: has {size:,} bytes, and CloudFormation takes 1,000,000 at most; fix: split it"
            assert (outcome.code, outcome.err.startswith(said)) == (1, True), outcome.err

    def test_resources_that_need_each_other_are_a_clear_error(self, place: Project) -> None:
        circle = {
            name: {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": other}}}
            for name, other in ("AB", "BA")
        }
        outcome = diff(place, {"Resources": circle})
        assert outcome.code == 1
        assert "circle" in outcome.err


class TestParameters:
    TEMPLATE: Mapping[str, Any] = {
        "Parameters": {"Name": {"Type": "String", "Default": "a"}, "Other": {"Type": "String", "Default": "x"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}},
    }

    def test_an_environment_is_what_it_was_at_the_revision_and_what_it_is_now(self, place: Project) -> None:
        write(place, "dist/orders.json", self.TEMPLATE)
        place.params("orders", "prod", ["Name=b"])
        commit(place)
        place.params("orders", "prod", ["Name=c"])
        outcome = place.run("diff", "git:HEAD:dist/orders.json", "dist/orders.json", "--env", "prod")
        assert "DisplayName: b -> c" in outcome.out
        assert place.run("diff", "dist/orders.json", "dist/orders.json", "--env", "prod").out.endswith(
            "nothing changes\n"
        )

    def test_an_environment_that_was_not_there_yet_is_taken_as_it_is(self, place: Project) -> None:
        write(place, "dist/orders.json", self.TEMPLATE)
        commit(place)
        place.params("orders", "prod", ["Name=c"])
        outcome = place.run("diff", "git:HEAD:dist/orders.json", "dist/orders.json", "--env", "prod")
        assert outcome.out.endswith("nothing changes\n")

    def test_keys_that_a_side_does_not_have_are_dropped_as_a_deployment_drops_them(self, place: Project) -> None:
        write(place, "dist/orders.json", self.TEMPLATE)
        commit(place)
        new = {**self.TEMPLATE, "Parameters": {**self.TEMPLATE["Parameters"], "More": {"Type": "String"}}}
        write(place, "dist/orders.json", new)
        place.params("orders", "prod", ["Name=c", "More=m"])
        assert place.run("diff", "git:HEAD:dist/orders.json", "dist/orders.json", "--env", "prod").code == 0

    def test_an_unknown_environment_names_those_that_there_are(self, place: Project) -> None:
        place.params("old", "dev", [])
        outcome = place.run("diff", "old.json", "old.json", "--env", "prd")
        assert outcome.code == 1
        assert "params/old/prd.json: does not exist; fix: choose an environment of: dev" in outcome.err

    def test_what_the_new_side_is_not_given_keeps_its_value(self, place: Project) -> None:
        write(place, "old.json", self.TEMPLATE)
        place.write("a.json", '["Name=b"]')
        place.write("b.json", '["Other=y"]')
        outcome = diff(place, self.TEMPLATE, "--params-old", "a.json", "--params-new", "b.json")
        assert outcome.out.endswith("nothing changes\n")

    def test_a_value_that_the_template_refuses_is_an_error(self, place: Project) -> None:
        write(place, "old.json", self.TEMPLATE)
        place.write("a.json", '["Nmae=b"]')
        outcome = diff(place, self.TEMPLATE, "--params-old", "a.json")
        assert outcome.code == 1
        assert "a.json: Nmae: is not a parameter of the template; the nearest is Name" in outcome.err

    def test_a_rule_that_the_new_parameters_break_is_an_error(self, place: Project) -> None:
        rule = {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Name"}, "b"]}, "AssertDescription": "must be b"}]}
        broken = {**self.TEMPLATE, "Rules": {"R": rule}}
        write(place, "old.json", broken)
        outcome = diff(place, broken)
        assert (outcome.code, "must be b" in outcome.err) == (1, True)
        assert diff(place, self.TEMPLATE).code == 0

    def test_a_region_that_does_not_exist_is_an_error(self, place: Project) -> None:
        outcome = diff(place, OLD, "--region", "us-est-1")
        assert (outcome.code, "us-est-1: is not a Region" in outcome.err) == (1, True)

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("old.json",),
            ("old.json", "old.json", "--base", "main"),
            ("old.json", "old.json", "--env", "dev", "--params-new", "a"),
            ("--base", "main", "--params-old", "a"),
            ("-", "-"),
            ("old.json", "old.json", "--format", "xml"),
        ],
    )
    def test_options_that_do_not_go_together_are_a_usage_error(
        self, place: Project, arguments: tuple[str, ...]
    ) -> None:
        assert place.run("diff", *arguments).code == ExitCode.USAGE


class TestBase:
    @pytest.fixture
    def built(self, place: Project) -> Project:
        place.stack("orders", STACK.format(name="a"))
        place.stack("others", STACK.format(name="a"))
        assert place.run("build", "--no-lint").code == 0
        commit(place)
        return place

    def test_every_stack_as_committed_is_compared_with_what_would_be_built_now(self, built: Project) -> None:
        built.stack("orders", STACK.format(name="b"))
        outcome = built.run("diff", "--base", "main")
        assert outcome.code == 0
        assert "DisplayName: a -> b" in outcome.out
        assert outcome.out.endswith("others\n  nothing changes\n")

    def test_a_stack_that_comes_or_goes_is_said_to(self, built: Project) -> None:
        built.stack("more", STACK.format(name="a"))
        (built.root / "templates/stacks/others.py").unlink()
        outcome = built.run("diff", "--base", "main")
        assert outcome.code == 0
        assert "more\n  is not at main: nothing is deployed from there\n" in outcome.out
        assert "others\n  is no longer built: what is deployed from main stays as it is\n" in outcome.out
        markdown = built.run("diff", "--base", "main", "--format", "markdown").out
        assert "### more\n\nis not at main: nothing is deployed from there\n" in markdown

    def test_environments_with_the_same_outcome_are_told_of_once(self, built: Project) -> None:
        parameter = 'template.add_parameter(Parameter("Name", Type="String"))\n'
        topic = 'template.add_resource(Topic("Alerts", DisplayName=Ref("Name")))'
        built.stack("orders", parameter + topic)
        for environment in ("dev", "prod", "staging"):
            built.params("orders", environment, [f"Name={'a' if environment == 'prod' else 'b'}"])
        outcome = built.run("diff", "--base", "main")
        assert "orders (dev, staging)\n" in outcome.out
        assert "orders (prod)\n" in outcome.out
        only = built.run("diff", "--base", "main", "--env", "prod")
        assert "dev" not in only.out

    def test_what_would_be_lost_in_any_stack_is_blocked_and_can_be_consented_to(self, built: Project) -> None:
        built.stack("orders", 'template.add_resource(Topic("Other"))')
        write(built, "dist/others.json", OLD)
        commit(built)
        outcome = built.run("diff", "--base", "main", "--format", "json")
        assert outcome.code == ExitCode.STATEFUL_CHANGE_BLOCKED
        blocked = {each["title"]: each["blocked"] for each in json.loads(outcome.out)["comparisons"]}
        assert blocked == {"orders": [], "others": ["Orders"]}
        assert built.run("diff", "--base", "main", "--allow-replace", "Orders").code == 0
        assert built.run("diff", "--base", "main", "--allow-replace", "Nothing").code == ExitCode.USAGE

    def test_a_stack_that_cannot_be_built_is_an_error(self, built: Project) -> None:
        built.stack("orders", "1 / 0")
        outcome = built.run("diff", "--base", "main")
        assert (outcome.code, outcome.out) == (1, "")
        assert "ZeroDivisionError" in outcome.err

    def test_a_revision_that_does_not_exist_is_an_error(self, built: Project) -> None:
        outcome = built.run("diff", "--base", "nowhere")
        assert (outcome.code, "git:nowhere: git does not give it: " in outcome.err) == (1, True)

    def test_a_nested_stack_is_found_beside_its_parent(self, built: Project) -> None:
        nesting = 'template.add_resource(Stack("It", TemplateURL={url!r}))'
        for url in ("./orders.json", "https://example.com/orders.json"):
            built.stack("others", nesting.format(url=url))
            assert built.run("build", "--no-lint").code == 0
            commit(built)
            assert built.run("diff", "--base", "main").code == 0
        built.stack("others", nesting.format(url="./orders.json"))
        built.run("build", "--no-lint")
        commit(built)
        built.stack("orders", STACK.format(name="b"))
        assert "It/Alerts" in built.run("diff", "--base", "main").out


def test_nothing_slow_is_imported_to_compare_two_templates(place: Project) -> None:
    code = (
        "import sys; from pathlib import Path; from builder.cli import main; "
        "main(Path.cwd(), ['diff', 'old.json', 'old.json']); "
        "print({'boto3', 'cfnlint', 'moto', 'rich', 'troposphere'} & set(sys.modules))"
    )
    repository = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place.root,
        env={**os.environ, "PYTHONPATH": str(repository)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("nothing changes\nset()\n")
