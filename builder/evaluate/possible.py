"""Whether a condition can hold somewhere at all, whatever the parameters: what the pseudo-parameters alone decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.evaluate.place import Place


def can_hold(template: Mapping[str, Any], condition: str, region: str) -> bool:
    """Whether a condition of a template may be true in a Region; false only where no parameter could make it so."""
    known = Place(region=region, stack_name="any").pseudo_parameters()
    somewhere = {name: known[name] for name in ("AWS::Partition", "AWS::Region", "AWS::URLSuffix")}
    return _truth({"Condition": condition}, template.get("Conditions", {}), somewhere) is not False


def _truth(node: Any, conditions: Mapping[str, Any], known: Mapping[str, Any]) -> bool | None:
    """True, false, or None for what parameters decide, as Kleene combines them."""
    if not isinstance(node, dict) or len(node) != 1:
        return None
    ((name, argument),) = node.items()
    if name == "Condition":
        return _truth(conditions.get(argument), conditions, known)
    if not isinstance(argument, list):
        return None
    if name == "Fn::Equals":
        texts = [_text(each, known) for each in argument]
        return None if None in texts else len(set(texts)) == 1
    operands = [_truth(each, conditions, known) for each in argument]
    if name == "Fn::Not":
        return None if operands == [None] else operands == [False]
    if name in ("Fn::And", "Fn::Or"):
        decisive = name == "Fn::Or"
        return decisive if decisive in operands else None if None in operands else not decisive
    return None


def _text(node: Any, known: Mapping[str, Any]) -> str | None:
    if isinstance(node, dict):
        return known.get(node.get("Ref", ""))
    return node if isinstance(node, str) else None
