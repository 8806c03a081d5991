"""Retry and Catch."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.states import Account, Clock, Mistake, Refusal, run
from tests.simulator.states.machines import describe, executed, inner, machine

BUSY = Refusal("Throttling", "Rate exceeded")
GONE = Refusal("DBInstanceNotFound", "no such instance", 404)
THERE = {"DBInstances": [{"DBInstanceStatus": "available"}]}
SCRIPT = "rds:describeDBInstances"


def retrier(*names: str, **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(names), **fields}


def test_a_throttled_call_is_repeated_after_delays_that_grow_to_their_limit() -> None:
    retry = retrier("Rds.RdsException", IntervalSeconds=2, BackoffRate=3, MaxAttempts=4, MaxDelaySeconds=10)
    ended = executed(machine(A=describe(Retry=[retry])), script={SCRIPT: [BUSY, BUSY, BUSY, THERE]})
    assert ended.status == "SUCCEEDED"
    assert ended.retry_delays == [2, 6, 10]
    assert ended.seconds == 18
    assert [call.error for call in ended.calls] == ["Rds.RdsException"] * 3 + [None]
    assert ended.states == ("A",)


def test_defaults_are_three_attempts_after_one_two_and_four_seconds() -> None:
    ended = executed(machine(A=describe(Retry=[retrier("States.ALL")])), script={SCRIPT: BUSY})
    assert (ended.status, ended.error, ended.retry_delays) == ("FAILED", "Rds.RdsException", [1, 2, 4])
    assert ended.cause == "Rate exceeded (Service: Rds, Status Code: 400, Request ID: 00000000)"


def test_jitter_stays_below_the_delay_and_is_the_same_in_every_run() -> None:
    retry = retrier("States.ALL", IntervalSeconds=10, MaxAttempts=5, JitterStrategy="FULL")
    first, second = (executed(machine(A=describe(Retry=[retry])), script={SCRIPT: BUSY}) for _ in range(2))
    assert first.retry_delays == second.retry_delays
    assert [pause.at_most for pause in first.pauses] == [10, 20, 40, 80, 160]
    assert all(0 <= pause.seconds < pause.at_most for pause in first.pauses)
    other = executed(machine(A=describe(Retry=[retry])), script={SCRIPT: BUSY}, seed=1)
    assert other.retry_delays != first.retry_delays


def test_the_first_retrier_that_names_an_error_decides() -> None:
    retry = [retrier("Rds.DbInstanceNotFoundException", MaxAttempts=0), retrier("States.ALL")]
    assert executed(machine(A=describe(Retry=retry)), script={SCRIPT: GONE}).retry_delays == []
    assert executed(machine(A=describe(Retry=retry)), script={SCRIPT: BUSY}).retry_delays == [1, 2, 4]


def test_retriers_count_for_themselves() -> None:
    retry = [retrier("Rds.RdsException", MaxAttempts=1, IntervalSeconds=5), retrier("States.ALL", MaxAttempts=1)]
    ended = executed(machine(A=describe(Retry=retry)), script={SCRIPT: [BUSY, GONE, THERE]})
    assert ended.retry_delays == [5, 1]


def test_a_retrier_begins_anew_on_the_next_visit() -> None:
    ended = executed(
        machine(
            A=describe(Retry=[retrier("States.ALL", MaxAttempts=1)], Catch=[retrier("States.ALL", Next="B")], Next="C"),
            B={"Type": "Wait", "Seconds": 60, "Next": "A"},
            C={"Type": "Succeed"},
        ),
        script={SCRIPT: [BUSY, BUSY, BUSY, THERE]},
    )
    assert ended.retry_delays == [1, 1]
    assert ended.states == ("A", "B", "A", "C")


def test_the_number_of_retries_is_in_the_context() -> None:
    ended = executed(
        machine(A=describe(Retry=[retrier("States.ALL")], Output="{% $states.context.State.RetryCount %}")),
        script={SCRIPT: [BUSY, BUSY, THERE]},
    )
    assert ended.output == 2


def test_a_catcher_sees_the_error_and_sets_output_and_variables() -> None:
    ended = executed(
        machine(
            A=describe(
                Assign={"set": "by the state"},
                Catch=[
                    retrier(
                        "Rds.DbInstanceNotFoundException",
                        Assign={"set": "{% $states.errorOutput.Error %}"},
                        Output="{% $states.input.id & ': ' & $substringBefore($states.errorOutput.Cause, ' (') %}",
                        Next="B",
                    )
                ],
                Next="C",
            ),
            B={"Type": "Pass", "Output": "{% [$states.input, $set] %}", "End": True},
            C={"Type": "Succeed"},
        ),
        {"id": "db"},
        {SCRIPT: GONE},
    )
    assert ended.output == ["db: no such instance", "Rds.DbInstanceNotFoundException"]


def test_a_catcher_without_output_hands_the_error_on() -> None:
    ended = executed(
        machine(A=describe(Catch=[retrier("States.TaskFailed", Next="B")]), B={"Type": "Succeed"}), {}, {SCRIPT: GONE}
    )
    assert ended.output["Error"] == "Rds.DbInstanceNotFoundException"
    assert ended.output["Cause"].startswith("no such instance")


@pytest.mark.parametrize(
    "name", ["Rds.DBInstanceNotFoundFault", "DBInstanceNotFound", "rds.DbInstanceNotFoundException"]
)
def test_a_catcher_with_another_spelling_than_aws_takes_nothing(name: str) -> None:
    ended = executed(machine(A=describe(Catch=[retrier(name, Next="B")]), B={"Type": "Succeed"}), {}, {SCRIPT: GONE})
    assert ended.status == "FAILED"


def test_what_the_state_computes_from_a_result_may_be_caught() -> None:
    failing = describe(
        Output="{% $states.result.DbInstances[0].Absent %}",
        Catch=[retrier("States.QueryEvaluationError", Output="caught", Next="B")],
    )
    ended = executed(machine(A=failing, B={"Type": "Succeed"}), {}, {SCRIPT: THERE})
    assert ended.output == "caught"


@pytest.mark.parametrize(
    ("names", "status"),
    [(["States.Timeout"], "SUCCEEDED"), (["States.ALL"], "SUCCEEDED"), (["States.TaskFailed"], "FAILED")],
)
def test_a_task_that_takes_too_long_times_out(names: list[str], status: str) -> None:
    clock = Clock()

    def slow(parameters: dict[str, Any]) -> dict[str, Any]:
        clock.advance(31)
        return THERE

    definition = machine(
        A=describe(TimeoutSeconds="{% 30 %}", Catch=[retrier(*names, Next="B")]), B={"Type": "Succeed"}
    )
    assert run(definition, account=Account({SCRIPT: slow}), clock=clock).status == status


def test_an_error_within_a_map_or_parallel_is_theirs() -> None:
    for kind in (
        {"Type": "Map", "Items": [1], "ItemProcessor": inner(I=describe())},
        {"Type": "Parallel", "Branches": [inner(I=describe())]},
    ):
        ended = executed(
            machine(
                A={
                    **kind,
                    "Retry": [retrier("Rds.RdsException", IntervalSeconds=3)],
                    "Catch": [retrier("Rds.DbInstanceNotFoundException", Next="B")],
                    "End": True,
                },
                B={"Type": "Succeed", "Output": "caught"},
            ),
            script={SCRIPT: [BUSY, GONE]},
        )
        assert (ended.output, ended.retry_delays) == ("caught", [3])
        assert ended.states == ("A", "A/I", "A/I", "B")


def test_no_handler_takes_a_mistake() -> None:
    wrong = describe(Arguments={"Id": "db"}, Retry=[retrier("States.ALL")], Catch=[retrier("States.ALL", Next="B")])
    with pytest.raises(Mistake, match="no such member"):
        executed(machine(A=wrong, B={"Type": "Succeed"}), script={SCRIPT: THERE})
