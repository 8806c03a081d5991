"""What holds for the clusters beside what holds for every stack."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest

from builder.evaluate import Place, parameter_values
from builder.render import render
from builder.roles.facts import facts
from builder.roles.sql import roles
from templates.access import ROLES
from templates.instance_classes import CLUSTER_CLASSES, InstanceClass
from tests.templates.rendering import (
    CLUSTERS,
    ENVIRONMENTS,
    ROOT,
    STACKS,
    Rendered,
    built,
    parameter_file,
    rendered,
)

EVERY_CLUSTER = pytest.mark.parametrize("stack", CLUSTERS)


def cluster(r: Rendered) -> dict[str, Any]:
    return r.only("RDS::DBCluster")


@pytest.mark.parametrize(("stack", "environment"), [*product(CLUSTERS, ENVIRONMENTS)])
def test_a_cluster_renders_in_every_region_that_it_declares(stack: str, environment: str) -> None:
    for region in STACKS[stack].regions:
        assert cluster(rendered(stack, environment, region))["StorageEncrypted"] is True


@EVERY_CLUSTER
def test_a_cluster_deploys_without_a_bucket(stack: str) -> None:
    assert len((ROOT / "dist" / f"{stack}.json").read_bytes()) < 51_200


@EVERY_CLUSTER
def test_a_cluster_is_kept_whatever_its_parameters(stack: str) -> None:
    resources = built(stack)["Resources"]
    kept = resources["DatabaseCluster"]
    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    assert kept["Properties"]["DeletionProtection"] is True
    assert "Condition" not in kept
    for name, resource in resources.items():
        if resource["Type"] in {"AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::Backup::BackupVault"}:
            assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
            assert "Condition" not in resource, name


@EVERY_CLUSTER
def test_a_clusters_data_is_under_keys_of_its_own(stack: str) -> None:
    r = rendered(stack)
    used = [cluster(r)["KmsKeyId"], cluster(r)["MasterUserSecret"]["KmsKeyId"]]
    used += [cluster(r)["PerformanceInsightsKmsKeyId"], r.only("Backup::BackupVault")["EncryptionKeyArn"]]
    assert len(set(used)) == 1, "the database's own key, for all that is its data"
    others = {r.only("SNS::Topic")["KmsMasterKeyId"]} | {
        each["KmsKeyId"] for each in r.of_type("Logs::LogGroup").values()
    }
    assert {*used, *others} == {f"<{name}.Arn>" for name in r.of_type("KMS::Key")}


@EVERY_CLUSTER
def test_nothing_of_a_cluster_is_called_as_anything_of_an_instance(stack: str) -> None:
    """Both stand in one environment of one project."""
    names = {"AliasName", "BackupVaultName", "DBClusterIdentifier", "DBInstanceIdentifier", "LogGroupName", "TopicName"}

    def called(of: str) -> set[str]:
        r = rendered(of)
        given = {
            str(each[name])
            for resource in r.resources.values()
            for each in [_props(resource)]
            for name in each
            if name in names
        }
        return given | {str(each["Export"]["Name"]) for each in r.outputs.values() if "Export" in each}

    for other in {"rds-high-availability-existing-vpc", *CLUSTERS} - {stack}:
        assert called(stack) & called(other) == set()


def _props(resource: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = resource.get("Properties", {})
    return properties


@EVERY_CLUSTER
def test_every_alarm_of_a_cluster_tells_when_it_begins_and_ends_and_what_to_do_first(stack: str) -> None:
    for name, alarm in rendered(stack).of_type("CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == ["<NotificationTopic>"], name
        assert " First: " in alarm["AlarmDescription"], name
        silent = name == "BackupAbsent" or name.endswith("Silent")
        assert alarm["TreatMissingData"] == ("breaching" if silent else "notBreaching"), name


@EVERY_CLUSTER
def test_each_member_is_watched_for_the_same(stack: str) -> None:
    alarms = rendered(stack).of_type("CloudWatch::Alarm")
    watched = [{name[7:] for name in alarms if name.startswith(f"Member{number}")} for number in (1, 2, 3)]
    assert watched[0] == watched[1] == watched[2]
    assert {"Silent", "CpuTooHigh", "ConnectionsNearLimit"} <= watched[0]
    assert [name for name in alarms if name.endswith("ReplicaLagsBehind")]


def test_the_worst_of_the_members_is_of_all_three() -> None:
    alarms = rendered("rds-cluster").of_type("CloudWatch::Alarm")
    worst = {name: alarm for name, alarm in alarms.items() if "([member1, member2, member3])" in str(alarm)}
    assert "ClusterStorageTooFull" in worst
    for name, alarm in worst.items():
        extreme = "MIN" if alarm["ComparisonOperator"] == "LessThanThreshold" else "MAX"
        assert extreme in alarm["Metrics"][0]["Expression"], name
        asked = [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]
        assert len({metric["MetricName"] for metric in asked}) == 1, name
        assert len({str(metric["Dimensions"]) for metric in asked}) == 3, name


@EVERY_CLUSTER
def test_application_migrator_and_reader_each_have_a_policy(stack: str) -> None:
    policies = rendered(stack, ApplicationUser="orders").of_type("IAM::ManagedPolicy").values()
    users = [re.sub(r".*/", "", each["PolicyDocument"]["Statement"][0]["Resource"][0]) for each in policies]
    assert sorted(users) == sorted(["orders", *(f"orders{suffix}" for suffix in ROLES.values())])


@EVERY_CLUSTER
def test_the_roles_that_are_printed_are_those_that_the_policies_admit(stack: str) -> None:
    given = parameter_values(built(stack), parameter_file(stack, "prod"), file=stack)
    known = facts(render(built(stack), given.values, Place(region="eu-west-1", stack_name=stack), file=stack))
    made = roles(known, connections=1000, statement_timeout=0)
    assert {role.name for role in made.logins} == set(known.admitted)


@EVERY_CLUSTER
def test_backups_are_of_the_cluster_and_its_windows_are_free_of_jobs(stack: str) -> None:
    r = rendered(stack)
    assert r.only("Backup::BackupSelection")["BackupSelection"]["Resources"] == ["<DatabaseCluster.DBClusterArn>"]
    assert cluster(r)["BackupRetentionPeriod"] == 35


class TestMultiAz:
    def test_snapshots_are_neither_continuous_nor_copied(self) -> None:
        """AWS Backup has neither for such a cluster."""
        for rule in rendered("rds-cluster").only("Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]:
            assert not {"EnableContinuousBackup", "CopyActions"} & set(rule)

    @pytest.mark.parametrize(("tier", "storage_type"), [("gp3-from-400-gib", "gp3"), ("io1", "io1")])
    def test_storage_always_states_its_iops(self, tier: str, storage_type: str) -> None:
        found = cluster(rendered("rds-cluster", StorageTier=tier))
        assert (found["StorageType"], found["Iops"], found["AllocatedStorage"]) == (storage_type, "12000", "400")

    def test_members_are_named_as_rds_names_them_within_what_it_allows(self) -> None:
        longest = {"Project": "p" * 12, "EnvironmentSuffix": "s" * 10}
        assert len(cluster(rendered("rds-cluster", **longest))["DBClusterIdentifier"]) <= 52
        alarm = rendered("rds-cluster").resources["Member2CpuTooHigh"]["Properties"]
        assert alarm["Dimensions"][0]["Value"] == "<DatabaseCluster>-instance-2"

    @pytest.mark.parametrize("version", ["15.19", "18.6"])
    def test_the_parameter_groups_family_follows_the_version(self, version: str) -> None:
        r = rendered("rds-cluster", EngineVersion=version)
        assert r.only("RDS::DBClusterParameterGroup")["Family"] == f"postgres{version.split('.')[0]}"

    def test_iam_authentication_can_be_turned_off(self) -> None:
        assert cluster(rendered("rds-cluster"))["EnableIAMDatabaseAuthentication"] == "true"
        assert cluster(rendered("rds-cluster", IamAuthentication="false"))["EnableIAMDatabaseAuthentication"] == "false"

    @pytest.mark.parametrize(("name", "each"), CLUSTER_CLASSES.items())
    def test_connections_and_alarms_follow_the_class(self, name: str, each: InstanceClass) -> None:
        r = rendered("rds-cluster", InstanceClass=name)
        group = r.only("RDS::DBClusterParameterGroup")["Parameters"]
        assert group["max_connections"] == str(each.max_connections)
        assert r.resources["ClusterLoadTooHigh"]["Properties"]["Threshold"] == str(each.vcpus)


class TestAurora:
    STACK = "aurora-high-availability"

    def members(self, **values: str) -> dict[str, dict[str, Any]]:
        return rendered(self.STACK, **values).of_type("RDS::DBInstance")

    def test_three_members_are_alike_and_any_can_write(self) -> None:
        members = self.members().values()
        assert len({each["DBInstanceIdentifier"] for each in members}) == 3
        assert {each["DBClusterIdentifier"] for each in members} == {"<DatabaseCluster>"}
        assert [each["PromotionTier"] for each in members] == [0, 1, 1]
        assert {each["PubliclyAccessible"] for each in members} == {False}

    def test_members_outlive_the_stack_with_their_cluster(self) -> None:
        """A protected cluster without members would keep its data and serve nobody."""
        for name in ("Member1", "Member2", "Member3"):
            member = built(self.STACK)["Resources"][name]
            assert (member["DeletionPolicy"], member["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")

    def test_serverless_has_a_capacity_and_provisioned_a_size(self) -> None:
        serverless = rendered(self.STACK, InstanceClass="db.serverless", MinCapacity="3", MaxCapacity="9")
        capacity = {"MinCapacity": "3", "MaxCapacity": "9"}
        assert cluster(serverless)["ServerlessV2ScalingConfiguration"] == capacity
        assert serverless.only("RDS::DBParameterGroup").get("Parameters", {}) == {}
        provisioned = rendered(self.STACK, InstanceClass="db.r8g.large")
        assert "ServerlessV2ScalingConfiguration" not in cluster(provisioned)
        assert provisioned.only("RDS::DBParameterGroup")["Parameters"]["max_connections"].isdigit()
        alarms = [set(each.of_type("CloudWatch::Alarm")) for each in (serverless, provisioned)]
        assert alarms[0] - alarms[1] == {"ClusterCapacityNearMaximum"}
        sized = {f"Member{number}{what}" for number in (1, 2, 3) for what in ("ConnectionsNearLimit", "MemoryTooLow")}
        assert alarms[1] - alarms[0] == sized | {"ClusterLoadTooHigh"}

    @pytest.mark.parametrize(("optimized", "storage"), [("true", "aurora-iopt1"), ("false", "aurora")])
    def test_storage_is_stated_either_way(self, optimized: str, storage: str) -> None:
        assert cluster(rendered(self.STACK, IoOptimized=optimized))["StorageType"] == storage

    def test_zones_are_the_members_own_or_auroras_to_choose(self) -> None:
        zones = {"Zone1": "eu-west-1a", "Zone2": "eu-west-1b", "Zone3": "eu-west-1c"}
        assert [each["AvailabilityZone"] for each in self.members(**zones).values()] == list(zones.values())
        none = dict.fromkeys(zones, "")
        assert not [each for each in self.members(**none).values() if "AvailabilityZone" in each]

    @pytest.mark.parametrize(
        "wrong", [("a", "", ""), ("a", "b", ""), ("a", "a", "b"), ("a", "b", "b"), ("a", "b", "a")]
    )
    def test_zones_that_are_not_three_are_refused(self, wrong: tuple[str, ...]) -> None:
        zones = {f"Zone{index}": f"eu-west-1{zone}" if zone else "" for index, zone in enumerate(wrong, start=1)}
        with pytest.raises(AssertionError):
            rendered(self.STACK, **zones)

    @pytest.mark.parametrize("version", ["15", "18"])
    def test_both_parameter_groups_families_follow_the_version(self, version: str) -> None:
        r = rendered(self.STACK, EngineVersion=version)
        groups = r.of_type("RDS::DBClusterParameterGroup", "RDS::DBParameterGroup").values()
        assert {each["Family"] for each in groups} == {f"aurora-postgresql{version}"}

    def test_daily_backups_are_copied_where_a_vault_is_named(self) -> None:
        vault = "arn:aws:backup:eu-central-1:123456789012:backup-vault:copies"
        rules = rendered(self.STACK, CopyVaultArn=vault).only("Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
        assert [each.get("CopyActions") is not None for each in rules] == [False, True]

    def test_no_backtrack_is_asked_for(self) -> None:
        """Aurora PostgreSQL has none, and refuses it."""
        assert "BacktrackWindow" not in cluster(rendered(self.STACK))
