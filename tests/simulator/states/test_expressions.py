"""JSONata as Step Functions has it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.states import Mistake
from tests.simulator.states.machines import START, computed, executed, machine

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_data_passes_through_input_variables_and_output_unchanged(value: Any) -> None:
    given_input = executed(
        machine(
            A={"Type": "Pass", "Assign": {"kept": "{% $states.input.v %}"}, "Next": "B"},
            B={"Type": "Pass", "Output": {"v": "{% $kept %}", "w": "{% $states.input.v %}"}, "End": True},
        ),
        {"v": value},
    )
    assert given_input.output == {"v": value, "w": value}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$states.input.quoted", 'say "hi" \\ {%'),
        ("$states.input.nested.list", [1, 2, 3]),
        ("$states.input.one", [5]),
        ("$states.input.nothing != null", False),
        ("$exists($states.input.absent)", False),
        ("$type($states.input.nothing)", "null"),
        ("10 / 4", 2.5),
        ("10 / 5", 2),
        ("[1..3]", [1, 2, 3]),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("$hash({'a': 1}, 'MD5')", "bb6cb5c68df4652941caf652a366f2d8"),
        ("$parse('{\"a\": [null, 1]}')", {"a": [None, 1]}),
        ("$random(7) = $random(7)", True),
        ("$now()", "2030-01-15T12:00:00.000Z"),
        ("$now('[Y]/[M01]')", "2030/01"),
        ("$millis()", 1894708800000),
        ("$toMillis($states.context.State.EnteredTime) = $millis()", True),
        ("$states.context.Execution.Name", "execution-1"),
        ("$states.context.StateMachine.Name", "Machine"),
    ],
)
def test_an_expression_gives(expression: str, value: Any) -> None:
    given_input = {
        "quoted": 'say "hi" \\ {%',
        "nested": [{"list": [1, 2]}, {"list": [3]}],
        "one": [5],
        "nothing": None,
    }
    assert computed(expression, given_input).output == value


def test_chance_is_the_same_in_every_run_of_a_test() -> None:
    assert computed("$random()").output == computed("$random()").output
    name = computed("$uuid()").output
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", name)
    assert name == computed("$uuid()").output


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("$states.input.absent", "returned nothing (undefined)"),
        ("$neverSet", "returned nothing (undefined)"),
        ("$states.errorOutput", "returned nothing (undefined)"),
        ("$states.result", "returned nothing (undefined)"),
        ("1 + 'a'", "threw an error during evaluation"),
        ("1 / 0", "threw an error during evaluation"),
        ("$number('x')", "threw an error during evaluation"),
        ("$eval('1')", "threw an error during evaluation"),
        ("$error('no')", "threw an error during evaluation: no"),
        ("$uppercase", "returned an unsupported result type"),
        ("[1, $uppercase]", "returned an unsupported result type"),
        ("$parse('1e999')", "returned an unsupported result type"),
        ("$power(10, 308) * 10", "threw an error during evaluation"),
    ],
)
def test_an_expression_that_fails_fails_the_execution_as_a_query(expression: str, told: str) -> None:
    ended = computed(expression)
    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError")
    assert told in str(ended.cause)
    assert "'Output'" in str(ended.cause)


def test_text_that_is_no_expression_stands_for_itself() -> None:
    ended = executed(machine(A={"Type": "Pass", "Output": {"a": "$states.input", "b": ["{%"]}, "End": True}))
    assert ended.output == {"a": "$states.input", "b": ["{%"]}


def test_an_expression_that_does_not_parse_fails_the_test() -> None:
    with pytest.raises(Mistake, match="is no JSONata"):
        computed("1 +")


def test_time_follows_the_clock_of_the_test() -> None:
    ended = executed(
        machine(
            A={"Type": "Wait", "Seconds": 90, "Next": "B"},
            B={"Type": "Pass", "Output": "{% [$now(), $states.context.State.EnteredTime] %}", "End": True},
        )
    )
    assert START == "2030-01-15T12:00:00Z"
    assert ended.output == ["2030-01-15T12:01:30.000Z"] * 2
