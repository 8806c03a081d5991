"""What `diff` says of one edition deployed over another: docs/choosing.md tells people to ask it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from builder import cli
from tests.conftest import REPOSITORY

INSTANCE = "rds-high-availability-existing-vpc"
CLUSTERS = ("rds-cluster", "aurora-high-availability")


def compared(capsys: pytest.CaptureFixture[str], old: str, new: str) -> dict[str, Any]:
    """The report on turning a production stack of one template into one of another."""
    dist, params = REPOSITORY / "dist", REPOSITORY / "params"
    files = [str(dist / f"{old}.json"), str(dist / f"{new}.json")]
    given = ["--params-old", str(params / old / "prod.json"), "--params-new", str(params / new / "prod.json")]
    capsys.readouterr()
    cli.main(REPOSITORY, ["diff", *files, *given, "--format", "json"])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_the_page_on_choosing_names_each() -> None:
    page = (REPOSITORY / "docs" / "choosing.md").read_text(encoding="utf-8")
    assert all(f"(reference/{name}.md)" in page for name in (INSTANCE, *CLUSTERS))


def verdicts(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (comparison,) = report["comparisons"]
    return {each["logical_id"]: each for each in comparison["resources"]}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_instance_turned_into_a_cluster_leaves_the_stack_and_the_cluster_begins_empty(
    cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = compared(capsys, INSTANCE, cluster)
    found = verdicts(report)
    assert found["Database"]["verdict"] == "REMOVE"
    assert "deletion protection refuses the deletion" in " ".join(found["Database"]["notes"])
    assert found["DatabaseCluster"]["verdict"] == "ADD"
    assert found["DatabaseKey"]["verdict"] == "ORPHAN", "its snapshots stay readable"
    assert "export RdsEndpoint-prod is gone" in json.dumps(report)


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_and_so_does_a_cluster_turned_into_an_instance(cluster: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = verdicts(compared(capsys, cluster, INSTANCE))
    assert found["DatabaseCluster"]["verdict"] == "REMOVE"
    assert found["Database"]["verdict"] == "ADD"


def test_a_multi_az_cluster_turned_into_aurora_would_be_replaced_which_its_name_prevents(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = verdicts(compared(capsys, *CLUSTERS))
    assert found["DatabaseCluster"]["verdict"] == "REPLACE"
