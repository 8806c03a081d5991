"""What a picture of a template shows, before anything is drawn: places, groups of things by concern, and arrows.

Resources of one kind become one item unless the kind stands apart, and arrows that share their ends become one, so
that a hundred resources stay readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from builder.docs.catalogue import kind_of, plural
from builder.docs.ends import crossing, strangers
from builder.docs.flows import Flow, Sort, flows
from builder.docs.items import Group, Item, endpoint, groups, item, summary, titles, wrapped
from builder.docs.network import Vpc, vpcs
from builder.docs.reading import Reading

_STACK = "AWS::CloudFormation::Stack"
_SUBSCRIPTION = "AWS::SNS::Subscription"
_PARENT = "this stack"
_Edge: TypeAlias = tuple[str, str, str, Sort]  # source, target, label, sort


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """From an item, a group or a VPC to another, by ID."""

    source: str
    target: str
    label: str
    sort: Sort


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that is drawn. `items` are those inside VPCs by logical ID; `outside` those that the stack does not hold."""

    title: str
    caption: str
    vpcs: tuple[Vpc, ...]
    items: Mapping[str, Item]
    groups: tuple[Group, ...]
    outside: tuple[Item, ...]
    arrows: tuple[Arrow, ...]


def picture(reading: Reading, children: Mapping[str, Reading], *, title: str, caption: str) -> Picture:
    """The picture of a template as read; `children` are its nested stacks as read, live or not, by logical ID."""
    networks = vpcs(reading)
    inside = {name: item([reading.resources[name]], reading) for vpc in networks for name in _held(vpc)}
    drawn = [each for each in reading.resources.values() if kind_of(each.type).drawn]
    told = [each for each in drawn if each.type == _SUBSCRIPTION]
    rest = [each for each in drawn if each.logical_id not in inside and each not in told]
    found = [*flows(reading), *crossing(networks, reading)]
    made, home = groups([each for each in rest if each.logical_id not in children], reading)
    nested = tuple(summary(name, _about(name, reading), child) for name, child in children.items())
    outside = [endpoint(each, reading) for each in told if not reading.mentioned(each.properties.get("Endpoint"))]
    outside += strangers(found, reading)
    home |= {name: name for name in (*inside, *(vpc.name for vpc in networks), *(each.id for each in outside))}
    across, within = _edges(found, home, made)
    return Picture(
        title=title,
        caption=caption,
        vpcs=networks,
        items=inside,
        groups=(*_parent(reading, nested, title), *(_with(group, within, titles(made)) for group in made), *nested),
        outside=tuple(outside),
        arrows=(*_arrows(across), *_choices(nested)),
    )


def _held(vpc: Vpc) -> Iterator[str]:
    for tier in vpc.tiers:
        yield from (name for subnet in tier.subnets if subnet for name in subnet.holds)
        yield from tier.holds
    yield from vpc.edge


def _edges(
    found: Iterable[Flow], home: Mapping[str, str], made: Sequence[Group]
) -> tuple[dict[_Edge, None], dict[_Edge, None]]:
    """Flows between drawn things: from place to place, and inside of one group.

    Two or more from, or to, one group that share the other end are one of the group.
    """
    of = {one.id: group.id for group in made for one in group.items}
    drawn: dict[_Edge, None] = {
        (home[flow.source], home[flow.target], flow.label, flow.sort): None
        for flow in found
        if flow.source in home and flow.target in home and home[flow.source] != home[flow.target]
    }
    across = {edge: None for edge in drawn if edge[0] not in of or of[edge[0]] != of.get(edge[1])}
    within = {edge: None for edge in drawn if edge not in across}
    sharing: dict[tuple[str, str, Sort], set[str]] = {}
    for source, target, _, sort in across:
        sharing.setdefault((of.get(source, ""), target, sort), set()).add(source)
    across = {
        (of[edge[0]] if _is_shared(edge[0], edge[1], edge[3], of, sharing) else edge[0], *edge[1:]): None
        for edge in across
    }
    sharing = {}
    for source, target, _, sort in across:
        sharing.setdefault((of.get(target, ""), source, sort), set()).add(target)
    across = {
        (edge[0], of[edge[1]] if _is_shared(edge[1], edge[0], edge[3], of, sharing) else edge[1], *edge[2:]): None
        for edge in across
    }
    return across, within


def _is_shared(
    end: str, other: str, sort: Sort, of: Mapping[str, str], sharing: Mapping[tuple[str, str, Sort], set[str]]
) -> bool:
    return end in of and len(sharing[(of[end], other, sort)]) > 1


def _arrows(edges: Iterable[_Edge]) -> Iterator[Arrow]:
    """One arrow for all that flows of one sort between two ends."""
    labels: dict[tuple[str, str, Sort], list[str]] = {}
    for source, target, label, sort in edges:
        labels.setdefault((source, target, sort), []).append(label)
    for (source, target, sort), told in labels.items():
        yield Arrow(source=source, target=target, label=", ".join(dict.fromkeys(told)), sort=sort)


def _with(group: Group, within: Iterable[_Edge], names: Mapping[str, str]) -> Group:
    """A group whose items say in words what flows between them."""
    told: dict[str, list[str]] = {}
    for source, target, label, _ in within:
        told.setdefault(source, []).append(f"{label} → {names[target]}")
    return replace(
        group, items=tuple(replace(one, lines=(*one.lines, *wrapped(told.get(one.id, ())))) for one in group.items)
    )


def _parent(reading: Reading, nested: Sequence[Group], title: str) -> Iterator[Group]:
    """The stack itself, where it nests others."""
    if nested:
        counts = [plural(len(reading.template.get(key, {})), key[:-1].lower()) for key in ("Parameters", "Outputs")]
        lines = (f"passes on {counts[0]}", f"repeats {counts[1]}")
        icon = kind_of(_STACK).icon
        yield Group(id=_PARENT, title="Parent", items=(Item(id="parent", icon=icon, title=title, lines=lines),))


def _choices(nested: Iterable[Group]) -> Iterator[Arrow]:
    """From the parent to the stacks that it nests."""
    yield from (Arrow(source=_PARENT, target=group.id, label="nests", sort="data") for group in nested)


def _about(name: str, reading: Reading) -> str:
    """A nested stack's file, and the condition under which it is there: on an arrow it would stand between others."""
    declared = reading.template["Resources"][name]
    file = str(declared["Properties"]["TemplateURL"]).removeprefix("./")
    return f"{file}, if {declared['Condition']}" if "Condition" in declared else file
