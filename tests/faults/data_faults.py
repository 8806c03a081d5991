"""Faults in backup, storage, database settings, parameters and the resources that hold data."""

from __future__ import annotations

from tests.faults.seeding import EXISTING_VPC, Kind, Template, att, no_longer, props, ref, resource, rule, sub

backup = Kind("backup")
storage = Kind("storage")
database = Kind("database")
parameters = Kind("PostgreSQL parameters")
stateful = Kind("stateful resources")
buckets = Kind("buckets")


@backup("E9101")
def snapshots_every_half_hour(t: Template) -> None:
    rule(t, 0)["ScheduleExpression"] = "cron(0/30 12-14 * * ? *)"


@backup("E9101")
def cron_of_unix(t: Template) -> None:
    rule(t, 1)["ScheduleExpression"] = "cron(0 12 * * *)"


@backup("E9102")
def start_window_of_half_an_hour(t: Template) -> None:
    rule(t, 0)["StartWindowMinutes"] = 30


@backup("E9102")
def completion_before_the_start_window_ends(t: Template) -> None:
    rule(t, 0)["CompletionWindowMinutes"] = 45


@backup("E9103", PointInTimeOwner="AWSBackup")
def both_rules_continuous(t: Template) -> None:
    rule(t, 0)["EnableContinuousBackup"] = True
    rule(t, 0)["Lifecycle"]["DeleteAfterDays"] = 35


@backup("E9104", PointInTimeOwner="AWSBackup")
def native_retention_of_a_week_under_backup_ownership(t: Template) -> None:
    props(t, "Database")["BackupRetentionPeriod"] = 7


@backup("E9104")
def continuous_rule_of_a_week_beside_native_retention(t: Template) -> None:
    rule(t, 0)["EnableContinuousBackup"] = True
    no_longer(props(t, "Database"), "PreferredBackupWindow")


@backup("E9105", PointInTimeOwner="AWSBackup")
def window_under_backup_ownership(t: Template) -> None:
    props(t, "Database")["PreferredBackupWindow"] = "03:00-03:30"


@backup("E9106")
def job_in_the_backup_window(t: Template) -> None:
    rule(t, 1)["ScheduleExpression"] = "cron(0 3 * * ? *)"


@backup("E9106")
def job_in_the_hour_before_the_backup_window(t: Template) -> None:
    rule(t, 1)["ScheduleExpression"] = "cron(30 2 * * ? *)"


@backup("E9106")
def job_that_may_start_late_into_the_maintenance_window(t: Template) -> None:
    props(t, "Database")["PreferredMaintenanceWindow"] = "sun:08:00-sun:08:30"


@backup("E9106")
def default_start_window_reaches_into_the_backup_window(t: Template) -> None:
    rule(t, 1)["ScheduleExpression"] = "cron(0 22 * * ? *)"
    no_longer(rule(t, 1), "StartWindowMinutes", "CompletionWindowMinutes")


@backup("E9107", PointInTimeOwner="AWSBackup")
def continuous_backup_without_lifecycle(t: Template) -> None:
    no_longer(rule(t, 1), "Lifecycle")


@backup("E9107", PointInTimeOwner="AWSBackup")
def continuous_backup_into_cold_storage(t: Template) -> None:
    rule(t, 1)["Lifecycle"]["MoveToColdStorageAfterDays"] = 8


@backup("E9108")
def cold_storage_of_a_week(t: Template) -> None:
    rule(t, 1)["Lifecycle"]["MoveToColdStorageAfterDays"] = 28


@backup("E9109")
def snapshots_kept_shorter_than_the_vault_lock_admits(t: Template) -> None:
    rule(t, 0)["Lifecycle"]["DeleteAfterDays"] = 3


@backup("E9110")
def compliance_lock_without_grace(t: Template) -> None:
    props(t, "BackupVault")["LockConfiguration"] = {"MinRetentionDays": 7, "ChangeableForDays": 1}


@backup("E9111")
def selection_by_identifier(t: Template) -> None:
    props(t, "BackupSelection")["BackupSelection"]["Resources"] = [ref("Database")]


@storage("E9121")
def iops_on_small_gp3(t: Template) -> None:
    props(t, "Database")["AllocatedStorage"] = 100


@storage("E9121")
def throughput_on_small_gp3(t: Template) -> None:
    props(t, "Database").update(AllocatedStorage=200, Iops=ref("AWS::NoValue"))


@storage("E9122")
def io2_without_iops(t: Template) -> None:
    props(t, "Database")["StorageType"] = "io2"
    no_longer(props(t, "Database"), "Iops", "StorageThroughput")


@storage("E9123")
def iops_on_gp2(t: Template) -> None:
    props(t, "Database")["StorageType"] = "gp2"
    no_longer(props(t, "Database"), "StorageThroughput")


@storage("E9124")
def autoscaling_limit_five_percent_above(t: Template) -> None:
    props(t, "Database")["MaxAllocatedStorage"] = 420


@storage("E9125")
def more_throughput_than_the_iops_carry(t: Template) -> None:
    props(t, "Database")["StorageThroughput"] = 4000


@database("E9131")
def monitoring_every_45_seconds(t: Template) -> None:
    props(t, "Database")["MonitoringInterval"] = 45


@database("E9131")
def monitoring_without_a_role(t: Template) -> None:
    no_longer(props(t, "Database"), "MonitoringRoleArn")


@database("E9132")
def advanced_insights_kept_for_a_week(t: Template) -> None:
    props(t, "Database")["PerformanceInsightsRetentionPeriod"] = 7


@database("E9132")
def insights_kept_for_a_hundred_days(t: Template) -> None:
    props(t, "Database")["PerformanceInsightsRetentionPeriod"] = 500


@database("E9132")
def advanced_insights_without_performance_insights(t: Template) -> None:
    props(t, "Database")["EnablePerformanceInsights"] = False


@database("E9133")
def backups_for_forty_days(t: Template) -> None:
    props(t, "Database")["BackupRetentionPeriod"] = 40


@database("E9133")
def replicated_backups_without_a_key(t: Template) -> None:
    props(t, "Database")["AutomaticBackupReplicationRegion"] = "eu-central-1"


@database("E9130")
def windows_that_overlap(t: Template) -> None:
    props(t, "Database")["PreferredMaintenanceWindow"] = "sun:03:15-sun:03:45"


@database("E9130")
def maintenance_window_of_a_quarter_of_an_hour(t: Template) -> None:
    props(t, "Database")["PreferredMaintenanceWindow"] = "sun:04:00-sun:04:15"


@database("E9130")
def maintenance_window_without_a_day(t: Template) -> None:
    props(t, "Database")["PreferredMaintenanceWindow"] = "04:00-04:30"


@database("W9141")
def standby_switched_off(t: Template) -> None:
    props(t, "Database")["MultiAZ"] = False


@database("W9142")
def deletion_protection_switched_off(t: Template) -> None:
    props(t, "Database")["DeletionProtection"] = False


@database("E9134")
def log_export_of_mysql(t: Template) -> None:
    props(t, "Database")["EnableCloudwatchLogsExports"] = ["postgresql", "upgrade", "slowquery"]


@database("W9135")
def major_near_its_end(t: Template) -> None:
    props(t, "Database")["EngineVersion"] = "14"
    props(t, "DatabaseParameterGroup")["Family"] = "postgres14"


@database("E9136")
def restored_with_a_new_database_name(t: Template) -> None:
    props(t, "Database")["DBSnapshotIdentifier"] = "before-the-accident"


@database("E9137")
def password_in_the_template(t: Template) -> None:
    props(t, "Database").update(MasterUserPassword="correct-horse", ManageMasterUserPassword=False)
    no_longer(props(t, "Database"), "MasterUserSecret")


@database("W9138")
def database_on_the_internet(t: Template) -> None:
    props(t, "Database")["PubliclyAccessible"] = True


@database("cfn-lint", stack=EXISTING_VPC)
def class_that_does_not_exist(t: Template) -> None:
    props(t, "Database")["DBInstanceClass"] = "db.r6g.huge"


@database("cfn-lint", stack=EXISTING_VPC)
def engine_version_that_does_not_exist(t: Template) -> None:
    props(t, "Database")["EngineVersion"] = "17.99"


@parameters("E9151")
def family_of_another_major(t: Template) -> None:
    props(t, "DatabaseParameterGroup")["Family"] = "postgres16"


@parameters("E9152")
def misspelt_parameter(t: Template) -> None:
    props(t, "DatabaseParameterGroup")["Parameters"]["log_min_duration_statment"] = "1000"


@parameters("E9152")
def parameter_of_another_major(t: Template) -> None:
    props(t, "DatabaseParameterGroup")["Parameters"]["old_snapshot_threshold"] = "60"


@parameters("E9152")
def value_outside_its_range(t: Template) -> None:
    props(t, "DatabaseParameterGroup")["Parameters"]["track_activity_query_size"] = "64"


@parameters("E9152")
def value_that_is_no_choice(t: Template) -> None:
    props(t, "DatabaseParameterGroup")["Parameters"]["log_statement"] = "some"


@parameters("E9152")
def value_with_a_unit(t: Template) -> None:
    props(t, "DatabaseParameterGroup")["Parameters"]["log_min_duration_statement"] = "1s"


@parameters("W9153")
def static_parameter_that_does_not_say_reboot(t: Template) -> None:
    t["Parameters"]["LogicalReplication"]["Description"] = "Allows logical slots."


@stateful("W9231")
def database_without_deletion_policy(t: Template) -> None:
    no_longer(resource(t, "Database"), "DeletionPolicy")


@stateful("W9231")
def database_without_update_replace_policy(t: Template) -> None:
    no_longer(resource(t, "Database"), "UpdateReplacePolicy")


@stateful("W9231")
def key_without_policies(t: Template) -> None:
    no_longer(resource(t, "DatabaseKey"), "DeletionPolicy", "UpdateReplacePolicy")


@stateful("W9231")
def snapshot_of_a_bucket(t: Template) -> None:
    resource(t, "BackupBucket")["DeletionPolicy"] = "Snapshot"


@stateful("W9232")
def database_unencrypted(t: Template) -> None:
    props(t, "Database")["StorageEncrypted"] = False


@stateful("W9232")
def bucket_without_encryption(t: Template) -> None:
    no_longer(props(t, "BackupBucket"), "BucketEncryption")


@stateful("W9232")
def vault_without_a_key(t: Template) -> None:
    no_longer(props(t, "BackupVault"), "EncryptionKeyArn")


@stateful("W9232")
def key_without_rotation(t: Template) -> None:
    props(t, "DatabaseKey")["EnableKeyRotation"] = False


@buckets("E9241")
def archive_before_infrequent_access(t: Template) -> None:
    transitions = props(t, "BackupBucket")["LifecycleConfiguration"]["Rules"][0]["Transitions"]
    transitions[0]["TransitionInDays"], transitions[1]["TransitionInDays"] = 90, 30


@buckets("E9241")
def infrequent_access_after_a_week(t: Template) -> None:
    props(t, "BackupBucket")["LifecycleConfiguration"]["Rules"][0]["Transitions"][0]["TransitionInDays"] = 7


@buckets("E9241")
def expired_before_the_last_transition(t: Template) -> None:
    props(t, "BackupBucket")["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] = 300


@buckets("W9242")
def noncurrent_versions_kept_for_ever(t: Template) -> None:
    no_longer(props(t, "BackupBucket")["LifecycleConfiguration"]["Rules"][0], "NoncurrentVersionExpiration")


@buckets("E9243")
def access_logs_without_a_policy_for_them(t: Template) -> None:
    del props(t, "ArchiveLogBucketPolicy")["PolicyDocument"]["Statement"][1]


@buckets("E9243")
def access_logs_from_another_bucket(t: Template) -> None:
    condition = props(t, "ArchiveLogBucketPolicy")["PolicyDocument"]["Statement"][1]["Condition"]
    condition["ArnLike"]["aws:SourceArn"] = sub("arn:${AWS::Partition}:s3:::another-bucket")


@buckets("E9243")
def access_logs_under_kms(t: Template) -> None:
    encryption = props(t, "ArchiveLogBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    encryption[0]["ServerSideEncryptionByDefault"] = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("ArchiveKey")}


@buckets("W9245")
def statement_that_demands_tls_dropped(t: Template) -> None:
    no_longer(props(t, "BackupBucketPolicy")["PolicyDocument"]["Statement"][0], "Condition")


@buckets("W9244")
def bucket_open_to_public_policies(t: Template) -> None:
    props(t, "BackupBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


FAULTS = tuple(fault for kind in (backup, storage, database, parameters, stateful, buckets) for fault in kind.faults)
