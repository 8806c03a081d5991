"""Metric math that gets its units wrong: bytes against the gibibytes of AllocatedStorage."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from builder.checks import lookup
from builder.checks.check import Check, Finding, at, dig, entries, number
from builder.render import Rendered

_GIB = 2**30
# Metrics of an instance's own storage that RDS publishes in bytes.
_BYTES = ("FreeStorageSpace", "ReplicationSlotDiskUsage", "TransactionLogsDiskUsage")
_WHOLE = (1, 100)  # a share of all, or per cent
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def wrong_unit(rendered: Rendered) -> Iterator[Finding]:
    """A share of storage whose value for the whole storage is neither 1 nor 100, but a power of 1024 away from it.

    Only where the expression holds the instance's AllocatedStorage as a number: what it divides by is then known.
    """
    for alarm, properties in rendered.of_type("AWS::CloudWatch::Alarm"):
        queries = list(entries(properties.get("Metrics")))
        storage = {str(query.get("Id")): _storage(rendered, query) for _, query in queries}
        for index, query in queries:
            share = _of_the_whole(query.get("Expression"), storage)
            steps = [round(math.log(share / whole, 1024), 6) for whole in _WHOLE] if share and share > 0 else []
            amiss = next((step for step in steps if step and step.is_integer()), None)
            if amiss is not None and not any(step == 0 for step in steps):
                what = f"is {share:g} when all storage is meant: {abs(amiss):g} times 1024 amiss"
                fix = f"the metric is in bytes and AllocatedStorage in GiB: multiply that by {_GIB}"
                yield Finding(path=at(alarm, "Metrics", index, "Expression"), what=what, fix=fix)


def _storage(rendered: Rendered, query: Mapping[str, Any]) -> float | None:
    """The AllocatedStorage, in GiB, of the instance whose bytes a metric counts."""
    metric = dig(query, "MetricStat", "Metric")
    if dig(metric, "Namespace") != "AWS/RDS" or dig(metric, "MetricName") not in _BYTES:
        return None
    identifier = next((each.get("Value") for _, each in entries(dig(metric, "Dimensions"))), None)
    database = lookup.database(rendered, identifier)
    return number(rendered.resources[database]["Properties"].get("AllocatedStorage")) if database else None


def _of_the_whole(expression: Any, storage: Mapping[str, float | None]) -> float | None:
    """What an expression gives when its one metric is as large as the storage that it names; None where unknown."""
    try:
        tree = ast.parse(str(expression), mode="eval").body
    except (SyntaxError, ValueError):
        return None
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    numbers = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    gibibytes = storage.get(next(iter(names))) if len(names) == 1 else None
    # A power of 1024 could as well be the unit.
    if gibibytes is None or gibibytes not in numbers or math.log(gibibytes, 1024).is_integer():
        return None
    try:
        return _value(tree, gibibytes * _GIB)
    except (ArithmeticError, TypeError):
        return None


def _value(node: ast.expr, metric: float) -> float:
    """The value of an expression of arithmetic; TypeError for any other."""
    if isinstance(node, ast.Name):
        return metric
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left, metric), _value(node.right, metric))
    raise TypeError(type(node).__name__)


CHECKS = (
    Check(
        id="W9169",
        reason="a share of storage is counted in the units of its metric",
        source="RDS user guide, rds-metrics: units; CloudFormation, AWS::RDS::DBInstance: AllocatedStorage",
        find=wrong_unit,
    ),
)
