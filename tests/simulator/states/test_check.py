"""What is wrong with a state machine before it ever runs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.states import problems
from tests.simulator.states.machines import describe, inner, machine

MAY = [{"Effect": "Allow", "Action": "rds:DescribeDBInstances", "Resource": "*"}]
PASS = {"Type": "Pass", "End": True}


def found(definition: Any, statements: Any = None) -> list[str]:
    """All but permissions, unless statements are given."""
    told = problems(definition, statements or [])
    return told if statements is not None else [each for each in told if not each.startswith("role: ")]


GOOD = machine(
    A=describe(
        Assign={"db": "{% $states.result.DbInstances[0] %}"},
        Retry=[
            {"ErrorEquals": ["Rds.RdsException", "States.Timeout"], "MaxDelaySeconds": 30, "JitterStrategy": "FULL"}
        ],
        Catch=[
            {"ErrorEquals": ["Rds.DbInstanceNotFoundException"], "Output": "{% $states.errorOutput %}", "Next": "D"},
            {"ErrorEquals": ["States.ALL"], "Assign": {"db": None}, "Next": "B"},
        ],
        Next="B",
    ),
    B={
        "Type": "Choice",
        "Choices": [{"Condition": "{% $db.DbInstanceStatus = 'available' %}", "Next": "C"}],
        "Default": "D",
    },
    C={
        "Type": "Map",
        "Items": "{% [1..2] %}",
        "ItemProcessor": inner(I={"Type": "Pass", "Assign": {"own": "{% $db %}"}, "Next": "J"}, J={"Type": "Succeed"}),
        "End": True,
    },
    D={"Type": "Wait", "Seconds": "{% ($x := 1; $map([$x], function($v) { $v + $x })) %}", "End": True},
)


def test_a_machine_without_fault_has_no_problem() -> None:
    assert problems(GOOD, MAY) == []
    assert problems(json.dumps(GOOD), MAY) == []


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        ({**machine(A=PASS), "QueryLanguage": "JSONPath"}, "the machine: QueryLanguage: must be JSONata"),
        ({**machine(A=PASS), "Start": "A"}, "the machine: Start: there is no such field here"),
        ({**machine(A=PASS), "StartAt": "B"}, ["StartAt: there is no state 'B'", "A: cannot be reached"]),
        (machine(A=PASS, B=PASS), "B: cannot be reached"),
        (machine(A={"Type": "Pass", "Next": "B"}), "A: Next: there is no state 'B' here"),
        (machine(A={"Type": "Pass"}), "A: Next: exactly one of Next and End must be given"),
        (machine(A={"Type": "Pass", "Next": "A", "End": True}), "A: Next: exactly one of Next and End must be given"),
        (machine(A={**PASS, "Parameters": {}}), "A: Parameters: there is no such field here"),
        (machine(A={"Type": "Nap"}), "A: Type: Nap is no type of state"),
        (machine(A={"Type": "Task", "End": True}), "A: Resource: is missing"),
        (machine(A={"Type": "Wait", "End": True}), "A: Seconds: exactly one of Seconds and Timestamp must be given"),
        (
            machine(A={"Type": "Choice", "Choices": [{"Condition": True, "Next": "B"}]}, B=PASS),
            "A: Default: is missing; without a match the execution fails",
        ),
        (
            machine(A={"Type": "Choice", "Choices": [{"Next": "B", "Variable": "$.a"}], "Default": "B"}, B=PASS),
            ["A: Choices[0]: Variable: there is no such field here", "A: Choices[0].Condition: is missing"],
        ),
        (
            machine(A={"Type": "Choice", "Choices": [{"Condition": True}], "Default": "B"}, B=PASS),
            "A: Choices[0].Next: is missing",
        ),
        (machine(A=describe(Catch=[{"ErrorEquals": ["States.ALL"]}])), "A: Catch[0].Next: is missing"),
        (
            machine(A=describe(Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$", "Next": "A"}])),
            "A: Catch[0]: ResultPath: there is no such field here",
        ),
        (
            machine(A={"Type": "Parallel", "Branches": [inner(I=PASS, J=PASS)], "End": True}),
            "A/J: cannot be reached",
        ),
    ],
)
def test_the_form_of_a_machine(definition: Any, told: str | list[str]) -> None:
    assert found(definition) == ([told] if isinstance(told, str) else told)


@pytest.mark.parametrize(
    ("retrier", "told"),
    [
        ({"Interval": 1}, "A: Retry[0]: Interval: there is no such field here"),
        ({"IntervalSeconds": 0}, "A: Retry[0].IntervalSeconds: must be a number from 1 on"),
        ({"BackoffRate": 0.5}, "A: Retry[0].BackoffRate: must be a number from 1 on"),
        ({"MaxAttempts": "3"}, "A: Retry[0].MaxAttempts: must be a number from 0 on"),
        ({"JitterStrategy": "SOME"}, "A: Retry[0].JitterStrategy: must be FULL or NONE"),
        (
            {"IntervalSeconds": 5, "MaxDelaySeconds": 5},
            "A: Retry[0].MaxDelaySeconds: must be more than IntervalSeconds",
        ),
    ],
)
def test_the_form_of_a_retrier(retrier: dict[str, Any], told: str) -> None:
    assert found(machine(A=describe(Retry=[{"ErrorEquals": ["States.ALL"], **retrier}]))) == [told]


@pytest.mark.parametrize(
    ("handlers", "told"),
    [
        (
            [["Rds.DBInstanceNotFoundFault"]],
            "Rds.DBInstanceNotFoundFault: the state cannot raise it; it can raise Rds.",
        ),
        ([["Rds.DbSnapshotNotFoundException"]], "Rds.DbSnapshotNotFoundException: the state cannot raise it"),
        ([["States.Failed"]], "States.Failed: is no error of Step Functions that can be handled here"),
        ([[]], "names no error"),
        ([["States.ALL"], ["States.Timeout"]], "States.ALL must stand alone and last"),
        ([["States.ALL", "States.Timeout"]], "States.ALL must stand alone and last"),
    ],
)
def test_an_error_that_the_state_cannot_raise(handlers: list[list[str]], told: str) -> None:
    catch = [{"ErrorEquals": names, "Next": "B"} for names in handlers]
    [problem] = found(machine(A=describe(Catch=catch, Next="B"), B={"Type": "Succeed"}))
    assert problem.startswith(f"A: Catch[0].ErrorEquals: {told}")


def around(state: dict[str, Any], *names: str) -> dict[str, Any]:
    """A machine that catches errors of a Parallel around a Map around a state."""
    outer = {"Type": "Map", "ItemProcessor": inner(I=state), "End": True}
    catch = [{"ErrorEquals": list(names), "Next": "B"}]
    return machine(
        A={"Type": "Parallel", "Branches": [inner(M=outer)], "Catch": catch, "End": True}, B={"Type": "Succeed"}
    )


INVOKE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "f", "Payload": {"a": 1}},
    "End": True,
}


@pytest.mark.parametrize(
    ("state", "name", "right"),
    [
        (describe(), "Rds.RdsException", True),
        (describe(), "Custom", False),
        ({"Type": "Fail", "Error": "Custom"}, "Custom", True),
        ({"Type": "Fail", "Error": "Custom"}, "Other", False),
        ({"Type": "Fail", "Error": "{% 'Cus' & 'tom' %}"}, "Custom", True),
        (INVOKE, "Custom", True),
        (describe(Resource="arn:aws:states:::sns:publish"), "Custom", False),
    ],
)
def test_a_map_or_parallel_raises_what_is_raised_within(state: dict[str, Any], name: str, right: bool) -> None:
    assert (found(around(state, name)) == []) is right


def metric(**fields: Any) -> dict[str, Any]:
    return {"Namespace": "N", "MetricData": [fields]}


@pytest.mark.parametrize(
    ("api", "arguments", "told"),
    [
        ("rds:describeDbInstances", {}, "Resource: rds:describeDbInstances: no such action of rds"),
        (
            "rds:describeDBInstances",
            {"DBInstanceIdentifier": "a"},
            "DBInstanceIdentifier: no such member; did you mean",
        ),
        ("rds:describeDBInstances", {"MaxRecords": "20"}, "Invalid type for parameter MaxRecords"),
        ("rds:describeDBInstances", "{% $states.input %}", None),
        ("cloudwatch:putMetricData", {"Namespace": "{% 'a' %}"}, None),
        ("cloudwatch:putMetricData", metric(MetricName="a", Value="{% 1 %}", Timestamp="{% $now() %}"), None),
        ("cloudwatch:putMetricData", metric(MetricName="a", Values=["{% 1 %}"], Dimensions="{% [] %}"), None),
        (
            "cloudwatch:putMetricData",
            metric(Value="{% 1 %}"),
            'Missing required parameter in MetricData[0]: "MetricName"',
        ),
        ("cloudwatch:describeAlarms", {"StateValue": "{% 'OK' %}"}, None),
        ("cloudwatch:describeAlarms", {"AlarmTypes": ["Simple"]}, "AlarmTypes[0]: 'Simple' is none of CompositeAlarm"),
        ("sqs:createQueue", {"QueueName": "a", "Attributes": {"DelaySeconds": "{% '1' %}"}}, None),
        ("glue:createTable", {"DatabaseName": "d", "TableInput": "{% $states.input %}"}, None),
        (
            "glue:createTable",
            {"DatabaseName": "d", "TableInput": {"Name": "t", "StorageDescriptor": {"Columns": "{% [] %}"}}},
            None,
        ),
        ("backup:getSupportedResourceTypes", {"A": 1}, "takes no arguments"),
    ],
)
def test_arguments_are_checked_as_far_as_they_are_written_out(api: str, arguments: Any, told: str | None) -> None:
    problems = found(machine(A=describe(Resource=f"arn:aws:states:::aws-sdk:{api}", Arguments=arguments)))
    assert len(problems) == (told is not None)
    assert told is None or told in problems[0]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("1 +", "does not parse: Unexpected end of expression"),
        ("$nowhere", "$nowhere: is neither a variable nor a function"),
        ("$counter([1])", "$counter: is neither a variable nor a function"),
        ("$eval('1')", "$eval: is not offered by Step Functions; use $parse"),
        ("name", "name: stands in no context; begin with $states or a variable"),
        ("[1, name.first]", "name: stands in no context; begin with $states or a variable"),
        ("$", "$: there is no document; begin with $states or a variable"),
        ("$$.a", "$$: there is no document; begin with $states or a variable"),
        ("$states.output", "$states.output: there is no such thing"),
        ("$states.context.Execution.Names", "$states.context.Execution.Names: there is no such thing"),
        ("$states.context.Machine", "$states.context.Machine: there is no such thing"),
        ("$states.result", "$states.result: does not exist here"),
        ("$states.errorOutput.Error", "$states.errorOutput: does not exist here"),
        ("$states.input.a ?? 1", "uses ??, which JSONata has only from 2.1 on; Step Functions has 2.0.6"),
        ("$states.input.a ?: 1", "uses ?:, which JSONata has only from 2.1 on; Step Functions has 2.0.6"),
        ("($x := 1; $x) + $x", "$x: is neither a variable nor a function"),
        ("$map([1], function($v) { $w })", "$w: is neither a variable nor a function"),
    ],
)
def test_an_expression_that_aws_refuses_or_that_gives_nothing(expression: str, told: str) -> None:
    assert found(machine(A={**PASS, "Output": {"a": [f"{{% {expression} %}}"]}})) == [f"A: Output.a[0]: {told}"]


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.list[name = 'a' and $ != 'b'].{'k': name}",
        "$states.input.list^(>name, <age).name",
        "$states.input.list{name: $sum(age)}",
        "$states.input.list@$each.{'a': $each.name}",
        "$states.input.list#$index.{'a': $index}",
        "$states.input ~> |list|{'name': $uppercase(name)}|",
        "$states.input.list.($own := name; $own & 'x')",
        "$filter($states.input.list, function($each, $index) { $each.age > $index })",
        "$states.input.list.*[0]",
        "$replace($states.input.name, /a??b/, '??')",
        "$states.input.name = 'a?:b' ? 1 : 2",
        "($first := $substring(?, 0, 1); $first($states.input.name))",
        "$states.context.Map.Item.Value",
        "$states.context.Execution.Input.anything",
        "$partition($range(1, 4, 1), 2) ~> $count",
        "$states",
        "$keys($states.*)",
    ],
)
def test_whatever_jsonata_offers_is_understood(expression: str) -> None:
    assert found(machine(A={**PASS, "Output": f"{{% {expression} %}}"})) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${DatabaseIdentifier}", "holds a placeholder that nothing replaced: '${DatabaseIdentifier}'"),
        ("a {% 1 %}", "an expression must be the whole of a string: 'a {% 1 %}'"),
        ("{% 1", "an expression must be the whole of a string: '{% 1'"),
    ],
)
def test_text_that_is_neither_plain_nor_an_expression(text: str, told: str) -> None:
    assert found(machine(A={**PASS, "Output": [text]})) == [f"A: Output[0]: {told}"]


def test_a_variable_needs_a_value_on_every_way_to_a_state() -> None:
    definition = machine(
        A=describe(
            Assign={"db": 1},
            Catch=[{"ErrorEquals": ["States.ALL"], "Assign": {"why": "{% $states.errorOutput %}"}, "Next": "B"}],
            Next="B",
        ),
        B={"Type": "Pass", "Output": "{% [$db, $why] %}", "End": True},
    )
    assert found(definition) == [
        "B: Output: $db: has no value on some way to this state",
        "B: Output: $why: has no value on some way to this state",
    ]


def test_a_variable_that_a_choice_guards_needs_a_reason() -> None:
    definition = machine(
        A=describe(Assign={"db": 1, "ok": True}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}], Next="C"),
        B={"Type": "Pass", "Assign": {"ok": False}, "Next": "C"},
        C={"Type": "Choice", "Choices": [{"Condition": "{% $ok %}", "Next": "D"}], "Default": "E"},
        D={"Type": "Succeed", "Output": "{% $db %}"},
        E={"Type": "Succeed"},
    )
    assert found(definition) == ["D: Output: $db: has no value on some way to this state"]
    assert problems(definition, MAY, guarded={"D.$db": "read only where $ok says that it is set"}) == []
    assert problems(definition, MAY, guarded={"D.$db": "as above", "E.$db": "never read"}) == [
        "E.$db: has a reason to be read, but a value on every way"
    ]


def test_a_loop_may_use_what_was_set_before_it() -> None:
    definition = machine(
        A={"Type": "Pass", "Assign": {"n": 0}, "Next": "B"},
        B={"Type": "Wait", "Seconds": 1, "Assign": {"n": "{% $n + 1 %}", "m": 1}, "Next": "C"},
        C={"Type": "Choice", "Choices": [{"Condition": "{% $n < $m %}", "Next": "B"}], "Default": "D"},
        D={"Type": "Succeed", "Output": "{% $n %}"},
    )
    assert found(definition) == []
    used_too_early = {**definition["States"]["B"], "Output": "{% $m %}"}
    assert found({**definition, "States": {**definition["States"], "B": used_too_early}}) == [
        "B: Output: $m: has no value on some way to this state"
    ]


def test_a_variable_of_an_inner_machine_stays_there_and_shadows_none() -> None:
    definition = machine(
        A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        B={"Type": "Parallel", "Branches": [inner(I={**PASS, "Assign": {"x": 1, "y": 1, "states": 1}})], "Next": "C"},
        C={"Type": "Succeed", "Output": "{% $y %}"},
    )
    assert found(definition) == [
        "B/I: Assign.x: belongs to the machine outside of this one",
        "B/I: Assign.states: cannot be the name of a variable",
        "C: Output: $y: is neither a variable nor a function",
    ]


NEEDED = "role: rds:DescribeDBInstances: is needed and not allowed"


@pytest.mark.parametrize(
    ("actions", "told"),
    [
        ([], [NEEDED]),
        (["rds:DescribeDBInstances"], []),
        (["rds:describedbinstances"], []),
        (["rds:Describe*"], []),
        (["rds:Describe*", "rds:DeleteDBInstance"], ["role: rds:DeleteDBInstance: is allowed and not needed"]),
        (["rds:DescribeEvents"], [NEEDED, "role: rds:DescribeEvents: is allowed and not needed"]),
    ],
)
def test_a_role_may_do_what_its_machine_calls_and_no_more(actions: list[str], told: list[str]) -> None:
    statements = [{"Effect": "Allow", "Action": actions, "Resource": "*"}]
    assert problems(machine(A=describe()), statements) == told


def test_a_denial_allows_nothing_and_all_but_some_is_never_needed() -> None:
    denial, all_but_some = {"Effect": "Deny", "Action": "rds:*"}, {"Effect": "Allow", "NotAction": "iam:*"}
    statements: list[dict[str, Any]] = [*MAY, denial, all_but_some]
    assert problems(machine(A=describe()), statements) == ["role: NotAction: is allowed and not needed"]
    assert problems(machine(A=describe()), statements[1:2]) == [
        "role: rds:DescribeDBInstances: is needed and not allowed"
    ]


def test_a_permission_without_a_call_needs_a_reason_and_a_reason_its_permission() -> None:
    statements: list[dict[str, Any]] = [*MAY, {"Effect": "Allow", "Action": ["logs:CreateLogDelivery"]}]
    why = {"logs:CreateLogDelivery": "logs are delivered on the role's behalf"}
    assert problems(machine(A=describe()), statements, without_call=why) == []
    assert problems(machine(A=describe()), MAY, without_call=why) == [
        "role: logs:CreateLogDelivery: has a reason to be held without a call, but is not held"
    ]


def test_permissions_are_not_judged_while_a_call_is_unknown() -> None:
    unknown = describe(Resource="arn:aws:states:::aws-sdk:rds:unknown", Catch=[{"ErrorEquals": ["Any"], "Next": "B"}])
    told = problems(machine(A=unknown, B={"Type": "Succeed"}), MAY)
    assert [each.split(";")[0] for each in told] == ["A: Resource: rds:unknown: no such action of rds"]
