"""Every check passes a template that is right, and speaks up about one edit that is not."""

from __future__ import annotations

import pytest

from builder.checks.catalogue import CHECKS
from tests.builder.checks import cases_access, cases_alerts, cases_data
from tests.builder.checks.checking import Case, found

CASES = (*cases_data.CASES, *cases_alerts.CASES, *cases_access.CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.check}: {case.says}")
def test_a_check_speaks_up_after_one_edit_and_not_before(case: Case) -> None:
    assert found(case.check, case.template) == []
    assert case.says in "\n".join(found(case.check, case.edited))


def test_every_check_has_a_template_that_passes_and_one_that_does_not() -> None:
    assert {case.check for case in CASES} == {check.id for check in CHECKS}


def test_every_check_has_an_id_of_its_own_in_the_range_for_users_rules_with_a_reason_and_a_source() -> None:
    assert len({check.id[1:] for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.id[0] in "EW" and check.id[1] == "9" and len(check.id) == 5, check.id
        assert check.reason and "\n" not in check.reason, check.id
        assert check.source, check.id
