"""Changes whose effect is documented: what the diff says of each, held against its source."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from builder.diff.model import Verdict
from tests.builder.diff.comparing import altered, change, compared, verdicts

CORPUS = json.loads((Path(__file__).parent / "corpus.json").read_text())
PAIRS: list[dict[str, Any]] = CORPUS["pairs"]


def sides(pair: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both templates of a pair: a base, `start` applied to both, `set` to the new one."""
    old = altered({"Resources": CORPUS["bases"][pair["base"]]}, pair.get("start", {}))
    return old, altered(old, pair["set"])


def name(pair: dict[str, Any]) -> str:
    return f"{pair['kind']}-{pair['base']}-{'+'.join(pair['set'])}"


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_the_verdict_is_the_documented_one(pair: dict[str, Any]) -> None:
    found = compared(*sides(pair))
    assert verdicts(found) == pair["expect"], pair["source"]
    for logical_id, fate in pair.get("fate", {}).items():
        became = change(found, logical_id).fate
        assert became is not None and became.value == fate, pair["source"]
    if "fate" in pair or "lost" in pair:
        assert [each.logical_id for each in found.resources if each.loses] == pair.get("lost", [])
    if "cause" in pair:
        assert pair["cause"] in [" <- ".join(each.cause) for each in found.resources]
    for new, old in pair.get("renamed", {}).items():
        assert (change(found, new).counterpart, change(found, old).counterpart) == (old, new)
    assert sorted({notice.where for notice in found.policies}) == pair.get(
        "policies", sorted({n.where for n in found.policies})
    )


@pytest.mark.parametrize("pair", PAIRS, ids=name)
def test_every_replacement_has_a_cause_and_every_failure_a_reason(pair: dict[str, Any]) -> None:
    for each in compared(*sides(pair)).resources:
        if each.verdict in (Verdict.REPLACE, Verdict.MAY_REPLACE):
            assert each.cause[0] == each.logical_id
            assert len(each.cause) > 1
        assert bool(each.reasons) == (each.verdict is Verdict.WILL_FAIL)


def test_nothing_changes_where_nothing_was_changed() -> None:
    for pair in PAIRS:
        for template in sides(pair):
            assert compared(template, template).is_empty


def test_the_corpus_covers_every_verdict_and_kind_and_names_its_sources() -> None:
    kinds = Counter(pair["kind"] for pair in PAIRS)
    said = {verdict for pair in PAIRS for verdict in pair["expect"].values()}
    types = {
        resource["Type"]
        for pair in PAIRS
        for logical_id, resource in CORPUS["bases"][pair["base"]].items()
        if logical_id in pair["expect"]
    }
    assert said == {verdict.value for verdict in Verdict}
    assert sum(kinds.values()) >= 60
    assert len(types) >= 15
    assert all(pair["source"] for pair in PAIRS)
    assert kinds == {
        "create-only": 38,
        "in place": 25,
        "conditional": 22,
        "will fail": 16,
        "removal": 9,
        "cascade": 5,
        "fate": 5,
        "attribute": 3,
        "orphan": 2,
        "rename": 2,
        "add": 2,
    }
