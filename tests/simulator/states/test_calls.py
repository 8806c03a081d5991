"""Who answers a call: a script, the service APIs of the simulator, or both."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from builder.sdk_names import UnknownName
from simulator.clients import Clients
from simulator.states import Account, Clock, Execution, Mistake, Refusal, run
from tests.simulator.states.machines import PUBLISH, describe, executed, machine

SCRIPT = "rds:describeDBInstances"
TWICE = machine(A=describe(Next="B"), B=describe())


def answered(*answers: Any) -> dict[str, Any]:
    return {"DBInstances": [{"DBInstanceStatus": each} for each in answers]}


def test_one_answer_serves_every_call() -> None:
    assert executed(TWICE, script={SCRIPT: answered("available")}).status == "SUCCEEDED"


def test_a_sequence_is_used_up_in_order_and_tells_what_nobody_asked_for() -> None:
    account = Account({SCRIPT: [answered("creating"), answered("available"), answered()]})
    ended = run(TWICE, account=account, clock=Clock())
    assert ended.output == {"DbInstances": [{"DbInstanceStatus": "available"}]}
    assert account.unused == {SCRIPT: 1}


@pytest.mark.parametrize(("script", "told"), [({SCRIPT: [answered()]}, "once more"), ({}, "no answer")])
def test_a_call_that_nobody_answers_fails_the_test(script: Any, told: str) -> None:
    with pytest.raises(Mistake, match=told):
        executed(TWICE, script=script)


def test_a_function_answers_by_the_parameters_in_botocores_spelling() -> None:
    def by_name(parameters: dict[str, Any]) -> dict[str, Any] | Refusal:
        return answered("available") if parameters["DBInstanceIdentifier"] == "db" else Refusal("DBInstanceNotFound")

    assert executed(machine(A=describe()), script={SCRIPT: by_name}).status == "SUCCEEDED"
    other = describe(Arguments={"DbInstanceIdentifier": "other"})
    assert executed(machine(A=other), script={SCRIPT: [by_name]}).error == "Rds.DbInstanceNotFoundException"


def test_a_script_cannot_name_what_does_not_exist() -> None:
    with pytest.raises(UnknownName, match="did you mean rds:describeDBInstances"):
        Account({"rds:describeDbInstances": {}})


def test_a_script_cannot_answer_what_aws_cannot() -> None:
    with pytest.raises(Mistake, match="DbInstances: no such member of the answer"):
        executed(machine(A=describe()), script={SCRIPT: {"DbInstances": []}})


def invoke(payload: object, **answer: Any) -> Execution:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": payload},
        "End": True,
    }
    return executed(machine(A=task), script={"lambda:invoke": {"StatusCode": 200, **answer}})


def test_lambda_takes_and_gives_json() -> None:
    ended = invoke({"a": "{% 1 + 1 %}"}, Payload=io.BytesIO(b'{"b": [null]}'))
    assert json.loads(ended.calls[0].parameters["Payload"]) == {"a": 2}
    assert ended.output == {"StatusCode": 200, "Payload": {"b": [None]}}
    assert invoke({}, Payload=b"").output == {"StatusCode": 200, "Payload": None}


def test_lambda_may_be_called_without_a_payload() -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f"},
        "End": True,
    }
    ended = executed(machine(A=task), script={"lambda:invoke": Refusal("TooManyRequestsException", status=429)})
    assert ended.error == "Lambda.TooManyRequestsException"


def test_an_error_of_a_function_is_named_as_the_function_names_it() -> None:
    ended = invoke({}, FunctionError="Unhandled", Payload='{"errorType": "ValueError", "errorMessage": "no"}')
    assert ended.error == "ValueError"
    assert "no" in str(ended.cause)


@pytest.fixture(scope="module")
def clients() -> Iterator[Clients]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield Clients(f"http://{host}:{port}")
    finally:
        server.stop()


def test_the_service_apis_answer_what_the_script_does_not(clients: Clients) -> None:
    rds = clients.get("rds", "eu-west-1")
    rds.create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.m6g.large", Engine="postgres", AllocatedStorage=20,
        MasterUsername="owner", MasterUserPassword="not-a-secret",
    )  # fmt: skip
    definition = machine(
        A=describe(Assign={"db": "{% $states.result.DbInstances[0] %}"}, Next="B"),
        B={
            "Type": "Task",
            "Resource": PUBLISH,
            "Arguments": {
                "Namespace": "N",
                "MetricData": [
                    {
                        "MetricName": "Storage",
                        "Value": "{% $db.AllocatedStorage %}",
                        "Timestamp": "{% $states.context.State.EnteredTime %}",
                        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "{% $db.DbInstanceIdentifier %}"}],
                    }
                ],
            },
            "Output": "{% [$db.MultiAZ, $toMillis($db.InstanceCreateTime) > 0] %}",
            "End": True,
        },
    )
    account = Account(clients=clients, region="eu-west-1")
    assert run(definition, account=account, clock=Clock()).output == [False, True]
    metrics = clients.get("cloudwatch", "eu-west-1").list_metrics(Namespace="N")["Metrics"]
    assert [metric["MetricName"] for metric in metrics] == ["Storage"]
    scripted = Account(
        {"cloudwatch:putMetricData": Refusal("InternalServiceFault")}, clients=clients, region="eu-west-1"
    )
    assert run(definition, account=scripted, clock=Clock()).error == "CloudWatch.InternalServiceException"


def test_a_refusal_of_the_service_apis_has_the_name_that_aws_gives_it(clients: Clients) -> None:
    account = Account(clients=clients, region="eu-west-1")
    ended = run(machine(A=describe(Arguments={"DbInstanceIdentifier": "gone"})), account=account, clock=Clock())
    assert ended.error == "Rds.DbInstanceNotFoundException"
    assert "Status Code: 404" in str(ended.cause)
