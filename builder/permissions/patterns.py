"""What a value of a template may become, whatever its parameters are: texts in which `*` stands for what is not known.

Pseudo-parameters that an ARN holds anyway stay as `${AWS::...}`, for the `Fn::Sub` of whoever composes a role of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

from builder.evaluate.nodes import as_list, scalar_text

ANYTHING = "*"
KEPT = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region"})

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_STARS = re.compile(r"\*{2,}")

# Gives the patterns of what `Ref` of a resource or of another pseudo-parameter is.
References = Callable[[str], frozenset[str]]


def patterns(node: Any, reference: References) -> frozenset[str]:
    """Every pattern that a node of a template may become; none for no value at all."""
    return frozenset(_STARS.sub(ANYTHING, text) for text in _patterns(node, reference))


def _patterns(node: Any, reference: References) -> frozenset[str]:
    if isinstance(node, list):
        return frozenset().union(*(_patterns(each, reference) for each in node))
    if not isinstance(node, Mapping):
        text = scalar_text(node)
        return frozenset() if text is None else frozenset({text})
    match [*node.items()]:
        case [("Ref", str() as name)]:
            return _of_name(name, reference)
        case [("Fn::If", [_, yes, no])]:
            return _patterns(yes, reference) | _patterns(no, reference)
        case [("Fn::Sub", str() as text)]:
            return _substituted(text, {}, reference)
        case [("Fn::Sub", [str() as text, Mapping() as values])]:
            return _substituted(text, values, reference)
        case [("Fn::Join", [str() as between, list() as parts])]:
            return _joined(between, (_patterns(part, reference) for part in parts))
    return frozenset({ANYTHING})


def _of_name(name: str, reference: References) -> frozenset[str]:
    if name == "AWS::NoValue":
        return frozenset()
    return frozenset({f"${{{name}}}"}) if name in KEPT else reference(name)


def _substituted(text: str, values: Mapping[str, Any], reference: References) -> frozenset[str]:
    parts = _VARIABLE.split(text)
    found: list[Iterable[str]] = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            found.append([part])
        elif part.startswith("!"):
            found.append([f"${{{part[1:]}}}"])
        elif part in values:
            found.append(_patterns(values[part], reference))
        else:
            found.append(_of_name(part, reference) if "." not in part else [ANYTHING])
    return frozenset("".join(combination) for combination in product(*found))


def _joined(between: str, parts: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset(between.join(combination) for combination in product(*(part for part in parts if part)))


def properties_named(node: Any, wanted: Callable[[str], bool]) -> Iterable[tuple[str, Any]]:
    """Name and value of every property of a node, at any depth, whose name is wanted."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            if wanted(str(name)):
                yield str(name), value
            yield from properties_named(value, wanted)
    elif isinstance(node, list):
        for each in as_list(node):
            yield from properties_named(each, wanted)
