"""A template as the reference reads it: evaluated for one environment, with every mention of a resource still visible.

What only a deployed resource has stands as a mark, so that a value tells both what it is and where it comes from:
`⟦Database⟧` for Ref, `⟦Database.Endpoint.Port⟧` for Fn::GetAtt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from builder.evaluate import Evaluation, EvaluationError, Parameters, Place, parameter_values
from builder.schemas import schema

ZONES = ("a", "b", "c")
_IDENTIFIES = re.compile(r"(Arn|Id|Identifier)$")
_MARK = re.compile(r"⟦([^⟧.]+)(?:\.([^⟧]+))?⟧")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource that is created; `properties` are evaluated, with marks."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """A template with one environment's values, in one Region."""

    template: Mapping[str, Any]
    region: str
    values: Mapping[str, str | list[str]]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Mapping[str, Any]]

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """The live resources of these types, in template order."""
        return tuple(each for each in self.resources.values() if each.type in types)

    def mentioned(self, node: object) -> tuple[str, ...]:
        """The logical IDs of the live resources that a value of this reading comes from, each once."""
        names = (match[1] for text in texts(node) for match in _MARK.finditer(text))
        return tuple(dict.fromkeys(name for name in names if name in self.resources))

    def given(self, node: object) -> tuple[str, ...]:
        """The parameters that say which resource of others a value means, each once.

        They are those without a default whose name says that they identify something.
        """
        found = [text for text in texts(node) if text]
        return tuple(
            name
            for name, value in self._identifying.items()
            if any(re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text) for text in found)
        )

    @cached_property
    def _identifying(self) -> Mapping[str, str]:
        declared = self.template.get("Parameters", {})
        return {
            name: value
            for name, value in self.values.items()
            if isinstance(value, str) and _IDENTIFIES.search(name) and "Default" not in declared[name]
        }

    def parameter_of(self, value: object) -> str | None:
        """The parameter that gave a literal value, where exactly one did."""
        names = [name for name, given in self.values.items() if value and given in (value, [value])]
        return names[0] if len(names) == 1 else None


def read(template: Mapping[str, Any], given: Mapping[str, str], region: str) -> Reading:
    """Evaluates a template with the values given; a required parameter that is not given stands as its own name.

    A resource that cannot be evaluated is read as it is written. Raises EvaluationError for a template whose
    structure or conditions are wrong.
    """
    found: Parameters = parameter_values(template, given, file="parameters")
    values = dict(found.values)
    for name, declared in template.get("Parameters", {}).items():
        if name not in values:
            values[name] = [name] if "List" in declared["Type"] else name
    marks = _Marks(region)
    place = Place(region=region, stack_name="stack", zones=tuple(region + zone for zone in ZONES))
    evaluation = marks.evaluation = Evaluation(template, values, place, marks)
    resources = {name: _resource(evaluation, name) for name in evaluation.live()}
    try:
        outputs = evaluation.outputs()
    except EvaluationError:
        outputs = {name: marked(output) for name, output in template.get("Outputs", {}).items()}
    return Reading(template=template, region=region, values=values, resources=resources, outputs=outputs)


def plain(value: object) -> str:
    """A value for people: marks without their brackets."""
    return _MARK.sub(lambda match: f"{match[1]}.{match[2]}" if match[2] else match[1], str(value))


def texts(node: object) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, child in node.items():
            yield str(key)
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)


def marked(node: Any) -> Any:
    """A node as it is written, with a mark in place of each Ref, Fn::GetAtt and Fn::Sub of a resource."""
    if isinstance(node, list):
        return [marked(child) for child in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        ((key, argument),) = node.items()
        if key == "Ref":
            return f"⟦{argument}⟧"
        if key == "Fn::GetAtt":
            return f"⟦{'.'.join(argument) if isinstance(argument, list) else argument}⟧"
        if key == "Fn::Sub":
            text = argument[0] if isinstance(argument, list) else argument
            return re.sub(r"\$\{([^}!]+)\}", r"⟦\1⟧", str(text))
    return {key: marked(child) for key, child in node.items()}


class _Marks:
    """Answers what only AWS knows by marks, and an attribute that is an input property by that property."""

    evaluation: Evaluation

    def __init__(self, region: str) -> None:
        self._region = region

    def ref(self, logical_id: str) -> object:
        return f"⟦{logical_id}⟧"

    def get_att(self, logical_id: str, attribute: str) -> object:
        declared = self.evaluation.declared(logical_id)
        given = declared.get("Properties", {}).get(attribute)
        if given is not None:
            return self.evaluation.value(given, f"Resources.{logical_id}.Properties.{attribute}")
        mark = f"⟦{logical_id}.{attribute}⟧"
        of = schema(declared["Type"], self._region)
        shape = of.shape(tuple(attribute.split("."))) if of else None
        return [mark] if shape and shape.get("type") == "array" else mark


def _resource(evaluation: Evaluation, logical_id: str) -> Resource:
    declared = evaluation.declared(logical_id)
    try:
        read = evaluation.resource(logical_id)
    except EvaluationError:
        read = marked(declared)
    return Resource(
        logical_id=logical_id,
        type=declared["Type"],
        properties=read.get("Properties", {}),
        attributes={key: value for key, value in read.items() if key not in ("Type", "Properties")},
    )
