"""What a node of a template reads: the names that it refers to, through the conditions that decide it too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9]+)\}")


def names_read(node: Any, conditions: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """Every name that a node refers to. `conditions` are those of its template; `seen` are those followed already."""
    found: set[str] = set()
    if isinstance(node, dict):
        for key, child in node.items():
            if key == "Ref" and isinstance(child, str):
                found.add(child)
            elif key == "Fn::Sub":
                text = child[0] if isinstance(child, list) and child else child
                found |= set(_VARIABLE.findall(str(text)))
            elif key in ("Fn::If", "Condition"):
                condition = child[0] if isinstance(child, list) and child else child
                if isinstance(condition, str) and condition not in seen:
                    found |= names_read(conditions.get(condition), conditions, seen | {condition})
            found |= names_read(child, conditions, seen)
    elif isinstance(node, list):
        for child in node:
            found |= names_read(child, conditions, seen)
    return found
