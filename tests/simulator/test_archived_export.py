"""The runbook for exports that have moved to Glacier, followed by a shell on the simulated AWS."""

from __future__ import annotations

import re
import subprocess
from textwrap import dedent

import pytest

from simulator import Aws
from simulator.environment import child_environment
from tests.runbooks.pages import INDEX, VARIABLE, page

RUNBOOK = page("read-an-archived-export.md")
MONTH = "postgres-tap-prod/2030/02"
EXPORT = f"{MONTH}/tap-prod-2030-02-1"
FROZEN = {
    f"{EXPORT}/postgres/public.orders/1/part-00000.gz.parquet": "GLACIER",
    f"{EXPORT}/postgres/public.items in stock/1/part-00000.gz.parquet": "DEEP_ARCHIVE",
}
NEAR = {f"{EXPORT}/export_info_tap-prod-2030-02-1.json": "STANDARD"}
OTHERS = {"postgres-tap-prod/2030/03/tap-prod-2030-03-1/postgres/public.orders/1/part-00000.gz.parquet": "GLACIER"}
# What the page reads from the outputs of stacks, and what it says itself.
VALUES = {
    "ARCHIVE_DATABASE_NAME": "tap_prod_archive",
    "ARCHIVE_WORK_GROUP_NAME": "tap-prod-archive",
    "BACKUP_BUCKET_NAME": "archive",
    "INSTANCE": "postgres-tap-prod",
    **{line.sets: line.text for line in RUNBOOK.lines() if line.is_value},
}


def steps() -> dict[str, list[str]]:
    """The blocks of every step, by its number."""
    _, _, after = RUNBOOK.text.partition("\n## Steps\n")
    text, _, _ = after.partition("\n## ")
    parts = re.split(r"^(\d)\. ", text, flags=re.MULTILINE)
    return {
        number: [
            dedent(block) for block in re.findall(r"^ *```(?:ba)?sh\n(.*?)^ *```$", part, re.MULTILINE | re.DOTALL)
        ]
        for number, part in zip(parts[1::2], parts[2::2], strict=True)
    }


@pytest.fixture(scope="module")
def archive(simulated: Aws) -> Aws:
    simulated.reset()
    s3 = simulated.client("s3")
    s3.create_bucket(Bucket="archive")
    for key, storage_class in {**FROZEN, **NEAR, **OTHERS}.items():
        s3.put_object(Bucket="archive", Key=key, Body=b"data", StorageClass=storage_class)
    glue = simulated.client("glue")
    glue.create_database(DatabaseInput={"Name": VALUES["ARCHIVE_DATABASE_NAME"]})
    location = {"Location": f"s3://archive/{EXPORT}/postgres/public.orders/"}
    for name in (VALUES["TABLE"], "export_2030_03_1_public_orders"):
        table = {"Name": name, "StorageDescriptor": location}
        glue.create_table(DatabaseName=VALUES["ARCHIVE_DATABASE_NAME"], TableInput=table)
    simulated.client("athena").create_work_group(Name=VALUES["ARCHIVE_WORK_GROUP_NAME"], Configuration={})
    return simulated


def follow(aws: Aws, step: str) -> str:
    """Run the blocks of a step, as a person would; what they print."""
    environment = {**child_environment(aws.endpoint, aws.region, aws.home), **VALUES}
    script = "\n".join(steps()[step])
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def restored(aws: Aws) -> set[str]:
    keys = {**FROZEN, **NEAR, **OTHERS}
    return {key for key in keys if "Restore" in aws.client("s3").head_object(Bucket="archive", Key=key)}


def test_the_export_is_found_with_where_its_objects_are(archive: Aws) -> None:
    rows = [line.split("\t") for line in follow(archive, "1").splitlines()]
    assert {key: storage_class for storage_class, _, key in rows} == {**FROZEN, **NEAR}


def test_its_objects_are_restored_and_no_others(archive: Aws) -> None:
    assert restored(archive) == set()
    assert follow(archive, "3").strip() == "2", "neither is there yet"

    follow(archive, "2")

    assert restored(archive) == set(FROZEN)
    assert follow(archive, "3").strip() == "0"


def test_its_tables_are_found_and_queried(archive: Aws) -> None:
    found, altered = follow(archive, "4").split("\n", 1)
    assert found.split("\t") == [VALUES["TABLE"], f"s3://archive/{EXPORT}/postgres/public.orders/"]
    assert "QueryExecutionId" in altered
    assert follow(archive, "5").startswith(("QUEUED", "SUCCEEDED"))


def test_every_name_that_a_shell_reads_is_set_before() -> None:
    """Blocks of `sh` are read elsewhere, one command after the other; loops are not."""
    known = {line.sets for each in (page(INDEX), RUNBOOK) for line in each.lines()} | {"OBJECT"}
    commands = "\n".join(block for blocks in steps().values() for block in blocks)
    assert set(VARIABLE.findall(commands)) <= known


def test_it_says_that_an_export_cannot_be_restored() -> None:
    assert "cannot be restored" in " ".join(RUNBOOK.text.split())
