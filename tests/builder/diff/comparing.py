"""What the tests of the diff share: short ways to compare two templates."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from builder.diff.model import Diff, PropertyChange, ResourceChange
from builder.diff.result import diff
from builder.diff.sides import Given, side, valued
from builder.diff.sources import Source
from builder.evaluate import Place

PLACE = Place(region="us-east-1", stack_name="orders")


def source(template: Mapping[str, Any], nested: Mapping[str, Mapping[str, Any]] | None = None) -> Source:
    """A template, with the templates beside it by file name."""
    return Source(label="test", stack="orders", template=template, local_templates=lambda url: (nested or {}).get(url))


def compared(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    given: Mapping[str, str] | None = None,
    changed: Mapping[str, str] | None = None,
    nested: Mapping[str, Mapping[str, Any]] | None = None,
    nested_new: Mapping[str, Mapping[str, Any]] | None = None,
) -> Diff:
    """The diff of two templates: `given` are OLD's parameters, `changed` those that NEW is given."""
    was = valued(source(old, nested), Given(values=given or {}, file="test"))
    beside = nested if nested_new is None else nested_new
    will = valued(source(new, beside), Given(values=changed or {}, file="test"), previous=was.texts)
    return diff(side(was, PLACE, judged=False), side(will, PLACE, judged=True), (was, will))


def resources(**named: Mapping[str, Any]) -> dict[str, Any]:
    """A template of nothing but resources."""
    return {"Resources": named}


def altered(template: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A template whose places below Resources, e.g. `Database.Properties.Port`, have other values; None removes one."""
    result: dict[str, Any] = copy.deepcopy(dict(template))
    for path, value in changes.items():
        node: Any = result["Resources"]
        *above, last = path.split(".")
        for step in above:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        if isinstance(node, list):
            node[int(last) :] = [value]
        elif value is None:
            del node[last]
        else:
            node[last] = value
    return result


def change(found: Diff, logical_id: str) -> ResourceChange:
    """The change of one resource."""
    (one,) = (each for each in found.resources if each.logical_id == logical_id)
    return one


def property_change(found: Diff, logical_id: str, path: str) -> PropertyChange:
    """The change of one property of one resource."""
    (one,) = (each for each in change(found, logical_id).properties if each.path == path)
    return one


def verdicts(found: Diff) -> dict[str, str]:
    """Logical ID -> verdict of everything that changes."""
    return {each.logical_id: each.verdict.value for each in found.resources}
