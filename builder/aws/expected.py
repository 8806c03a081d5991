"""What a template will give its stack, as far as parameters tell: nested stacks, exports, tags that all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder import schemas
from builder.capabilities import nested
from builder.evaluate import Evaluation, EvaluationError, Place, parameter_values


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stack before it is made, or one that it will nest: `key` is the path of logical IDs, "" for the stack itself.

    `given` are the parameters passed to it, `exports` the names under which it will export something. The evaluation
    does not know the values of outputs.
    """

    key: str
    template: Mapping[str, Any]
    given: Mapping[str, str]
    evaluation: Evaluation
    exports: frozenset[str]


def unfold(
    name: str,
    templates: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, str],
    place: Place,
    *,
    previous: Mapping[str, str] | None = None,
    key: str = "",
) -> Iterator[Part]:
    """A stack, then every stack that it will nest whose parameters can be told beforehand.

    `templates` holds all of them by stack name; `previous` are the values that parameters not given keep. Raises
    EvaluationError.
    """
    template = templates[name]
    values = parameter_values(template, given, file=name, previous=previous).values
    evaluation = Evaluation({**template, "Outputs": _without_values(template)}, values, place)
    outputs = evaluation.outputs().values()
    exports = frozenset(output["Export"]["Name"] for output in outputs if "Export" in output)
    yield Part(key=key, template=template, given=given, evaluation=evaluation, exports=exports)
    live = evaluation.live()
    for logical_id, child in nested(template):
        if logical_id in live:
            passed = _passed(evaluation, logical_id)
            if passed is not None:
                there = replace(place, stack_name=f"{place.stack_name}-{logical_id}", stack_id="")
                yield from unfold(child, templates, passed, there, key=f"{key}.{logical_id}".lstrip("."))


def shared_tags(evaluation: Evaluation, region: str) -> dict[str, str]:
    """The tags that all tagged resources have alike; none if none is tagged. A tag that names a resource is not shared.

    Given to the stack, they reach what the template itself leaves untagged.
    """
    found = [tags for logical_id in evaluation.live() if (tags := _tags(evaluation, logical_id, region))]
    return dict(sorted(set.intersection(*map(set, found)))) if found else {}


def _without_values(template: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs of a template, those of loops as they stand, with nothing in them that only AWS can tell."""
    outputs = template.get("Outputs", {})
    return {key: {**output, "Value": ""} if isinstance(output, dict) else output for key, output in outputs.items()}


def _passed(evaluation: Evaluation, logical_id: str) -> dict[str, str] | None:
    """The parameters that a nested stack will be given; None if one of them is known only at AWS."""
    node = evaluation.declared(logical_id)["Properties"].get("Parameters", {})
    try:
        values = evaluation.value(node, f"Resources.{logical_id}.Properties.Parameters")
    except EvaluationError:
        return None
    assert isinstance(values, dict)
    return {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in values.items()}


def _tags(evaluation: Evaluation, logical_id: str, region: str) -> list[tuple[str, str]]:
    """The tags of a resource that can be told beforehand."""
    resource = evaluation.declared(logical_id)
    schema = schemas.schema(resource["Type"], region)
    if schema is None or not schema.tagging.taggable:
        return []
    node = resource.get("Properties", {}).get(schema.tagging.property, [])
    path = f"Resources.{logical_id}.Properties.{schema.tagging.property}"
    found: list[tuple[str, str]] = []
    for entry in node if isinstance(node, list) else [node]:
        try:
            found += _pairs(evaluation.value([entry], path))
        except EvaluationError:
            continue  # names a resource
    return found


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Keys and values of tags, which some types list and others map."""
    if isinstance(value, list):
        for item in value:
            yield from _pairs(item)
    elif "Key" in value:
        yield str(value["Key"]), str(value["Value"])
    else:
        yield from ((str(key), str(text)) for key, text in value.items())
