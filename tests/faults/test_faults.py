"""Every seeded fault is caught, by the check that is meant to; `python -m tests.faults` prints the table."""

from __future__ import annotations

import pytest

from builder.checks.catalogue import CHECKS
from tests.faults.__main__ import main
from tests.faults.catching import FAULTS, cfn_lint, ours, seeded, templates
from tests.faults.seeding import Fault

OURS = [fault for fault in FAULTS if fault.by not in ("cfn-lint", "nobody")]
THEIRS = tuple(fault for fault in FAULTS if fault.by == "cfn-lint")
# What only someone who knows the intent can tell; tests/templates holds these for the project's own templates.
UNCAUGHT = {
    "deletion protection switched off",
    "math that divides by the wrong unit",
    "standby switched off",
    "two outputs swapped",
}


@pytest.mark.parametrize("fault", OURS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_caught_by_its_check(fault: Fault) -> None:
    checks = [check for check in CHECKS if check.id == fault.by]  # none for what cannot be rendered
    assert ours(fault.stack, seeded(fault), fault.values, checks) == (fault.by,)


def test_what_the_checks_leave_to_cfn_lint_cfn_lint_catches() -> None:
    assert THEIRS
    assert not any(ours(fault.stack, seeded(fault), fault.values) for fault in THEIRS)
    assert all(cfn_lint(THEIRS).values())


def test_what_nobody_catches_is_listed_by_name() -> None:
    missed = [fault for fault in FAULTS if fault.by == "nobody"]
    assert {fault.name for fault in missed} == UNCAUGHT
    assert not any(ours(fault.stack, seeded(fault), fault.values) for fault in missed)


def test_the_suite_is_large_and_every_fault_changes_its_template_under_a_name_of_its_own() -> None:
    assert len(FAULTS) >= 80
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(seeded(fault) != templates()[fault.stack] for fault in FAULTS)


def test_the_table_tells_who_caught_what(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few = tuple(fault for fault in FAULTS if fault.name in {"implicit egress", "two outputs swapped"})
    monkeypatch.setattr("tests.faults.__main__.FAULTS", few)
    monkeypatch.setattr("tests.faults.__main__.cfn_lint", lambda faults: {fault.name: () for fault in faults})
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert "not caught: references: two outputs swapped" in printed
    assert [line.split() for line in printed.splitlines() if line.startswith("all")] == [["all", "1", "2", "1", "0"]]
