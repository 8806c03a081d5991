"""Faults in clusters: what a check that knows instances alone would let pass."""

from __future__ import annotations

from tests.faults.seeding import Kind, Template, no_longer, props, ref, resource, rule, sub

multi_az = Kind("Multi-AZ clusters", "rds-cluster")
aurora = Kind("Aurora", "aurora-high-availability")


@multi_az("W9232")
def cluster_in_the_clear(t: Template) -> None:
    no_longer(props(t, "DatabaseCluster"), "StorageEncrypted", "KmsKeyId")


@multi_az("W9231")
def cluster_that_a_replacement_loses(t: Template) -> None:
    no_longer(resource(t, "DatabaseCluster"), "UpdateReplacePolicy")


@multi_az("W9138")
def cluster_on_the_internet(t: Template) -> None:
    props(t, "DatabaseCluster")["PubliclyAccessible"] = True


@multi_az("E9151")
def cluster_group_of_another_major(t: Template) -> None:
    props(t, "ClusterParameterGroup")["Family"] = "postgres16"


@multi_az("E9152")
def cluster_parameter_that_does_not_exist(t: Template) -> None:
    props(t, "ClusterParameterGroup")["Parameters"]["log_min_duration"] = "1000"


@multi_az("E9122")
def cluster_without_iops(t: Template) -> None:
    no_longer(props(t, "DatabaseCluster"), "Iops")


@multi_az("E9112")
def continuous_backup_of_a_multi_az_cluster(t: Template) -> None:
    rule(t, 1)["EnableContinuousBackup"] = True


@multi_az("E9112")
def copies_of_a_multi_az_cluster(t: Template) -> None:
    copy = {"DestinationBackupVaultArn": "arn:aws:backup:eu-central-1:210987654321:backup-vault:copies"}
    rule(t, 1)["CopyActions"] = [copy]


@multi_az("E9106")
def cluster_backup_in_its_window(t: Template) -> None:
    rule(t, 1)["ScheduleExpression"] = "cron(0 3 * * ? *)"


@multi_az("E9134")
def log_that_a_cluster_does_not_have(t: Template) -> None:
    props(t, "DatabaseCluster")["EnableCloudwatchLogsExports"] = ["postgresql", "audit"]


@multi_az("E9140")
def name_without_room_for_members(t: Template) -> None:
    props(t, "DatabaseCluster")["DBClusterIdentifier"] = "c" * 60


@multi_az("E9162")
def member_alarm_on_the_cluster(t: Template) -> None:
    props(t, "Member1CpuTooHigh")["Dimensions"][0]["Value"] = ref("DatabaseCluster")


@multi_az("E9164")
def worst_of_members_that_are_not_asked(t: Template) -> None:
    props(t, "ClusterLoadTooHigh")["Metrics"].pop()


@multi_az("E9165")
def aurora_metric_of_a_multi_az_member(t: Template) -> None:
    props(t, "Member1ReplicaLagsBehind")["MetricName"] = "AuroraReplicaLag"


@aurora("W9232")
def aurora_in_the_clear(t: Template) -> None:
    no_longer(props(t, "DatabaseCluster"), "StorageEncrypted", "KmsKeyId")


@aurora("W9231")
def member_with_a_snapshot(t: Template) -> None:
    resource(t, "Member1")["DeletionPolicy"] = "Snapshot"


@aurora("W9138")
def member_on_the_internet(t: Template) -> None:
    props(t, "Member2")["PubliclyAccessible"] = True


@aurora("E9151")
def member_group_of_plain_postgresql(t: Template) -> None:
    props(t, "MemberParameterGroup")["Family"] = sub("postgres${EngineVersion}")


@aurora("E9134")
def upgrade_log_of_aurora(t: Template) -> None:
    props(t, "DatabaseCluster")["EnableCloudwatchLogsExports"] = ["postgresql", "upgrade"]


@aurora("E9161")
def aurora_metric_misspelt(t: Template) -> None:
    props(t, "ClusterReplicaLagsBehind")["MetricName"] = "AuroraReplicationLag"


@aurora("E9162")
def cluster_alarm_on_a_member(t: Template) -> None:
    props(t, "ClusterVolumeTooLarge")["Dimensions"][0]["Value"] = ref("Member1")


@aurora("E9165")
def free_storage_of_a_member_without_a_disk(t: Template) -> None:
    props(t, "Member1MemoryTooLow")["MetricName"] = "FreeStorageSpace"


@aurora("E9165")
def load_without_insights_of_the_cluster(t: Template) -> None:
    props(t, "DatabaseCluster")["PerformanceInsightsEnabled"] = False
    props(t, "Member1CpuTooHigh")["MetricName"] = "DBLoad"


FAULTS = (*multi_az.faults, *aurora.faults)
