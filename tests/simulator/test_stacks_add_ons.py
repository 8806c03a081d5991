"""The lives of the add-ons beside a database: deployed with its outputs, changed, deleted, made again and run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator import Aws
from simulator.states import Account, Clock, Execution, run
from tests.simulator.products import ADD_ONS, built, launch, outputs, physical
from tests.simulator.stacks import status

DATABASE = "rds-high-availability-disposable"
CORE = "database"


@pytest.fixture(scope="module")
def database(simulated: Aws) -> Aws:
    simulated.reset()
    done = launch(simulated, DATABASE, CORE)
    assert done.ok, done.log
    return simulated


def attach(aws: Aws, stack: str, **changed: str) -> None:
    """Deploy an add-on with the outputs of the database that its parameters are called after."""
    told = outputs(aws, CORE)
    given = {name: told[name] for name in built(stack)["Parameters"] if name in told}
    done = launch(aws, stack, stack, options=("--no-fail-on-empty-changeset",), **given, **changed)
    assert done.ok, done.log


def definition(aws: Aws, stack: str, machine: str) -> dict[str, Any]:
    """A state machine as it is deployed."""
    arn = physical(aws, stack, machine)
    found: dict[str, Any] = json.loads(
        aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]
    )
    return found


@pytest.mark.parametrize("stack", ADD_ONS)
def test_an_add_on_is_made_changed_in_place_and_deleted_beside_the_database(database: Aws, stack: str) -> None:
    attach(database, stack)
    before = {name: each.physical_id for name, each in database.resources(stack).items()}

    attach(database, stack, LogRetentionDays="90", CostCenter="other")

    assert {name: each.physical_id for name, each in database.resources(stack).items()} == before
    assert not [each for each in database.stack(stack).events if each.status.endswith("_FAILED")]
    stack_id = database.stack(stack).id
    database.client("cloudformation").delete_stack(StackName=stack)
    assert status(database, stack_id) == "DELETE_COMPLETE"
    assert status(database, CORE) == "CREATE_COMPLETE"


@pytest.mark.parametrize("stack", ADD_ONS)
def test_an_add_on_is_made_for_production(database: Aws, stack: str) -> None:
    done = launch(database, stack, f"{stack}-prod", env="prod")

    assert done.ok, done.log


def test_schedules_can_be_switched_off_and_on(database: Aws) -> None:
    attach(database, "rds-archive", ArchiveSchedule="")
    assert "SnapshotExportSchedule" not in database.resources("rds-archive")

    attach(database, "rds-archive", ArchiveSchedule="cron(0 10 1 * ? *)")

    schedule = physical(database, "rds-archive", "SnapshotExportSchedule")
    found = database.client("scheduler").get_schedule(Name=schedule.split("|")[-1], GroupName="tap-dev-archive")
    assert found["Target"]["Arn"] == physical(database, "rds-archive", "SnapshotExport")


def started(aws: Aws, stack: str, machine: str, script: dict[str, Any]) -> Execution:
    """A deployed state machine, run against the simulated services but for what `script` answers."""
    account = Account(script, clients=aws.engine.clients, region=aws.region)
    return run(definition(aws, stack, machine), {}, account=account, clock=Clock(), machine=machine)


def test_the_archive_exports_what_the_database_has(database: Aws) -> None:
    """moto exports in no time, tells little of it, and spells it otherwise; its crawler makes no tables."""
    attach(database, "rds-archive")
    rds = database.client("rds")

    def tasks(_: Any) -> dict[str, Any]:
        found = rds.describe_export_tasks()["ExportTasks"]
        over = {"Status": "COMPLETE", "TaskStartTime": Clock().now, "TaskEndTime": Clock().now}
        return {"ExportTasks": [{**each, **over, "TotalExtractedDataInGB": 1} for each in found]}

    script = {
        "rds:describeExportTasks": tasks,
        "glue:updateCrawler": {},
        "glue:getCrawler": {"Crawler": {"State": "READY", "LastCrawl": {"Status": "SUCCEEDED"}}},
        "glue:getTables": {"TableList": [{"Name": "export_2030_01_1_public_orders"}]},
    }

    ended = started(database, "rds-archive", "SnapshotExport", script)

    assert ended.status == "SUCCEEDED", ended.cause
    (task,) = rds.describe_export_tasks()["ExportTasks"]
    assert task["S3Prefix"] == "postgres-tap-dev/2030/01"
    assert task["S3Bucket"] == outputs(database, CORE)["BackupBucketName"]
    assert task["SourceArn"] in [each["DBSnapshotArn"] for each in rds.describe_db_snapshots()["DBSnapshots"]]
    crawler = physical(database, "rds-archive", "ArchiveCrawler")
    assert database.client("glue").get_crawler(Name=crawler)["Crawler"]["State"] == "RUNNING"
    database.client("glue").stop_crawler(Name=crawler)

    assert started(database, "rds-archive", "SnapshotExport", script).status == "SUCCEEDED"
    assert len(rds.describe_export_tasks()["ExportTasks"]) == 1


def test_absence_is_measured_of_what_is_deployed(database: Aws) -> None:
    attach(database, "rds-operations")
    arn = physical(database, "rds-operations", "AbsenceWatch")
    birth = database.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["creationDate"]

    account = Account(clients=database.engine.clients, region=database.region)
    clock = Clock(birth)
    clock.advance(3 * 86400)
    name = arn.rpartition(":")[2]
    ended = run(definition(database, "rds-operations", "AbsenceWatch"), {}, account=account, clock=clock, machine=name)

    assert ended.status == "SUCCEEDED", ended.cause
    (published,) = ended.parameters("cloudwatch:putMetricData")
    ages = {metric["MetricName"]: round(metric["Value"]) for metric in published["MetricData"]}
    assert set(ages) == {"DaysSinceArchive", "DaysSinceBackup", "DaysSinceFailoverDrill", "DaysSinceRestoreTest"}
    assert ages["DaysSinceFailoverDrill"] == 3
    listed = database.client("cloudwatch").list_metrics(Namespace="RdsHighAvailability")["Metrics"]
    assert set(ages) <= {each["MetricName"] for each in listed}
