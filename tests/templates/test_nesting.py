"""The parent: which child it makes, what it tells the add-ons beside it, and what it says of them all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from builder.assemble import assemble
from templates.recovery import windows
from templates.stacks import tap_stack
from tests.templates.rendering import ENVIRONMENTS, ROOT, built, parameter_file, rendered

STACK = "tap-stack"
EXISTING = {"VpcId": "vpc-11111111", "DatabaseSubnet1": "subnet-11111111", "DatabaseSubnet2": "subnet-22222222"}
EITHER_VPC = pytest.mark.parametrize(
    ("values", "database"), [({}, "DatabaseInOwnVpc"), (EXISTING, "DatabaseInExistingVpc")]
)
ALL = {each.parameter: "true" for each in tap_stack.ADD_ONS}
NONE = dict.fromkeys(ALL, "false")
ADD_ONS = {each.title for each in tap_stack.ADD_ONS}


def children(region: str = "eu-west-1", **values: str) -> dict[str, dict[str, Any]]:
    return rendered(STACK, region=region, **values).of_type("CloudFormation::Stack")


def template_of(child: dict[str, Any]) -> dict[str, Any]:
    return built(child["TemplateURL"].removeprefix("./").removesuffix(".json"))


@EITHER_VPC
def test_one_database_is_made_and_its_outputs_are_repeated_without_exporting_them_again(
    values: dict[str, str], database: str
) -> None:
    assert set(children(**ALL, **values)) == {database, *ADD_ONS}
    outputs = rendered(STACK, **values).outputs
    assert {name: each["Value"] for name, each in outputs.items()} == {
        name: f"<{database}.Outputs.{name}>" for name in built("rds-high-availability")["Outputs"]
    }
    assert not [each for each in outputs.values() if "Export" in each]


@EITHER_VPC
def test_every_child_is_given_all_that_it_asks_for(values: dict[str, str], database: str) -> None:
    for name, child in children(**ALL, **values).items():
        assert set(child["Parameters"]) == set(template_of(child)["Parameters"]), name


@EITHER_VPC
def test_add_ons_are_told_what_the_databases_stack_tells(values: dict[str, str], database: str) -> None:
    told = built("rds-high-availability")["Outputs"]
    for name in ADD_ONS:
        given = children(**ALL, **values)[name]["Parameters"]
        for parameter in set(given) & set(told):
            assert given[parameter] == f"<{database}.Outputs.{parameter}>", name
        required = {
            parameter
            for parameter, each in template_of(children(**ALL, **values)[name])["Parameters"].items()
            if "Default" not in each
        }
        assert required <= {*told, "AlarmPrefix"}, "nobody is asked for what the database's stack knows"


def test_nobody_is_asked_for_what_the_databases_stack_tells() -> None:
    parameters = built(STACK)["Parameters"]
    assert not set(parameters) & {*built(STACK)["Outputs"], "AlarmPrefix"}


@EITHER_VPC
def test_a_drill_looks_at_the_alarms_of_the_nested_database(values: dict[str, str], database: str) -> None:
    """Their names begin with the name of its stack, which is the second part of its ID."""
    given = children(**ALL, **values)["DatabaseOperations"]["Parameters"]
    assert given["AlarmPrefix"] == f"<{database}.Name>"


@pytest.mark.parametrize(
    ("values", "made"),
    [(NONE, set()), *(({**NONE, each.parameter: "true"}, {each.title}) for each in tap_stack.ADD_ONS)],
)
def test_an_add_on_is_there_where_it_is_wanted(values: dict[str, str], made: set[str]) -> None:
    assert set(children(**{**NONE, **values})) == {"DatabaseInOwnVpc"} | made


def test_govcloud_has_no_restore_tests_whoever_wants_them() -> None:
    everywhere = ADD_ONS - {"DatabaseRestoreTests"}
    assert set(children(region="us-gov-west-1", **ALL)) == {"DatabaseInOwnVpc"} | everywhere


def test_parameters_that_children_share_mean_the_same_in_each() -> None:
    """The parent has one value for a name; two children that declare it differently are refused when it is built."""
    parameters = built(STACK)["Parameters"]
    for child in built(STACK)["Resources"].values():
        template = template_of(child["Properties"])
        for name, value in child["Properties"]["Parameters"].items():
            if value == {"Ref": name} and template["Parameters"][name]["Type"] in {"Number", "String"}:
                assert json.dumps(parameters[name]) == json.dumps(template["Parameters"][name]), name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_expects_what_it_switches_on_and_nothing_else(environment: str) -> None:
    """What is expected and never runs wakes somebody for nothing; what runs and is not expected can end unseen."""
    given = parameter_file(STACK, environment)
    assert (given["RestoreTestDays"] != "0") == (given["RestoreTests"] == "true")
    assert (given["ArchiveDays"] != "0") == (given["ArchiveExport"] == "true" and given["ArchiveSchedule"] != "")
    assert (given["DrillDays"] != "0") == (given["DrillSchedule"] != "")
    assert (given["MuteSchedule"] == "") or given["NotifyBy"] == "composite"


def test_drills_begin_when_neither_backups_nor_maintenance_do() -> None:
    given = parameter_file(STACK, "staging")
    minute, hour = map(int, given["DrillSchedule"].removeprefix("cron(").split()[:2])
    backup, maintenance, frequent, daily = windows(int(given["QuietHours"].removeprefix("utc-")))
    busy = {h for schedule in (frequent, daily) for h in hours(schedule)}
    begun = hour * 60 + minute
    for begins, ends in (times(backup), times(maintenance)):
        assert not begins <= begun < ends
    assert hour not in busy
    assert all((h * 60 - begun) % 1440 >= 30 for h in busy), "a drill takes twenty minutes at most"


def test_drills_are_expected_no_sooner_than_a_month_of_five_weeks_has_them() -> None:
    """A first Sunday is 35 days after the one before at the most, and the watch sees when by the quarter of a day."""
    assert int(parameter_file(STACK, "staging")["DrillDays"]) > 35


def hours(schedule: str) -> set[int]:
    """The hours of a cron expression: `0-1,5,7-23`."""
    ends = [each.split("-") for each in schedule.split()[1].split(",")]
    return {hour for each in ends for hour in range(int(each[0]), int(each[-1]) + 1)}


def times(window: str) -> tuple[int, int]:
    """The minutes of a day at which a window begins and ends: `sun:04:00-sun:04:30`."""
    begins, ends = (int(h) * 60 + int(m) for h, m in re.findall(r"(\d\d):(\d\d)", window))
    return begins, ends


def test_a_stack_stays_what_it_is_by_itself_when_another_nests_it() -> None:
    nested = assemble(ROOT, ["tap-stack"]).built  # it is made before what it nests
    for name in nested:
        assert nested[name].text == assemble(ROOT, [name]).built[name].text, name
