"""Every type of state, and how data and variables pass between them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.states import Account, Clock, Mistake, Pause, Refusal, run
from tests.simulator.states.machines import START, describe, executed, inner, machine

ITEM = "{% $states.context.Map.Item.Value %}"


def test_the_definition_may_be_text() -> None:
    assert run(json.dumps(machine(A={"Type": "Succeed"})), {"a": 1}, account=Account(), clock=Clock()).output == {
        "a": 1
    }


def test_pass_hands_its_input_on_unless_it_has_an_output() -> None:
    ended = executed(machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Output": [1], "End": True}), {"a": 1})
    assert (ended.status, ended.output, ended.states) == ("SUCCEEDED", [1], ("A", "B"))


def test_assign_and_output_see_the_variables_as_they_were_on_entry() -> None:
    ended = executed(
        machine(
            A={"Type": "Pass", "Assign": {"x": 3, "y": 6}, "Next": "B"},
            B={"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Output": "{% $x %}", "Next": "C"},
            C={"Type": "Pass", "Output": "{% [$states.input, $x, $y] %}", "End": True},
        )
    )
    assert ended.output == [3, 6, 3]


CHOICE = {
    "Type": "Choice",
    "Choices": [
        {"Condition": "{% $states.input.n > 10 %}", "Next": "Big", "Assign": {"size": "big"}, "Output": "rule"},
        {"Condition": "{% $states.input.n > 5 %}", "Next": "Big"},
    ],
    "Default": "Small",
    "Assign": {"size": "small"},
    "Output": "state",
}


@pytest.mark.parametrize(
    ("n", "output"),
    [(11, ["Big", "big", "rule"]), (6, ["Big", "unset", {"n": 6}]), (1, ["Small", "small", "state"])],
)
def test_choice_takes_the_first_match_with_its_own_assign_and_output(n: int, output: list[Any]) -> None:
    told = "{% [$states.context.State.Name, $size, $states.input] %}"
    ended = executed(
        machine(
            A={"Type": "Pass", "Assign": {"size": "unset"}, "Next": "B"},
            B=CHOICE,
            Big={"Type": "Succeed", "Output": told},
            Small={"Type": "Succeed", "Output": told},
        ),
        {"n": n},
    )
    assert ended.output == output


def test_a_condition_must_be_a_boolean() -> None:
    ended = executed(
        machine(A={"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "B"}]}, B={"Type": "Succeed"})
    )
    assert ended.error == "States.QueryEvaluationError"


def test_a_choice_without_match_and_default_cannot_be_run() -> None:
    ended = executed(
        machine(A={"Type": "Choice", "Choices": [{"Condition": False, "Next": "B"}]}, B={"Type": "Succeed"})
    )
    assert ended.error == "States.Runtime"


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        ({"Seconds": 30}, 30),
        ({"Seconds": "{% $states.input.s * 2 %}"}, 40),
        ({"Timestamp": "2030-01-15T12:01:00Z"}, 60),
        ({"Timestamp": "{% $fromMillis($millis() + 5000) %}"}, 5),
        ({"Timestamp": "2029-01-01T00:00:00Z"}, 0),
    ],
)
def test_wait_lets_the_clock_advance_and_sleeps_not(wait: dict[str, Any], seconds: float) -> None:
    clock = Clock(START)
    ended = run(machine(A={"Type": "Wait", **wait, "End": True}), {"s": 20}, account=Account(), clock=clock)
    assert (ended.seconds, ended.output) == (seconds, {"s": 20})
    assert ended.pauses == (Pause(state="A", kind="wait", seconds=seconds, at_most=seconds),)
    assert clock.ago(seconds) == Clock(START).now


@pytest.mark.parametrize(
    "wait",
    [
        {"Seconds": "{% 1.5 %}"},
        {"Seconds": "{% '5' %}"},
        {"Seconds": "{% -1 %}"},
        {"Seconds": "{% true %}"},
        {"Timestamp": "{% 'soon' %}"},
    ],
)
def test_wait_takes_whole_seconds_or_a_timestamp(wait: dict[str, Any]) -> None:
    assert executed(machine(A={"Type": "Wait", **wait, "End": True})).error == "States.QueryEvaluationError"


def test_fail_tells_error_and_cause() -> None:
    ended = executed(machine(A={"Type": "Fail", "Error": "{% 'A' & 'B' %}", "Cause": 'line "q"'}))
    assert (ended.status, ended.error, ended.cause, ended.output) == ("FAILED", "AB", 'line "q"', None)
    assert executed(machine(A={"Type": "Fail"})).error is None


def test_a_task_gives_its_result_and_shows_it_to_output_and_assign() -> None:
    ended = executed(
        machine(
            A=describe(
                Assign={"status": "{% $states.result.DbInstances[0].DbInstanceStatus %}"},
                Output="{% $count($states.result.DbInstances) %}",
                Next="B",
            ),
            B={"Type": "Pass", "Output": "{% [$states.input, $status] %}", "End": True},
        ),
        script={"rds:describeDBInstances": {"DBInstances": [{"DBInstanceStatus": "available"}]}},
    )
    assert ended.output == [1, "available"]
    assert ended.parameters("rds:describeDBInstances") == [{"DBInstanceIdentifier": "db"}]
    assert (ended.calls[0].service, ended.calls[0].state, ended.calls[0].error) == ("rds", "A", None)


def test_map_runs_its_machine_for_every_item_and_keeps_their_order() -> None:
    ended = executed(
        machine(
            A={
                "Type": "Map",
                "Items": "{% $states.input.list %}",
                "ItemSelector": {
                    "item": ITEM,
                    "index": "{% $states.context.Map.Item.Index %}",
                    "all": "{% $states.input %}",
                },
                "ItemProcessor": inner(
                    I={
                        "Type": "Pass",
                        "Output": "{% $states.input.item * $count($states.input.all.list) %}",
                        "End": True,
                    }
                ),
                "Output": "{% $sum($states.result) %}",
                "End": True,
            }
        ),
        {"list": [1, 2, 3]},
    )
    assert (ended.output, ended.states) == (18, ("A", "A/I", "A/I", "A/I"))


def test_map_takes_its_input_for_items_and_hands_each_on() -> None:
    each = {"Type": "Map", "ItemProcessor": inner(I={"Type": "Succeed"}), "End": True}
    assert executed(machine(A=each), [1, "b"]).output == [1, "b"]
    assert executed(machine(A=each), []).output == []


def test_a_single_item_that_jsonata_has_taken_out_of_its_array_is_no_list_of_items() -> None:
    each = {
        "Type": "Map",
        "Items": "{% $states.input[n > 1] %}",
        "ItemProcessor": inner(I={"Type": "Succeed"}),
        "End": True,
    }
    assert executed(machine(A=each), [{"n": 1}, {"n": 2}]).error == "States.QueryEvaluationError"


@pytest.mark.parametrize(("at_most", "seconds"), [(0, 30), (1, 60), (2, 40)])
def test_map_passes_as_much_time_as_its_concurrency_asks_for(at_most: int, seconds: float) -> None:
    each = {
        "Type": "Map",
        "MaxConcurrency": at_most,
        "ItemProcessor": inner(I={"Type": "Wait", "Seconds": "{% $states.input %}", "End": True}),
        "End": True,
    }
    assert executed(machine(A=each), [10, 20, 30]).seconds == seconds


def test_parallel_runs_its_branches_side_by_side() -> None:
    ended = executed(
        machine(
            A={
                "Type": "Parallel",
                "Arguments": {"n": "{% $states.input.n + 1 %}"},
                "Branches": [
                    inner(I={"Type": "Wait", "Seconds": 5, "Output": "{% $states.input.n %}", "End": True}),
                    inner(J={"Type": "Wait", "Seconds": 7, "Output": 2, "End": True}),
                ],
                "End": True,
            }
        ),
        {"n": 0},
    )
    assert (ended.output, ended.seconds) == ([1, 2], 7)


def test_an_inner_machine_reads_outer_variables_and_keeps_its_own() -> None:
    ended = executed(
        machine(
            A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
            B={
                "Type": "Parallel",
                "Branches": [
                    inner(
                        I={"Type": "Pass", "Assign": {"y": "{% $x + 1 %}"}, "Next": "J"},
                        J={"Type": "Pass", "Output": "{% $y %}", "End": True},
                    )
                ],
                "Next": "C",
            },
            C={"Type": "Pass", "Output": "{% [$states.input[0], $exists($y)] %}", "End": True},
        )
    )
    assert ended.output == [2, False]


def test_an_inner_machine_must_not_set_an_outer_variable() -> None:
    with pytest.raises(Mistake, match=r"assigns \$x"):
        executed(
            machine(
                A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
                B={
                    "Type": "Parallel",
                    "Branches": [inner(I={"Type": "Pass", "Assign": {"x": 2}, "End": True})],
                    "End": True,
                },
            )
        )


LOOP = machine(
    A={"Type": "Pass", "Assign": {"n": 0}, "Next": "B"},
    B={"Type": "Wait", "Seconds": 60, "Assign": {"n": "{% $n + 1 %}"}, "Next": "C"},
    C={"Type": "Choice", "Choices": [{"Condition": "{% $n < 10 %}", "Next": "B"}], "Default": "D"},
    D={"Type": "Succeed", "Output": "{% $n %}"},
)


def test_a_loop_ends() -> None:
    ended = executed(LOOP)
    assert (ended.output, ended.seconds) == (10, 600)


@pytest.mark.parametrize(("limits", "express", "seconds"), [({"TimeoutSeconds": 150}, False, 150), ({}, True, 300)])
def test_an_execution_ends_when_its_time_is_over(limits: dict[str, int], express: bool, seconds: float) -> None:
    ended = executed({**LOOP, **limits}, express=express)
    assert (ended.status, ended.seconds, ended.error) == ("TIMED_OUT", seconds, None)


def test_a_standard_execution_ends_with_its_history_full() -> None:
    endless = machine(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"})
    ended = executed(endless)
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert "25000" in str(ended.cause)


@pytest.mark.parametrize("field", ["Output", "Assign"])
def test_data_beyond_256_kib_is_refused_and_no_wildcard_takes_it(field: str) -> None:
    large = "{% $join($map([1..30000], function($i) { '0123456789' })) %}"
    ended = executed(
        machine(
            A=describe(
                **{field: {"large": large}},
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}],
                Next="B",
            ),
            B={"Type": "Succeed"},
        ),
        script={"rds:describeDBInstances": {}},
    )
    assert ended.error == "States.DataLimitExceeded"


def test_an_answer_beyond_256_kib_is_refused() -> None:
    many = {"DBInstances": [{"DBInstanceIdentifier": "x" * 60}] * 3000}
    ended = executed(machine(A=describe(Output=1)), script={"rds:describeDBInstances": many})
    assert ended.error == "States.DataLimitExceeded"


def test_a_name_serves_one_execution() -> None:
    account, clock = Account(), Clock()
    definition = machine(A={"Type": "Succeed"})
    run(definition, account=account, clock=clock, name="2030-01")
    with pytest.raises(Refusal) as refused:
        run(definition, account=account, clock=clock, name="2030-01")
    assert refused.value.code == "ExecutionAlreadyExists"
    run(definition, account=account, clock=clock, name="2030-01", machine="Other")


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "QueryLanguage"),
        ({"QueryLanguage": "JSONata", "StartAt": "B", "States": {}}, "B: there is no such state"),
        (machine(A={"Type": "Sleep"}), "'Sleep' is no type of state"),
        (
            machine(A={"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}, "End": True}),
            "only inline maps",
        ),
        (machine(A=describe(Resource="arn:aws:states:::aws-sdk:rds:rebootEverything")), "no such action"),
        (machine(A=describe(Arguments={"DBInstanceIdentifier": "db"})), "did you mean DbInstanceIdentifier"),
    ],
)
def test_what_aws_would_not_take_fails_the_test(definition: dict[str, Any], told: str) -> None:
    with pytest.raises(Mistake, match=told):
        executed(definition)


def test_a_clock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock("2030-01-01T00:00:00")
