"""Follows an operation on a stack while it goes on, for `deploy` and `watch`: what begins, ends, lasts and fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event as Signal
from threading import Thread

import click
from botocore.exceptions import BotoCoreError, ClientError

from builder.aws import errors, stacks, states
from builder.aws.account import Account
from builder.aws.durations import Duration, usual
from builder.aws.errors import one_line
from builder.aws.events import BEGINNINGS, Event, events, newest
from builder.aws.failures import EFFECTS
from builder.aws.stacks import GONE, STACK_TYPE, Stack
from builder.evaluate import Evaluation, EvaluationError, Place, parameter_values
from builder.problems import Failure
from builder.progress import Board, board

# Seconds between two looks; DescribeStackEvents is throttled for the whole account.
INTERVAL = 5.0
_PATIENCE = 30.0  # seconds, for the last look
_CANNOT = "What goes on cannot be followed: {}."
_STYLES = (("_FAILED", "bold red"), ("ROLLBACK", "yellow"), ("_COMPLETE", "green"), ("", ""))
_WIDTH = len("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") // 2 + 3  # of most statuses


@dataclass(kw_only=True)
class _Resource:
    """What is known of a resource in the operation that is followed."""

    path: str
    status: str
    since: datetime
    usual: Duration | None = None

    @property
    def is_under_way(self) -> bool:
        return states.in_progress(self.status)


@dataclass(kw_only=True)
class Follower:
    """Tells the events of one operation on a stack and in what it nests, each once, in the order of time.

    `after` is the key of the last event before the operation, where that is known; else it is the newest operation.
    """

    account: Account
    stack_id: str
    after: str = ""
    _told: set[str] = field(default_factory=set)
    _begin: datetime | None = None
    _resources: dict[tuple[str, str], _Resource] = field(default_factory=dict)
    _prefixes: dict[str, str] = field(default_factory=dict)  # of nested stacks: what stands before their logical IDs
    _live: set[str] = field(default_factory=set)  # nested stacks in which something goes on
    _expected: dict[str, int] = field(default_factory=dict)  # how many resources a stack will have

    def look(self, show: Board) -> None:
        """Looks once: shows what is new, and how far all of it is."""
        for event in self._news():
            line = self._take(event)
            if line:
                show.say(line, next(style for part, style in _STYLES if part in event.status))
        done = sum(not each.is_under_way for each in self._resources.values())
        total = max(sum(self._expected.values()), len(self._resources))
        show.progress(done, total, self._doing())

    def _news(self) -> list[Event]:
        """What was not told yet, oldest first; of one instant, what is listed last came first."""
        found = self._new(self.stack_id)
        if self._begin is None and found:
            self._begin = found[0].time
        due = [*self._live]
        self._enter(found, due)
        for stack_id in due:  # grows by what these nest
            inside = self._new(stack_id)
            self._enter(inside, due)
            found += inside
        return sorted(found, key=lambda event: event.time)

    def _enter(self, found: list[Event], due: list[str]) -> None:
        """Finds the nested stacks that events are about: they are due to be looked into."""
        for event in found:
            if event.type == STACK_TYPE and event.id and not event.is_of_stack:
                self._prefixes[event.id] = f"{self._path(event)}/"
                (self._live.add if states.in_progress(event.status) else self._live.discard)(event.id)
                due += [event.id] if event.id not in due else []

    def _path(self, event: Event) -> str:
        """The logical IDs on the way to the resource that an event is about."""
        return f"{self._prefixes.get(event.stack_id, '')}{event.logical_id}"

    def _new(self, stack_id: str) -> list[Event]:
        found: list[Event] = []
        for event in events(self.account, stack_id):
            is_old = self._begin is not None and event.time < self._begin
            if is_old or event.key == self.after or event.key in self._told:
                break
            found.append(event)
            begins = event.is_of_stack and event.status in BEGINNINGS
            if begins and stack_id == self.stack_id and not self.after:
                break
        self._told.update(event.key for event in found)
        found.reverse()
        return found

    def _take(self, event: Event) -> str:
        """Notes an event; the line to be shown of it, empty for what nobody needs to read."""
        if event.is_of_stack:
            return self._take_stack(event)
        path, key = self._path(event), (event.stack_id, event.logical_id)
        before = self._resources.get(key)
        if before and before.status == event.status:
            return ""  # it says once that it begins, and again that it has begun
        now = _Resource(path=path, status=event.status, since=event.time)
        lasted = ""
        if now.is_under_way:
            now.usual = usual(event.type, event.status, event.properties)
        elif before and (seconds := (event.time - before.since).total_seconds()) >= 1:
            lasted = f"after {_span(seconds)}"
        self._resources[key] = now
        notes = [note for note in (lasted, str(now.usual or ""), self._reason(event)) if note]
        return _line(event, path, notes)

    def _take_stack(self, event: Event) -> str:
        """What is said of a stack as a whole; of a nested one its parent says the same."""
        if event.stack_id not in self._expected and event.status in BEGINNINGS:
            self._expected[event.stack_id] = self._count(event)
        is_followed = event.stack_id == self.stack_id and event.status != states.EMPTY
        return _line(event, event.logical_id, [note for note in (self._reason(event),) if note]) if is_followed else ""

    def _count(self, event: Event) -> int:
        """How many resources will be created or deleted; 0 for an update, which touches only some."""
        if event.status.startswith("DELETE"):
            return sum(each.status != GONE for each in stacks.resources(self.account, event.stack_id))
        return expected(self.account, event.stack_id) if event.status.startswith("CREATE") else 0

    def _reason(self, event: Event) -> str:
        telling = event.status.endswith("_FAILED") or event.is_of_stack
        return one_line(event.reason) if telling and not event.reason.startswith((*EFFECTS, "User Initiated")) else ""

    def _doing(self) -> str:
        """What is under way, the longest first."""
        now = datetime.now(UTC)
        going = sorted((each for each in self._resources.values() if each.is_under_way), key=lambda each: each.since)
        # A nested stack is under way for as long as anything in it is: that is told instead.
        going = [each for each in going if not any(other.path.startswith(f"{each.path}/") for other in going)]
        if not going:
            return ""
        first = going[0]
        more = f", and {len(going) - 1} more" if len(going) > 1 else ""
        note = f" ({first.usual})" if first.usual else ""
        return f"{first.path} for {_span((now - first.since).total_seconds())}{note}{more}"


def expected(account: Account, stack_id: str) -> int:
    """How many resources a stack will have by its template and parameters; 0 where they do not tell."""
    stack = stacks.find(account, stack_id)
    if stack is None:
        return 0
    place = Place(region=account.region, account=account.number, stack_name=stack.name, stack_id=stack.id)
    try:
        template = stacks.template(account, stack_id)
        values = parameter_values(template, {}, file=stack.name, previous=stack.parameters).values
        return len(Evaluation(template, values, place).live())
    except (EvaluationError, Failure):
        return 0


def to_the_end(account: Account, stack: Stack) -> Stack:
    """Shows what goes on in a stack until nothing does any more; the stack as it is then."""
    follower = Follower(account=account, stack_id=stack.id)
    with board(stack.name) as show:
        while True:
            # By its ID: a name means nothing once the stack is gone. Read first, so that its last events are shown.
            stack = stacks.require(account, stack.id)
            follower.look(show)
            if not states.in_progress(stack.status):
                return stack
            time.sleep(INTERVAL)


@contextmanager
def beside(account: Account, name: str, before: Stack | None) -> Iterator[Callable[[str], None]]:
    """Within the block shows what goes on in the stack of that name; gives what shows other lines meanwhile.

    `before` is the stack as it is before. That its events cannot be read is told, and stops nothing.
    """
    try:
        after = newest(account, before.id) if before else ""
    except (ClientError, BotoCoreError) as error:
        click.echo(_CANNOT.format(errors.problem(error).what))
        yield click.echo
        return
    over = Signal()
    with board(name) as show:
        thread = Thread(target=_until, args=(over, account, name, after, show), name=f"following {name}", daemon=True)
        thread.start()
        try:
            yield show.say
        finally:
            over.set()
            thread.join(_PATIENCE)


def _until(over: Signal, account: Account, name: str, after: str, show: Board) -> None:
    follower: Follower | None = None
    try:
        while True:
            is_last = over.is_set()
            if follower is None and (stack := stacks.find(account, name)) is not None:
                follower = Follower(account=account, stack_id=stack.id, after=after)
            if follower is not None:
                follower.look(show)
            if is_last:
                return
            over.wait(INTERVAL)
    except (ClientError, BotoCoreError) as error:
        show.say(_CANNOT.format(errors.problem(error).what))


def _line(event: Event, path: str, notes: list[str]) -> str:
    told = f"{event.time.astimezone():%H:%M:%S}  {event.status:<{_WIDTH}}  {path}  {event.type}"
    return f"{told}  [{'; '.join(notes)}]" if notes else told


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
