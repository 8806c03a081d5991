"""Backup, storage, database settings and parameters: a template that passes each check, and edits that do not."""

from __future__ import annotations

from tests.builder.checks.checking import Case, read

BACKUP, DATABASE = read("backup"), read("database")
CLUSTERS, PRODUCTION = read("clusters"), read("production")
_DAILY = "cron(0 12 * * ? *)"
_RULE = "Lifecycle: {DeleteAfterDays: 35}"

BACKUP_CASES = (
    Case("E9101", BACKUP, _DAILY, "cron(0,30 12 * * ? *)", "30 minutes apart"),
    Case("E9101", BACKUP, _DAILY, "rate(30 minutes)", "30 minutes apart"),
    Case("E9101", BACKUP, _DAILY, "rate(0 hours)", "no schedule"),
    Case("E9101", BACKUP, _DAILY, "cron(0 12 * * *)", "no schedule"),
    Case("E9101", BACKUP, _DAILY, "cron(0 25 * * ? *)", "no schedule"),
    Case("E9101", BACKUP, _DAILY, "cron(x 12 * * ? *)", "no schedule"),
    Case(
        "E9102",
        BACKUP,
        "StartWindowMinutes: 60\n            Comp",
        "StartWindowMinutes: 59\n            Comp",
        "under the 60",
    ),
    Case("E9102", BACKUP, "CompletionWindowMinutes: 180", "CompletionWindowMinutes: 60", "must end by 60"),
    Case(
        "E9103",
        BACKUP,
        _RULE.replace("35", "120, MoveToColdStorageAfterDays: 30"),
        _RULE + "\n            EnableContinuousBackup: true",
        "falls back to snapshots",
    ),
    Case(
        "E9104",
        BACKUP,
        "BackupRetentionPeriod: 35",
        "BackupRetentionPeriod: 7",
        "is 7, but Daily makes AWS Backup set 35",
    ),
    Case(
        "E9105", BACKUP, "BackupRetentionPeriod: 35", "PreferredBackupWindow: 03:00-03:30", "cannot be set while Daily"
    ),
    Case("E9106", BACKUP, _DAILY, "cron(0 4 * * ? *)", "from Sun 04:00"),
    Case("E9106", BACKUP, _DAILY, "cron(30 3 * * ? *)", "from Sun 03:30"),
    Case("E9106", BACKUP, _DAILY, "cron(0 22-5/3 ? * 1L *)", "from Sun 04:00"),
    Case("E9107", BACKUP, _RULE, "Lifecycle: {DeleteAfterDays: 36}", "1 to 35 days"),
    Case("E9107", BACKUP, _RULE, "Lifecycle: {DeleteAfterDays: 35, MoveToColdStorageAfterDays: 1}", "cold storage"),
    Case("E9108", BACKUP, "DeleteAfterDays: 120", "DeleteAfterDays: 119", "at least 90 days"),
    Case("E9109", BACKUP, _RULE, "Lifecycle: {DeleteAfterDays: 6}", "every job fails"),
    Case("E9109", BACKUP, "MaxRetentionDays: 365", "MaxRetentionDays: 100", "120 days are outside"),
    Case("E9110", BACKUP, "MaxRetentionDays: 365", "ChangeableForDays: 2", "under the 3"),
    Case("E9110", BACKUP, "MaxRetentionDays: 365", "MaxRetentionDays: 5", "is above"),
    Case("E9111", BACKUP, "!GetAtt Database.DBInstanceArn", "orders", "is no ARN"),
)

STORAGE_CASES = (
    Case("E9121", DATABASE, "Default: 400", "Default: 399", "Iops: cannot be given for gp3 under 400 GiB"),
    Case("E9121", DATABASE, "Default: 400", "Default: 20", "StorageThroughput: cannot be given"),
    Case(
        "E9121",
        DATABASE.replace("Engine: postgres", "Engine: oracle-ee"),
        "Default: 400",
        "Default: 199",
        "under 200 GiB",
    ),
    Case(
        "E9122",
        DATABASE,
        "StorageType: gp3\n      AllocatedStorage: !Ref Size\n      MaxAllocatedStorage: 1000\n      Iops: 12000",
        "StorageType: io2",
        "io2 needs Iops",
    ),
    Case(
        "E9122",
        DATABASE,
        "Type: AWS::RDS::DBInstance\n",
        "Type: AWS::RDS::DBCluster\n    Properties: {DBClusterInstanceClass: db.r6gd.large}\n  X:\n    Type: A::B::C\n",
        "needs Iops, also with gp3",
    ),
    Case("E9123", DATABASE, "StorageType: gp3", "StorageType: gp2", "cannot be given for gp2"),
    Case("E9124", DATABASE, "MaxAllocatedStorage: 1000", "MaxAllocatedStorage: 439", "give at least 440, better 504"),
    Case("E9125", DATABASE, "Iops: 12000", "Iops: 11999", "outside 12000 to 64000"),
    Case("E9125", DATABASE, "StorageThroughput: 500", "StorageThroughput: 3001", "more than a quarter"),
    Case("E9125", DATABASE, "Iops: 12000\n", "CopyTagsToSnapshot: true\n", "without Iops"),
)

DATABASE_CASES = (
    Case("E9130", DATABASE, "sun:05:00-sun:05:30", "sun:03:15-sun:03:45", "overlaps"),
    Case("E9130", DATABASE, "sun:05:00-sun:05:30", "sun:05:00-sun:05:20", "20 minutes"),
    Case("E9130", DATABASE, "03:00-03:30", "sun:03:00-sun:03:30", "is no window"),
    Case("E9130", DATABASE, "sun:05:00-sun:05:30", "day:05:00-day:05:30", "is no window"),
    Case("E9131", DATABASE, "MonitoringInterval: 60", "MonitoringInterval: 45", "45 is none of"),
    Case("E9131", DATABASE, "      MonitoringRoleArn: !GetAtt Role.Arn\n", "", "needs MonitoringRoleArn"),
    Case("E9131", DATABASE, "      MonitoringInterval: 60\n", "", "without MonitoringInterval"),
    Case("E9132", DATABASE, "RetentionPeriod: 465", "RetentionPeriod: 500", "500 days is none of"),
    Case("E9132", DATABASE, "RetentionPeriod: 465", "RetentionPeriod: 7", "needs 465 days, and keeps 7"),
    Case(
        "E9132",
        DATABASE,
        "EnablePerformanceInsights: true",
        "EnablePerformanceInsights: false",
        "Performance Insights is off",
    ),
    Case("E9133", DATABASE, "BackupRetentionPeriod: 35", "BackupRetentionPeriod: 36", "outside 0 to 35"),
    Case(
        "E9133",
        DATABASE,
        "BackupRetentionPeriod: 35",
        "AutomaticBackupReplicationRetentionPeriod: 36",
        "outside 1 to 35",
    ),
    Case("E9133", DATABASE, "BackupRetentionPeriod: 35", "AutomaticBackupReplicationKmsKeyId: k", "replicates nothing"),
    Case(
        "E9133",
        DATABASE,
        "BackupRetentionPeriod: 35",
        "AutomaticBackupReplicationRegion: eu-west-1",
        "is where the instance is",
    ),
    Case(
        "E9133",
        DATABASE,
        "BackupRetentionPeriod: 35",
        "AutomaticBackupReplicationRegion: eu-west-2",
        "only under a key",
    ),
    Case("E9134", DATABASE, "[postgresql]", "[postgresql, slowquery]", "'slowquery' is no log of postgres"),
    Case("W9135", DATABASE, '"17"', '"12.9"', "ended on 2025-02-28"),
    Case(
        "E9136",
        DATABASE,
        "StorageEncrypted: true",
        "StorageEncrypted: true\n      DBSnapshotIdentifier: s",
        "the snapshot has it",
    ),
    Case(
        "E9136",
        DATABASE,
        "StorageEncrypted: true",
        "SourceDBInstanceIdentifier: orders\n      SourceDbiResourceId: db-ABCDEFGHIJ",
        "makes a replica of it",
    ),
    Case(
        "E9143",
        DATABASE,
        "StorageEncrypted: true",
        "SourceDBInstanceIdentifier: arn:aws:rds:us-east-1:123456789012:db:orders",
        "is in us-east-1, which SourceRegion does not say",
    ),
    Case("E9137", DATABASE, "MasterUsername: keeper", "MasterUserPassword: open", "stands in the template"),
    Case(
        "E9137",
        DATABASE,
        "MasterUsername: keeper",
        'MasterUserPassword: "{{resolve:ssm-secure:p}}"',
        "cannot be given with",
    ),
    Case("E9137", DATABASE, "ManageMasterUserPassword: true", "MasterUserSecret: {KmsKeyId: k}", "RDS does not manage"),
    Case("W9138", DATABASE, "PubliclyAccessible: false", "PubliclyAccessible: true", "on the internet"),
    Case("W9139", DATABASE, "keeper", "postgres", "the first name that an attacker tries"),
    Case("W9139", DATABASE, "keeper", "pg_keeper", "reserved"),
    Case("W9141", PRODUCTION, "MultiAZ: true", "MultiAZ: false", "a tag says production (shop:environment=prod)"),
    Case("W9141", PRODUCTION, "      MultiAZ: true\n", "", "when its zone fails, so does the database"),
    Case("W9142", PRODUCTION, "DeletionProtection: true", "DeletionProtection: false", "one call deletes the database"),
    Case("E9151", DATABASE, "Family: postgres17", "Family: postgres16", "make the Family postgres17"),
    Case("E9151", DATABASE, "!Ref Group", "default.postgres15", "family postgres15"),
    Case("E9152", DATABASE, "log_statement: none", "log_statment: none", "did you mean log_statement?"),
    Case("E9152", DATABASE, "log_statement: none", "log_statement: some", "'some'"),
    Case("W9153", DATABASE, "Needs a reboot.", "Logical slots.", "Logical does nothing until a reboot"),
    Case("W9153", DATABASE, '!If [IsLogical, "1", "0"]', '!Sub "${Size}"', "Size does nothing until a reboot"),
)

_PLAIN = "Lifecycle: {DeleteAfterDays: 35}"

CLUSTER_CASES = (
    Case("E9106", CLUSTERS, "cron(0 12 * * ? *)", "cron(0 4 * * ? *)", "PreferredMaintenanceWindow of Cluster"),
    Case("E9112", CLUSTERS, _PLAIN, f"{_PLAIN}\n            EnableContinuousBackup: true", "no point-in-time recovery"),
    Case(
        "E9112",
        CLUSTERS,
        _PLAIN,
        f"{_PLAIN}\n            CopyActions: [{{DestinationBackupVaultArn: v}}]",
        "cannot be copied: every copy fails",
    ),
    Case("E9122", CLUSTERS, "      Iops: 12000\n", "", "a Multi-AZ DB cluster needs Iops"),
    Case("E9140", CLUSTERS, "orders-cluster", "o" * 53, "has 53 characters"),
    Case("W9138", CLUSTERS, "PubliclyAccessible: false", "PubliclyAccessible: true", "on the internet"),
    Case("E9151", CLUSTERS, "Family: postgres17", "Family: postgres16", "make the Family postgres17"),
    Case(
        "E9151",
        CLUSTERS,
        "of members\n      Family: aurora-postgresql17",
        "of members\n      Family: aurora-postgresql16",
        "Member.Properties.DBParameterGroupName: is a group of the family aurora-postgresql16",
    ),
    Case("E9152", CLUSTERS, "{log_statement: none}", "{log_statment: none}", "did you mean log_statement?"),
    Case("E9165", CLUSTERS, "PerformanceInsightsEnabled: true", "Port: 5433", "Performance Insights on"),
    Case("E9165", CLUSTERS, "MetricName: DBLoad", "MetricName: ReplicaLag", "no disk of their own"),
    Case(
        "W9231", CLUSTERS, "    DeletionPolicy: Retain\n", "    DeletionPolicy: Snapshot\n", "no snapshots of its own"
    ),
    Case("W9232", CLUSTERS, '17"\n      StorageEncrypted: true', '17"', "is not encrypted"),
)

CASES = (*BACKUP_CASES, *STORAGE_CASES, *DATABASE_CASES, *CLUSTER_CASES)
