"""Alarms, the way of alerts, logs and events: a template that passes each check, and edits that do not."""

from __future__ import annotations

from tests.builder.checks.checking import Case, read

ACCESS, ALERTS, DATABASE = read("access"), read("alerts"), read("database")

ALARM_CASES = (
    Case(
        "W9169", ALERTS, "400 * 1073741824", "400 * 1048576", "is 102400 when all storage is meant: 1 times 1024 amiss"
    ),
    Case("W9169", ALERTS, "100 * logs / (400 * 1073741824)", "logs / 400", "3 times 1024 amiss"),
    Case("E9161", ALERTS, "MetricName: CPUUtilization", "MetricName: CpuUtilization", "did you mean CPUUtilization?"),
    Case("E9161", ALERTS, "MetricName: CPUUtilization", "MetricName: Zzzz", "take one that the service publishes"),
    Case("E9161", ALERTS, "Namespace: AWS/RDS\n", "Namespace: AWS/Rds\n", "did you mean AWS/RDS?"),
    Case(
        "E9162",
        ALERTS,
        "DBInstanceIdentifier, Value: !Ref Database}]\n      Stat",
        "DBInstance, Value: !Ref Database}]\n      Stat",
        "did you mean DBInstanceIdentifier?",
    ),
    Case(
        "E9162",
        ALERTS,
        "DBInstanceIdentifier, Value: !Ref Database}]\n      Stat",
        "Q, Value: !Ref Database}]\n      Stat",
        "take one of",
    ),
    Case(
        "E9162",
        ALERTS,
        "Value: !Ref Database}]\n      Stat",
        "Value: !GetAtt Database.DBInstanceArn}]\n      Stat",
        "not its ARN",
    ),
    Case(
        "E9162",
        ALERTS,
        "Value: !Ref Database}]\n      Stat",
        "Value: !Ref Vault}]\n      Stat",
        "'vault' is no DBInstanceIdentifier",
    ),
    Case("E9162", ALERTS, "[{Name: ResourceType, Value: RDS}]", "[]", "no metric without a dimension"),
    Case(
        "E9162",
        ALERTS,
        "[{Name: ResourceType, Value: RDS}]",
        "[{Name: ResourceType, Value: RDS}, {Name: ResourceType, Value: EBS}]",
        "names a dimension twice",
    ),
    Case("E9163", ALERTS, "EvaluationPeriods: 5", "EvaluationPeriods: 1441", "CloudWatch goes 1 at this period"),
    Case(
        "E9163",
        ALERTS,
        "EvaluationPeriods: 1\n      Threshold: 1\n      Period",
        "EvaluationPeriods: 8\n      Threshold: 1\n      Period",
        "looks back 8 days",
    ),
    Case("E9163", ALERTS, "DatapointsToAlarm: 3", "DatapointsToAlarm: 6", "can never be reached"),
    Case("E9164", ALERTS, "reads + writes", "reads + write", "reads 'write'"),
    Case("E9164", ALERTS, "{Id: sum,", "{Id: sum, ReturnData: false,", "0 of its metrics return data"),
    Case(
        "E9165",
        ALERTS.replace("CPUUtilization", "CPUCreditBalance"),
        "db.t4g.medium",
        "db.m6g.large",
        "only burstable classes",
    ),
    Case("E9165", ALERTS.replace("CPUUtilization", "BurstBalance"), "StorageType: gp2", "StorageType: gp3", "only gp2"),
    Case(
        "E9165",
        ALERTS.replace("CPUUtilization", "DBLoad"),
        "EnablePerformanceInsights: true",
        "EnablePerformanceInsights: false",
        "Performance Insights on",
    ),
    Case(
        "E9165",
        ALERTS.replace("CPUUtilization", "VolumeBytesUsed"),
        "{DBInstanceIdentifier: orders,",
        "{Engine: postgres, DBInstanceIdentifier: orders,",
        "only Aurora has it",
    ),
    Case("W9232", ALERTS, "      EncryptionKeyArn: !GetAtt Key.Arn\n", "", "encrypted with a key of AWS's"),
    Case("E9166", ALERTS, "${Database.DbiResourceId}", "${Database}", "gives no data"),
    Case("E9167", ALERTS, "Threshold: 90", "Threshold: 101", "can never pass 101"),
    Case("E9167", ALERTS, "AlarmActions: [!Ref Topic]\n  Math", "AlarmActions: [topic]\n  Math", "'topic' is no ARN"),
    Case("W9168", ALERTS, "MetricName: CPUUtilization", "MetricName: FreeableMemory", "goes wrong when it is low"),
    Case(
        "W9168",
        ALERTS,
        "ComparisonOperator: GreaterThanThreshold\n      AlarmActions: [!Ref Topic]\n  Math",
        "ComparisonOperator: LessThanThreshold\n      AlarmActions: [!Ref Topic]\n  Math",
        "when it is high",
    ),
)

ALERT_CASES = (
    Case(
        "E9171",
        ALERTS,
        "[cloudwatch.amazonaws.com, backup.amazonaws.com, ",
        "[backup.amazonaws.com, ",
        "does not let cloudwatch.amazonaws.com publish",
    ),
    Case("E9171", ALERTS, "Topics: [!Ref Topic]", "Topics: [another]", "does not let events.amazonaws.com publish"),
    Case("E9171", ALERTS, "Action: sns:Publish", "NotAction: sns:Publish", "does not let backup.amazonaws.com publish"),
    Case("E9172", ALERTS, "[kms:Decrypt, kms:GenerateDataKey*]", "[kms:Decrypt]", "kms:GenerateDataKey"),
    Case(
        "E9172",
        ALERTS,
        "- Effect: Allow\n            Action: [kms",
        "- Effect: Deny\n            Action: [kms",
        "kms:GenerateDataKey and kms:Decrypt",
    ),
    Case("E9173", ALERTS, "KmsMasterKeyId: alias/alerts", "KmsMasterKeyId: alias/aws/sns", "admits no service"),
    Case("W9174", ALERTS, ", Subscription: [{Protocol: email, Endpoint: a@example.com}]", "", "nobody is subscribed"),
    Case("W9175", ALERTS, '!Sub "ALARM(${Part})"', "ALARM(other)", "it has no action"),
    Case("W9175", ALERTS, "Threshold: 90", "Threshold: 90\n      ActionsEnabled: false", "switched off"),
    Case("W9175", ALERTS, "      Targets: [{Id: topic, Arn: !Ref Topic}]\n", "", "it has no target"),
    Case(
        "W9175",
        ALERTS,
        "      Targets: [{Id: topic, Arn: !Ref Topic}]\n",
        "      Targets: [{Id: topic, Arn: !Ref Topic}]\n      State: DISABLED\n",
        "no event passes",
    ),
    Case("W9175", ALERTS, "{SnsTopicArn: !Ref Topic,", "{SnsTopicArn: !Ref Topic, Enabled: false,", "is switched off"),
    Case("E9176", ALERTS, "    DependsOn: Policy\n", "", "add DependsOn: Policy"),
    Case(
        "E9177", ALERTS, "EventCategories: [failure]", "EventCategories: [failing]", "no events of category 'failing'"
    ),
    Case("E9177", ALERTS, "SourceType: db-instance", "SourceType: instance", "is no source of events"),
    Case("E9177", ALERTS, "SourceType: db-instance, ", "", "not of which type"),
    Case(
        "E9177", ALERTS, "SourceIds: [!Ref Database]", "SourceIds: [!Ref Group]", "names a AWS::RDS::DBParameterGroup"
    ),
    Case("E9181", DATABASE, "    DependsOn: Log\n", "", "add DependsOn: Log"),
    Case("W9182", DATABASE, "orders/postgresql", "others/postgresql", "kept for ever"),
    Case("W9182", DATABASE, ", RetentionInDays: 30", "", "keeps its logs for ever"),
    Case(
        "E9183",
        ACCESS,
        "logs.${AWS::Region}.amazonaws.com",
        "logs.us-east-1.amazonaws.com",
        "does not let CloudWatch Logs",
    ),
)

EVENT_CASES = (
    Case("E9191", ALERTS, "[{prefix: RDS-EVENT}]", "RDS-EVENT", "'RDS-EVENT' is no list"),
    Case("E9191", ALERTS, "[{prefix: RDS-EVENT}]", "[]", "an empty list"),
    Case("E9191", ALERTS, "[{prefix: RDS-EVENT}]", "{}", "it is empty"),
    Case("E9191", ALERTS, "[{prefix: RDS-EVENT}]", "[[a]]", "a list in a list"),
    Case("E9191", ALERTS, "[{prefix: RDS-EVENT}]", "[{contains: a}]", "contains is no operator"),
    Case("E9191", ALERTS, "{exists: true}", "{exists: maybe}", "exists takes true or false"),
    Case("E9191", ALERTS, '[">", 0]', '">"', "numeric takes"),
    Case("E9191", ALERTS, "EX*", "EX**", "two * in a row"),
    Case("E9191", ALERTS, "detail-type: [RDS DB Instance Event]", "detailtype: [x]", "did you mean detail-type?"),
    Case("E9191", ALERTS, "source: [aws.rds]", "zzz: [x]", "put it under detail"),
    Case("E9191", ALERTS, '\'{"source"', '\'["source"', "is no object"),
    Case("E9191", ALERTS, ', {Date: [{numeric: [">", 0]}]}]', "]", "two or more patterns"),
    Case("E9192", ALERTS, "source: [aws.rds]", "source: [aws.rdss]", "did you mean aws.rds?"),
    Case("E9192", ALERTS, "RDS DB Instance Event", "RDS DB Instance Events", "did you mean 'RDS DB Instance Event'?"),
    Case("E9192", ALERTS, "RDS DB Instance Event", "Quite Another", "take one that the service sends"),
    Case("E9192", ALERTS, "detail: {EventID", "detail: {EventId", "did you mean EventID?"),
    Case("E9192", ALERTS, "detail: {EventID", "detail: {qqqq", "take one of Date"),
    Case("E9192", ALERTS, "[DB_INSTANCE]", "[INSTANCE]", "never 'INSTANCE'"),
    Case("E9192", ALERTS, '"detail":{"state":["FAILED"', '"detail":{"status":["FAILED"', "match state"),
    Case("E9192", ALERTS, '"detail":{"state":["FAILED"', '"detail":{"state":["BROKEN"', "state is never 'BROKEN'"),
    Case(
        "E9192",
        ALERTS,
        '"detail":{"state":["FAILED",{"wildcard":"EX*"}]}',
        '"$or":[{"detail":{"state":["BROKEN"]}},{"detail":{"state":["FAILED"]}}]',
        "state is never 'BROKEN'",
    ),
    Case("E9193", ALERTS, "{id: $.detail.EventID}", "{no: $.detail.EventID}", "<id> is in no path"),
    Case("E9193", ALERTS, "{id: $.detail.EventID}", "{id: detail.EventID}", "is no path into the event"),
)

CASES = (*ALARM_CASES, *ALERT_CASES, *EVENT_CASES)
