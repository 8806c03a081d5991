"""Clusters: what users of RDS count on, and what RDS refuses of them."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Aws
from tests.simulator.stacks import create, groups, physical_id, template, update, why
from tests.simulator.test_handlers_rds import KEEP, subnet

CLUSTER: dict[str, Any] = {
    "AllocatedStorage": 100,
    "DBClusterIdentifier": "flock",
    "DBClusterInstanceClass": "db.m6gd.large",
    "DBClusterParameterGroupName": {"Ref": "Parameters"},
    "DBSubnetGroupName": {"Ref": "Subnets"},
    "EnableIAMDatabaseAuthentication": True,
    "Engine": "postgres",
    "EngineVersion": "17.11",
    "Iops": 1000,
    "ManageMasterUserPassword": True,
    "MasterUsername": "dbadmin",
    "Port": 5433,
    "StorageType": "io1",
}


def cluster(zones: str = "abc", family: str = "postgres17", parameters: Any = None, **changed: Any) -> str:
    """A template of a Multi-AZ DB cluster in a network of its own; a property that is None is left out."""
    properties = {key: value for key, value in {**CLUSTER, **changed}.items() if value is not None}
    subnets = {zone.upper(): subnet(number, zone) for number, zone in enumerate(zones, start=1)}
    group = {"Family": family, "Description": "d", "Parameters": parameters or {}}
    return template(
        {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            **subnets,
            "Subnets": {
                "Type": "AWS::RDS::DBSubnetGroup",
                "Properties": {"DBSubnetGroupDescription": "d", "SubnetIds": [{"Ref": name} for name in subnets]},
            },
            "Parameters": {"Type": "AWS::RDS::DBClusterParameterGroup", "Properties": group},
            "Flock": {"Type": "AWS::RDS::DBCluster", "Properties": properties, **KEEP},
        }
    )


def found(aws: Aws) -> dict[str, Any]:
    return dict(aws.client("rds").describe_db_clusters(DBClusterIdentifier="flock")["DBClusters"][0])


def parameters(aws: Aws) -> dict[str, str]:
    group = physical_id(aws, "Parameters")
    listed = aws.client("rds").describe_db_cluster_parameters(DBClusterParameterGroupName=group)["Parameters"]
    return {each["ParameterName"]: each["ParameterValue"] for each in listed}


def test_a_multi_az_cluster_has_three_members_in_three_zones(aws: Aws) -> None:
    assert create(aws, cluster()) == "CREATE_COMPLETE"
    members = aws.client("rds").describe_db_instances()["DBInstances"]
    assert sorted(each["DBInstanceIdentifier"] for each in members) == [f"flock-instance-{n}" for n in (1, 2, 3)]
    assert len({each["AvailabilityZone"] for each in members}) == 3
    assert found(aws)["IAMDatabaseAuthenticationEnabled"] is True


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"zones": "ab"}, "Add subnets to cover at least 3 AZs"),
        ({"Iops": None}, "Iops must be provided for a Multi-AZ DB cluster"),
        ({"family": "postgres16"}, "Use a parameter group with DBParameterGroupFamily postgres17"),
        ({"MasterUserPassword": "secret-enough"}, "can't specify MasterUserPassword"),
    ],
)
def test_what_rds_refuses_of_a_cluster_is_refused(aws: Aws, changed: dict[str, Any], says: str) -> None:
    assert create(aws, cluster(**changed)) == "ROLLBACK_COMPLETE"
    assert says in why(aws, "Flock")


def test_its_port_is_final_and_the_rest_changes_in_place(aws: Aws) -> None:
    create(aws, cluster())
    before = found(aws)["DbClusterResourceId"]

    assert update(aws, cluster(Port=5434)) == "UPDATE_ROLLBACK_COMPLETE"
    assert "can't modify the port" in why(aws, "Flock")
    changed: dict[str, Any] = {"MonitoringInterval": 60, "MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitor"}
    assert update(aws, cluster(BackupRetentionPeriod=9, EngineVersion="17.12", **changed)) == "UPDATE_COMPLETE"

    after = found(aws)
    assert (after["DbClusterResourceId"], after["BackupRetentionPeriod"]) == (before, 9)
    assert (after["EngineVersion"], after["MonitoringInterval"]) == ("17.12", 60)


def test_rds_makes_the_log_groups_that_are_not_there(aws: Aws) -> None:
    create(aws, cluster(EnableCloudwatchLogsExports=["postgresql"]))
    update(aws, cluster(EnableCloudwatchLogsExports=["postgresql", "upgrade"]))
    assert {"/aws/rds/cluster/flock/postgresql", "/aws/rds/cluster/flock/upgrade"} <= set(groups(aws))
    assert sorted(found(aws)["EnabledCloudwatchLogsExports"]) == ["postgresql", "upgrade"]


def test_parameters_that_are_no_longer_stated_are_reset(aws: Aws) -> None:
    create(aws, cluster(parameters={"log_statement": "none", "work_mem": "4096"}))
    update(aws, cluster(parameters={"log_statement": "all"}))
    assert parameters(aws) == {"log_statement": "all"}


def test_a_replaced_parameter_group_takes_over_before_the_old_one_goes(aws: Aws) -> None:
    create(aws, cluster())
    held = physical_id(aws, "Parameters")
    replaced = cluster().replace('"Description": "d"', '"Description": "e"')
    assert update(aws, replaced) == "UPDATE_COMPLETE"
    assert physical_id(aws, "Parameters") != held
    assert found(aws)["DBClusterParameterGroup"] == physical_id(aws, "Parameters")
