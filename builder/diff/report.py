"""What is written for people, once: the lines of a report, to be styled for a terminal, or set as text or markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from builder.diff.guard import Judgement
from builder.diff.model import Diff, Effect, Fate, Notice, PropertyChange, ResourceChange, Verdict

_LONGEST = 60  # characters of a value
_CONTEXT = 20  # characters that two long values have in common and are shown
# The worst first.
ORDER = tuple(reversed(Verdict))


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One comparison with what it found: `title` is the stack, `environments` those that it holds for."""

    title: str
    environments: tuple[str, ...]
    diff: Diff
    judgement: Judgement
    remark: str = ""

    @property
    def heading(self) -> str:
        return f"{self.title} ({', '.join(self.environments)})" if self.environments else self.title


def sections(diff: Diff) -> Iterator[tuple[str, Sequence[Notice]]]:
    """The notices under their headings, those that are not empty."""
    named = (
        ("AWS and the templates differ; above stands the worse of both", diff.disagreements),
        ("Opens or gives up", diff.security),
        ("Policies that keep less", diff.policies),
        ("Exports", diff.exports),
        ("Defaults", diff.defaults),
        ("Drifted from what was deployed", diff.drift),
        ("Taken as is", diff.assumptions),
    )
    return ((heading, notices) for heading, notices in named if notices)


def sorted_changes(diff: Diff) -> list[ResourceChange]:
    """The changes, the worst verdict first, and there what is lost; else in order."""
    return sorted(diff.resources, key=lambda change: (ORDER.index(change.verdict), not change.loses))


def value(shown: object) -> str:
    """A value in one line, cut where it is long."""
    if shown is None:
        return "(none)"
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    text = json.dumps(text, ensure_ascii=False)[1:-1] if isinstance(shown, str) else text
    return f"{text[: _LONGEST - 3]}..." if len(text) > _LONGEST else text or '""'


def values(change: PropertyChange) -> str:
    """What a property changes from and to, or with whose replacement it changes."""
    behind = f"with {' <- '.join(change.via)}" if change.via else ""
    if change.via and change.old == change.new:
        return f"another, {behind}"
    old, new = change.old, change.new
    if isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > _LONGEST:
        length = min(len(old), len(new))
        same = next((place for place in range(length) if old[place] != new[place]), length)
        old, new = (f"...{text[max(same - _CONTEXT, 0) :]}" if same > _CONTEXT else text for text in (old, new))
    return f"{value(old)} -> {value(new)}" + (f", {behind}" if behind else "")


def remarks(change: PropertyChange) -> str:
    """What a property's change does and when, where there is something to say."""
    said = [] if change.effect is Effect.UPDATE else [f"{change.effect.value} ({change.source})"]
    if change.timing is not None:
        said.append(str(change.timing))
    return "; ".join(said)


def facts(change: ResourceChange) -> list[str]:
    """What is to be said of a resource besides its properties."""
    said = [f"why: {reason}" for reason in change.reasons]
    if change.cause:
        said.append(f"cause: {' <- '.join(change.cause)}")
    if change.fate is not None:
        whose = "the old one is " if change.verdict in (Verdict.REPLACE, Verdict.MAY_REPLACE) else ""
        after = ": it leaves the stack, lives on and is paid for" if change.fate is Fate.RETAINED else ""
        said.append(f"{whose}{change.fate.value}{after}")
    if change.loses:
        said.append(f"lost: {change.holds}")
    if change.counterpart:
        other = "renamed from" if change.verdict in (Verdict.ADD, Verdict.WILL_FAIL) else "renamed to"
        said.append(f"{other} {change.counterpart}: remove and add")
    return [*said, *change.notes]


def summary(diff: Diff) -> str:
    """How many resources have which verdict."""
    counts = ((verdict, len(diff.of(verdict))) for verdict in ORDER)
    said = ", ".join(f"{number} {verdict.value}" for verdict, number in counts if number)
    return said or ("no resource changes" if not diff.is_empty else "nothing changes")


def conclusion(judgement: Judgement) -> list[str]:
    """What must be done about it, in sentences."""
    said = []
    for change in judgement.blocked:
        does = {Verdict.REMOVE: "is removed", Verdict.REPLACE: "is replaced"}.get(change.verdict, "may be replaced")
        said.append(
            f"BLOCKED: {change.logical_id} {does} without a snapshot or being retained; lost: {change.holds}; "
            f"to agree: --allow-replace {change.logical_id}"
        )
    said += [f"WARNING: {change.logical_id} may be replaced; lost then: {change.holds}" for change in judgement.warned]
    said += [f"WILL FAIL: {change.logical_id}: {'; '.join(change.reasons)}" for change in judgement.failing]
    return said
