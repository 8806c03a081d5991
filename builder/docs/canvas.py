"""Lines, areas and texts at exact places, as text for Graphviz, which draws them without a layout of its own.

Shapes are the drawing's background in Graphviz's xdot language; texts are nodes, as the background of Graphviz 2.43
cannot hold them. Lengths are points, from the upper left corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

INK = "#16191f"

_FONT = 'fontname="Arial,Helvetica,sans-serif"'

Point = tuple[float, float]


@dataclass(frozen=True)
class Canvas:
    """A drawing that grows; its text depends on nothing but what was drawn, in order."""

    width: int
    height: int
    _shapes: list[str] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list)

    def area(self, corners: Sequence[Point], fill: str, edge: str = "") -> None:
        """A filled polygon."""
        outline = f"{_colour('c', edge or fill)}{_style('setlinewidth(1)')}{_style('solid')}"
        self._shapes.append(f"{outline}{_colour('C', fill)}P {self._points(corners)}")

    def box(self, x: float, y: float, width: float, height: float, fill: str, edge: str = "") -> None:
        self.area([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, edge)

    def line(self, points: Sequence[Point], colour: str, *, thick: float = 1.2, dashed: bool = False) -> None:
        style = f"{_style(f'setlinewidth({thick})')}{_style('dashed' if dashed else 'solid')}"
        self._shapes.append(f"{_colour('c', colour)}{style}L {self._points(points)}")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = 9,
        colour: str = INK,
        bold: bool = False,
        to_the_left: bool = False,
    ) -> None:
        """One line of text whose middle is at `y`; it begins at `x`, or ends there."""
        width, height = math.ceil(size * (0.62 * len(words) + 1)), 2 * size
        middle = x - width / 2 if to_the_left else x + width / 2
        align = "RIGHT" if to_the_left else "LEFT"
        shown = f"<B>{escape(words)}</B>" if bold else escape(words)
        table = (
            '<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
            f'<TD ALIGN="TEXT" FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}">{shown}<BR ALIGN="{align}"/></TD>'
            "</TR></TABLE>"
        )
        place = f'pos="{middle:g},{self.height - y:g}"'
        self._texts.append(f'n{len(self._texts)} [{place}, fontsize={size}, fontcolor="{colour}", label=<{table}>]')

    def dot(self) -> str:
        """The drawing in the DOT language."""
        corners = "".join(
            f'{name} [pos="{place}", shape=point, style=invis, width=0, height=0, label=""]\n'
            for name, place in (("first", "0,0"), ("last", f"{self.width},{self.height}"))
        )
        # Graphviz reads no text that is longer than 16 KiB, but puts together what is shorter.
        shapes = " +\n".join(f'"{each} "' for each in self._shapes) or '""'
        return (
            f'digraph {{\ngraph [layout=nop, bgcolor=white, pad=0, margin=0, bb="0,0,{self.width},{self.height}",'
            f" _background={shapes}]\nnode [shape=plain, {_FONT}]\n{corners}" + "\n".join(self._texts) + "\n}\n"
        )

    def _points(self, points: Sequence[Point]) -> str:
        return f"{len(points)} " + " ".join(f"{x:.1f} {self.height - y:.1f}" for x, y in points)


def _colour(operation: str, colour: str) -> str:
    return f"{operation} {len(colour)} -{colour} "


def _style(style: str) -> str:
    """Holds until another one is stated."""
    return f"S {len(style)} -{style} "
