"""The catalogue of checks: every check once, under its subject, and nothing of it lost to Markdown."""

from __future__ import annotations

import re

from builder.checks.judge import ALL
from builder.docs import checks
from tests.conftest import REPOSITORY


def test_every_check_stands_once_with_severity_reason_and_source() -> None:
    text = "\n".join(text for _, text in checks.sections().values())
    rows = [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in text.splitlines() if line.startswith("| `")]
    assert sorted(row[0] for row in rows) == sorted(f"`{check.id}`" for check in ALL)
    assert all(len(row) == 4 and all(row) for row in rows)
    assert {row[1] for row in rows if row[0].startswith("`W")} == {"warning"}


def test_subjects_are_those_of_the_checks_modules() -> None:
    headings = {name: heading for name, (heading, _) in checks.sections().items()}
    assert headings["severities"] == ""
    assert headings["rendering"] == "What cannot be rendered"
    assert headings["alert-path"] == "The way of an alert, from what raises it to whoever hears it"
    assert headings["state-machines"] == "Step Functions"


def test_the_ids_that_the_page_speaks_of_exist() -> None:
    page = (REPOSITORY / "docs/checks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\b[EW]9\d{3}\b", page)) <= {check.id for check in ALL}
