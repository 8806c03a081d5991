"""CloudWatch dashboards, drawn from their own bodies with sample data: what a reader will get, once deployed."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from builder.docs.canvas import Canvas, Point
from builder.docs.reading import Reading, plain

SAMPLES = "docs/dashboards.toml"
COLUMN, ROW = 40, 30  # points of a cell of CloudWatch's grid, 24 of which are as wide as a laptop
MARGIN = 6
POINTS = 84  # in a week, every two hours
WEEK = 7  # days
SPANS = {"D": (1, "day"), "W": (WEEK, "week"), "M": (30, "month")}  # of relative times such as -P3M
IN_A_COLUMN = 6  # alarms
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd")
FAINT, GRID, PAPER, WHITE, LIMIT, OK = "#5f6b7a", "#e9ebed", "#f2f3f3", "#ffffff", "#d13212", "#1d8102"

_START = re.compile(r"-P(?P<number>[1-9]\d*)(?P<unit>[DWM])")
_COUNTER = re.compile(r"DB_PERF_INSIGHTS\('\w+', *'[^']*', *'(?P<counter>[^']+)'\)")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a metric is drawn with: its lowest and highest value, and how many days are between two (0: none)."""

    low: float = 0.0
    high: float = 1.0
    every: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line of a graph: what it shows, how the legend calls it, and its values, which may be `every` few days."""

    name: str
    label: str
    values: tuple[float, ...]
    right: bool = False
    every: float = 0.0


def samples(root: Path) -> Mapping[str, Sample]:
    """Metric, counter or label -> what it is drawn with; empty without the file."""
    path = root / SAMPLES
    if not path.is_file():
        return {}
    found = tomllib.loads(path.read_text(encoding="utf-8")).get("metrics", {})
    return {
        name: Sample(low=low, high=high, every=every[0] if every else 0) for name, (low, high, *every) in found.items()
    }


def drawings(reading: Reading, name: str, known: Mapping[str, Sample]) -> dict[str, str]:
    """Name of a picture -> its text for Graphviz, for each dashboard that a template called `name` makes.

    What leaves to CloudWatch where its widgets stand, or is no dashboard to it either, has no picture.
    """
    found = {}
    for resource in reading.of_type("AWS::CloudWatch::Dashboard"):
        try:
            widgets = json.loads(str(resource.properties.get("DashboardBody")))["widgets"]
            found[f"{name}-{resource.logical_id.lower()}"] = _drawn(widgets, known)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            continue
    return found


def _drawn(widgets: Sequence[Mapping[str, Any]], known: Mapping[str, Sample]) -> str:
    columns = max(each["x"] + each["width"] for each in widgets)
    rows = max(each["y"] + each["height"] for each in widgets)
    canvas = Canvas(columns * COLUMN + 2 * MARGIN, rows * ROW + 2 * MARGIN)
    canvas.box(0, 0, canvas.width, canvas.height, PAPER)
    for widget in widgets:
        _widget(canvas, widget, known)
    return canvas.dot()


def _widget(canvas: Canvas, widget: Mapping[str, Any], known: Mapping[str, Sample]) -> None:
    x, y = MARGIN + widget["x"] * COLUMN, MARGIN + widget["y"] * ROW
    width, height = widget["width"] * COLUMN, widget["height"] * ROW
    properties = widget["properties"]
    if widget["type"] == "text":
        canvas.text(x + 6, y + height / 2, properties["markdown"].lstrip("# "), size=14, bold=True)
        return
    canvas.box(x + 3, y + 3, width - 6, height - 6, WHITE, "#d5dbdb")
    canvas.text(x + 12, y + 15, properties.get("title", ""), size=10, bold=True)
    if widget["type"] == "alarm":
        _alarms(canvas, x + 12, y + 34, width - 24, properties["alarms"])
    if "metrics" not in properties:
        return
    series = list(_series(properties, known))
    if properties.get("view") == "singleValue":
        _numbers(canvas, x + 12, y + 30, width - 24, series)
    else:
        _graph(canvas, x, y, width, height, series, properties)


def _alarms(canvas: Canvas, x: float, y: float, width: float, arns: Sequence[str]) -> None:
    """One below the other, in as many columns as they need."""
    share = width / math.ceil(len(arns) / IN_A_COLUMN)
    for number, arn in enumerate(arns):
        name = plain(arn).removesuffix(".Arn").rpartition(":")[2]
        left, top = x + number // IN_A_COLUMN * share, y + number % IN_A_COLUMN * 23
        canvas.box(left, top - 8, share - 6, 17, "#f2f8f0", "#b7d8ae")
        canvas.box(left, top - 8, 4, 17, OK)
        canvas.text(left + 10, top, name, size=9)
        canvas.text(left + share - 12, top, "OK", size=9, colour=OK, bold=True, to_the_left=True)


def _numbers(canvas: Canvas, x: float, y: float, width: float, series: Sequence[Series]) -> None:
    """Two beside each other, row below row."""
    for number, each in enumerate(series):
        left, top = x + number % 2 * width / 2, y + number // 2 * 70
        canvas.text(left, top + 26, amount(each.values[-1]), size=24, bold=True)
        canvas.box(left, top + 47, 8, 8, COLOURS[number % len(COLOURS)])
        canvas.text(left + 12, top + 51, each.label, size=9, colour=FAINT)


def _graph(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    height: float,
    series: Sequence[Series],
    properties: Mapping[str, Any],
) -> None:
    lines = properties.get("annotations", {}).get("horizontal", [])
    on_left = [each for each in series if not each.right]
    stacked = properties.get("stacked", False)
    shown = [each.values for each in on_left]
    highest = max(
        [*(map(sum, zip(*shown, strict=True)) if stacked else map(max, shown)), *(line["value"] for line in lines)]
    )
    most = _round(highest * 1.1)
    left, right = x + 46, x + width - (36 if len(on_left) < len(series) else 14)
    top, bottom = y + 32, y + height - 36

    days, since = _span(properties.get("start", ""))

    def place(values: Sequence[float], above: float) -> list[Point]:
        step = (right - left) / (len(values) - 1)
        return [(left + step * n, bottom - (bottom - top) * value / above) for n, value in enumerate(values)]

    for share in (0.0, 0.5, 1.0):
        level = bottom - (bottom - top) * share
        canvas.line([(left, level), (right, level)], GRID, thick=1)
        canvas.text(left - 5, level, amount(most * share), size=8, colour=FAINT, to_the_left=True)
    canvas.text(left, bottom + 8, since, size=8, colour=FAINT)
    canvas.text(right, bottom + 8, "now", size=8, colour=FAINT, to_the_left=True)
    base = [0.0] * POINTS
    legend = x + 12.0
    for number, each in enumerate(series):
        colour = COLOURS[number % len(COLOURS)]
        if each.right:
            above = _round(max(each.values) * 1.5)
            canvas.text(right + 4, top, amount(above), size=8, colour=FAINT)
            canvas.line(place(each.values, above), colour)
        elif stacked:
            summed = [low + value for low, value in zip(base, each.values, strict=True)]
            canvas.area([*place(summed, most), *reversed(place(base, most))], f"{colour}66", colour)
            base = summed
        elif each.every:
            apart = max(1, round(each.every / days * POINTS))
            for point in place(each.values, most)[-1 - apart // 2 :: -apart]:
                canvas.box(point[0] - 2, point[1] - 2, 4, 4, colour)
        else:
            canvas.line(place(each.values, most), colour)
        canvas.box(legend, y + height - 17, 8, 8, colour)
        canvas.text(legend + 12, y + height - 13, each.label, size=8, colour=FAINT)
        legend += 24 + 4.2 * len(each.label)
    for line in lines:
        level = bottom - (bottom - top) * line["value"] / most
        canvas.line([(left, level), (right, level)], LIMIT, thick=1.2, dashed=True)
        words = f"{line.get('label', '')} {amount(line['value'])}".strip()
        canvas.text(right - 2, level - 6, words, size=8, colour=LIMIT, to_the_left=True)


def _series(properties: Mapping[str, Any], known: Mapping[str, Sample]) -> Iterator[Series]:
    """The lines that a metric widget shows; a dot in a metric repeats what stands above it."""
    above: list[Any] = []
    for metric in properties["metrics"]:
        options = metric[-1] if isinstance(metric[-1], dict) else {}
        if "expression" in options:
            counter = _COUNTER.search(options["expression"])
            name = str(counter["counter"] if counter else options.get("label", options["expression"]))
        else:
            fields = [each for each in metric if not isinstance(each, dict)]
            above = [before if each == "." else each for each, before in zip(fields, above or fields, strict=True)]
            name = str(above[1])
        if options.get("visible", True):
            sample = known.get(name, Sample())
            yield Series(
                name=name,
                label=options.get("label", name),
                values=tuple(_value(name, number, sample) for number in range(POINTS)),
                right=options.get("yAxis") == "right",
                every=sample.every,
            )


def _span(start: str) -> tuple[float, str]:
    """Days that a graph shows, and what its left end is called: a week, as the dashboard, unless it says otherwise."""
    match = _START.fullmatch(start)
    if match is None:
        return WEEK, f"{WEEK} days ago"
    days, unit = SPANS[match["unit"]]
    return days * int(match["number"]), f"{match['number']} {unit}s ago"


def _value(name: str, number: int, sample: Sample) -> float:
    """A value that rises and falls with the day, and a little by itself; the same for the same name."""
    noise = int.from_bytes(sha256(f"{name} {number}".encode()).digest()[:4], "big") / 2**32
    phase = int.from_bytes(sha256(name.encode()).digest()[:4], "big") / 2**32
    day = (1 + math.sin(2 * math.pi * (number / 12 + phase))) / 2
    return sample.low + (sample.high - sample.low) * (0.65 * day + 0.35 * noise)


def _round(value: float) -> float:
    """The next number that begins with 1, 1.5, 2, 3, 4, 5, 6 or 8 and is otherwise zeros."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * 0.999)


def amount(value: float) -> str:
    """A number as CloudWatch shortens it: 1.5 G, 600, 0.02."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"
