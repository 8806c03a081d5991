"""What AWS says of a change, and what the templates say of it, as one: the worse of both, and where they differ.

Neither is right by itself. A change set knows the deployed values, but calls much conditional that is not, and foresees
no failure; the templates know causes, times and what a retained resource is named, but not what AWS made of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from builder.diff.change_set import LATER
from builder.diff.model import Diff, Effect, Fate, Notice, PropertyChange, ResourceChange, Verdict

_ORDER = tuple(Verdict)
_FATES = (Fate.RETAINED, Fate.SNAPSHOTTED, Fate.DELETED)
_GOING = (Verdict.ORPHAN, Verdict.REMOVE, Verdict.REPLACE, Verdict.MAY_REPLACE)
_CAUSED = (Verdict.REPLACE, Verdict.MAY_REPLACE)


def agreed(live: Sequence[ResourceChange], offline: Diff | None, told: Collection[str] | None) -> Diff:
    """One diff of both; `offline` is None where the templates could not be compared.

    `told` are the paths of the stacks that the change set tells of, None for all that there are: of others its silence
    means nothing.
    """
    if offline is None:
        return Diff(resources=tuple(_settled(change) for change in live))
    here = {change.logical_id: change for change in offline.resources}
    open_ones = [change.logical_id for change in live if change.logical_id not in here and _is_open(change)]
    there = {change.logical_id: change for change in live if change.logical_id not in open_ones}
    resources = [_both(change, here[name]) if name in here else _settled(change) for name, change in there.items()]
    resources += [change for name, change in here.items() if name not in there]
    return replace(
        offline,
        resources=tuple(resources),
        disagreements=tuple(_disagreements(there, here, told)),
        assumptions=(*offline.assumptions, *_left_open(open_ones)),
    )


def _is_open(change: ResourceChange) -> bool:
    """Whether all that AWS says of an update is that it takes values which it does not know yet: a nested stack's."""
    return (
        change.verdict is Verdict.UPDATE
        and bool(change.properties)
        and all(each.new == LATER for each in change.properties)
    )


def _left_open(names: Sequence[str]) -> Iterator[Notice]:
    """What is assumed of updates that AWS leaves open, and the templates see no reason for."""
    if names:
        what = "takes what another stack will tell, which AWS does not know yet: by the templates, what it has already"
        yield Notice(where=", ".join(names), what=what)


def _disagreements(
    live: Mapping[str, ResourceChange], offline: Mapping[str, ResourceChange], told: Collection[str] | None
) -> Iterator[Notice]:
    for name in dict.fromkeys((*live, *offline)):
        there, here = live.get(name), offline.get(name)
        if there is None and told is not None and name[: name.rfind("/") + 1] not in told:
            continue
        with_fates = there is None or here is None or None not in (there.fate, here.fate)
        said, thought = _said(there, with_fates), _said(here, with_fates)
        if said != thought:
            yield Notice(where=name, what=f"AWS says {said}, the templates {thought}")


def _said(change: ResourceChange | None, with_fate: bool) -> str:
    """A verdict, with what becomes of the old one where that is known."""
    if change is None:
        return "no change"
    fate = change.fate if with_fate and change.verdict in _GOING else None
    return change.verdict.value if fate is None else f"{change.verdict.value} ({fate.value})"


def _settled(change: ResourceChange) -> ResourceChange:
    """A change with a fate, if it is one that has one: where AWS does not tell it, the worst."""
    return change if change.fate or change.verdict not in _GOING else replace(change, fate=Fate.DELETED)


def _both(live: ResourceChange, offline: ResourceChange) -> ResourceChange:
    verdict = max(live.verdict, offline.verdict, key=_ORDER.index)
    fates = [fate for fate in (live.fate, offline.fate) if fate is not None]
    causes = [change.cause for change in (offline, live) if change.verdict is verdict and change.cause]
    return _settled(
        replace(
            offline,
            verdict=verdict,
            properties=tuple(_properties(live, offline)),
            cause=causes[0] if causes and verdict in _CAUSED else (),
            fate=max(fates, key=_FATES.index) if fates and verdict in (*_GOING, Verdict.WILL_FAIL) else None,
            # The templates know what a nested stack holds, if they say that it goes.
            holds=offline.holds if offline.verdict in _GOING else live.holds,
            notes=tuple(dict.fromkeys((*offline.notes, *live.notes))),
        )
    )


def _properties(live: ResourceChange, offline: ResourceChange) -> Iterator[PropertyChange]:
    """What the templates say of each property, its effect the worse of both; then what only AWS says."""
    worst: dict[str, PropertyChange] = {}
    for change in live.properties:
        known = worst.get(change.name)
        if known is None or change.effect.rank > known.effect.rank:
            worst[change.name] = change
    for change in offline.properties:
        other = worst.get(change.name)
        if other is not None and other.effect.rank > change.effect.rank and change.effect is not Effect.FAIL:
            yield replace(change, effect=other.effect, source=other.source)
        else:
            yield change
    here = {change.name for change in offline.properties}
    yield from (change for change in live.properties if change.name not in here)
