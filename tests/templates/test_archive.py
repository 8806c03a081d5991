"""The export of snapshots, executed: a month is archived once, and every start goes on from where things are."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from simulator.states import Account, Clock, Execution, Refusal, run
from tests.templates.machines import definition, statements
from tests.templates.rendering import parameter_file, rendered

STACK, TITLE = "rds-archive", "SnapshotExport"
NOW = "2030-02-01T10:00:00Z"
BUCKET = parameter_file(STACK, "prod")["BackupBucketName"]
PREFIX = "postgres-tap-prod/2030/02"
FIRST = "tap-prod-2030-02-1"
SECOND = "tap-prod-2030-02-2"

READY = {"Crawler": {"State": "READY", "LastCrawl": {"Status": "SUCCEEDED"}}}
CRAWLING = {"Crawler": {"State": "RUNNING"}}


def snapshot(name: str, hours_ago: float, **facts: Any) -> dict[str, Any]:
    return {
        "DBSnapshotIdentifier": name,
        "DBSnapshotArn": f"arn:aws:rds:us-east-1:123456789012:snapshot:{name}",
        "Status": "available",
        "SnapshotCreateTime": Clock(NOW).ago(hours_ago * 3600),
        **facts,
    }


def page(*snapshots: dict[str, Any], marker: str | None = None) -> dict[str, Any]:
    return {"DBSnapshots": list(snapshots), **({"Marker": marker} if marker else {})}


def task(status: str, name: str = FIRST, **facts: Any) -> dict[str, Any]:
    """An export as DescribeExportTasks tells of it; what is over took half an hour."""
    over = {"TaskEndTime": Clock(NOW).ago(-2400), "TotalExtractedDataInGB": 42} if status == "COMPLETE" else {}
    return {
        "ExportTaskIdentifier": name,
        "Status": status,
        "S3Bucket": BUCKET,
        "S3Prefix": PREFIX,
        "SnapshotTime": Clock(NOW).ago(3600),
        "TaskStartTime": Clock(NOW).ago(-600),
        **over,
        **facts,
    }


def tasks(*found: dict[str, Any], marker: str | None = None) -> dict[str, Any]:
    return {"ExportTasks": list(found), **({"Marker": marker} if marker else {})}


NEWEST = snapshot("rds:postgres-tap-prod-2030-02-01-03-05", 7)
RUNNING = tasks(task("IN_PROGRESS"))
COMPLETE = tasks(task("COMPLETE"))


def archive(*, at: str = NOW, **answers: Any) -> Execution:
    script: dict[str, Any] = {
        "rds:describeExportTasks": [tasks(), tasks(task("STARTING")), RUNNING, COMPLETE],
        "rds:describeDBSnapshots": [page(NEWEST), page()],
        "rds:startExportTask": {"ExportTaskIdentifier": FIRST, "Status": "STARTING"},
        "glue:updateCrawler": {},
        "glue:startCrawler": {},
        "glue:getCrawler": [CRAWLING, READY],
        "glue:getTables": {"TableList": [{"Name": "export_2030_02_1_public_orders"}]},
        "cloudwatch:putMetricData": {},
        "sns:publish": {"MessageId": "1"},
    }
    script |= {name.replace("__", ":"): answer for name, answer in answers.items()}
    return run(definition(STACK, TITLE), {}, account=Account(script), clock=Clock(at))


def metrics(ended: Execution) -> dict[str, float]:
    return {
        metric["MetricName"]: metric["Value"]
        for data in ended.parameters("cloudwatch:putMetricData")
        for metric in data["MetricData"]
    }


def started(ended: Execution) -> list[str]:
    return [each["ExportTaskIdentifier"] for each in ended.parameters("rds:startExportTask")]


def told(ended: Execution) -> str:
    """The one message to the topic; the month counts as not archived."""
    (message,) = ended.parameters("sns:publish")
    assert (ended.status, ended.error) == ("FAILED", "ArchiveNotFilled")
    assert metrics(ended)["ArchiveSucceeded"] == 0
    text: str = message["Message"]
    return text


def test_the_newest_snapshot_is_exported_below_its_month_and_measured() -> None:
    ended = archive()
    assert ended.status == "SUCCEEDED", ended.cause
    (asked,) = ended.parameters("rds:startExportTask")
    given = parameter_file(STACK, "prod")
    assert asked == {
        "ExportTaskIdentifier": FIRST,
        "SourceArn": NEWEST["DBSnapshotArn"],
        "S3BucketName": given["BackupBucketName"],
        "S3Prefix": PREFIX,
        "IamRoleArn": "<SnapshotExportTaskRole.Arn>",
        "KmsKeyId": given["ArchiveKeyArn"],
    }
    assert metrics(ended) == {"ArchiveSeconds": 1800, "ArchiveGigabytes": 42, "ArchiveSucceeded": 1}
    assert ended.output == {"export": FIRST, "snapshot": "2030-02-01T09:00:00Z", "gigabytes": 42}
    assert ended.parameters("sns:publish") == []


def test_waits_for_the_export_grow_to_an_hour() -> None:
    looks = [tasks(), *[RUNNING] * 9, tasks(task("COMPLETE", TaskEndTime=Clock(NOW).ago(-10_000)))]
    ended = archive(rds__describeExportTasks=looks)
    waits = [pause.seconds for pause in ended.pauses if pause.kind == "wait" and pause.state == "Wait"]
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]


def test_snapshots_are_found_on_all_pages_and_of_both_makers() -> None:
    found = snapshot("awsbackup:job-1", 2)
    ended = archive(
        rds__describeDBSnapshots=[
            page(snapshot("rds:old", 30), marker="2"),
            page(NEWEST),
            page(marker="2"),
            page(snapshot("awsbackup:job-0", 50), found, snapshot("awsbackup:job-2", 1, Status="creating")),
        ]
    )
    asked = [(each["SnapshotType"], each.get("Marker")) for each in ended.parameters("rds:describeDBSnapshots")]
    assert asked == [("automated", None), ("automated", "2"), ("awsbackup", None), ("awsbackup", "2")]
    assert ended.parameters("rds:startExportTask")[0]["SourceArn"] == found["DBSnapshotArn"]


def test_a_page_of_snapshots_with_fifty_long_tags_each_fits_into_a_state() -> None:
    tags = [{"Key": f"{n:0128}", "Value": "v" * 100} for n in range(50)]
    ended = archive(
        rds__describeDBSnapshots=[page(*[snapshot(f"rds:{n}", n + 1, TagList=tags) for n in range(20)])] * 2
    )
    assert ended.status == "SUCCEEDED", ended.cause
    assert {each["MaxRecords"] for each in ended.parameters("rds:describeDBSnapshots")} == {20}


def test_without_an_available_snapshot_nothing_is_exported() -> None:
    ended = archive(rds__describeDBSnapshots=[page(snapshot("rds:1", 1, Status="creating")), page()])
    assert "no available snapshot" in told(ended)
    assert started(ended) == []


def test_throttled_calls_are_tried_again() -> None:
    busy = Refusal("Throttling", "Rate exceeded")
    ended = archive(
        rds__describeExportTasks=[busy, busy, tasks(), busy, RUNNING, COMPLETE],
        rds__startExportTask=[busy, {"ExportTaskIdentifier": FIRST}],
    )
    assert ended.status == "SUCCEEDED", ended.cause
    assert len(ended.retry_delays) == 4


def test_a_lost_answer_to_a_start_does_not_export_twice() -> None:
    """The call is repeated and refused, as the export is there: then it is ours."""
    taken = Refusal("ExportTaskAlreadyExists", "exists")
    ended = archive(
        rds__startExportTask=[Refusal("InternalFailure", "lost", 500), taken],
        rds__describeExportTasks=[tasks(), RUNNING, COMPLETE],
    )
    assert ended.status == "SUCCEEDED", ended.cause
    assert set(started(ended)) == {FIRST}


def test_an_export_that_is_refused_is_told_as_it_stands() -> None:
    ended = archive(rds__startExportTask=Refusal("IamRoleMissingPermissions", "the role may not write"))
    assert "the role may not write" in told(ended)


def test_an_export_that_fails_half_way_is_told_with_its_cause() -> None:
    failed = tasks(task("FAILED", FailureCause="the key is disabled"))
    ended = archive(rds__describeExportTasks=[tasks(), RUNNING, failed])
    assert told(ended).startswith(f"Export {FIRST} ended as FAILED: the key is disabled. First: ")
    assert started(ended) == [FIRST]


def test_a_complete_export_with_a_warning_is_a_failure() -> None:
    partial = tasks(task("COMPLETE", WarningMessage="skipped public.orders"))
    ended = archive(rds__describeExportTasks=[tasks(), RUNNING, partial])
    assert "ended as COMPLETE with the warning: skipped public.orders" in told(ended)
    assert ended.parameters("glue:startCrawler") == []
    assert "ArchiveSeconds" not in metrics(ended), "what left something out is no success, however long it took"


def test_an_export_that_vanishes_is_a_failure() -> None:
    assert "unknown to RDS" in told(archive(rds__describeExportTasks=[tasks(), tasks()]))


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "COMPLETE"])
def test_a_failed_attempt_can_be_repeated_in_the_same_month(status: str) -> None:
    failed = task(status, WarningMessage="skipped")
    after = tasks(failed, task("COMPLETE", SECOND))
    ended = archive(rds__describeExportTasks=[tasks(failed), tasks(failed, task("IN_PROGRESS", SECOND)), after])
    assert ended.status == "SUCCEEDED", ended.cause
    assert started(ended) == [SECOND]


def test_a_month_that_is_archived_is_not_exported_again() -> None:
    """Its tables are described again, and its metrics published as of its end: both as they were."""
    ended = archive(at="2030-02-01T11:00:00Z", rds__describeExportTasks=COMPLETE)
    assert ended.status == "SUCCEEDED", ended.cause
    assert started(ended) == []
    (measured, _) = ended.parameters("cloudwatch:putMetricData")
    assert {each["Timestamp"] for each in measured["MetricData"]} == {Clock(NOW).now + timedelta(seconds=2400)}


def test_metrics_that_cloudwatch_would_no_longer_take_are_not_published_again() -> None:
    ended = archive(at="2030-02-27T10:00:00Z", rds__describeExportTasks=COMPLETE)
    assert metrics(ended) == {"ArchiveSucceeded": 1}


def test_two_starts_at_once_export_once() -> None:
    """Both find nothing, both start the first attempt: RDS takes one, and both watch it."""
    exports: list[str] = []

    def start(parameters: dict[str, Any]) -> Any:
        name = parameters["ExportTaskIdentifier"]
        if name in exports:
            return Refusal("ExportTaskAlreadyExists", f"{name} exists")
        exports.append(name)
        return {"ExportTaskIdentifier": name}

    for _ in range(2):
        ended = archive(rds__startExportTask=start)
        assert ended.status == "SUCCEEDED", ended.cause
    assert exports == [FIRST]


def test_whoever_is_second_does_not_start_a_second_attempt_where_the_first_failed_meanwhile() -> None:
    ended = archive(
        rds__startExportTask=Refusal("ExportTaskAlreadyExists", "exists"),
        rds__describeExportTasks=[tasks(), tasks(task("FAILED", FailureCause="no"))],
    )
    assert f"Export {FIRST} ended as FAILED: no" in told(ended)
    assert started(ended) == [FIRST]


def test_an_export_of_this_month_that_runs_already_is_watched_instead_of_a_second_one() -> None:
    ended = archive(rds__describeExportTasks=[RUNNING, COMPLETE])
    assert (ended.status, started(ended)) == ("SUCCEEDED", [])
    failed = archive(rds__describeExportTasks=[RUNNING, tasks(task("FAILED", FailureCause="no"))])
    assert f"Export {FIRST} ended as FAILED: no" in told(failed)
    assert started(failed) == []


def test_one_runs_at_a_time() -> None:
    """Last month's must end first."""
    last = {"name": "tap-prod-2030-01-1", "S3Prefix": "postgres-tap-prod/2030/01"}
    before, over = task("IN_PROGRESS", **last), task("COMPLETE", **last)
    ended = archive(rds__describeExportTasks=[tasks(before), tasks(over), tasks(over, task("COMPLETE"))])
    assert ended.status == "SUCCEEDED", ended.cause
    assert started(ended) == [FIRST]
    assert ended.states.index("Wait") < ended.states.index("Start")


def test_exports_of_others_in_the_same_bucket_are_not_ours() -> None:
    others = tasks(task("IN_PROGRESS", "tap-prod-eu-2030-02-1"), task("IN_PROGRESS", "by-hand"), marker="2")
    ended = archive(rds__describeExportTasks=[others, tasks(), others, tasks(task("COMPLETE"))])
    assert (ended.status, started(ended)) == ("SUCCEEDED", [FIRST])
    asked = ended.parameters("rds:describeExportTasks")
    assert [each.get("Marker") for each in asked] == [None, "2", None, "2"]
    assert asked[0]["Filters"] == [{"Name": "s3-bucket", "Values": [BUCKET]}]


def test_an_export_without_end_is_told_and_watched_on_by_the_next_start() -> None:
    ended = archive(rds__describeExportTasks=lambda _: RUNNING)
    assert "still runs after three days" in told(ended)
    assert ended.seconds < definition(STACK, TITLE)["TimeoutSeconds"]
    assert ended.events < 25_000


def test_a_table_is_made_for_every_table_of_the_export() -> None:
    ended = archive()
    (aimed,) = ended.parameters("glue:updateCrawler")
    assert aimed["TablePrefix"] == "export_2030_02_1_"
    (target,) = aimed["Targets"]["S3Targets"]
    assert target["Path"] == f"s3://{BUCKET}/{PREFIX}/{FIRST}/"
    crawler = rendered(STACK).only("Glue::Crawler")
    level = json.loads(crawler["Configuration"])["Grouping"]["TableLevelConfiguration"]
    folders = [
        BUCKET,
        *target["Path"].removeprefix(f"s3://{BUCKET}/").strip("/").split("/"),
        "postgres",
        "public.orders",
    ]
    assert len(folders) == level
    assert aimed["Name"] == "<ArchiveCrawler>"


def test_the_crawler_makes_nothing_that_its_role_may_not() -> None:
    """It makes an index of each table's partitions unless it is told not to."""
    crawler = rendered(STACK).only("Glue::Crawler")
    assert json.loads(crawler["Configuration"])["CreatePartitionIndex"] is False


def test_both_roles_may_be_passed_on_and_no_other() -> None:
    (passing,) = [each for each in statements(rendered(STACK), TITLE) if each["Action"] == ["iam:PassRole"]]
    assert passing["Resource"] == ["<SnapshotExportTaskRole.Arn>", "<ArchiveCrawlerRole.Arn>"]


def test_keys_of_snapshots_are_used_through_rds_alone() -> None:
    (using,) = [each for each in statements(rendered(STACK), TITLE) if any(":key/*" in on for on in each["Resource"])]
    assert using["Action"] == ["kms:CreateGrant", "kms:DescribeKey"]
    assert list(using["Condition"]["StringEquals"]) == ["kms:ViaService"]
    assert using["Condition"]["StringEquals"]["kms:ViaService"].startswith("rds.")


def test_tables_of_earlier_exports_stay() -> None:
    policy = rendered(STACK).only("Glue::Crawler")["SchemaChangePolicy"]
    assert policy["DeleteBehavior"] == "LOG"


def test_a_crawl_that_fails_is_told_and_the_export_not_repeated() -> None:
    crawl = {"Crawler": {"State": "READY", "LastCrawl": {"Status": "FAILED", "ErrorMessage": "no permission"}}}
    ended = archive(glue__getCrawler=crawl)
    assert "Athena cannot read it: the crawler is READY, its last crawl FAILED: no permission" in told(ended)
    assert metrics(ended) == {"ArchiveSeconds": 1800, "ArchiveGigabytes": 42, "ArchiveSucceeded": 0}
    assert started(archive(rds__describeExportTasks=COMPLETE)) == []


@pytest.mark.parametrize("action", ["glue__updateCrawler", "glue__startCrawler"])
def test_a_crawler_that_is_busy_is_waited_for(action: str) -> None:
    busy: dict[str, Any] = {action: [Refusal("CrawlerRunningException", "running"), {}]}
    ended = archive(**busy, glue__getCrawler=[CRAWLING, READY, CRAWLING, READY])
    assert ended.status == "SUCCEEDED", ended.cause
    assert ended.states.count("FindCrawl") == 4


def test_a_crawl_that_made_no_table_is_told() -> None:
    """It may have been refused every object, and yet have succeeded."""
    ended = archive(glue__getTables={"TableList": []})
    assert "the crawler made no table of it" in told(ended)
    (asked,) = ended.parameters("glue:getTables")
    assert asked["Expression"] == "export_2030_02_1_.*"


def test_a_crawl_without_end_is_told() -> None:
    ended = archive(glue__getCrawler=CRAWLING)
    assert "the crawler is RUNNING, its last crawl unknown" in told(ended)


@pytest.mark.parametrize(
    "action",
    [
        "rds__describeExportTasks",
        "rds__describeDBSnapshots",
        "rds__startExportTask",
        "glue__updateCrawler",
        "glue__startCrawler",
        "glue__getCrawler",
        "glue__getTables",
    ],
)
def test_a_call_that_is_refused_to_the_end_is_told_as_it_stands(action: str) -> None:
    denied: dict[str, Any] = {action: Refusal("AccessDenied", "not allowed to do this")}
    assert "not allowed to do this" in told(archive(**denied))


def test_it_is_on_a_schedule_unless_switched_off_and_a_start_that_fails_is_repeated() -> None:
    assert "SnapshotExportSchedule" not in rendered(STACK, ArchiveSchedule="").resources
    schedule = rendered(STACK).resources["SnapshotExportSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "cron(0 10 1 * ? *)"
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_the_alarm_speaks_up_on_failure_and_stays_until_a_success() -> None:
    alarm = rendered(STACK).resources["ArchiveFailed"]["Properties"]
    assert (alarm["MetricName"], alarm["Statistic"], alarm["TreatMissingData"]) == (
        "ArchiveSucceeded",
        "Minimum",
        "ignore",
    )
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)


def test_results_of_queries_are_not_kept_in_the_archive() -> None:
    """There they would stay for years."""
    workgroup = rendered(STACK).only("Athena::WorkGroup")["WorkGroupConfiguration"]
    assert workgroup["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert workgroup["EnforceWorkGroupConfiguration"] is True
