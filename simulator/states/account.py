"""What answers the calls of a state machine: a script, the simulator's service APIs, or both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from botocore import xform_name
from botocore.exceptions import ClientError

from builder.sdk_names import Action, action
from simulator.states.errors import Mistake

NUMBER = "123456789012"


class Refusal(Exception):
    """AWS refuses a call. `code` is the error's code on the wire or the name of its shape: "DBInstanceNotFound".

    A script may hold it, and a function of a script may return or raise it.
    """

    def __init__(self, code: str, message: str = "refused", status: int = 400) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")


Reply: TypeAlias = "Mapping[str, Any] | Refusal"
Answer: TypeAlias = "Reply | Callable[[dict[str, Any]], Reply]"
Script: TypeAlias = "Mapping[str, Answer | Sequence[Answer]]"


class Clients(Protocol):
    """simulator.clients.Clients, or anything alike."""

    def get(self, service: str, region: str) -> Any: ...


class Account:
    """One account in one Region.

    `script` says what an API answers, by its name in a state's resource ("rds:describeDBInstances"): one answer for
    every call, or a sequence that is used up in order. An answer is the response in botocore's spelling, a Refusal, or
    a function of the parameters (in botocore's spelling) that gives either. Whatever is not in the script goes to
    `clients`. A call that nobody answers fails the test.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        clients: Clients | None = None,
        region: str = "us-east-1",
        number: str = NUMBER,
    ) -> None:
        self.region = region
        self.number = number
        self.executions: set[tuple[str, str]] = set()
        self._clients = clients
        self._always: dict[str, Answer] = {}
        self._once: dict[str, deque[Answer]] = {}
        for name, answers in (script or {}).items():
            full = action(name).name  # fails here on a name that is misspelt
            if isinstance(answers, Sequence):
                self._once[full] = deque(answers)
            else:
                self._always[full] = answers

    @property
    def unused(self) -> dict[str, int]:
        """How many answers of a sequence nobody asked for."""
        return {name: len(answers) for name, answers in self._once.items() if answers}

    def answer(self, called: Action, parameters: dict[str, Any]) -> Mapping[str, Any]:
        """The response to a call, in botocore's spelling. Raises Refusal, and Mistake where no answer is left."""
        name = called.name
        if name in self._once:
            if not self._once[name]:
                raise Mistake(f"{name}: called once more than the script has answers: {parameters}")
            reply = self._once[name].popleft()
        elif name in self._always:
            reply = self._always[name]
        elif self._clients is not None:
            return self._sent(called, parameters)
        else:
            raise Mistake(f"{name}: the script has no answer for it: {parameters}")
        if callable(reply):
            reply = reply(parameters)
        if isinstance(reply, Refusal):
            raise reply
        return reply

    def _sent(self, called: Action, parameters: dict[str, Any]) -> Mapping[str, Any]:
        assert self._clients is not None
        client = self._clients.get(called.service, self.region)
        try:
            response: Mapping[str, Any] = getattr(client, xform_name(called.operation.name))(**parameters)
        except ClientError as error:
            told = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise Refusal(told.get("Code", ""), told.get("Message", ""), status) from error
        return response
