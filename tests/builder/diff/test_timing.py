"""When a change of an instance or its parameters takes effect."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builder.diff.comparing import altered, change, compared, property_change, resources

OUTAGE = "with an outage"
WINDOW, NOW = "at the maintenance window", "now"
REBOOT, OWN = "at a reboot that someone must make", "now, by a reboot that CloudFormation makes"


def template(**instance: Any) -> dict[str, Any]:
    group = {
        "Family": "postgres17",
        "Description": "d",
        "Parameters": {"log_statement": "none", "max_connections": "100"},
    }
    database = {
        "Engine": "postgres",
        "DBInstanceClass": "db.m7g.large",
        "AllocatedStorage": "100",
        "BackupRetentionPeriod": 7,
        "DBParameterGroupName": {"Ref": "Group"},
        "ApplyImmediately": False,
        **instance,
    }
    return resources(
        Group={"Type": "AWS::RDS::DBParameterGroup", "Properties": group},
        Database={"Type": "AWS::RDS::DBInstance", "Properties": database},
    )


@pytest.mark.parametrize(
    ("name", "value", "later", "at_once"),
    [
        ("DBInstanceClass", "db.m7g.xlarge", f"{WINDOW}, {OUTAGE}", f"{NOW}, {OUTAGE}"),
        ("AllocatedStorage", "200", WINDOW, NOW),
        ("MultiAZ", True, WINDOW, NOW),
        ("DeletionProtection", True, NOW, NOW),
        ("PreferredBackupWindow", "03:00-03:30", NOW, NOW),
        ("BackupRetentionPeriod", 14, NOW, NOW),
        ("BackupRetentionPeriod", 0, f"{WINDOW}, with a brief outage", f"{NOW}, with a brief outage"),
        ("DBParameterGroupName", "default.postgres17", REBOOT, f"{OWN}, {OUTAGE}"),
    ],
)
def test_a_property_of_an_instance_waits_unless_told_to_apply_immediately(
    name: str, value: Any, later: str, at_once: str
) -> None:
    for immediately, expected in ((False, later), (True, at_once)):
        old = template(ApplyImmediately=immediately)
        found = compared(old, altered(old, {f"Database.Properties.{name}": value}))
        assert str(property_change(found, "Database", name).timing) == expected


def test_changes_apply_immediately_unless_the_template_says_otherwise() -> None:
    old = altered(template(), {"Database.Properties.ApplyImmediately": None})
    found = compared(old, altered(old, {"Database.Properties.DBInstanceClass": "db.m7g.xlarge"}))
    assert str(property_change(found, "Database", "DBInstanceClass").timing) == f"{NOW}, {OUTAGE}"


def timings(new: dict[str, Any]) -> dict[str, str]:
    found = change(compared(template(), new), "Group")
    return {each.path.removeprefix("Parameters."): str(each.timing) for each in found.properties}


def test_dynamic_parameters_change_at_once_and_static_ones_at_a_reboot() -> None:
    new = altered(template(), {"Group.Properties.Parameters": {"log_statement": "ddl", "max_connections": "200"}})
    assert timings(new) == {"log_statement": NOW, "max_connections": REBOOT}


def test_a_static_parameter_that_is_taken_out_waits_for_a_reboot() -> None:
    assert timings(altered(template(), {"Group.Properties.Parameters": {"log_statement": "none"}})) == {
        "max_connections": REBOOT
    }


def test_applying_immediately_alone_reboots_nothing_that_is_not_updated() -> None:
    old = template(ApplyImmediately=True)
    new = altered(old, {"Group.Properties.Parameters.max_connections": "200"})
    assert str(property_change(compared(old, new), "Group", "Parameters.max_connections").timing) == REBOOT


def test_an_instance_that_is_updated_at_once_is_rebooted_for_its_static_parameters() -> None:
    old = template(ApplyImmediately=True)
    changes = {"Group.Properties.Parameters.max_connections": "200", "Database.Properties.CopyTagsToSnapshot": True}
    found = compared(old, altered(old, changes))
    assert str(property_change(found, "Group", "Parameters.max_connections").timing) == f"{OWN}, {OUTAGE}"


@pytest.mark.parametrize(
    ("path", "value", "changed"),
    [
        ("Parameters.no_such_parameter", "1", "Parameters.no_such_parameter"),
        ("Tags", [{"Key": "a", "Value": "b"}], "Tags"),
    ],
)
def test_what_is_no_known_parameter_has_no_timing(path: str, value: Any, changed: str) -> None:
    new = altered(template(), {f"Group.Properties.{path}": value})
    assert property_change(compared(template(), new), "Group", changed).timing is None


def test_parameters_of_other_engines_are_not_known() -> None:
    old = altered(template(), {"Group.Properties.Family": "mysql8.0"})
    new = altered(old, {"Group.Properties.Parameters.max_connections": "200"})
    assert property_change(compared(old, new), "Group", "Parameters.max_connections").timing is None


def test_an_attribute_of_the_resource_has_no_timing() -> None:
    found = compared(template(), altered(template(), {"Database.DeletionPolicy": "Retain"}))
    assert property_change(found, "Database", "DeletionPolicy").timing is None


def test_what_may_be_replaced_is_timed_for_the_case_that_it_is_not() -> None:
    found = compared(template(Port="1"), template(Port="2"))
    assert change(found, "Database").verdict.value == "MAY REPLACE"
    assert str(property_change(found, "Database", "Port").timing) == f"{NOW}, with a restart"
