"""Small state machines for tests."""

from __future__ import annotations

from typing import Any

from simulator.states import Account, Clock, Execution, run

DESCRIBE = "arn:aws:states:::aws-sdk:rds:describeDBInstances"
PUBLISH = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
START = "2030-01-15T12:00:00Z"


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    """A machine of these states that begins with the first."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def describe(**fields: Any) -> dict[str, Any]:
    """A task that describes the instance "db" and ends the machine unless it has a Next."""
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": DESCRIBE, "Arguments": {"DbInstanceIdentifier": "db"}, **end, **fields}


def inner(**states: dict[str, Any]) -> dict[str, Any]:
    """A machine within a Map or Parallel state."""
    return {"StartAt": next(iter(states)), "States": states}


def computed(expression: str, given: object = None, **variables: Any) -> Execution:
    """A machine that gives the value of an expression, with variables set."""
    definition = machine(
        Set={"Type": "Pass", "Assign": variables, "Next": "Give"},
        Give={"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True},
    )
    return executed(definition, given)


def executed(definition: dict[str, Any], given: object = None, script: Any = None, **how: Any) -> Execution:
    """Run on a clock of its own."""
    return run(definition, given, account=Account(script), clock=Clock(START), **how)
