"""State machines in JSONata, run on a clock that tests control.

Of its own, because moto 5.2.5's interpreter takes other branches than AWS. Seen in runs of it:

- Output sees what Assign of the same state has just set; at AWS both see the values on entry.
- Data is pasted into the text of an expression: a quote in a variable is a syntax error.
- An expression that fails is States.Runtime, only one that gives nothing is States.QueryEvaluationError; and States.ALL
  takes States.Runtime, which it must not: the wrong handlers decide.
- Errors are named after botocore's classes, text is given as output without its quotes, waits and retries sleep, and
  each task is a thread whose timeout is real time.

Mending that means replacing the evaluation of expressions, of variables, of every kind of state and of handlers: what
is left is the parser. Where both agree, moto's is a second witness (tests/simulator/states).

Rules from states-language.net and the Step Functions developer guide. Kinds: Pass, Task, Choice, Wait, Succeed, Fail,
Map (inline), Parallel. Not run: JSONPath, distributed maps, activities, `.sync` and `.waitForTaskToken`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeAlias

from simulator.states import functions
from simulator.states.account import Account, Refusal
from simulator.states.attempts import Retries, catcher
from simulator.states.clock import Clock
from simulator.states.errors import DATA_LIMIT, QUERY, RUNTIME, Mistake, StateError
from simulator.states.expressions import evaluate, typed
from simulator.states.outcome import Call, Execution, Pause
from simulator.states.tasks import perform

# Of the data between states and of one variable. (Step Functions developer guide, "Service quotas")
DATA_BYTES = 256 * 1024
EVENTS = 25_000
EXPRESS_SECONDS = 300

# What a state hands on: its output, and the next state or None at the end.
Step: TypeAlias = "tuple[Any, str | None]"


class _TimedOut(Exception):
    """The execution's time is over; nothing within takes this."""


def run(
    definition: Mapping[str, Any] | str,
    input: object = None,
    *,
    account: Account,
    clock: Clock,
    name: str | None = None,
    machine: str = "Machine",
    express: bool = False,
    seed: int = 0,
) -> Execution:
    """Run a state machine to its end. `clock` has advanced afterwards by the time that passed.

    `input` is JSON, {} if none is given; `name` must be new to the account, as for a standard workflow; `seed` decides
    about jitter, $random and $uuid. Raises Mistake where the definition is wrong or nobody answers a call, and Refusal
    (ExecutionAlreadyExists) for a name used before.
    """
    parsed = json.loads(definition) if isinstance(definition, str) else definition
    if parsed.get("QueryLanguage") != "JSONata":
        raise Mistake("QueryLanguage: only JSONata is run")
    label = name or f"execution-{len(account.executions) + 1}"
    if (machine, label) in account.executions:
        raise Refusal("ExecutionAlreadyExists", f"Execution Already Exists: '{machine}:{label}'")
    account.executions.add((machine, label))
    given = {} if input is None else json.loads(json.dumps(input))
    base = f"arn:aws:states:{account.region}:{account.number}"
    context = {
        "Execution": {
            "Id": f"{base}:execution:{machine}:{label}",
            "Input": given,
            "Name": label,
            "RoleArn": f"arn:aws:iam::{account.number}:role/{machine}",
            "StartTime": clock.text,
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": f"{base}:stateMachine:{machine}", "Name": machine},
    }
    limits = [parsed["TimeoutSeconds"]] if "TimeoutSeconds" in parsed else []
    limits += [EXPRESS_SECONDS] if express else []
    interpreter = _Interpreter(account, clock, Random(seed), express, clock.now)
    if limits:
        interpreter.deadline = clock.now + timedelta(seconds=min(limits))
    return interpreter.execute(parsed, given, context)


@dataclass
class _Interpreter:
    account: Account
    clock: Clock
    random: Random
    express: bool
    started: datetime
    deadline: datetime | None = None
    calls: list[Call] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    events: int = 1

    def execute(self, definition: Mapping[str, Any], given: Any, context: Mapping[str, Any]) -> Execution:
        result: dict[str, Any]
        try:
            output = self.machine(definition, given, {}, {}, context, "")
            result = {"status": "SUCCEEDED", "output": output}
        except _TimedOut:
            result = {"status": "TIMED_OUT"}
        except StateError as error:
            result = {"status": "FAILED", "error": error.name, "cause": error.cause}
        return Execution(
            **result,
            calls=tuple(self.calls),
            states=tuple(self.visited),
            pauses=tuple(self.pauses),
            seconds=(self.clock.now - self.started).total_seconds(),
            events=self.events,
        )

    def machine(
        self,
        definition: Mapping[str, Any],
        data: Any,
        outer: Mapping[str, Any],
        own: dict[str, Any],
        context: Mapping[str, Any],
        path: str,
    ) -> Any:
        """The output of a machine, or of one within Map or Parallel, which sees the variables outside of it."""
        following: str | None = definition["StartAt"]
        while following is not None:
            if following not in definition["States"]:
                raise Mistake(f"{path}{following}: there is no such state")
            state = definition["States"][following]
            visit = _Visit(self, state, path + following, data, outer, own, context)
            data, following = visit.step()
        return data

    def happen(self, events: int) -> None:
        """Count events of the history."""
        self.events += events
        if self.events > EVENTS and not self.express:
            raise StateError(RUNTIME, f"The execution reached the maximum number of history events ({EVENTS}).")

    def pause(self, pause: Pause) -> None:
        self.pauses.append(pause)
        self.clock.advance(pause.seconds)
        self.look_at_the_clock()

    def look_at_the_clock(self) -> None:
        if self.deadline is not None and self.clock.now >= self.deadline:
            self.clock.now = self.deadline
            raise _TimedOut


class _Visit:
    """One visit to a state: from its entry to the choice of the next."""

    def __init__(
        self,
        interpreter: _Interpreter,
        state: Mapping[str, Any],
        path: str,
        data: Any,
        outer: Mapping[str, Any],
        own: dict[str, Any],
        context: Mapping[str, Any],
    ) -> None:
        self.interpreter = interpreter
        self.state = state
        self.path = path
        self.data = data
        self.outer = outer
        self.own = own
        entered = {"EnteredTime": interpreter.clock.text, "Name": path.rpartition("/")[2], "RetryCount": 0}
        self.context = {**context, "State": entered}
        self.functions = functions.bindings(interpreter.clock, interpreter.random)

    def step(self) -> Step:
        self.interpreter.visited.append(self.path)
        self.interpreter.happen(2)
        kinds: Mapping[str, Callable[[], Step]] = {
            "Pass": self.pass_on,
            "Task": lambda: self.attempt(self.task),
            "Choice": self.choose,
            "Wait": self.wait,
            "Succeed": lambda: (self.leave(self.state, self.data), None),
            "Fail": self.fail,
            "Map": lambda: self.attempt(self.map),
            "Parallel": lambda: self.attempt(self.parallel),
        }
        if self.state.get("Type") not in kinds:
            raise Mistake(f"{self.path}: {self.state.get('Type')!r} is no type of state")
        return kinds[self.state["Type"]]()

    def pass_on(self) -> Step:
        return self.leave(self.state, self.data), self.following()

    def choose(self) -> Step:
        for index, rule in enumerate(self.state["Choices"]):
            condition = f"Choices[{index}]/Condition"
            if typed(self.value(rule["Condition"], condition), bool, condition):
                return self.leave(rule, self.data), rule["Next"]
        if "Default" not in self.state:
            raise StateError(RUNTIME, f"No choice of the state '{self.path}' matches, and it has no Default.")
        return self.leave(self.state, self.data), self.state["Default"]

    def wait(self) -> Step:
        if "Seconds" in self.state:
            seconds = float(typed(self.value(self.state["Seconds"], "Seconds"), int, "Seconds"))
        else:
            until = typed(self.value(self.state["Timestamp"], "Timestamp"), str, "Timestamp")
            try:
                seconds = (datetime.fromisoformat(until) - self.interpreter.clock.now).total_seconds()
            except (TypeError, ValueError):
                raise StateError(QUERY, f"The field 'Timestamp' gave '{until}', which is no timestamp.") from None
        if seconds < 0 and "Seconds" in self.state:
            raise StateError(QUERY, f"The field 'Seconds' gave {seconds:g}, which is negative.")
        seconds = max(seconds, 0.0)
        self.interpreter.pause(Pause(state=self.path, kind="wait", seconds=seconds, at_most=seconds))
        return self.pass_on()

    def fail(self) -> Step:
        told = {
            key: typed(self.value(self.state[key], key), str, key) for key in ("Error", "Cause") if key in self.state
        }
        raise StateError(told.get("Error"), told.get("Cause"))

    def attempt(self, once: Callable[[], Any]) -> Step:
        """Task, Map and Parallel: their result, its Output and Assign, retried and caught."""
        retries = Retries(self.state.get("Retry", ()), self.interpreter.random)
        while True:
            self.interpreter.happen(3)
            try:
                result = once()
                return self.leave(self.state, result, result=result), self.following()
            except StateError as error:
                delay = retries.delay(error)
                if delay is None:
                    taken = catcher(self.state, error)
                    if taken is None:
                        raise
                    return self.leave(taken, error.output, errorOutput=error.output), taken["Next"]
                self.context["State"]["RetryCount"] = retries.count
                self.interpreter.pause(Pause(state=self.path, kind="retry", seconds=delay[0], at_most=delay[1]))

    def task(self) -> Any:
        arguments = self.value(self.state.get("Arguments", {}), "Arguments")
        self.fits(arguments)
        allowed = self.state.get("TimeoutSeconds")
        if allowed is not None:
            allowed = typed(self.value(allowed, "TimeoutSeconds"), int, "TimeoutSeconds")
        try:
            return self.fits(
                perform(
                    self.interpreter.account,
                    self.interpreter.clock,
                    self.state["Resource"],
                    arguments,
                    state=self.path,
                    timeout=allowed,
                    record=self.interpreter.calls.append,
                )
            )
        finally:
            self.interpreter.look_at_the_clock()

    def map(self) -> Any:
        if self.state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode", "INLINE") != "INLINE":
            raise Mistake(f"{self.path}: only inline maps are run")
        items = typed(self.value(self.state["Items"], "Items") if "Items" in self.state else self.data, list, "Items")
        concurrency = self.value(self.state.get("MaxConcurrency", 0), "MaxConcurrency")
        jobs = []
        for index, item in enumerate(items):
            context = {**self.context, "Map": {"Item": {"Index": index, "Value": item}}}
            selector = self.state.get("ItemSelector")
            chosen = item if selector is None else self.value(selector, "ItemSelector", context)
            jobs.append(self.inner(self.state["ItemProcessor"], chosen, context))
        return self.side_by_side(jobs, typed(concurrency, int, "MaxConcurrency"))

    def parallel(self) -> Any:
        given = self.value(self.state["Arguments"], "Arguments") if "Arguments" in self.state else self.data
        return self.side_by_side([self.inner(branch, given, self.context) for branch in self.state["Branches"]], 0)

    def inner(self, definition: Mapping[str, Any], given: Any, context: Mapping[str, Any]) -> Callable[[], Any]:
        outer = {**self.outer, **self.own}
        return lambda: self.interpreter.machine(definition, given, outer, {}, context, f"{self.path}/")

    def side_by_side(self, jobs: list[Callable[[], Any]], at_most: int) -> list[Any]:
        """One after another, each on the clock as if beside the others, at most so many at a time (0: all)."""
        clock = self.interpreter.clock
        free = [clock.now] * min(at_most or len(jobs), len(jobs))
        results = []
        for job in jobs:
            first = free.index(min(free))
            clock.now = free[first]
            results.append(job())
            free[first] = clock.now
        clock.now = max(free, default=clock.now)
        self.fits(results)
        return results

    def leave(self, source: Mapping[str, Any], default: Any, **available: Any) -> Any:
        """The output, and the variables set, of a state, a choice or a catcher: both see the values on entry."""
        output = self.value(source["Output"], "Output", **available) if "Output" in source else default
        assigned = self.value(source.get("Assign", {}), "Assign", **available)
        for name, value in assigned.items():
            if name in self.outer:
                raise Mistake(f"{self.path}: assigns ${name}, which belongs to the machine outside of it")
            self.fits(value)
        self.own.update(assigned)
        return self.fits(output)

    def following(self) -> str | None:
        return None if self.state.get("End") else self.state["Next"]

    def value(self, value: Any, name: str, context: Mapping[str, Any] | None = None, **available: Any) -> Any:
        """A field, evaluated; `available` is what $states holds beside input and context."""
        states = {"input": self.data, "context": context or self.context, **available}
        return evaluate(value, {**self.functions, **self.outer, **self.own, "states": states}, name)

    def fits(self, value: Any) -> Any:
        size = len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
        if size > DATA_BYTES:
            raise StateError(DATA_LIMIT, f"The state '{self.path}' holds {size} bytes; {DATA_BYTES} are the most.")
        return value
