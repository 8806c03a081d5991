"""The archive, filled: every month the newest snapshot is exported into the archive bucket, where Athena can read it.

What is exported (Parquet) can be queried, but never be restored into RDS: it is an archive, not a backup. A month is
exported once, however often the state machine is started: its exports are named after the month and the attempt, and
what a start finds there decides what is left to do. An export that runs is watched, one that is complete only
described to Athena anew, and one that failed is tried again. (RDS user guide, "Exporting DB snapshot data to S3")
"""

from __future__ import annotations

from awacs import glue, iam, kms, rds
from awacs import s3 as s3_actions
from awacs import sns as sns_actions
from awacs.aws import Action
from troposphere import Equals, GetAtt, Not, Ref, Template
from troposphere.cloudwatch import Alarm
from troposphere.iam import Policy, Role
from troposphere.scheduler import ScheduleGroup

from templates.archive_tables import ArchiveBucket, ArchiveTables
from templates.nesting import suppress
from templates.operations import (
    Operations,
    add_alarm,
    add_machine,
    call,
    may_publish,
    not_passed,
    paged,
    publish,
    start_on_schedule,
)
from templates.parameters import Group, add_condition
from templates.policy import allow, arn, document, through, trust
from templates.snapshots import find_newest_snapshot, may_find_snapshots

TITLE = "SnapshotExport"
DURATION = "ArchiveSeconds"
SIZE = "ArchiveGigabytes"
OUTCOME = "ArchiveSucceeded"

# Seconds between two looks at an export: twice as long each time, as small exports take minutes and large ones days.
FIRST_WAIT = 60
LONGEST_WAIT = 3600
LOOKS = 78  # three days and an hour
CRAWL_WAIT = 60
CRAWL_LOOKS = 240
GIVE_UP = 4 * 86400  # seconds

# How far back CloudWatch takes a metric, with a day to spare. (CloudWatch API reference, PutMetricData)
METRIC_TAKEN = 13 * 86400 * 1000  # milliseconds

RETRIES = 10

# What every export of the stack is called: `<project>-<suffix>-<year>-<month>-<attempt>`. A name that begins alike but
# goes on otherwise is another stack's.
_NAME = "${Project}-${EnvironmentSuffix}-"
_OURS = rf"$contains(ExportTaskIdentifier, /^{_NAME}\d{{4}}-\d\d-\d+$/)"
_TABLES = f"'export_' & $replace($substringAfter($done.id, '{_NAME}'), '-', '_') & '_'"
_MONTH = "$substring($states.context.Execution.StartTime, 0, 7)"
_TASK = {
    "id": "ExportTaskIdentifier",
    "status": "Status",
    "prefix": "S3Prefix",
    "begun": "TaskStartTime",
    "ended": "TaskEndTime",
    "gigabytes": "TotalExtractedDataInGB",
    "snapshot": "SnapshotTime",
    "why": "$substring(FailureCause, 0, 1000)",
    "warning": "$substring(WarningMessage, 0, 1000)",
}
_FACTS = ", ".join(f"'{name}': {member}" for name, member in _TASK.items())
_RUNNING = "status in ['STARTING', 'IN_PROGRESS', 'CANCELING']"
_RUNNING_HERE = f"$tasks[prefix = $prefix and {_RUNNING}]"
# An export that is complete with a warning has left something out.
_DONE = "$tasks[prefix = $prefix and status = 'COMPLETE' and (warning ? false : true)]"

# Whatever a call is refused for is told as it stands.
TOLD = [{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput.Cause %}"}, "Next": "Tell"}]
# Somebody's crawl of the same crawler must end first.
BUSY = [
    {"ErrorEquals": ["Glue.CrawlerRunningException"], "Assign": {"crawling": False}, "Next": "WaitForCrawl"},
    *TOLD,
]

DEFINITION = {
    "StartAt": "Begin",
    "States": {
        "Begin": {
            "Type": "Pass",
            "Assign": {
                "name": f"{{% '{_NAME}' & {_MONTH} & '-' %}}",
                "prefix": f"{{% '${{DatabaseIdentifier}}/' & $replace({_MONTH}, '-', '/') %}}",
                "mine": "",
                "wait": FIRST_WAIT,
                "looks": 0,
                "crawls": 0,
                "crawling": False,
            },
            "Next": "Look",
        },
        "Look": {"Type": "Pass", "Assign": {"tasks": [], "marker": None}, "Next": "FindTasks"},
        "FindTasks": paged(
            "rds:describeExportTasks",
            {"Filters": "[{'Name': 's3-bucket', 'Values': ['${BackupBucketName}']}]", "MaxRecords": "20"},
            Assign={"tasks": f"{{% $append($tasks, [$states.result.ExportTasks[{_OURS}].{{{_FACTS}}}]) %}}"},
            Catch=TOLD,
            Next="HasMoreTasks",
        ),
        "HasMoreTasks": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $marker != null %}", "Next": "FindTasks"}],
            "Default": "Judge",
        },
        # An export of this month that runs already becomes ours to watch: whoever began it may no longer be there.
        "Judge": {
            "Type": "Pass",
            "Assign": {
                "running": f"{{% $count($tasks[{_RUNNING}]) > 0 %}}",
                "done": f"{{% $exists({_DONE}) ? {_DONE}[0] : null %}}",
                "attempts": "{% $count($tasks[$substring(id, 0, $length($name)) = $name]) %}",
                "mine": f"{{% $exists({_RUNNING_HERE}) ? {_RUNNING_HERE}[0].id : $mine %}}",
                "ended": "{% $exists($tasks[id = $mine]) ? $tasks[id = $mine][0] : {'status': 'unknown to RDS'} %}",
            },
            "Next": "Decide",
        },
        "Decide": {
            "Type": "Choice",
            "Choices": [
                {"Condition": f"{{% $running and $looks >= {LOOKS} %}}", "Next": "Endless"},
                {"Condition": "{% $running %}", "Next": "Wait"},
                {"Condition": "{% $done != null %}", "Next": "IsFresh"},
                {"Condition": "{% $mine != '' %}", "Next": "NotExported"},
            ],
            "Default": "FindSnapshots",
        },
        "Wait": {
            "Type": "Wait",
            "Seconds": "{% $wait %}",
            "Assign": {"wait": f"{{% $min([$wait * 2, {LONGEST_WAIT}]) %}}", "looks": "{% $looks + 1 %}"},
            "Next": "Look",
        },
        "Endless": {
            "Type": "Pass",
            "Assign": {"why": "An export still runs after three days; started again, this goes on watching it"},
            "Next": "Tell",
        },
        "NotExported": {
            "Type": "Pass",
            "Assign": {
                "why": "{% 'Export ' & $mine & ' ended as ' & $ended.status & ($ended.why ? ': ' & $ended.why : '')"
                " & ($ended.warning ? ' with the warning: ' & $ended.warning : '') %}"
            },
            "Next": "Tell",
        },
        **find_newest_snapshot(then="HasSnapshot", Catch=TOLD),
        "HasSnapshot": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $newest != null %}", "Next": "Start"}],
            "Default": "NoSnapshot",
        },
        "NoSnapshot": {
            "Type": "Pass",
            "Assign": {"why": "There is no available snapshot, neither automated nor of AWS Backup"},
            "Next": "Tell",
        },
        "Start": call(
            "rds:startExportTask",
            {
                "ExportTaskIdentifier": "{% $name & $string($attempts + 1) %}",
                "SourceArn": "{% $newest.arn %}",
                "S3BucketName": "${BackupBucketName}",
                "S3Prefix": "{% $prefix %}",
                "IamRoleArn": "${SnapshotExportTaskRole.Arn}",
                "KmsKeyId": "${ArchiveKeyArn}",
            },
            Assign={"mine": "{% $name & $string($attempts + 1) %}", "wait": FIRST_WAIT, "looks": 0},
            Catch=[
                # Another start was quicker, or an answer to ours was lost: either way it runs, and is watched.
                {
                    "ErrorEquals": ["Rds.ExportTaskAlreadyExistsException"],
                    "Assign": {"mine": "{% $name & $string($attempts + 1) %}"},
                    "Next": "Wait",
                },
                *TOLD,
            ],
            Next="Wait",
        ),
        # Published as of the export's end, so that it counts once however often it is looked at.
        "IsFresh": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $toMillis($states.context.State.EnteredTime) - $toMillis($done.ended)"
                    f" < {METRIC_TAKEN} %}}",
                    "Next": "Measure",
                }
            ],
            "Default": "Aim",
        },
        "Measure": publish(
            {
                DURATION: ("Seconds", "($toMillis($done.ended) - $toMillis($done.begun)) / 1000"),
                SIZE: ("Gigabytes", "$done.gigabytes"),
            },
            at="$done.ended",
            Catch=TOLD,
            Next="Aim",
        ),
        "Aim": call(
            "glue:updateCrawler",
            {
                "Name": "${ArchiveCrawler}",
                "TablePrefix": f"{{% {_TABLES} %}}",
                "Targets": {
                    "S3Targets": [
                        {
                            "Path": "{% 's3://${BackupBucketName}/' & $prefix & '/' & $done.id & '/' %}",
                            # What RDS writes about the export itself. (RDS user guide, "File naming convention")
                            "Exclusions": ["**.json", "**/_SUCCESS"],
                        }
                    ]
                },
            },
            Catch=BUSY,
            Next="Crawl",
        ),
        "Crawl": call(
            "glue:startCrawler",
            {"Name": "${ArchiveCrawler}"},
            Assign={"crawling": True},
            Catch=BUSY,
            Next="WaitForCrawl",
        ),
        "WaitForCrawl": {
            "Type": "Wait",
            "Seconds": CRAWL_WAIT,
            "Assign": {"crawls": "{% $crawls + 1 %}"},
            "Next": "FindCrawl",
        },
        "FindCrawl": call(
            "glue:getCrawler",
            {"Name": "${ArchiveCrawler}"},
            Assign={
                "crawler": "{% $states.result.Crawler.{'state': State, 'ended': LastCrawl.Status,"
                " 'why': LastCrawl.ErrorMessage} %}"
            },
            Catch=TOLD,
            Next="IsCrawled",
        ),
        "IsCrawled": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $crawling and $crawler.state = 'READY' and $crawler.ended = 'SUCCEEDED' %}",
                    "Next": "FindTables",
                },
                {
                    "Condition": f"{{% $crawls >= {CRAWL_LOOKS} or ($crawling and $crawler.state = 'READY') %}}",
                    "Next": "NotCrawled",
                },
                {"Condition": "{% $crawler.state = 'READY' %}", "Next": "Aim"},
            ],
            "Default": "WaitForCrawl",
        },
        "NotCrawled": {
            "Type": "Pass",
            "Assign": {
                "why": "{% 'Export ' & $done.id & ' is complete, but Athena cannot read it: the crawler is '"
                " & $crawler.state & ', its last crawl ' & ($crawler.ended ? $crawler.ended : 'unknown')"
                " & ($crawler.why ? ': ' & $crawler.why : '') %}"
            },
            "Next": "Tell",
        },
        # A crawler that may not read what it finds can succeed all the same.
        "FindTables": call(
            "glue:getTables",
            {"DatabaseName": "${ArchiveDatabase}", "Expression": f"{{% {_TABLES} & '.*' %}}", "MaxResults": 1},
            Assign={"tables": "{% $count($states.result.TableList) %}"},
            Catch=TOLD,
            Next="HasTables",
        ),
        "HasTables": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $tables > 0 %}", "Next": "Archived"}],
            "Default": "NoTables",
        },
        "NoTables": {
            "Type": "Pass",
            "Assign": {"why": "{% 'Export ' & $done.id & ' is complete, but the crawler made no table of it' %}"},
            "Next": "Tell",
        },
        "Archived": publish(
            {OUTCOME: ("Count", "1")},
            Output="{% {'export': $done.id, 'snapshot': $done.snapshot, 'gigabytes': $done.gigabytes} %}",
            End=True,
        ),
        **not_passed(
            "Archive not filled",
            "'the execution ' & $states.context.Execution.Id & '; started again, it goes on from where it is'",
            outcome=OUTCOME,
            error="ArchiveNotFilled",
        ),
    },
}


def fill_archive(
    t: Template, operations: Operations, schedules: ScheduleGroup, bucket: ArchiveBucket, tables: ArchiveTables
) -> Alarm:
    """Add the export: on a schedule, or by hand where it is switched off. Returns the alarm on its failure."""
    schedule = Group(t, "Archive").add(
        "ArchiveSchedule",
        label="Archive schedule (UTC)",
        description="Optional. When the newest snapshot is exported, once a month at most; empty exports by hand only.",
        default="cron(0 10 1 * ? *)",
        pattern=r"((cron|rate)\([^()]+\))?",
        otherwise="must be empty, or a cron or rate expression",
    )
    role = _add_export_role(t, operations, bucket)
    machine = add_machine(
        t,
        operations,
        TITLE,
        definition=DEFINITION,
        statements=[
            may_find_snapshots(operations),
            allow([rds.DescribeExportTasks], ["*"]),
            # Automated snapshots are named after the instance, AWS Backup's after its jobs.
            allow(
                [rds.StartExportTask],
                [
                    arn("rds", f"snapshot:rds:${{{operations.instance.title}}}-*"),
                    arn("rds", "snapshot:awsbackup:*"),
                ],
            ),
            # Each role trusts one service only. An update of the crawler that does not name its role may pass it on all
            # the same. (service authorization reference, API operations of AWS Glue)
            allow([iam.PassRole], [GetAtt(role, "Arn"), tables.role_arn]),
            # What RDS asks of the caller, to encrypt on its behalf. (botocore, rds StartExportTask)
            allow([kms.CreateGrant, kms.DescribeKey], [Ref(bucket.key)]),
            # And it may ask the same for the snapshot's key, as it does when one is copied: only the snapshot knows it.
            allow(
                [kms.CreateGrant, kms.DescribeKey],
                [arn("kms", "key/*")],
                when=[through("rds")],
            ),
            allow(
                [glue.GetCrawler, glue.StartCrawler, glue.UpdateCrawler],
                [arn("glue", f"crawler/${{{tables.crawler.title}}}")],
            ),
            allow([glue.GetTables], tables.arns),
            allow([sns_actions.Publish], [operations.topic]),
            may_publish(),
        ],
        seconds=GIVE_UP,
    )
    wanted = add_condition(t, "HasArchiveSchedule", Not(Equals(Ref(schedule), "")))
    # A month without an archive is long, and a second start harmless.
    start_on_schedule(t, operations, schedules, machine, Ref(schedule), condition=wanted, retries=RETRIES)
    return add_alarm(
        t,
        operations,
        "ArchiveFailed",
        what=(
            "The archive was not filled, or Athena cannot read it. "
            f"First: the last execution of {TITLE}; started again, it goes on from where it is."
        ),
        metric=OUTCOME,
        statistic="Minimum",
        threshold=1,
        above=False,
    )


def _add_export_role(t: Template, operations: Operations, bucket: ArchiveBucket) -> Role:
    """The role that RDS writes exports with: as its user guide has it, wildcards and trust without a source included.

    Whether it needs the key depends on the year of the documentation: now only the caller does. So it may use it.
    """
    objects = [Action("s3", "DeleteObject*"), Action("s3", "GetObject*"), Action("s3", "PutObject*")]
    return t.add_resource(
        Role(
            "SnapshotExportTaskRole",
            AssumeRolePolicyDocument=trust("export.rds.amazonaws.com"),
            Policies=[
                Policy(
                    PolicyName="export",
                    PolicyDocument=document(
                        allow([s3_actions.GetBucketLocation, s3_actions.ListBucket], [bucket.arn]),
                        allow(objects, [bucket.objects()]),
                        allow([kms.Decrypt, kms.DescribeKey, kms.Encrypt, kms.GenerateDataKey], [Ref(bucket.key)]),
                    ),
                )
            ],
            Metadata=suppress(
                "W9206", reason="the RDS user guide trusts without a source, and tells none that RDS would send"
            ),
            Tags=operations.environment.tags(),
        )
    )
