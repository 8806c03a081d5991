"""A picture as a Mermaid flowchart, which code hosts draw from the text of a page."""

from __future__ import annotations

from collections.abc import Iterator

from builder.docs.flows import Sort
from builder.docs.items import Group, Item
from builder.docs.network import Vpc
from builder.docs.picture import Picture

_LINKS: dict[Sort, str] = {"data": "-->", "alert": "==>", "backup": "-->", "log": "-.->"}


def mermaid(picture: Picture) -> str:
    """The chart's text, without its fence."""
    names = _Names()
    lines = ["flowchart LR"]
    lines += [f"{names.of(item.id)}([{_label(item)}])" for item in picture.outside]
    lines.append('subgraph region["AWS Region"]')
    for vpc in picture.vpcs:
        lines += _vpc(vpc, picture, names)
    for group in picture.groups:
        lines.append(f'subgraph {names.of(group.id)}["{_safe(_heading(group))}"]')
        lines += [f"{names.of(item.id)}[{_label(item)}]" for item in group.items]
        lines.append("end")
    lines.append("end")
    for arrow in picture.arrows:
        link = _LINKS[arrow.sort]
        lines.append(f'{names.of(arrow.source)} {link}|"{_safe(arrow.label)}"| {names.of(arrow.target)}')
    return "\n".join(lines)


def _heading(group: Group) -> str:
    return f"{group.title}: {group.note}" if group.note else group.title


def _vpc(vpc: Vpc, picture: Picture, names: _Names) -> Iterator[str]:
    yield f'subgraph {names.of(vpc.name)}["VPC {_safe(vpc.note)}"]'
    for name in vpc.edge:
        yield f"{names.of(name)}[{_label(picture.items[name])}]"
    for number, tier in enumerate(vpc.tiers, start=1):
        tier_name = names.of(f"{vpc.name} tier {number}")
        yield f'subgraph {tier_name}["{_safe(tier.title)}: {_safe(tier.note)}"]'
        for zone, subnet in enumerate(tier.subnets, start=1):
            if subnet is not None:
                inside = [picture.items[name].title for name in subnet.holds]
                text = "<br/>".join(map(_safe, [f"Zone {zone}: {subnet.note}", *inside]))
                yield f'{names.of(subnet.name)}["{text}"]'
        for name in tier.holds:
            yield f"{names.of(name)}[{_label(picture.items[name])}]"
        yield "end"
    yield "end"


class _Names:
    """IDs that Mermaid takes, one for each of ours."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        return self._known.setdefault(name, f"n{len(self._known) + 1}")


def _label(item: Item) -> str:
    lines = [f"<b>{_safe(item.title)}</b>", *map(_safe, item.lines)]
    if item.twin:
        lines.append(f"{_safe(item.link)} → {_safe(item.twin)}")
    return '"' + "<br/>".join(lines) + '"'


def _safe(text: str) -> str:
    """Mermaid writes characters that it reads itself as entities."""
    for character, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("|", "#124;")):
        text = text.replace(character, entity)
    return text
