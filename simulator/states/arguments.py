"""Arguments of a call before it is made: whatever is written out is checked, whatever is computed is taken as right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from builder.sdk_names import Action, Mismatch, member_name
from simulator.states.expressions import expression

if TYPE_CHECKING:
    from botocore.model import Shape


def misfits(called: Action, arguments: Any) -> tuple[str, ...]:
    """What AWS would refuse about a task's Arguments whatever its expressions give."""
    shape = called.operation.input_shape
    if called.optimized and isinstance(arguments, Mapping) and "Payload" in arguments:
        arguments = {**arguments, "Payload": ""}
    try:
        called.request(_filled(arguments, shape) if shape else arguments)
    except Mismatch as error:
        return error.problems
    return ()


def _filled(value: Any, shape: Shape) -> Any:
    """The value with every expression replaced by something that fits."""
    if expression(value) is not None:
        return _sample(shape)
    if isinstance(value, Mapping) and shape.type_name == "structure":
        members = {member_name(name): each for name, each in shape.members.items()}  # type: ignore[attr-defined]
        return {key: _filled(each, members[key]) if key in members else each for key, each in value.items()}
    if isinstance(value, Mapping) and shape.type_name == "map":
        return {key: _filled(each, shape.value) for key, each in value.items()}  # type: ignore[attr-defined]
    if isinstance(value, list) and shape.type_name == "list":
        return [_filled(each, shape.member) for each in value]  # type: ignore[attr-defined]
    return value


def _sample(shape: Shape) -> Any:
    kind = shape.type_name
    least = int(shape.metadata.get("min", 0))
    if kind == "structure":
        members = shape.members  # type: ignore[attr-defined]
        return {member_name(name): _sample(members[name]) for name in shape.metadata.get("required", ())}
    if kind == "list":
        return [_sample(shape.member)] * least  # type: ignore[attr-defined]
    if kind == "string":
        return shape.metadata.get("enum", ["x" * least])[0]
    samples = {"timestamp": "2030-01-01T00:00:00Z", "boolean": True, "map": {}, "blob": ""}
    return samples.get(kind, least)
