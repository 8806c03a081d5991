"""A version is published once, and never with other content."""

from __future__ import annotations

import pytest

from builder.catalog.ledger import MOST_VERSIONS
from builder.catalog.verdict import Known, Verdict, judge
from builder.problems import ExitCode, Failure

KNOWN = [Known(version="1.0.0", sha256="a"), Known(version="1.0.1", sha256="b"), Known(version="1.1.0", sha256="c")]


def test_other_content_under_another_version_is_new() -> None:
    assert judge("small", KNOWN, "2.0.0", "d") == (Verdict.NEW, "")
    assert judge("small", [], "1.0.0", "d") == (Verdict.NEW, "")


def test_the_same_content_under_the_same_version_is_unchanged() -> None:
    assert judge("small", KNOWN, "1.0.1", "b") == (Verdict.UNCHANGED, "1.0.1")


def test_the_same_content_under_another_version_is_told_and_can_be_wanted() -> None:
    assert judge("small", KNOWN, "2.0.0", "b") == (Verdict.DUPLICATE, "1.0.1")
    assert judge("small", KNOWN, "2.0.0", "b", allow_duplicate=True) == (Verdict.NEW, "")


@pytest.mark.parametrize("known", [KNOWN, [Known(version="1.0.0", sha256="")]])
def test_other_content_under_the_same_version_is_refused_with_both_hashes_and_a_free_version(
    known: list[Known],
) -> None:
    with pytest.raises(Failure) as caught:
        judge("small", known, "1.0.0", "d", allow_duplicate=True)
    assert caught.value.exit_code == ExitCode.VERSION_CONFLICT
    said = str(caught.value)
    assert f"{known[0].sha256 or 'unknown'} is published, d is what dist/ holds" in said
    assert f"--version 1.0.{2 if known is KNOWN else 1}" in said


def test_a_full_product_is_refused_before_service_catalog_does() -> None:
    known = [Known(version=f"1.0.{number}", sha256=str(number)) for number in range(MOST_VERSIONS)]
    with pytest.raises(Failure, match="has 100 versions, and Service Catalog takes 100"):
        judge("small", known, "2.0.0", "new")
    assert judge("small", known[1:], "2.0.0", "new")[0] is Verdict.NEW
