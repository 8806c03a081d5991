"""cfn-lint over the templates of a build: what is found, and what is remembered."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from builder import lint, lint_pool, lint_worker, schemas
from builder.lint import Target
from builder.lint_worker import Finding
from tests.conftest import REPOSITORY, Project

CLEAN = 'template.add_resource(Topic("Alerts"))'
FAULTY = 'template.add_resource(Topic("Alerts", KmsMasterKeyId=Ref("Nope")))'
RULE = """
from cfnlint.rules import CloudFormationLintRule, RuleMatch


class NoTopics(CloudFormationLintRule):
    id = "E9901"
    shortdesc = "No topics"
    description = "Topics are refused"
    source_url = "https://example.org/no-topics"

    def match(self, cfn):
        return [RuleMatch(["Resources", name], "no topics") for name in cfn.get_resources("AWS::SNS::Topic")]
"""


class FakePool:
    """Stands for the worker processes: answers from a table, and keeps what it was asked."""

    def __init__(self, answers: Mapping[str, tuple[Finding, ...] | Exception]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def run(
        self, due: Mapping[str, tuple[str, ...]], texts: Mapping[str, str], append_rules: Sequence[str]
    ) -> Iterator[tuple[str, tuple[Finding, ...] | Exception]]:
        for name in due:
            self.asked.append(name)
            yield name, self.answers.get(name, ())


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> FakePool:
    fake = FakePool({})
    monkeypatch.setattr(lint_pool, "run", fake.run)
    return fake


def target(name: str, *nested: str, regions: tuple[str, ...] = ("us-east-1",)) -> Target:
    return Target(
        name=name, file=f"dist/{name}.json", module=f"templates/stacks/{name}.py", regions=regions, nested=nested
    )


TEXTS = {"a": "{}", "b": "{ }"}


class TestMemory:
    """Which templates are linted again."""

    def linted(
        self, root: Path, *targets: Target, texts: Mapping[str, str] = TEXTS, rules: Sequence[Path] = ()
    ) -> list[str]:
        return list(lint.lint(root, targets, texts, rules).linted)

    def test_a_clean_template_is_not_linted_again(self, tmp_path: Path, pool: FakePool) -> None:
        assert self.linted(tmp_path, target("a"), target("b")) == ["a", "b"]
        assert self.linted(tmp_path, target("a"), target("b")) == []
        assert pool.asked == ["a", "b"]

    def test_a_changed_template_alone_is_linted_again(self, tmp_path: Path, pool: FakePool) -> None:
        self.linted(tmp_path, target("a"), target("b"))
        assert self.linted(tmp_path, target("a"), target("b"), texts={**TEXTS, "b": "{  }"}) == ["b"]

    def test_so_is_one_that_nests_a_changed_template(self, tmp_path: Path, pool: FakePool) -> None:
        self.linted(tmp_path, target("a", "b"))
        assert self.linted(tmp_path, target("a", "b"), texts={**TEXTS, "b": "{  }"}) == ["a"]

    def test_so_is_one_for_other_regions(self, tmp_path: Path, pool: FakePool) -> None:
        self.linted(tmp_path, target("a"))
        assert self.linted(tmp_path, target("a", regions=("us-east-1", "eu-west-1"))) == ["a"]

    def test_so_is_everything_under_another_cfn_lint(
        self, tmp_path: Path, pool: FakePool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.linted(tmp_path, target("a"))
        monkeypatch.setattr(schemas, "version", lambda: "another")
        assert self.linted(tmp_path, target("a")) == ["a"]

    def test_so_is_everything_when_a_rule_of_our_own_changes(self, tmp_path: Path, pool: FakePool) -> None:
        rule = tmp_path / "rules/deep/rule.py"
        rule.parent.mkdir(parents=True)
        rule.write_text("1")
        assert self.linted(tmp_path, target("a"), rules=[tmp_path / "rules"]) == ["a"]
        assert self.linted(tmp_path, target("a"), rules=[tmp_path / "rules"]) == []
        rule.write_text("2")
        assert self.linted(tmp_path, target("a"), rules=[tmp_path / "rules"]) == ["a"]

    @pytest.mark.parametrize(
        "outcome", [(Finding(rule="I3011", message="m", path="", line=1, source="s"),), OSError("no memory")]
    )
    def test_what_is_not_clean_is_never_remembered_as_clean(
        self, tmp_path: Path, pool: FakePool, outcome: tuple[Finding, ...] | Exception
    ) -> None:
        pool.answers = {"a": outcome}
        for _ in range(2):
            assert self.linted(tmp_path, target("a"), target("b"))[0] == "a"
        assert pool.asked == ["a", "b", "a"]

    def test_a_cache_that_cannot_be_written_costs_only_time(self, tmp_path: Path, pool: FakePool) -> None:
        (tmp_path / ".cache").write_text("a file where the folder should be")
        for _ in range(2):
            assert self.linted(tmp_path, target("a")) == ["a"]


class TestTelling:
    def test_a_finding_names_rule_place_line_and_module(self, tmp_path: Path, pool: FakePool) -> None:
        found = Finding(rule="E3012", message="is no integer", path="Resources.Db.Port", line=7, source="https://x")
        pool.answers = {"a": (found,)}
        (problem,) = lint.lint(tmp_path, [target("a")], {"a": "{}"}).problems
        assert str(problem) == (
            "dist/a.json:7: Resources.Db.Port: E3012 is no integer; "
            "fix: change it in templates/stacks/a.py or what that calls (https://x)"
        )
        assert problem.severity == "error"

    def test_a_run_without_a_verdict_is_a_problem(self, tmp_path: Path, pool: FakePool) -> None:
        pool.answers = {"a": BrokenProcessPool("terminated abruptly")}
        (problem,) = lint.lint(tmp_path, [target("a")], {"a": "{}"}).problems
        assert str(problem).startswith("dist/a.json: cfn-lint came to no verdict: BrokenProcessPool: terminated")


class TestCfnLint:
    """The worker's function, with the real cfn-lint, in this process."""

    def found(
        self, folder: Path, text: str, rules: tuple[str, ...] = (), regions: tuple[str, ...] = ("us-east-1",)
    ) -> list[tuple[str, str, int]]:
        path = folder / "one [1].json"  # a name that a pattern would not match
        path.write_text(text)
        return [(each.rule, each.path, each.line) for each in lint_worker.findings(str(path), regions, rules)]

    def test_findings_have_their_place(self, tmp_path: Path) -> None:
        text = '{\n"Resources":{\n"Alerts":{"Type":"AWS::SNS::Topic",\n "Properties":{\n  "Topicname":"a"\n }}\n}\n}\n'
        assert self.found(tmp_path, text) == [("E3002", "Resources.Alerts.Properties.Topicname", 5)]

    def test_informational_checks_are_on_and_a_resource_can_suppress_one(self, tmp_path: Path) -> None:
        table = {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "Id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}],
            },
        }
        template = {"Resources": {"Table": table}}
        assert {rule for rule, _, _ in self.found(tmp_path, json.dumps(template))} == {"I3011"}
        table["Metadata"] = {
            "cfn-lint": {"config": {"ignore_checks": ["I3011"]}, "reason": "a cache of what is elsewhere"}
        }
        assert self.found(tmp_path, json.dumps(template)) == []

    def test_regions_count(self, tmp_path: Path) -> None:
        text = '{"Resources": {"Graph": {"Type": "AWS::NeptuneGraph::Graph", "Properties": {"ProvisionedMemory": 16}}}}'
        assert self.found(tmp_path, text) == []
        assert [rule for rule, _, _ in self.found(tmp_path, text, regions=("us-east-1", "us-gov-west-1"))] == ["E3006"]

    def test_a_users_configuration_does_not_count(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E]\n")
        monkeypatch.chdir(tmp_path)
        assert self.found(tmp_path, '{"Resources": {"A": {"Type": "AWS::SNS::Nothing"}}}')

    def test_further_rules_can_be_added(self, tmp_path: Path) -> None:
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules/no_topics.py").write_text(RULE)
        text = '{"Resources": {"Alerts": {"Type": "AWS::SNS::Topic"}}}'
        assert self.found(tmp_path, text, (str(tmp_path / "rules"),)) == [("E9901", "Resources.Alerts", 1)]
        assert self.found(tmp_path, text) == []

    def test_a_template_that_is_none_is_a_finding(self, tmp_path: Path) -> None:
        assert [rule for rule, _, _ in self.found(tmp_path, "{")] == ["E0000"]


def answers_only_for_a(path: str, *_: object) -> tuple[Finding, ...]:
    if not path.endswith("/a.json"):
        time.sleep(30)
    return ()


def dies(*_: object) -> None:
    os._exit(9)


class TestWorkers:
    """The processes themselves, without cfn-lint in them."""

    def outcomes(self, monkeypatch: pytest.MonkeyPatch, function: object) -> dict[str, object]:
        monkeypatch.setattr(lint_worker, "findings", function)
        return dict(lint_pool.run({"a": ("us-east-1",), "b": ("us-east-1",)}, TEXTS, []))

    def test_an_error_in_one_run_is_its_outcome(self, monkeypatch: pytest.MonkeyPatch) -> None:
        outcomes = self.outcomes(monkeypatch, divmod)  # which does not take three arguments
        assert {name: type(outcome) for name, outcome in outcomes.items()} == {"a": TypeError, "b": TypeError}

    def test_so_is_the_death_of_its_process(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert {type(outcome) for outcome in self.outcomes(monkeypatch, dies).values()} == {BrokenProcessPool}

    def test_whoever_stops_early_leaves_no_process_behind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(lint_worker, "findings", answers_only_for_a)
        running = lint_pool.run({"a": ("us-east-1",), "b": ("us-east-1",)}, TEXTS, [])
        assert next(running) == ("a", ())
        assert multiprocessing.active_children()
        before = time.monotonic()
        running.close()
        assert not multiprocessing.active_children()
        assert time.monotonic() - before < 10

    def test_a_worker_ends_with_its_parent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        parent, ended = threading.Event(), threading.Event()
        monkeypatch.setattr(parent, "join", parent.wait, raising=False)
        monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
        monkeypatch.setattr(os, "_exit", lambda code: ended.set())
        lint_worker.prepare()
        assert not ended.is_set()
        parent.set()
        assert ended.wait(10)


HANG = """\
import os, time
from pathlib import Path
from builder import lint_worker

def findings(path, *_):
    name = {idle!r} if path.endswith("/quick.json") else {running!r}
    while name == {running!r} and not Path({idle!r}).exists():
        time.sleep(0.01)
    Path(name + ".tmp").write_text(str(os.getpid()))
    Path(name + ".tmp").rename(name)
    time.sleep(60 if name == {running!r} else 0)
    return ()

lint_worker.findings = findings
"""


class TestCommand:
    """With the real cfn-lint, in its worker processes."""

    def test_a_finding_stops_the_build(self, project: Project) -> None:
        project.stack("good", CLEAN)
        project.stack("bad", FAULTY)
        outcome = project.run("build")
        assert outcome.code == 1
        assert "error: dist/bad.json:" in outcome.err
        assert "E1020 'Nope' is not one of" in outcome.err
        assert "Linting: good (" in outcome.err
        assert project.dist() == {}

    def test_a_nested_stacks_parameters_are_checked_against_the_template_to_come(self, project: Project) -> None:
        parent = 'template.add_resource(Stack("Child", TemplateURL="./child.json", Parameters={"Size": "1"}))'
        project.stack("parent", parent)
        project.stack("child", f'{CLEAN}\ntemplate.add_parameter(Parameter("Siz", Type="String"))')
        outcome = project.run("lint", "parent")
        assert outcome.code == 1
        assert "E3043" in outcome.err
        assert '"Siz" is not specified' in outcome.err
        assert "dist/child.json" not in outcome.err

    def test_a_suppression_without_a_reason_stops_the_build(self, project: Project) -> None:
        metadata = '{"cfn-lint": {"config": {"ignore_checks": ["W9999"]}}}'
        project.stack("one", f'template.add_resource(Topic("Alerts", Metadata={metadata}))')
        outcome = project.run("build")
        assert outcome.code == 1
        assert "suppresses W9999 without a reason" in outcome.err

    def test_what_is_known_to_be_clean_starts_no_process(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project.stack("one", CLEAN)
        project.stack("two", CLEAN)
        outcome = project.run("lint")
        assert outcome.out == "2 templates clean: 2 linted, 0 known from before.\n"
        monkeypatch.setattr(lint_pool, "run", None)
        outcome = project.run("build")
        assert outcome.code == 0
        assert outcome.out.endswith("2 templates clean: 0 linted, 2 known from before.\n")

    def test_nothing_is_linted_while_a_stack_cannot_be_built(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lint_pool, "run", None)
        project.stack("one", CLEAN)
        project.stack("two", "1 / 0")
        assert project.run("lint").code == 1

    @pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGKILL])
    def test_no_worker_outlives_the_command(self, project: Project, ended_by: signal.Signals) -> None:
        """One worker runs without end, the other is idle. A kill does not reach them."""
        idle, running = project.root / "idle", project.root / "running"
        project.write("hang.py", HANG.format(idle=str(idle), running=str(running)))
        project.write("templates/__init__.py", "import hang")
        for name in ("quick", "endless"):
            project.stack(name, f"import templates\n{CLEAN}")
        paths = os.pathsep.join([str(project.root), str(REPOSITORY)])
        process = project.start("lint", environment={"PYTHONPATH": paths, "CI": "1"})
        while not running.exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        workers = [int(file.read_text()) for file in (idle, running)]
        try:
            if ended_by == signal.SIGINT:  # a terminal's reaches them too: they must leave it to the command
                for worker in workers:
                    os.kill(worker, ended_by)
                time.sleep(0.1)
                assert all(map(_is_running, workers))
            process.send_signal(ended_by)
            process.wait(10)
            until = time.monotonic() + 10
            while any(map(_is_running, workers)):
                assert time.monotonic() < until
                time.sleep(0.01)
            assert "Traceback" not in process.communicate()[1]
        finally:
            for worker in filter(_is_running, workers):
                os.kill(worker, signal.SIGKILL)


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
