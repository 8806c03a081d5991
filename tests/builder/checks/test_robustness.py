"""A check never stumbles over a template, whatever stands in it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.checks.judge import judge
from builder.evaluate import Place, parameter_values, parse_template
from tests.builder.checks.checking import read

NAMES = ("access", "alerts", "backup", "buckets", "database", "names", "network")
TEMPLATES = [parse_template(read(name), f"{name}.yaml") for name in NAMES]
JUNK: list[Any] = [
    None, "", "x", "*", 0, 1.5, True, [], {}, [[]], [{}], ["x"], [None], {"a": "b"}, {"Ref": "AWS::NoValue"},
    {"Service": ["x", 1]}, {"Statement": "x"}, {"Fn::GetAtt": ["Nobody", "Arn"]},
]  # fmt: skip


def spots(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path below a node."""
    children: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield (*path, name)
        yield from spots(child, (*path, name))


SPOTS = [
    (index, path)
    for index, template in enumerate(TEMPLATES)
    for path in spots(template["Resources"], ("Resources",))
    if len(path) > 3
]


@settings(max_examples=300)
@given(st.sampled_from(SPOTS), st.sampled_from(JUNK))
def test_anything_anywhere_in_a_template_is_judged_or_left_alone(spot: tuple[int, tuple[Any, ...]], junk: Any) -> None:
    index, path = spot
    template: Any = copy.deepcopy(TEMPLATES[index])
    node = template
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = copy.deepcopy(junk)
    values = parameter_values(template, {}, file="t").values
    for verdict in judge(template, values, Place(region="eu-west-1", stack_name="shop"), file="t"):
        assert verdict.finding.what
