"""The read replica: what it takes from its source, what it must not have less of, and what ends following it."""

from __future__ import annotations

from typing import Any

import pytest

from templates.instance_classes import INSTANCE_CLASSES
from templates.replica import WORKER_PROCESSES
from tests.templates.rendering import rendered

STACK = "rds-read-replica"
HERE, ELSEWHERE = "eu-west-1", "us-east-1"
SOURCE = "arn:aws:rds:eu-west-1:123456789012:db:postgres-tap-prod"


def instance(region: str = HERE, **values: str) -> dict[str, Any]:
    return rendered(STACK, region=region, SourceDatabaseArn=SOURCE, **values).only("RDS::DBInstance")


def test_a_source_in_this_region_is_named_and_lends_its_key() -> None:
    replica = instance()
    assert replica["SourceDBInstanceIdentifier"] == "postgres-tap-prod"
    assert not {"KmsKeyId", "SourceRegion"} & set(replica)


def test_a_source_in_another_region_is_named_by_its_arn_and_region_and_the_key_is_this_regions() -> None:
    """CloudFormation signs the request to the other Region, without which an encrypted source is refused."""
    replica = instance(ELSEWHERE)
    assert replica["SourceDBInstanceIdentifier"] == SOURCE
    assert replica["SourceRegion"] == HERE
    assert replica["KmsKeyId"] == "<DatabaseKey.Arn>"


@pytest.mark.parametrize("region", [HERE, ELSEWHERE])
def test_what_the_source_decides_is_not_stated(region: str) -> None:
    inherited = {
        "DBName",
        "DBSnapshotIdentifier",
        "EngineLifecycleSupport",
        "EngineVersion",
        "ManageMasterUserPassword",
        "MasterUserPassword",
        "MasterUserSecret",
        "MasterUsername",
        "StorageEncrypted",
    }
    assert not inherited & set(instance(region))


@pytest.mark.parametrize("region", [HERE, ELSEWHERE])
def test_a_promotion_takes_out_the_source_and_nothing_else(region: str) -> None:
    """A key or a Region that came or went with it would replace the instance."""
    before, after = instance(region), instance(region, Promoted="true")
    assert set(before) - set(after) == {"SourceDBInstanceIdentifier"}
    assert {name: before[name] for name in after} == after


def test_a_promoted_replica_is_no_longer_watched_for_its_lag() -> None:
    watched = {"ReplicaLagsBehind", "ReplicationStopped"}
    assert watched <= set(rendered(STACK).of_type("CloudWatch::Alarm"))
    assert not watched & set(rendered(STACK, Promoted="true").of_type("CloudWatch::Alarm"))


@pytest.mark.parametrize("own", ["db.t4g.medium", "db.r8g.4xlarge"])
def test_connections_are_as_many_as_the_sources_whatever_its_own_class(own: str) -> None:
    """PostgreSQL does not start a standby that allows fewer."""
    r = rendered(STACK, InstanceClass=own, SourceInstanceClass="db.r6g.xlarge")
    most = INSTANCE_CLASSES["db.r6g.xlarge"].max_connections
    assert r.only("RDS::DBParameterGroup")["Parameters"]["max_connections"] == str(most)
    assert int(r.resources["DatabaseConnectionsNearLimit"]["Properties"]["Threshold"]) == int(most * 0.9)
    assert r.resources["DatabaseLoadTooHigh"]["Properties"]["Threshold"] == str(INSTANCE_CLASSES[own].vcpus)


def test_worker_processes_are_enough_for_a_source_of_any_class() -> None:
    stated = rendered(STACK).only("RDS::DBParameterGroup")["Parameters"]["max_worker_processes"]
    assert int(stated) == WORKER_PROCESSES
    assert all(max(8, 2 * each.vcpus) <= WORKER_PROCESSES for each in INSTANCE_CLASSES.values())


def test_replication_that_stops_or_never_began_is_told() -> None:
    r = rendered(STACK)
    stopped = r.resources["ReplicationStopped"]["Properties"]
    assert stopped["TreatMissingData"] == "breaching"
    assert (stopped["ComparisonOperator"], stopped["Threshold"]) == ("LessThanThreshold", 0)
    events = r.resources["InstanceEvents"]["Properties"]["EventCategories"]
    assert "read replica" in events


def test_the_default_lag_spares_an_idle_source() -> None:
    """RDS for PostgreSQL tells up to five minutes of a source in which nothing is written."""
    threshold = rendered(STACK).resources["ReplicaLagsBehind"]["Properties"]["Threshold"]
    assert int(threshold) > 300


def test_it_can_be_promoted_without_waiting_for_backups() -> None:
    assert instance()["BackupRetentionPeriod"] == 35


def test_a_major_upgrade_is_stated_only_where_it_is_allowed() -> None:
    assert instance(AllowMajorVersionUpgrade="true", EngineVersion="18")["EngineVersion"] == "18"
