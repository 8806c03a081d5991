"""What must be finished, or cleaned up, when a person or a scheduler ends the process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending() -> Iterator[None]:
    """Within the block SIGTERM and SIGHUP end what runs as an exception does, so that clean-up happens.

    The process then returns what shells say of that signal, 143 or 129; an interrupt is a KeyboardInterrupt anyway.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handled(dict.fromkeys((signal.SIGTERM, signal.SIGHUP), end)):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Within the block no signal interrupts; the last that came takes effect at its end."""
    came: list[int] = []
    with _handled(dict.fromkeys(_SIGNALS, lambda number, frame: came.append(number))):
        yield
    if came:
        signal.raise_signal(came[-1])


@contextmanager
def _handled(handlers: dict[signal.Signals, Any]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
