"""The ledger says what was published, or what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.catalog import ledger
from builder.catalog.ledger import Entry
from builder.problems import Failure

ENTRY = Entry(product="small", version="1.0.0", sha256="a" * 64, key="products/small", description="The first")
NODE = {"product": "small", "version": "1.0.0", "sha256": "a" * 64, "key": "k", "description": ""}

words = st.text(st.characters(codec="utf-8"), max_size=20)
numbers = st.integers(0, 30)
versions = st.tuples(numbers, numbers, numbers).map(lambda parts: ".".join(map(str, parts)))
entries = st.lists(
    st.builds(
        Entry,
        product=words,
        version=versions,
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
        key=words,
        description=words,
    ),
    unique_by=lambda entry: (entry.product, entry.version),
)


@given(entries)
def test_what_is_written_is_read(written: list[Entry]) -> None:
    assert ledger.parse(ledger.text(written)) == tuple(written)


@given(st.lists(versions, unique=True), versions)
def test_a_free_version_is_free_and_of_the_same_line(taken: list[str], version: str) -> None:
    free = ledger.next_free(taken, version)
    assert free not in taken
    assert ledger.is_version(free)
    assert free.rpartition(".")[0] == version.rpartition(".")[0]


def test_there_need_not_be_a_ledger(tmp_path: Path) -> None:
    assert ledger.read(tmp_path) == ()


def test_versions_are_told_apart_by_product() -> None:
    other = Entry(product="other", version="1.0.0", sha256="b" * 64, key="k", description="")
    assert ledger.of([ENTRY, other], "other") == (other,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[", "catalog/versions.json: is not JSON"),
        ("{}", "catalog/versions.json: is not a list of versions"),
        ("[1]", "[0]: is not an object of product, version, sha256, key, description"),
        ([{**NODE, "more": ""}], "[0]: is not an object of"),
        ([{**NODE, "key": 1}], "[0].key: is not a text"),
        ([{**NODE, "version": "1.0"}], "[0].version: is '1.0', not a version; fix: write MAJOR.MINOR.PATCH"),
        ([{**NODE, "version": "01.0.0"}], "[0].version: is '01.0.0', not a version"),
        ([{**NODE, "sha256": "A" * 64}], "[0].sha256: is not a SHA-256"),
        ([NODE, NODE], "[1]: repeats version 1.0.0 of small"),
    ],
)
def test_a_ledger_that_is_wrong_is_refused(text: Any, problem: str) -> None:
    with pytest.raises(Failure) as caught:
        ledger.parse(text if isinstance(text, str) else json.dumps(text))
    assert problem in str(caught.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Failure) as caught:
        ledger.parse(json.dumps([{**NODE, "version": "x", "sha256": "y"}, 1]))
    assert [problem.key for problem in caught.value.problems] == ["[0].version", "[0].sha256", "[1]"]
