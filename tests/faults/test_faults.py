"""Every seeded fault is caught, by the check that is meant to; `python -m tests.faults` prints the table."""

from __future__ import annotations

import pytest

from builder.checks.catalogue import CHECKS
from tests.faults.__main__ import main
from tests.faults.catching import FAULTS, cfn_lint, ours, seeded, templates
from tests.faults.seeding import Fault

OURS = [fault for fault in FAULTS if fault.by != "cfn-lint"]
THEIRS = tuple(fault for fault in FAULTS if fault.by == "cfn-lint")


@pytest.mark.parametrize("fault", OURS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_caught_by_its_check(fault: Fault) -> None:
    checks = [check for check in CHECKS if check.id == fault.by]  # none for what cannot be rendered
    assert ours(fault.stack, seeded(fault), fault.values, checks) == (fault.by,)


def test_what_the_checks_leave_to_cfn_lint_cfn_lint_catches() -> None:
    assert THEIRS
    assert not any(ours(fault.stack, seeded(fault), fault.values) for fault in THEIRS)
    assert all(cfn_lint(THEIRS).values())


def test_the_suite_is_large_and_every_fault_changes_its_template_under_a_name_of_its_own() -> None:
    assert len(FAULTS) >= 80
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(seeded(fault) != templates()[fault.stack] for fault in FAULTS)


def test_the_table_tells_who_caught_what(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few = tuple(fault for fault in FAULTS if fault.name in {"implicit egress", "action that does not exist"})
    monkeypatch.setattr("tests.faults.__main__.FAULTS", few)
    for caught, code in (("E3037", 0), ("", 1)):
        answer = (caught,) if caught else ()
        monkeypatch.setattr("tests.faults.__main__.cfn_lint", lambda faults, answer=answer: {faults[0].name: answer})
        assert main([]) == code
        printed = capsys.readouterr().out
        assert ("not caught: IAM: action that does not exist" in printed) is bool(code)
        counts = [line.split() for line in printed.splitlines() if line.startswith("all")]
        assert counts == [["all", str(2 - code), "2", "1", str(1 - code)]]
