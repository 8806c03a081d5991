"""The parameters of a template as a reader meets them: grouped as on the console, required ones first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder import memory, schemas
from builder.docs.effects import effects
from builder.docs.markdown import code, prose
from builder.docs.source import Source
from builder.evaluate import Place
from builder.evaluate.declarations import Declaration, declare
from builder.render.sources import beside

_INTERFACE = "AWS::CloudFormation::Interface"
_NO_GROUP = "Other parameters"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One parameter: cells in Markdown."""

    name: str
    required: bool
    about: str
    default: str
    allowed: str
    values: str
    effect: str


def groups(source: Source) -> Iterator[tuple[str, Sequence[Row]]]:
    """The groups of the console's form, in its order, then what is in none; without empty ones."""
    interface = source.template.get("Metadata", {}).get(_INTERFACE, {})
    labels = interface.get("ParameterLabels", {})
    rows = {row.name: row for row in _rows(source, labels)}
    left = dict(rows)
    for group in interface.get("ParameterGroups", []):
        members = [left.pop(name) for name in group.get("Parameters", []) if name in left]
        if members:
            yield group.get("Label", {}).get("default", _NO_GROUP), sorted(members, key=lambda row: not row.required)
    if left:
        yield _NO_GROUP, sorted(left.values(), key=lambda row: not row.required)


def _rows(source: Source, labels: Mapping[str, Any]) -> Iterator[Row]:
    declared = source.template.get("Parameters", {})
    reading = source.reading
    others: dict[str, list[str]] = {}
    for environment in source.environments:
        for name, text in environment.given.items():
            others.setdefault(name, []).append(text)
    facts = [source.template, [child.template for child in source.children.values()], reading.values, others]
    found = memory.recalled(
        source.cache,
        [*facts, source.region, memory.code(), schemas.version()],
        lambda: effects(
            source.written,
            reading.values,
            others,
            Place(region=source.region, stack_name=source.name),
            beside(source.path.parent),
        ),
    )
    for name, node in declared.items():
        declaration = declare(name, node)
        label = labels.get(name, {}).get("default", "")
        yield Row(
            name=name,
            required=declaration.default is None,
            about=" ".join(filter(None, [f"*{prose(label)}*." if label else "", prose(node.get("Description", ""))])),
            default="**required**" if declaration.default is None else code(declaration.default) or "empty",
            allowed=_allowed(declaration, node),
            values=_values(source, declaration),
            effect=found.get(name, ""),
        )


def _allowed(declaration: Declaration, node: Mapping[str, Any]) -> str:
    if declaration.allowed_values:
        return ", ".join(map(code, declaration.allowed_values))
    least, most = declaration.range
    if least is not None or most is not None:
        return _between(*(bound if bound is None else f"{bound:,}" for bound in (least, most)))
    said = str(node.get("ConstraintDescription", "")).removeprefix("must be ")
    kind = "" if node["Type"] == "String" else code(node["Type"])
    pattern = f"text like {code(node['AllowedPattern'])}" if "AllowedPattern" in node else ""
    lengths = (node.get("MinLength"), node.get("MaxLength"))
    long = f"{_between(*lengths)} characters" if any(each is not None for each in lengths) else ""
    return prose(said) or ", ".join(filter(None, (kind, pattern, long))) or "any text"


def _between(least: object, most: object) -> str:
    return f"{'' if least is None else least} to {'' if most is None else most}".strip()


def _values(source: Source, declaration: Declaration) -> str:
    """What the environments give, where they do; environments of one value together."""
    if declaration.no_echo:
        return "secret"
    given: dict[str, list[str]] = {}
    for environment in source.environments:
        if declaration.name in environment.given:
            given.setdefault(environment.given[declaration.name], []).append(environment.name)
    if len(given) == 1 and len(next(iter(given.values()))) == len(source.environments):
        value = next(iter(given))
        return "default" if value == declaration.default else f"all {code(value) or 'empty'}"
    return "<br>".join(f"{', '.join(names)}: {code(value) or 'empty'}" for value, names in given.items())
