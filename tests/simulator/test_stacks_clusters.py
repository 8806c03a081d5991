"""The lives of the clusters: deployed by the AWS CLI alone and beside an instance, changed, defended, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Aws
from tests.simulator.products import CLUSTERS, launch, outputs, physical
from tests.simulator.stacks import events, status, why

NAME = "product"
BESIDE = "beside"


def cluster(aws: Aws) -> dict[str, Any]:
    (found,) = aws.client("rds").describe_db_clusters()["DBClusters"]
    return dict(found)


def members(aws: Aws) -> list[str]:
    return sorted(each["DBInstanceIdentifier"] for each in cluster(aws)["DBClusterMembers"])


@pytest.fixture(scope="module", params=CLUSTERS)
def standing(request: pytest.FixtureRequest, simulated: Aws) -> Iterator[tuple[str, Aws]]:
    """A cluster, and an instance of the same project and environment beside it."""
    simulated.reset()
    done = launch(simulated, request.param, NAME)
    assert done.ok, done.log
    done = launch(simulated, "rds-high-availability-existing-vpc", BESIDE)
    assert done.ok, done.log
    yield request.param, simulated


def test_a_cluster_stands_beside_an_instance_with_three_members(standing: tuple[str, Aws]) -> None:
    _, aws = standing
    assert aws.stack(NAME).status == aws.stack(BESIDE).status == "CREATE_COMPLETE"
    assert outputs(aws, NAME)["WriterEndpoint"] == cluster(aws)["Endpoint"]
    assert outputs(aws, NAME)["ReaderEndpoint"] == cluster(aws)["ReaderEndpoint"]
    assert sorted(outputs(aws, NAME)["MemberIdentifiers"].split(",")) == members(aws)
    assert len(members(aws)) == 3
    assert cluster(aws)["IAMDatabaseAuthenticationEnabled"] is True


def test_what_a_cluster_publishes_to_is_what_its_alarms_watch(standing: tuple[str, Aws]) -> None:
    _, aws = standing
    alarms = aws.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{NAME}-Member")
    watched = {
        dimension["Value"]
        for page in alarms
        for alarm in page["MetricAlarms"]
        for dimension in alarm.get("Dimensions", [])
    }
    assert sorted(watched) == members(aws)


def test_its_logs_were_there_before_it(standing: tuple[str, Aws]) -> None:
    _, aws = standing
    name = cluster(aws)["DBClusterIdentifier"]
    groups = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/rds/cluster/{name}/")["logGroups"]
    assert groups and all("kmsKeyId" in group for group in groups)


def test_an_update_changes_it_in_place(standing: tuple[str, Aws]) -> None:
    stack, aws = standing
    before = cluster(aws)["DbClusterResourceId"]

    done = launch(aws, stack, NAME, QuietHours="utc-11", LogRetentionDays="90")

    assert done.ok, done.log
    assert cluster(aws)["DbClusterResourceId"] == before
    assert cluster(aws)["PreferredBackupWindow"] == "11:00-11:30"


def test_a_replacing_change_fails_instead_of_losing_it(standing: tuple[str, Aws]) -> None:
    stack, aws = standing

    done = launch(aws, stack, NAME, DatabaseName="other")

    assert not done.ok
    assert "custom-named resource requires replacing" in why(aws, "DatabaseCluster", NAME)
    assert status(aws, NAME) == "UPDATE_ROLLBACK_COMPLETE"


def test_it_is_deleted_only_without_protection_and_leaves_a_snapshot(standing: tuple[str, Aws]) -> None:
    stack, aws = standing
    stack_id = aws.stack(NAME).id
    held = physical(aws, NAME, "BackupVault")
    name = cluster(aws)["DBClusterIdentifier"]
    cloudformation, rds = aws.client("cloudformation"), aws.client("rds")

    cloudformation.delete_stack(StackName=NAME)
    assert status(aws, stack_id) == "DELETE_FAILED"
    assert "Cannot delete protected Cluster" in why(aws, "DatabaseCluster", stack_id)
    assert len(members(aws)) == 3, "it goes on serving"

    rds.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=False)
    if stack != "rds-cluster":  # RDS deletes its own members with their cluster
        for member in members(aws):
            rds.delete_db_instance(DBInstanceIdentifier=member, SkipFinalSnapshot=True)
    cloudformation.delete_stack(StackName=NAME)
    assert status(aws, stack_id) == "DELETE_COMPLETE"

    with pytest.raises(ClientError, match="not found"):
        rds.describe_db_clusters(DBClusterIdentifier=name)
    (snapshot,) = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    assert snapshot["DBClusterSnapshotIdentifier"].startswith(f"{NAME}-snapshot-databasecluster-")
    skipped = {logical_id for logical_id, each in events(aws, stack_id) if each == "DELETE_SKIPPED"}
    assert {"BackupVault", "PostgresqlLogGroup"} <= skipped
    aws.client("backup").describe_backup_vault(BackupVaultName=held)
    assert aws.stack(BESIDE).status == "CREATE_COMPLETE"
