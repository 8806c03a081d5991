"""Stand-ins for databases that exist in another account: each once, where the parameters say that it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator import Aws
from simulator.standin_databases import stand_in_databases

RESOURCE_ID = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("SourceDatabaseArn", "arn:aws:rds:us-west-2:123456789012:db:source"),
        ("DatabaseIdentifier", "source"),
        ("SourceResourceId", RESOURCE_ID),
        ("AutomatedBackupsArn", "arn:aws:rds:us-east-1:123456789012:auto-backup:ab-abcdefghijklmnopqrstuvwxyz"),
        ("SnapshotIdentifier", "before-migration"),
    ],
)
def test_what_is_presupposed_is_made_once(aws: Aws, parameter: str, value: str) -> None:
    given = {parameter: value, "AllocatedStorage": "30", "EngineVersion": "16"}

    made, again = stand_in_databases(aws, given), stand_in_databases(aws, given)

    assert set(made) == {value}
    assert again == {}


def test_a_source_is_made_in_its_region_with_what_its_offspring_asks_for(aws: Aws) -> None:
    arn = "arn:aws:rds:us-west-2:123456789012:db:source"

    stand_in_databases(aws, {"SourceDatabaseArn": arn, "AllocatedStorage": "30", "EngineVersion": "16"})

    (found,) = replace(aws, region="us-west-2").client("rds").describe_db_instances()["DBInstances"]
    assert (found["DBInstanceArn"], found["AllocatedStorage"]) == (arn, 30)
    assert found["EngineVersion"].startswith("16")
    assert aws.client("rds").describe_db_instances()["DBInstances"] == []


def test_nothing_is_made_for_what_is_not_given(aws: Aws) -> None:
    assert stand_in_databases(aws, {"SnapshotIdentifier": "", "Other": "text"}) == {}
