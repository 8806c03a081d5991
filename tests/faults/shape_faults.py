"""Faults in the stacks beside the core: the own secret, replica, restore, proxy and second Region."""

from __future__ import annotations

from tests.faults.seeding import Fault, Kind, Template, att, no_longer, props, resource, sub

OWN_SECRET = "rds-high-availability-own-secret"
REPLICA = "rds-read-replica"
RESTORE = "rds-restore"
PROXY = "rds-proxy"
DR = "rds-dr-region"
SNAPSHOT = {"SnapshotIdentifier": "before-migration", "SourceResourceId": ""}

secret = Kind("own secret", OWN_SECRET)
replica = Kind("replica", REPLICA)
restore = Kind("restore", RESTORE)
proxy = Kind("proxy", PROXY)
second = Kind("second Region", DR)


@secret("E9137")
def managed_secret_beside_the_stacks_own(t: Template) -> None:
    props(t, "Database")["ManageMasterUserPassword"] = True


@secret("E9137")
def password_in_the_clear(t: Template) -> None:
    props(t, "Database")["MasterUserPassword"] = "correct-horse-battery"


@secret("W9231")
def own_secret_without_policies(t: Template) -> None:
    no_longer(resource(t, "MasterSecret"), "DeletionPolicy", "UpdateReplacePolicy")


@replica("E9161")
def lag_of_another_engine(t: Template) -> None:
    props(t, "ReplicationStopped")["Metrics"][1]["MetricStat"]["Metric"]["MetricName"] = "ReplicationLag"


@replica("W9168")
def lag_alarm_turned_round(t: Template) -> None:
    props(t, "ReplicaLagsBehind")["ComparisonOperator"] = "LessThanThreshold"


@replica("E9211")
def monitoring_role_of_the_source(t: Template) -> None:
    trust = props(t, "MonitoringRole")["AssumeRolePolicyDocument"]["Statement"][0]
    source = "arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:db:postgres-${Project}-${EnvironmentSuffix}"
    trust["Condition"]["ArnLike"]["aws:SourceArn"] = sub(source)


@replica("E9183")
def logs_key_for_the_sources_groups(t: Template) -> None:
    statement = props(t, "LogsKey")["KeyPolicy"]["Statement"][1]
    groups = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/rds/instance/postgres-source/*"
    statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] = [sub(groups)]


@replica("E9143", SourceDatabaseArn="arn:aws:rds:eu-west-2:123456789012:db:postgres-tap-prod")
def source_elsewhere_without_its_region(t: Template) -> None:
    no_longer(props(t, "Database"), "SourceRegion")


@restore("E9136", **SNAPSHOT)
def key_of_a_snapshot_stated_again(t: Template) -> None:
    props(t, "Database")["KmsKeyId"] = att("DatabaseKey", "Arn")


@restore("E9136")
def moment_restored_by_the_name_of_its_source(t: Template) -> None:
    props(t, "Database")["SourceDBInstanceIdentifier"] = "postgres-tap-dev"


@restore("E9136", **SNAPSHOT)
def master_user_of_a_snapshot_named_again(t: Template) -> None:
    props(t, "Database")["MasterUsername"] = "dbadmin"


@restore("E9181")
def restored_instance_before_its_log_groups(t: Template) -> None:
    depends = resource(t, "Database")["DependsOn"]
    resource(t, "Database")["DependsOn"] = [each for each in depends if not each.endswith("LogGroup")]


@proxy("E9161")
def metric_of_the_pool_misspelt(t: Template) -> None:
    props(t, "ProxyPoolExhausted")["MetricName"] = "DatabaseConnectionBorrowLatency"


@proxy("E9164")
def share_of_a_term_that_is_not_there(t: Template) -> None:
    props(t, "ProxySessionsPinned")["Metrics"][0]["Expression"] = "100 * pinned / opened"


@proxy("cfn-lint")
def proxy_for_an_engine_that_is_none(t: Template) -> None:
    props(t, "Proxy")["EngineFamily"] = "POSTGRES"


@second("E9162")
def vault_of_copies_by_its_arn(t: Template) -> None:
    props(t, "CopyAbsent")["Dimensions"][0]["Value"] = att("BackupVault", "BackupVaultArn")


@second("E9163")
def silence_of_eight_days(t: Template) -> None:
    props(t, "CopyAbsent")["EvaluationPeriods"] = 16


FAULTS: tuple[Fault, ...] = tuple(fault for kind in (secret, replica, restore, proxy, second) for fault in kind.faults)
