"""What goes wrong in an execution, and which handlers take it."""

from __future__ import annotations

from collections.abc import Iterable

ALL = "States.ALL"
DATA_LIMIT = "States.DataLimitExceeded"
PERMISSIONS = "States.Permissions"
QUERY = "States.QueryEvaluationError"
RUNTIME = "States.Runtime"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"

# Every name that begins with "States." and can be handled by the states that are run here.
RESERVED = frozenset({ALL, DATA_LIMIT, PERMISSIONS, QUERY, RUNTIME, TASK_FAILED, TIMEOUT})

# States.ALL does not take them. (Step Functions developer guide, "Handling errors")
_TERMINAL = frozenset({DATA_LIMIT, RUNTIME})


class StateError(Exception):
    """A state failed as it can at AWS: Retry and Catch may take it."""

    def __init__(self, name: str | None, cause: str | None = None) -> None:
        self.name = name
        self.cause = cause
        super().__init__(f"{name}: {cause}")

    @property
    def output(self) -> dict[str, str]:
        """$states.errorOutput."""
        return {"Error": self.name or "", "Cause": self.cause or ""}

    def matches(self, names: Iterable[str]) -> bool:
        """Whether an ErrorEquals takes this error."""
        for name in names:
            if name == self.name:
                return True
            if name == ALL and self.name not in _TERMINAL:
                return True
            if name == TASK_FAILED and self.name not in {*_TERMINAL, TIMEOUT}:
                return True
        return False


class Mistake(AssertionError):
    """The definition, or the test, is wrong: AWS would refuse it. No Retry and no Catch takes this; the test fails."""
