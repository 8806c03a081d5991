"""What each resource takes from other resources, property by property, in the branches that are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from builder.evaluate import Evaluation
from builder.render import Rendered


@dataclass(frozen=True)
class Use:
    """A Ref of a resource, or an Fn::GetAtt of one of its attributes."""

    logical_id: str
    attribute: str | None


@dataclass(frozen=True, kw_only=True)
class Uses:
    """What is taken from resources: by each property of each resource, by each parameter of each nested stack, by each
    output.
    """

    properties: Mapping[str, Mapping[str, tuple[Use, ...]]]
    parameters: Mapping[str, Mapping[str, tuple[Use, ...]]]
    outputs: Mapping[str, tuple[Use, ...]]


AttributeNode: TypeAlias = dict[str, list[str]]


class _Recorder:
    """Answers as the rendering did, and writes down what was asked."""

    def __init__(self, rendered: Rendered) -> None:
        self._rendered = rendered
        self.asked: dict[Use, None] = {}

    def ref(self, logical_id: str) -> object:
        self.asked[Use(logical_id, None)] = None
        return self._rendered.evaluation.value({"Ref": logical_id}, logical_id)

    def get_att(self, logical_id: str, attribute: str) -> object:
        self.asked[Use(logical_id, attribute)] = None
        node: AttributeNode = {"Fn::GetAtt": [logical_id, attribute]}
        return self._rendered.evaluation.value(node, logical_id)


def uses_of(rendered: Rendered) -> Uses:
    """What the live resources and outputs of a rendered template take from its resources."""
    recorder = _Recorder(rendered)
    evaluation = Evaluation(rendered.template, rendered.parameters, rendered.place, recorder)

    def taken(node: object, path: str) -> tuple[Use, ...]:
        recorder.asked = {}
        evaluation.value([node], path)  # in a list, so that it may be AWS::NoValue
        return tuple(recorder.asked)

    properties: dict[str, dict[str, tuple[Use, ...]]] = {}
    parameters: dict[str, dict[str, tuple[Use, ...]]] = {}
    for logical_id in rendered.resources:
        node = evaluation.declared(logical_id).get("Properties", {})
        where = f"Resources.{logical_id}.Properties"
        properties[logical_id] = {name: found for name in node if (found := taken(node[name], f"{where}.{name}"))}
        given = node.get("Parameters")
        if logical_id in rendered.nested and isinstance(given, dict):
            parameters[logical_id] = {
                name: found for name in given if (found := taken(given[name], f"{where}.Parameters.{name}"))
            }
    outputs = {
        name: taken(output["Value"], f"Outputs.{name}")
        for name, output in rendered.template.get("Outputs", {}).items()
        if name in rendered.outputs
    }
    return Uses(properties=properties, parameters=parameters, outputs=outputs)
