"""Dashboards as they are drawn from their bodies: what stands where, and with which numbers."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from builder.docs import dashboards
from builder.docs.canvas import Canvas
from builder.docs.drawing import draw
from tests.builder.docs.templates import of, reading
from tests.conftest import REPOSITORY
from tests.templates.rendering import rendered

CPU = ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "shop"]


def widget(kind: str = "metric", **properties: Any) -> dict[str, Any]:
    return {"type": kind, "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties}


def drawn(*widgets: dict[str, Any], known: Mapping[str, tuple[float, ...]] | None = None) -> str:
    """The text of the one dashboard of a template."""
    board = of("CloudWatch::Dashboard", DashboardBody=json.dumps({"widgets": widgets}))
    samples = {
        name: dashboards.Sample(low=low, high=high, every=every[0] if every else 0)
        for name, (low, high, *every) in (known or {}).items()
    }
    (text,) = dashboards.drawings(reading({"Board": board}), "shop", samples).values()
    return text


def words(text: str) -> list[str]:
    """What is written in a drawing, in order."""
    return re.findall(r">([^<>]+)<(?:BR|/B)", text)


def test_the_same_body_gives_the_same_picture() -> None:
    board = widget(title="CPU", metrics=[CPU])
    assert drawn(board) == drawn(board)
    assert drawn(board) != drawn(widget(title="CPU", metrics=[["AWS/RDS", "DBLoad", *CPU[2:]]]))


def test_a_graph_has_its_title_its_axis_its_lines_and_their_names() -> None:
    load = [".", "DBLoad", ".", ".", {"label": "load"}]
    found = words(drawn(widget(title="CPU", metrics=[CPU, load]), known={"CPUUtilization": (10, 80), "DBLoad": (1, 2)}))
    assert found == ["CPU", "0", "50", "100", "7 days ago", "now", "CPUUtilization", "load"]


def test_an_objective_is_a_dashed_line_with_its_value() -> None:
    line = {"horizontal": [{"label": "objective", "value": 600}]}
    text = drawn(widget(title="Age", metrics=[CPU], annotations=line))
    assert "objective 600" in words(text)
    assert text.count("-dashed") == 1
    assert "800" in words(text), "the axis reaches above it"


def test_stacked_lines_are_areas_that_reach_up_to_their_sum() -> None:
    two = [CPU, [".", "DBLoad", ".", "."]]
    known = {"CPUUtilization": (3.0, 3.0), "DBLoad": (4.0, 4.0)}
    plain, stacked = (drawn(widget(metrics=two, stacked=each), known=known) for each in (False, True))
    assert ("4" in words(plain), "8" in words(stacked)) == (False, True)
    assert stacked.count(" P ") - plain.count(" P ") == 2


def test_what_is_read_on_the_right_has_an_axis_of_its_own() -> None:
    grown = [{"expression": "DIFF(size)", "label": "grown", "yAxis": "right"}]
    hidden = [{"expression": "m1 * 2", "id": "size", "visible": False}]
    found = words(drawn(widget(metrics=[CPU, hidden, grown]), known={"grown": (0, 1), "CPUUtilization": (0, 50)}))
    assert "grown" in found and "size" not in found and "1.5" in found


def test_counters_of_insights_are_known_by_their_names() -> None:
    most = [{"expression": "DB_PERF_INSIGHTS('RDS', 'db-A', 'db.User.max_connections.avg')", "label": "most"}]
    assert "1 k" in words(drawn(widget(metrics=[most]), known={"db.User.max_connections.avg": (811, 811)}))


def test_what_happens_seldom_is_dots_as_far_apart_as_it_happens() -> None:
    board = widget(metrics=[CPU], start="-P3M")
    line, monthly, weekly = (drawn(board, known={"CPUUtilization": (1.0, 2.0, each)}) for each in (0.0, 30.0, 7.0))
    assert "3 months ago" in words(line)
    assert [each.count(" L ") - monthly.count(" L ") for each in (line, weekly)] == [1, 0]
    assert [each.count(" P ") - line.count(" P ") for each in (monthly, weekly)] == [3, 12]


def test_a_graph_of_its_own_time_says_so() -> None:
    assert "2 days ago" in words(drawn(widget(metrics=[CPU], start="-P2D")))
    assert "7 days ago" in words(drawn(widget(metrics=[CPU], start="-PT8H"))), "what is not understood is a week"


def test_many_alarms_stand_in_columns() -> None:
    few, many = (drawn(widget("alarm", alarms=[f"arn:alarm:{n}" for n in range(count)])) for count in (6, 7))
    lefts = [set(re.findall(r'pos="([\d.]+),', each)) for each in (few, many)]
    assert len(lefts[0]) < len(lefts[1])


def test_a_line_of_zeros_has_an_axis_too() -> None:
    assert "0.5" in words(drawn(widget(metrics=[CPU]), known={"CPUUtilization": (0, 0)}))


def test_single_values_are_numbers() -> None:
    board = widget(title="Days since", view="singleValue", metrics=[[*CPU, {"label": "drill"}]])
    assert words(drawn(board, known={"CPUUtilization": (19, 19)})) == ["Days since", "19", "drill"]


def test_alarms_are_listed_by_name_and_headings_are_words() -> None:
    arns = ["\u27e6Silent.Arn\u27e7", "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:tap-critical"]
    assert words(drawn(widget("alarm", title="Alarms", alarms=arns))) == [
        "Alarms",
        "Silent",
        "OK",
        "tap-critical",
        "OK",
    ]
    assert words(drawn(widget("text", markdown="## Healthy"))) == ["Healthy"]


def test_other_widgets_are_frames_with_their_titles() -> None:
    assert words(drawn(widget("log", title="Errors", query="fields @message"))) == ["Errors"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"widgets": [{"type": "metric"}]}', '{"widgets": []}'])
def test_what_only_cloudwatch_could_place_has_no_picture(body: str) -> None:
    board = of("CloudWatch::Dashboard", DashboardBody=body)
    assert dashboards.drawings(reading({"Board": board}), "shop", {}) == {}


@pytest.mark.parametrize(
    ("value", "text"), [(0.02, "0.02"), (3.1, "3.1"), (600, "600"), (1500, "1.5 k"), (2.5e6, "2.5 M"), (1e9, "1 G")]
)
def test_numbers_are_shortened(value: float, text: str) -> None:
    assert dashboards.amount(value) == text


def test_every_metric_of_our_dashboards_has_a_sample_and_every_sample_a_metric() -> None:
    body = json.loads(rendered("rds-operations").only("CloudWatch::Dashboard")["DashboardBody"])
    shown = {
        series.name
        for each in body["widgets"]
        if "metrics" in each["properties"]
        for series in dashboards._series(each["properties"], {})
    }
    assert shown == set(dashboards.samples(REPOSITORY))


def test_without_samples_lines_are_drawn_all_the_same(tmp_path: Path) -> None:
    assert dashboards.samples(tmp_path) == {}
    assert words(drawn(widget(metrics=[CPU])))


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_what_stands_on_a_canvas_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("builder.docs.drawing._icons", lambda: tmp_path)
    canvas = Canvas(200, 100)
    canvas.box(10, 20, 30, 40, "#ffffff", "#000000")
    canvas.line([(0, 0), (200, 100)], "#ff0000")
    canvas.text(50, 50, "R & D", to_the_left=True)
    svg = draw(canvas.dot()).svg.decode()
    assert 'viewBox="0.00 0.00 200.00 100.00"' in svg
    assert 'points="10,-80 40,-80 40,-40 10,-40 10,-80"' in svg
    assert "R &amp; D" in svg
