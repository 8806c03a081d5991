"""Shares of storage in metric math: what is known to be wrong is told, and nothing else."""

from __future__ import annotations

import pytest

from tests.builder.checks.checking import found, read

ALERTS = read("alerts")
SHARE = "100 * logs / (400 * 1073741824)"


@pytest.mark.parametrize(
    "expression",
    [
        "logs / (400 * 1073741824)",  # a share of one
        "1 - logs / (400 * 1073741824)",
        "logs / 1073741824",  # in GiB, of which the instance has 400
        "logs / 400 / 1000000000",  # in decimal units it is another number, but not by a power of 1024
        "100 * (logs + reads) / (400 * 1048576)",  # more than one metric
        "MAX([logs]) / (400 * 1048576)",  # more than arithmetic
        "logs / (400 - 400)",
        "-logs / 400",
        "100 * ",
    ],
)
def test_what_is_not_known_to_be_wrong_is_not_told(expression: str) -> None:
    assert found("W9169", ALERTS.replace(SHARE, expression)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("AllocatedStorage: 400, ", ""),
        ("MetricName: TransactionLogsDiskUsage", "MetricName: OldestReplicationSlotLag"),
        ("Value: !Ref Database}]}\n            Period: 60\n            Stat: Maximum", "Value: theirs}]}\n"),
    ],
)
def test_only_bytes_of_a_storage_whose_size_is_known_are_judged(old: str, new: str) -> None:
    wrong = ALERTS.replace(SHARE, "100 * logs / (400 * 1048576)")
    assert found("W9169", wrong)
    assert old in wrong
    assert found("W9169", wrong.replace(old, new)) == []


def test_a_size_that_could_as_well_be_a_unit_is_not_judged() -> None:
    text = ALERTS.replace("AllocatedStorage: 400", "AllocatedStorage: 1024")
    assert found("W9169", text.replace(SHARE, "logs / 1024")) == []
