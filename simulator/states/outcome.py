"""What became of an execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call to an API; a retried call is a call of its own."""

    action: str  # as in the state's resource: "rds:describeDBInstances"
    parameters: Mapping[str, Any]  # in botocore's spelling
    state: str
    at: datetime
    error: str | None = None  # the name under which it failed

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Time that passed in a Wait state or before a retry, in seconds."""

    state: str
    kind: Literal["wait", "retry"]
    seconds: float
    at_most: float  # more than `seconds` only where a retry has jitter: its longest delay


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution that has ended. States within Map and Parallel are named by path: `Each/Describe`."""

    status: Literal["SUCCEEDED", "FAILED", "TIMED_OUT"]
    output: Any = None
    error: str | None = None
    cause: str | None = None
    calls: tuple[Call, ...] = ()
    states: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()
    seconds: float = 0.0
    events: int = 0  # of its history, about: a standard execution ends at 25,000

    def parameters(self, action: str) -> list[Mapping[str, Any]]:
        """What an API was called with, call by call."""
        return [call.parameters for call in self.calls if call.action == action]

    @property
    def retry_delays(self) -> list[float]:
        """Seconds before each retry."""
        return [pause.seconds for pause in self.pauses if pause.kind == "retry"]
