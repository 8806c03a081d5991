"""State machines run and judged without AWS."""

from simulator.states.account import Account, Refusal
from simulator.states.check import problems
from simulator.states.clock import Clock
from simulator.states.errors import Mistake, StateError
from simulator.states.interpreter import run
from simulator.states.outcome import Call, Execution, Pause

__all__ = ["Account", "Call", "Clock", "Execution", "Mistake", "Pause", "Refusal", "StateError", "problems", "run"]
