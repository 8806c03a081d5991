"""Faults in alarms, the way of alerts, logs, events and state machines."""

from __future__ import annotations

from typing import Any

from tests.faults.seeding import OPERATIONS, Kind, Template, no_longer, props, ref, resource, statements, sub

alarms = Kind("alarms")
path = Kind("alert path")
logs = Kind("logs")
events = Kind("events")
machines = Kind("state machines", OPERATIONS)


def _pattern(t: Template) -> Any:
    return props(t, "BackupJobFailed")["EventPattern"]


def _definition(t: Template, old: str, new: str) -> None:
    """Replaces a text in the definition of the recovery point's watch."""
    definition = props(t, "RecoveryPointWatch")["DefinitionString"]
    assert old in definition["Fn::Sub"], old
    definition["Fn::Sub"] = definition["Fn::Sub"].replace(old, new)


@alarms("E9161")
def metric_that_does_not_exist(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["MetricName"] = "CpuUtilization"


@alarms("E9161")
def metric_of_backup_that_does_not_exist(t: Template) -> None:
    props(t, "BackupAbsent")["MetricName"] = "BackupJobsCompleted"


@alarms("E9161")
def metric_in_a_math_alarm_that_does_not_exist(t: Template) -> None:
    props(t, "DatabaseDiskTooSlow")["Metrics"][1]["MetricStat"]["Metric"]["MetricName"] = "ReadLatencyP90"


@alarms("E9161")
def namespace_in_the_wrong_case(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["Namespace"] = "AWS/Rds"


@alarms("E9162")
def wrong_dimension_name(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["Dimensions"][0]["Name"] = "DBInstanceId"


@alarms("E9162")
def wrong_dimension_name_of_a_vault(t: Template) -> None:
    props(t, "BackupAbsent")["Dimensions"][0]["Name"] = "VaultName"


@alarms("E9162")
def arn_as_a_dimension(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["Dimensions"][0]["Value"] = {"Fn::GetAtt": ["Database", "DBInstanceArn"]}


@alarms("E9162")
def vault_as_the_instance(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["Dimensions"][0]["Value"] = ref("BackupVault")


@alarms("E9163")
def alarm_over_two_days_of_minutes(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["EvaluationPeriods"] = 2880


@alarms("E9163")
def alarm_over_a_month(t: Template) -> None:
    props(t, "BackupAbsent").update(Period=86400, EvaluationPeriods=30)


@alarms("E9164")
def math_that_reads_what_is_not_there(t: Template) -> None:
    props(t, "DatabaseDiskTooSlow")["Metrics"][0]["Expression"] = "MAX([reads, write])"


@alarms("E9164")
def math_that_returns_twice(t: Template) -> None:
    no_longer(props(t, "DatabaseDiskTooSlow")["Metrics"][1], "ReturnData")


@alarms("E9165")
def credits_of_a_class_without_credits(t: Template) -> None:
    no_longer(resource(t, "DatabaseCpuCreditsLow"), "Condition")


@alarms("E9166")
def insights_asked_by_identifier(t: Template) -> None:
    expression = "DB_PERF_INSIGHTS('RDS', '${Database}', 'os.fileSys.usedPercent.avg')"
    props(t, "DatabaseStorageTooFull")["Metrics"][0]["Expression"] = sub(expression)


@alarms("E9167")
def threshold_that_no_percentage_passes(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["Threshold"] = 900


@alarms("W9168")
def comparison_turned_round(t: Template) -> None:
    props(t, "DatabaseMemoryTooLow")["ComparisonOperator"] = "GreaterThanThreshold"


@alarms("W9169")
def math_that_divides_by_the_wrong_unit(t: Template) -> None:
    expression = "100 * logs / (${AllocatedStorage} * 1048576)"
    props(t, "DatabaseTransactionLogsTooLarge")["Metrics"][0]["Expression"] = sub(expression)


@alarms("cfn-lint", stack=OPERATIONS)
def property_that_does_not_exist(t: Template) -> None:
    props(t, "FailoverTooSlow")["Treshold"] = props(t, "FailoverTooSlow").pop("Threshold")


@path("E9171")
def topic_policy_without_cloudwatch(t: Template) -> None:
    statement = statements(t, "NotificationTopicPolicy", "PolicyDocument")[0]
    statement["Principal"]["Service"].remove("cloudwatch.amazonaws.com")


@path("E9171")
def topic_policy_without_rds_events(t: Template) -> None:
    statement = statements(t, "NotificationTopicPolicy", "PolicyDocument")[0]
    statement["Principal"]["Service"].remove("events.rds.amazonaws.com")


@path("E9171")
def topic_policy_statement_dropped(t: Template) -> None:
    del statements(t, "NotificationTopicPolicy", "PolicyDocument")[1]


@path("E9171")
def topic_policy_for_alarms_of_another_region(t: Template) -> None:
    condition = statements(t, "NotificationTopicPolicy", "PolicyDocument")[0]["Condition"]
    condition["ArnLike"]["aws:SourceArn"][1] = sub(
        "arn:${AWS::Partition}:cloudwatch:us-east-2:${AWS::AccountId}:alarm:*"
    )


@path("E9171")
def topic_policy_of_another_topic(t: Template) -> None:
    statement = statements(t, "NotificationTopicPolicy", "PolicyDocument")[0]
    statement["Resource"] = [sub("arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:another")]


@path("E9172")
def key_policy_without_cloudwatch(t: Template) -> None:
    del statements(t, "AlertsKey", "KeyPolicy")[1]


@path("E9172")
def key_policy_without_services(t: Template) -> None:
    del statements(t, "AlertsKey", "KeyPolicy")[2]


@path("E9172")
def key_policy_without_decrypt(t: Template) -> None:
    statements(t, "AlertsKey", "KeyPolicy")[1]["Action"] = ["kms:GenerateDataKey*"]


@path("E9172")
def key_policy_with_a_source_for_eventbridge(t: Template) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")}}
    statements(t, "AlertsKey", "KeyPolicy")[2]["Condition"] = condition


@path("E9172")
def topic_under_the_key_of_the_database(t: Template) -> None:
    props(t, "NotificationTopic")["KmsMasterKeyId"] = {"Fn::GetAtt": ["DatabaseKey", "Arn"]}


@path("E9173")
def topic_under_the_managed_key(t: Template) -> None:
    props(t, "NotificationTopic")["KmsMasterKeyId"] = "alias/aws/sns"


@path("W9174")
def nobody_subscribed(t: Template) -> None:
    no_longer(t["Resources"], "AdminEmailSubscription", "AlertEndpointSubscription")
    resource(t, "Database")["DependsOn"].remove("AdminEmailSubscription")


@path("W9175")
def alarm_without_actions(t: Template) -> None:
    no_longer(props(t, "DatabaseCpuTooHigh"), "AlarmActions", "OKActions")


@path("W9175")
def alarm_with_actions_switched_off(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["ActionsEnabled"] = False


@path("W9175")
def rule_without_a_target(t: Template) -> None:
    no_longer(props(t, "BackupJobFailed"), "Targets")


@path("W9175")
def rule_switched_off(t: Template) -> None:
    props(t, "BackupJobFailed")["State"] = "DISABLED"


@path("E9167")
def alarm_that_tells_a_bucket(t: Template) -> None:
    props(t, "DatabaseCpuTooHigh")["AlarmActions"] = [ref("BackupBucket")]


@path("E9176")
def event_subscription_before_the_topic_policy(t: Template) -> None:
    no_longer(resource(t, "ParameterGroupEvents"), "DependsOn")


@path("E9177")
def event_category_that_does_not_exist(t: Template) -> None:
    props(t, "InstanceEvents")["EventCategories"].append("failing over")


@path("E9177")
def events_of_the_parameter_group_as_the_instance(t: Template) -> None:
    props(t, "InstanceEvents")["SourceIds"] = [ref("DatabaseParameterGroup")]


@logs("E9181")
def log_group_not_made_first(t: Template) -> None:
    resource(t, "Database")["DependsOn"].remove("PostgresqlLogGroup")


@logs("W9182")
def log_group_of_another_name(t: Template) -> None:
    props(t, "PostgresqlLogGroup")["LogGroupName"] = sub("/aws/rds/instance/postgres-${Project}/postgresql")


@logs("W9182")
def log_group_that_keeps_for_ever(t: Template) -> None:
    no_longer(props(t, "UpgradeLogGroup"), "RetentionInDays")


@logs("E9183")
def log_key_without_logs(t: Template) -> None:
    del statements(t, "LogsKey", "KeyPolicy")[1]


@logs("E9183")
def log_key_for_other_groups(t: Template) -> None:
    condition = statements(t, "LogsKey", "KeyPolicy")[1]["Condition"]["ArnLike"]
    condition["kms:EncryptionContext:aws:logs:arn"].pop()


@logs("E9183")
def log_group_under_the_key_of_the_archive(t: Template) -> None:
    props(t, "PostgresqlLogGroup")["KmsKeyId"] = {"Fn::GetAtt": ["ArchiveKey", "Arn"]}


@events("E9191")
def pattern_with_a_value_outside_a_list(t: Template) -> None:
    _pattern(t)["source"] = "aws.backup"


@events("E9191")
def pattern_with_an_unknown_operator(t: Template) -> None:
    _pattern(t)["detail"]["$or"][1]["statusMessage"] = [{"contains": "issues"}]


@events("E9191")
def pattern_with_a_misspelt_field(t: Template) -> None:
    _pattern(t)["detailType"] = _pattern(t).pop("detail-type")


@events("E9191")
def pattern_with_a_single_alternative(t: Template) -> None:
    _pattern(t)["detail"]["$or"] = _pattern(t)["detail"]["$or"][:1]


@events("E9192")
def pattern_for_a_type_never_sent(t: Template) -> None:
    _pattern(t)["detail-type"] = ["Backup Job Status Change"]


@events("E9192")
def pattern_for_a_state_never_reached(t: Template) -> None:
    _pattern(t)["detail"]["$or"][0]["state"] = ["ABORTED", "EXPIRED", "FAILURE"]


@events("E9192")
def pattern_for_status_instead_of_state(t: Template) -> None:
    branch = _pattern(t)["detail"]["$or"][0]
    branch["status"] = branch.pop("state")


@events("E9192")
def pattern_for_a_source_that_does_not_exist(t: Template) -> None:
    _pattern(t)["source"] = ["aws.backups"]


@events("E9193")
def transformer_that_reads_what_it_does_not_map(t: Template) -> None:
    no_longer(props(t, "BackupJobFailed")["Targets"][0]["InputTransformer"]["InputPathsMap"], "resource")


@machines("E9271")
def start_at_a_state_that_is_not_there(t: Template) -> None:
    _definition(t, '"StartAt":"Describe"', '"StartAt":"Begin"')


@machines("E9271")
def next_state_that_is_not_there(t: Template) -> None:
    _definition(t, '"Next":"IsRestorable"', '"Next":"Restorable"')


@machines("E9271")
def state_that_never_ends(t: Template) -> None:
    _definition(t, '"End":true', '"Comment":"on"')


@machines("E9271")
def definition_that_is_no_json(t: Template) -> None:
    _definition(t, '"StartAt":', '"StartAt"')


@machines("E9272")
def api_that_does_not_exist(t: Template) -> None:
    _definition(t, "aws-sdk:rds:describeDBInstances", "aws-sdk:rds:describeDbInstances")


@machines("E9272")
def argument_in_the_spelling_of_the_cli(t: Template) -> None:
    _definition(t, '"DbInstanceIdentifier":', '"DBInstanceIdentifier":')


@machines("E9272")
def error_that_is_never_raised(t: Template) -> None:
    _definition(t, "Rds.DbInstanceNotFoundException", "Rds.DBInstanceNotFoundFault")


@machines("E9273")
def role_without_the_permission(t: Template) -> None:
    del statements(t, "RecoveryPointWatchRole", "Policies", 0, "PolicyDocument")[0]


@machines("E9212")
def schedule_that_may_not_start_it(t: Template) -> None:
    statement = statements(t, "RecoveryPointWatchScheduleRole", "Policies", 0, "PolicyDocument")[0]
    statement["Resource"] = [ref("FailoverDrill")]


FAULTS = tuple(fault for kind in (alarms, path, logs, events, machines) for fault in kind.faults)
