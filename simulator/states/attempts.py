"""Retry and Catch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from simulator.states.errors import StateError


@dataclass
class Retries:
    """The retriers of one visit to a state; each counts for itself. (states-language.net, "Retrying after error")"""

    retriers: Sequence[Mapping[str, Any]]
    random: Random
    used: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.used = [0] * len(self.retriers)

    @property
    def count(self) -> int:
        """$states.context.State.RetryCount."""
        return sum(self.used)

    def delay(self, error: StateError) -> tuple[float, float] | None:
        """Seconds until the next attempt, and the most they may be; None if there is no further attempt.

        The first retrier that names the error decides, even if it is used up.
        """
        for index, retrier in enumerate(self.retriers):
            if error.matches(retrier["ErrorEquals"]):
                if self.used[index] >= retrier.get("MaxAttempts", 3):
                    return None
                longest = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** self.used[index]
                longest = float(min(longest, retrier.get("MaxDelaySeconds", longest)))
                self.used[index] += 1
                full = retrier.get("JitterStrategy") == "FULL"
                return (self.random.uniform(0, longest) if full else longest), longest
        return None


def catcher(state: Mapping[str, Any], error: StateError) -> Mapping[str, Any] | None:
    """The first catcher of a state that takes the error."""
    return next((each for each in state.get("Catch", ()) if error.matches(each["ErrorEquals"])), None)
