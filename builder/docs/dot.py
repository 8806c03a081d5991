"""A picture as text for Graphviz.

The text is all that the drawing depends on, and names icons relative to the folder that holds them: equal texts give
equal pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from builder.docs.flows import INTERNET, Sort
from builder.docs.items import Group
from builder.docs.network import Vpc
from builder.docs.picture import Picture
from builder.docs.tables import FAINT, HEAD, INK, arrival, departure, group_table, height, lone_table, vpc_table

COLOURS: Mapping[Sort, str] = {"data": "#1F5FBF", "alert": "#C7402D", "backup": "#3F8624", "log": "#6B7785"}
_NAMES: Mapping[Sort, str] = {"data": "data", "alert": "alerts", "backup": "backups", "log": "logs"}
_REGION = "#00797D"
_FONT = 'fontname="Arial,Helvetica,sans-serif"'


@dataclass(frozen=True)
class _Place:
    """The node that something is drawn in, and where arrows reach and leave it; no port: anywhere."""

    node: str
    into: str = ""
    out: str = ""


def dot(picture: Picture) -> str:
    """The whole drawing in the DOT language."""
    places = _places(picture)
    boxes = [(vpc.name, vpc_table(vpc, picture.items)) for vpc in picture.vpcs]
    boxes += [(group.id, group_table(group)) for group in picture.groups]
    lines = [
        "digraph {",
        f"graph [rankdir=LR, {_FONT}, fontcolor={_text(INK)}, labelloc=t, labeljust=l, pad=0.2, nodesep=0.2,"
        f" ranksep=0.3, splines=spline, bgcolor=white, label=<{_title(picture)}>]",
        f"node [shape=plain, {_FONT}, fontsize=11]",
        f"edge [{_FONT}, fontsize=11, penwidth=1.8, arrowsize=0.8]",
        *(f"{_text(item.id)} [label=<{lone_table(item)}>]" for item in picture.outside),
        "subgraph cluster_region {",
        f'label=<<B>AWS Region</B>>; labeljust=l; fontsize=14; fontcolor="{_REGION}"; color="{_REGION}"; style=dashed;'
        " penwidth=1.5; margin=12",
        *(f"{_text(name)} [label=<{table}>]" for name, table in boxes),
        *_columns(picture, places),
        "}",
        *_arrows(picture, places),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _places(picture: Picture) -> dict[str, _Place]:
    places = {item.id: _Place(item.id) for item in picture.outside}
    for vpc in picture.vpcs:
        places[vpc.name] = _Place(vpc.name, HEAD, HEAD)
        for tier in vpc.tiers:
            alone = [name for subnet in tier.subnets if subnet for name in subnet.holds]
            places |= {name: _Place(vpc.name, arrival(name), departure(name)) for name in alone}
            places |= {name: _Place(vpc.name, arrival(name), arrival(name)) for name in tier.holds}
        places |= {name: _Place(vpc.name, arrival(name), arrival(name)) for name in vpc.edge}
    for group in picture.groups:
        places[group.id] = _Place(group.id, HEAD, HEAD)
        places |= {item.id: _Place(group.id, arrival(item.id), departure(item.id)) for item in group.items}
    return places


def _depths(picture: Picture, places: Mapping[str, _Place]) -> dict[str, int]:
    """Box -> its column, counted from the left: one behind the last of the boxes that have arrows to it.

    Of arrows that go in a circle, the last one does not count.
    """
    boxes = [*(vpc.name for vpc in picture.vpcs), *(group.id for group in picture.groups)]
    before: dict[str, set[str]] = {box: set() for box in boxes}

    def leads(start: str, end: str) -> bool:
        return start == end or any(leads(start, each) for each in before[end])

    for arrow in picture.arrows:
        source, target = places[arrow.source].node, places[arrow.target].node
        if source in before and target in before and not leads(target, source):
            before[target].add(source)
    depths: dict[str, int] = {}

    def depth(box: str) -> int:
        if box not in depths:
            depths[box] = 1 + max(map(depth, before[box]), default=-1)
        return depths[box]

    return {box: depth(box) for box in boxes}


def _echoes(picture: Picture, places: Mapping[str, _Place]) -> dict[str, str]:
    """Groups above another, not behind it: the only one that has arrows to them, and that no arrow leads back to.

    Only where that other is alone in a late column, so that nothing comes between.
    """
    depths = _depths(picture, places)
    columns = Counter(depths.values())
    ends = {(places[arrow.source].node, places[arrow.target].node) for arrow in picture.arrows}
    found: dict[str, str] = {}
    for group in picture.groups:
        sources = {source for source, target in ends if target == group.id}
        if len(sources) != 1:
            continue
        (head,) = sources
        is_late = depths.get(head, 0) > 1 and columns[depths[head]] == 1
        if is_late and (group.id, head) not in ends and head not in {*found, *found.values()}:
            found[group.id] = head
    return found


def _columns(picture: Picture, places: Mapping[str, _Place]) -> Iterator[str]:
    """Groups beside each other: those that belong together, and those that no arrow touches where there is room."""
    echoes, depths = _echoes(picture, places), _depths(picture, places)
    touched = {places[end].node for arrow in picture.arrows for end in (arrow.source, arrow.target)}
    columns: dict[int, list[str]] = {}
    heights: dict[int, float] = {}
    loose = []
    boxes: list[tuple[str, Vpc | Group]] = [(vpc.name, vpc) for vpc in picture.vpcs]
    boxes += [(group.id, group) for group in picture.groups]
    for name, box in boxes:
        if name not in touched and isinstance(box, Group):
            loose.append(box)
            continue
        depth = depths[echoes.get(name, name)]
        columns.setdefault(depth, []).append(name)
        heights[depth] = heights.get(depth, 0) + height(box)
    for name, head in echoes.items():
        yield f"{{rank=same; {_text(head)}; {_text(name)}}}"
    for group in sorted(loose, key=height, reverse=True):
        if heights:
            shortest = min(heights, key=lambda depth: heights[depth])
            heights[shortest] += height(group)
            yield f"{{rank=same; {_text(columns[shortest][0])}; {_text(group.id)}}}"


def _arrows(picture: Picture, places: Mapping[str, _Place]) -> Iterator[str]:
    echoes = _echoes(picture, places)
    # What comes from outside stands at the left, and stays there for what goes back to it.
    left = {INTERNET, *(arrow.source for arrow in picture.arrows)} & {item.id for item in picture.outside}
    for arrow in picture.arrows:
        source, target = places[arrow.source], places[arrow.target]
        colour = COLOURS[arrow.sort]
        look = f'label=<<FONT COLOR="{colour}">&nbsp;{escape(arrow.label)}&nbsp;</FONT>>, color="{colour}"'
        if arrow.target in left:
            yield f"{_text(target.node)} -> {_end(source.node, source.into, 'w')} [{look}, dir=back]"
        elif echoes.get(target.node) == source.node:
            # In a drawing from left to right, Graphviz puts the head of an arrow within one column above its tail.
            yield f"{_text(source.node)}:n -> {_text(target.node)}:s [{look}]"
        else:
            yield f"{_end(source.node, source.out, 'e')} -> {_end(target.node, target.into, 'w')} [{look}]"


def _title(picture: Picture) -> str:
    sorts = [sort for sort in COLOURS if any(arrow.sort == sort for arrow in picture.arrows)]
    legend = "&nbsp;&nbsp;&nbsp;".join(
        f'<FONT COLOR="{COLOURS[sort]}"><B>&#8594; {_NAMES[sort]}</B></FONT>' for sort in sorts if len(sorts) > 1
    )
    return (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="20"><B>{escape(picture.title)}</B></FONT></TD></TR>'
        f'<TR><TD ALIGN="LEFT"><FONT POINT-SIZE="12" COLOR="{FAINT}">{escape(picture.caption)}</FONT>'
        f'<FONT POINT-SIZE="12">&nbsp;&nbsp;&nbsp;&nbsp;{legend}</FONT></TD></TR></TABLE>'
    )


def _end(node: str, port: str, side: str) -> str:
    return f"{_text(node)}:{_text(port)}:{side}" if port else _text(node)


def _text(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
