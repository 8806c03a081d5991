"""What is drawn for resources: an item for each, or for all of one kind, in groups by concern."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from builder.docs import catalogue
from builder.docs.catalogue import CONCERNS, Kind, kind_of, plural, words
from builder.docs.details import details, is_true
from builder.docs.reading import Reading, Resource

_WIDTH = 40  # characters of a line of details
_CROWD = 8  # more of a kind than this are one item, even of a kind whose members stand apart


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is drawn, for one or more resources. `twin` stands elsewhere, joined to it by `link`."""

    id: str
    icon: str
    title: str
    lines: tuple[str, ...] = ()
    twin: str = ""
    link: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Items that stand outside of every VPC, in columns: those of one concern, or a nested stack's."""

    id: str
    title: str
    items: tuple[Item, ...]
    note: str = ""
    columns: int = 1


def item(members: Sequence[Resource], reading: Reading) -> Item:
    """The item of one resource, or of several of one kind."""
    first = members[0]
    kind = kind_of(first.type)
    if len(members) > 1:
        title = plural(len(members), kind.noun)
        return Item(id=first.logical_id, icon=kind.icon, title=title, lines=wrapped(_roll(members, reading)))
    is_postgresql = kind.icon == catalogue.RDS_ICON and "postgres" in str(first.properties.get("Engine"))
    has_standby = first.type == "AWS::RDS::DBInstance" and is_true(first.properties.get("MultiAZ"))
    return Item(
        id=first.logical_id,
        icon=catalogue.POSTGRESQL_ICON if is_postgresql else kind.icon,
        title=first.logical_id,
        lines=wrapped(details(first, reading)),
        twin="standby" if has_standby else "",
        link="synchronous" if has_standby else "",
    )


def endpoint(subscription: Resource, reading: Reading) -> Item:
    """Whom an SNS subscription tells."""
    protocol = str(subscription.properties.get("Protocol", ""))
    return Item(
        id=subscription.logical_id,
        icon=catalogue.EMAIL_ICON if protocol.startswith("email") else catalogue.HTTP_ICON,
        title={"email": "E-mail", "https": "HTTPS endpoint", "sms": "Text message"}.get(protocol, protocol),
        lines=wrapped(details(subscription, reading)),
    )


def groups(resources: Iterable[Resource], reading: Reading) -> tuple[tuple[Group, ...], dict[str, str]]:
    """The groups of drawn resources by concern, and the item in which each resource is drawn."""
    found = list(resources)
    kinds = Counter(kind_of(resource.type) for resource in found)
    by_kind: dict[tuple[Kind, str], list[Resource]] = {}
    for resource in found:
        kind = kind_of(resource.type)
        is_alone = kind.apart and kinds[kind] <= _CROWD
        by_kind.setdefault((kind, resource.logical_id if is_alone else ""), []).append(resource)
    made: dict[str, list[Item]] = {}
    home: dict[str, str] = {}
    for (kind, _), members in by_kind.items():
        one = item(members, reading)
        made.setdefault(kind.concern, []).append(one)
        home |= {member.logical_id: one.id for member in members}
    together = (Group(id=f"group {name}", title=name, items=tuple(made[name])) for name in CONCERNS if name in made)
    return tuple(together), home


def summary(name: str, file: str, reading: Reading) -> Group:
    """A whole template as one group, an item for each concern: what a nested stack holds."""
    counts: dict[str, Counter[Kind]] = {}
    for resource in reading.resources.values():
        kind = kind_of(resource.type)
        counts.setdefault(kind.concern, Counter())[kind] += 1
    items = []
    for concern in CONCERNS:
        if concern in counts:
            drawn = [kind for kind in counts[concern] if kind.drawn]
            told = [plural(number, kind.noun) for kind, number in counts[concern].items() if kind.drawn]
            if drawn:
                items.append(
                    Item(id=f"{name} {concern}", icon=drawn[0].icon, title=concern, lines=wrapped([", ".join(told)]))
                )
    return Group(id=name, title=name, note=file, items=tuple(items), columns=3)


def wrapped(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines no longer than an item is wide."""
    return tuple(part for line in lines for part in textwrap.wrap(line, _WIDTH))


def titles(found: Iterable[Group]) -> Mapping[str, str]:
    """The titles of all items by ID."""
    return {one.id: one.title for group in found for one in group.items}


def _roll(members: Sequence[Resource], reading: Reading) -> Iterable[str]:
    """Who is meant by an item of many: by name, and with their details where these differ."""
    told = [", ".join(details(each, reading)) for each in members]
    names = _short([words(each.logical_id) for each in members], kind_of(members[0].type).noun)
    if len(set(told)) == 1:
        return (", ".join(_counted(names)), *filter(None, told[:1]))
    pairs = zip(names, told, strict=True)
    return (", ".join(f"{name} ({said})" if said and said not in name else name for name, said in pairs),)


def _short(names: Sequence[str], noun: str) -> Sequence[str]:
    """Names without the noun at their end, and without a first word that most of them share.

    A word before a number stays: `queue 1`, `member 1 silent`.
    """
    for word in reversed(noun.lower().split()):
        names = [name.removesuffix(f" {word}") for name in names]
    first, count = Counter(name.split()[0] for name in names).most_common(1)[0]
    if 2 * count <= len(names) or any(re.match(rf"{re.escape(first)} \d", name) for name in names):
        return names
    return [name.removeprefix(f"{first} ") for name in names]


def _counted(names: Sequence[str]) -> Iterable[str]:
    """Names of which those that only a number tells apart are one: `launch policy (3)`, `member silent (3)`."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(" ".join(word for word in name.split() if not word.isdigit()) or name, []).append(name)
    return (each[0] if len(each) == 1 else f"{name} ({len(each)})" for name, each in alike.items())
