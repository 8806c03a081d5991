"""The boxes of a picture as Graphviz's HTML-like tables: VPCs with zones and tiers, groups, and what stands outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape

from builder.docs.items import Group, Item
from builder.docs.network import Subnet, Tier, Vpc

INK, FAINT, LINK = "#16191F", "#545B64", "#1F5FBF"
_VPC, _ZONE = "#6F3FCC", "#147EBA"
# Border and filling of a tier by its reach; AWS's own colours for public and private subnets.
_TIERS = {
    "public": ("#5F7F12", "#F2F6E8"),
    "private": ("#00797D", "#E6F4F5"),
}
_OTHER_TIER = ("#4A5B78", "#EDF0F5")
_ICON, _SMALL = 36, 24  # points
_CELL = 118  # points, the least width of a subnet
HEAD = "head"  # the port of a group's heading, and of a VPC's
# Graphviz shares the room that is left in a row out to all cells alike: to many empty ones, it stays at the right.
_SLACK = "<TD></TD>" * 12
_MARGIN = "<TD></TD>" * 3
_PLAIN = 'BORDER="0" CELLBORDER="0"'


def arrival(name: str) -> str:
    """The port at which arrows reach an item."""
    return f"{name}.in"


def departure(name: str) -> str:
    """The port at which arrows leave an item."""
    return f"{name}.out"


def vpc_table(vpc: Vpc, items: Mapping[str, Item]) -> str:
    """A VPC: what stands at its edge, then zones as columns and tiers of subnets as rows."""
    span = max(len(vpc.zones), 1)
    name = "VPC" if vpc.is_given or vpc.name.upper() == "VPC" else f"VPC {vpc.name}"
    head = f"{_coloured(name, _VPC, 14)}&nbsp;&nbsp;{note(vpc.note)}"
    rows = [f'<TR><TD COLSPAN="{span}" PORT="{HEAD}" ALIGN="LEFT">{head}</TD></TR>']
    if vpc.edge:
        rows.append(f'<TR><TD COLSPAN="{span}">{_strip([items[name] for name in vpc.edge])}</TD></TR>')
    if vpc.zones:
        zones = (
            f'<TD BORDER="1" STYLE="dashed" COLOR="{_ZONE}" WIDTH="{_CELL}">'
            f"{_coloured(f'Availability Zone {number}', _ZONE, 11)}</TD>"
            for number, _ in enumerate(vpc.zones, start=1)
        )
        rows.append(f"<TR>{''.join(zones)}</TR>")
    for tier in vpc.tiers:
        rows += _tier(tier, items, span)
    return (
        f'<TABLE BORDER="2" COLOR="{_VPC}" CELLBORDER="0" CELLSPACING="5" CELLPADDING="3" BGCOLOR="white">'
        f"{''.join(rows)}</TABLE>"
    )


def group_table(group: Group) -> str:
    """A group: its heading, then its items in as many columns as it has."""
    cells = [
        f'{_icon(item, _ICON)}<TD ALIGN="LEFT" PORT="{escape(departure(item.id))}">{_told(item)}</TD>'
        for item in group.items
    ]
    rows = "".join(f"<TR>{''.join(cells[at : at + group.columns])}</TR>" for at in range(0, len(cells), group.columns))
    heading = f"<B>{escape(group.title)}</B>" + (f"&nbsp;&nbsp;{note(group.note)}" if group.note else "")
    head = (
        f'<TR><TD COLSPAN="{2 * group.columns}" PORT="{HEAD}" ALIGN="LEFT" BGCOLOR="#E9ECEF">&nbsp;{heading}</TD></TR>'
    )
    return (
        '<TABLE BORDER="1" COLOR="#8D99A6" CELLBORDER="0" CELLSPACING="2" CELLPADDING="2" BGCOLOR="white">'
        f"{head}{rows}</TABLE>"
    )


def lone_table(item: Item) -> str:
    """An item that stands alone: its icon, and its name below."""
    lines = "<BR/>".join(escape(line) for line in item.lines)
    told = f"<BR/>{_sized(lines)}" if lines else ""
    return (
        f'<TABLE {_PLAIN} CELLSPACING="0" CELLPADDING="2">'
        f'<TR><TD FIXEDSIZE="TRUE" WIDTH="46" HEIGHT="46"><IMG SRC="{item.icon}.png"/></TD></TR>'
        f"<TR><TD><B>{escape(item.title)}</B>{told}</TD></TR></TABLE>"
    )


def note(text: str) -> str:
    """Small print."""
    return _sized(escape(text)) if text else ""


def height(box: Vpc | Group) -> float:
    """About how tall a box is, in lines of text."""
    if isinstance(box, Group):
        return 2 + sum(max(3, 1 + len(item.lines)) for item in box.items) / box.columns
    return 5 + sum(4 + 5 * len(tier.holds) for tier in box.tiers)


def _tier(tier: Tier, items: Mapping[str, Item], span: int) -> Iterator[str]:
    border, filling = _TIERS.get(tier.reach, _OTHER_TIER)
    title = f"{_coloured(tier.title, border, 11)}&nbsp;&nbsp;{note(tier.note)}"
    yield f'<TR><TD COLSPAN="{span}" ALIGN="LEFT" CELLPADDING="1">{title}</TD></TR>'
    cells = (
        f'<TD BORDER="1" COLOR="{border}" BGCOLOR="{filling}" WIDTH="{_CELL}">{_subnet(subnet, items)}</TD>'
        if subnet
        else "<TD></TD>"
        for subnet in tier.subnets
    )
    yield f"<TR>{''.join(cells)}</TR>"
    for name in tier.holds:
        look = f'BORDER="2" COLOR="{border}" BGCOLOR="{filling}"'
        port = f'PORT="{escape(arrival(name))}"'
        yield f'<TR><TD COLSPAN="{span}" {port} {look}>{_bar(items[name])}</TD></TR>'


def _subnet(subnet: Subnet, items: Mapping[str, Item]) -> str:
    rows = [f"<TR><TD>{note(subnet.note)}</TD></TR>"]
    for name in subnet.holds:
        title = f'<TD PORT="{escape(departure(name))}">{escape(items[name].title)}</TD>'
        cells = f"{_MARGIN}{_icon(items[name], _SMALL)}{title}{_MARGIN}"
        inner = f'<TABLE {_PLAIN} CELLSPACING="1" CELLPADDING="0"><TR>{cells}</TR></TABLE>'
        rows.append(f"<TR><TD>{inner}</TD></TR>")
    return f'<TABLE {_PLAIN} CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>'


def _strip(items: Iterable[Item]) -> str:
    """Items side by side."""
    cells = "".join(f"{_icon(item, _SMALL)}<TD>{escape(item.title)}&nbsp;&nbsp;&nbsp;</TD>" for item in items)
    return f'<TABLE {_PLAIN} CELLSPACING="2" CELLPADDING="0"><TR>{cells}{_SLACK}</TR></TABLE>'


def _bar(item: Item) -> str:
    """An item across several subnets; its twin, in another of them, stands at the other end."""
    cells = f'{_picture(item.icon, _ICON)}<TD ALIGN="LEFT">{_told(item)}</TD>{_SLACK}'
    if item.twin:
        cells += f"<TD>{_coloured(f'{item.link} →', LINK, 10)}</TD>{_picture(item.icon, _ICON)}"
        cells += f"<TD><B>{escape(item.twin)}</B></TD>"
    return f'<TABLE {_PLAIN} CELLSPACING="2" CELLPADDING="2"><TR>{cells}</TR></TABLE>'


def _icon(item: Item, size: int) -> str:
    return _picture(item.icon, size, f' PORT="{escape(arrival(item.id))}"')


def _picture(icon: str, size: int, port: str = "") -> str:
    return f'<TD{port} FIXEDSIZE="TRUE" WIDTH="{size}" HEIGHT="{size}"><IMG SRC="{icon}.png"/></TD>'


def _told(item: Item) -> str:
    # Another font than the one measured may be wider.
    lines = "".join(f'{escape(line)}&nbsp;&nbsp;<BR ALIGN="LEFT"/>' for line in item.lines)
    return f'<B>{escape(item.title)}</B><BR ALIGN="LEFT"/>' + (_sized(lines) if lines else "")


def _sized(markup: str) -> str:
    return f'<FONT COLOR="{FAINT}" POINT-SIZE="10">{markup}</FONT>'


def _coloured(text: str, colour: str, size: int) -> str:
    return f'<FONT COLOR="{colour}" POINT-SIZE="{size}"><B>{escape(text)}</B></FONT>'
