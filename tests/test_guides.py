"""The guide to what is measured: its commands are parsed by the pinned AWS CLI, and what it names exists."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

import pytest

from templates.stacks.tap_stack import ADD_ONS
from tests.conftest import REPOSITORY
from tests.runbooks.aws_cli import AwsCli, in_process
from tests.runbooks.pages import VARIABLE, Line, Page
from tests.runbooks.test_commands import make_mistake
from tests.templates.rendering import built, rendered

GUIDE = Page(REPOSITORY / "docs" / "guides" / "operations.md")
LINES = list(GUIDE.lines())
STACKS = [add_on.name for add_on in ADD_ONS]


@pytest.fixture(scope="module")
def cli() -> Iterator[AwsCli]:
    """The AWS CLI, which calls nobody."""
    with in_process("http://localhost:9", "us-east-1", lambda *_: False) as found:
        yield found


@pytest.mark.parametrize("line", [each for each in LINES if not each.is_value], ids=lambda each: str(each.number))
def test_every_command_can_be_typed(cli: AwsCli, line: Line) -> None:
    before = {each.sets for each in LINES if each.sets and each.number < line.number}
    assert set(VARIABLE.findall(line.text)) <= before
    program, *words = shlex.split(VARIABLE.sub("arn:aws:sns:us-east-1:123456789012:example", line.text))
    assert program in ("aws", "make")
    if program == "make":
        assert make_mistake(words) == ""
    else:
        done = cli.run(words)
        assert done.code == 0, done.err


def test_every_state_machine_that_is_started_exists_by_that_name() -> None:
    there = {
        machine["StateMachineName"]
        for stack in STACKS
        for machine in rendered(stack).of_type("StepFunctions::StateMachine").values()
    }
    named = set(re.findall(r"name=='([\w-]+)'", GUIDE.text))
    assert named and named <= there


def test_every_parameter_that_the_add_ons_alone_have_is_explained() -> None:
    """Common ones, and those that are called like an output of the database's stack, explain themselves."""
    told = {*built("rds-high-availability-existing-vpc")["Outputs"], *built("rds-dr-region")["Parameters"]}
    for stack in STACKS:
        for name in built(stack)["Parameters"].keys() - told:
            assert f"`{name}" in GUIDE.text, name


def test_every_value_that_is_suggested_is_taken() -> None:
    parameters = {name: each for stack in STACKS for name, each in built(stack)["Parameters"].items()}
    for name, value in re.findall(r"`(\w+)` \((\d+)(?:, \d+ s| s)?\)", GUIDE.prose):
        assert str(parameters[name]["Default"]) == value
    for parameter, expression in (("DrillSchedule", "cron(30 4 ? * SUN#1 *)"), ("MuteSchedule", "cron(0 4 * * SUN)")):
        assert f"`{expression}`" in GUIDE.text
        assert re.fullmatch(parameters[parameter]["AllowedPattern"], expression)


def test_names_that_are_derived_from_project_and_environment_are_those_that_are_made() -> None:
    operations, archive = rendered("rds-operations"), rendered("rds-archive")
    assert operations.only("CloudWatch::Dashboard")["DashboardName"] == "tap-prod-database"
    assert archive.only("Athena::WorkGroup")["Name"] == "tap-prod-archive"
    assert archive.only("Glue::Database")["DatabaseInput"]["Name"] == "tap_prod_archive"
    for name in ("tap-prod-database", "tap-prod-archive", "tap_prod_archive"):
        assert name in GUIDE.text


def test_the_function_is_given_what_the_guide_says() -> None:
    (payload,) = re.findall(r"```json\n(.*?)\n```", GUIDE.text)
    machine = json.loads(rendered("rds-restore-tests").resources["RestoreTest"]["Properties"]["DefinitionString"])
    assert json.loads(payload).keys() == machine["States"]["AskFunction"]["Arguments"]["Payload"].keys()
    (code,) = re.findall(r"```python\n(.*?)\n```", GUIDE.text, re.DOTALL)
    compile(code, "guide", "exec")
