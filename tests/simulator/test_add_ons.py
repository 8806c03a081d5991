"""Add-ons beside a database: nested by the parent, and attached by hand to one that was there before."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Aws
from templates.stacks import tap_stack
from tests.simulator.products import ADD_ONS, launch, outputs, physical
from tests.simulator.stacks import status
from tests.templates.rendering import built

PARENT = "parent"
DATABASE = "database"
ALL: dict[str, Any] = {each.parameter: "true" for each in tap_stack.ADD_ONS}
NONE: dict[str, Any] = dict.fromkeys(ALL, "false")


def machines(aws: Aws) -> set[str]:
    return {each["name"] for each in aws.client("stepfunctions").list_state_machines()["stateMachines"]}


def alarms(aws: Aws) -> dict[str, Any]:
    return {each["AlarmName"]: each for each in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]}


@pytest.fixture(scope="class")
def parent(simulated: Aws) -> Aws:
    simulated.reset()
    done = launch(simulated, "tap-stack", PARENT, **ALL)
    assert done.ok, done.log
    return simulated


def given(aws: Aws, stack: str) -> dict[str, str]:
    """The parameter values that a stack was given."""
    source = aws.stack(stack).source
    assert source is not None
    return dict(source.given)


class TestNested:
    """One parent with everything, looked at and then told to do without."""

    def test_add_ons_are_told_of_the_database_beside_them(self, parent: Aws) -> None:
        told = outputs(parent, physical(parent, PARENT, "DatabaseInOwnVpc"))
        for logical_id in [each.title for each in tap_stack.ADD_ONS]:
            known = given(parent, physical(parent, PARENT, logical_id))
            shared = known.keys() & told.keys()
            assert {name: known[name] for name in shared} == {name: told[name] for name in shared}
            assert known["DatabaseIdentifier"] == "postgres-tap-dev"

    def test_a_drill_sees_every_alarm_of_the_database(self, parent: Aws) -> None:
        prefix = given(parent, physical(parent, PARENT, "DatabaseOperations"))["AlarmPrefix"]
        found = {name.removeprefix(f"{prefix}-").split("-")[0] for name in alarms(parent) if name.startswith(prefix)}
        declared = built("rds-high-availability")["Resources"]
        made = parent.resources(physical(parent, PARENT, "DatabaseInOwnVpc"))
        assert found == {name for name in made if declared[name]["Type"] == "AWS::CloudWatch::Alarm"}

    def test_what_is_switched_off_goes_and_the_database_stays(self, parent: Aws) -> None:
        operations = physical(parent, PARENT, "DatabaseOperations")
        before = parent.client("rds").describe_db_instances()["DBInstances"][0]["DbiResourceId"]

        done = launch(parent, "tap-stack", PARENT, **NONE)

        assert done.ok, done.log
        assert status(parent, operations) == "DELETE_COMPLETE"
        assert machines(parent) == set()
        assert list(parent.resources(PARENT)) == ["DatabaseInOwnVpc"]
        assert parent.client("rds").describe_db_instances()["DBInstances"][0]["DbiResourceId"] == before


def test_add_ons_attach_to_a_database_that_was_there_before(aws: Aws) -> None:
    assert launch(aws, "rds-high-availability-existing-vpc", DATABASE, NotifyBy="composite").ok
    told: dict[str, Any] = {**outputs(aws, DATABASE), "AlarmPrefix": DATABASE, "NotifyBy": "composite"}
    for name in ADD_ONS:
        asked = built(name)["Parameters"]

        done = launch(aws, name, name, **{key: value for key, value in told.items() if key in asked})

        assert done.ok, done.log
        assert aws.stack(name).status == "CREATE_COMPLETE"
    assert {"tap-dev-AlertHeartbeat", "tap-dev-RecoveryPointWatch", "tap-dev-RestoreTest"} <= machines(aws)
    incidents = [aws.recorded(stack, "CriticalIncident")["AlarmName"] for stack in (DATABASE, "rds-operations")]
    assert incidents == ["tap-dev-critical", "tap-dev-operations-critical"]
