"""What the evaluator's tests share: a place, resources that answer, and short ways to evaluate one node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from builder.evaluate import Evaluation, EvaluationError, Place, parameter_values

PLACE = Place(
    region="us-east-1",
    stack_name="shop",
    stack_id="arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1",
    notification_arns=("arn:aws:sns:us-east-1:123456789012:events",),
    zones=("us-east-1a", "us-east-1b", "us-east-1c"),
    exports={"shared-vpc": "vpc-shared"},
)
EXTENDED = {"Transform": "AWS::LanguageExtensions"}
QUEUE = {"Type": "AWS::SQS::Queue"}


class Made:
    """Resources that exist: Ref gives `<name>-id`, GetAtt `<name>.<attribute>`, but for the attributes listed."""

    def __init__(self, **attributes: object) -> None:
        self._attributes = attributes

    def ref(self, logical_id: str) -> object:
        return f"{logical_id}-id"

    def get_att(self, logical_id: str, attribute: str) -> object:
        if attribute == "Nothing":
            raise LookupError("there is no such attribute")
        return self._attributes.get(attribute, f"{logical_id}.{attribute}")


def evaluation(
    template: Mapping[str, Any],
    *,
    place: Place = PLACE,
    made: Made | None = None,
    asked: Callable[[str, str, str], str] | None = None,
) -> Evaluation:
    """A template with the defaults of its parameters, which must be acceptable."""
    parameters = parameter_values(template, {}, file="test")
    assert parameters.problems == ()
    return Evaluation(template, parameters.values, place, made or Made(), resolve_parameter_attribute=asked)


def value(node: object, template: Mapping[str, Any] | None = None) -> object:
    """A node evaluated as a property of a resource."""
    return evaluation(template or {}).value(node, "P")


def refusal(node: object, template: Mapping[str, Any] | None = None) -> str:
    """What the error about a node says, its path in front."""
    with pytest.raises(EvaluationError) as caught:
        value(node, template)
    return str(caught.value)


def condition(node: object, template: Mapping[str, Any] | None = None) -> bool:
    """Whether a condition of this node holds."""
    return evaluation({**(template or {}), "Conditions": {"C": node}}).condition("C")


def bad(template: Mapping[str, Any]) -> str:
    """What the first error about a template says, wherever it shows: at once, or when all of it is evaluated."""
    try:
        errors = evaluation(template).errors()
    except EvaluationError as error:
        return str(error)
    return str(errors[0])
