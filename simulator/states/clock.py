"""The time of an execution: it passes only when a state waits, a retry is due or an API takes long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = "2030-01-15T12:00:00Z"


class Clock:
    """Begins at an ISO 8601 moment or a datetime with a time zone."""

    def __init__(self, start: str | datetime = START) -> None:
        moment = datetime.fromisoformat(start) if isinstance(start, str) else start
        if moment.tzinfo is None:
            raise ValueError(f"{start}: has no time zone")
        self.now = moment.astimezone(UTC)

    @property
    def text(self) -> str:
        """Now, as Step Functions writes it in the context object: 2030-01-15T12:00:00.000Z."""
        return self.now.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

    @property
    def milliseconds(self) -> int:
        """Now, since 1970."""
        return (self.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def ago(self, seconds: float) -> datetime:
        """A moment before now, for answers such as a LatestRestorableTime."""
        return self.now - timedelta(seconds=seconds)
