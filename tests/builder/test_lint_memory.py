"""What is remembered for cfn-lint: the same answers, and the same findings, without asking twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import And, Not, Or, Symbol
from sympy.assumptions.cnf import EncodedCNF
from sympy.logic.inference import satisfiable

from builder import lint_memory, lint_worker

SYMBOLS = [Symbol(name) for name in "abcd"]
formulas = st.recursive(
    st.sampled_from(SYMBOLS),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=1, max_size=3).flatmap(lambda some: st.sampled_from([And(*some), Or(*some)]))
    ),
    max_leaves=6,
)

# Conditions that exclude each other, and faults that are seen only in one of their cases.
CONDITIONAL: dict[str, Any] = {
    "Parameters": {name: {"Type": "String", "AllowedValues": ["a", "b"], "Default": "a"} for name in ("One", "Two")},
    "Conditions": {
        "IsA": {"Fn::Equals": [{"Ref": "One"}, "a"]},
        "IsB": {"Fn::Not": [{"Condition": "IsA"}]},
        "IsBoth": {"Fn::And": [{"Condition": "IsA"}, {"Fn::Equals": [{"Ref": "Two"}, "a"]}]},
        "IsNever": {"Fn::And": [{"Condition": "IsA"}, {"Condition": "IsB"}]},
    },
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Condition": "IsBoth"},
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Condition": "IsB",
            "Properties": {
                "KmsMasterKeyId": {"Fn::If": ["IsA", {"Ref": "Key"}, {"Ref": "AWS::NoValue"}]},
                "DisplayName": {"Fn::If": ["IsNever", 1, {"Fn::If": ["IsBoth", ["x"], "y"]}]},
                "FifoTopic": {"Fn::If": ["IsBoth", "perhaps", True]},
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": {"Ref": "Key"}, "DelaySeconds": "x"}},
    },
    "Outputs": {"Topic": {"Value": {"Fn::Sub": "${Topic}-${Key.Arn}-${AWS::Region}"}}},
}


def encoded(some: list[Any]) -> EncodedCNF:
    found = EncodedCNF()
    for formula in some:
        found.add_prop(formula)
    return found


@given(st.lists(formulas, min_size=1, max_size=4))
def test_the_answer_is_the_solvers_the_first_time_and_later(some: list[Any]) -> None:
    ask = lint_memory.remembered(satisfiable)
    expected = satisfiable(encoded(some))
    for _ in range(2):
        found = ask(encoded(some))
        assert found == expected
        if found:
            found.clear()  # what one caller does with its answer is not the next one's


def test_a_question_is_put_to_the_solver_once() -> None:
    asked = []

    def solve(formulas: Any, **options: Any) -> Any:
        asked.append(options)
        return satisfiable(formulas, **options)

    a, b = SYMBOLS[:2]
    ask = lint_memory.remembered(solve)
    answers = [ask(encoded([a])), ask(encoded([a])), ask(encoded([a, Not(a)])), ask(encoded([b]))]
    assert answers == [{a: True}, {a: True}, False, {b: True}]
    assert len(asked) == 3
    assert list(ask(encoded([Or(a, b)]), all_models=True)) == list(satisfiable(encoded([Or(a, b)]), all_models=True))


def test_cfn_lint_finds_the_same_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "conditional.json"
    path.write_text(json.dumps(CONDITIONAL))
    regions = ("us-east-1", "cn-north-1")
    with_memory = [lint_worker.findings(str(path), regions, ()) for _ in range(2)]
    for each in lint_memory.replacements():
        assert getattr(each.owner, each.name) is each.remembering
        monkeypatch.setattr(each.owner, each.name, each.plain)
    without = lint_worker.findings(str(path), regions, ())
    assert with_memory == [without, without]
    assert len({finding.rule for finding in without}) > 3
