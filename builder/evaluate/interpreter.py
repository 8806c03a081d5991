"""The core of the evaluator: walks a node of a template and resolves every function in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias, cast

from builder.evaluate.errors import EvaluationError
from builder.evaluate.nodes import NO_VALUE, SCALARS, is_from_ssm, is_function_name, kind, scalar_text
from builder.evaluate.place import Attributes, Place
from builder.evaluate.structure import Sections

Function: TypeAlias = Callable[["Interpreter", Any, str, "Scope"], object]
Predicate: TypeAlias = Callable[["Interpreter", Any, str, "Scope"], bool]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scope:
    """What AWS allows in one kind of place: which functions, which predicates, and whether resources can be named."""

    where: str
    functions: Mapping[str, Function]
    predicates: Mapping[str, Predicate]
    run_time: bool


@cache
def off_line(scope: Scope, where: str) -> Scope:
    """The same scope for a part of it that is needed before resources exist."""
    return replace(scope, where=where, run_time=False)


class Interpreter:
    """One template with its parameter values in one place. Conditions are evaluated once.

    `conditions` and `resources` are those of the template until its loops are written out, when they are replaced.
    """

    def __init__(
        self,
        *,
        sections: Sections,
        values: Mapping[str, str | list[str]],
        place: Place,
        attributes: Attributes | None,
        condition_scope: Scope,
        parameter_attribute: Callable[[str, str, str], str] | None,
    ) -> None:
        self.parameters = sections.parameters
        self.mappings = sections.mappings
        self.conditions = sections.conditions
        self.resources = sections.resources
        self.extended = sections.extended
        self.place = place
        self.attributes = attributes
        self.parameter_attribute = parameter_attribute
        self._known = {name: value for name, value in values.items() if name in sections.parameters}
        self._known |= place.pseudo_parameters()
        self._condition_scope = condition_scope
        self._truth: dict[str, bool] = {}
        self._deciding: list[str] = []

    def value(self, node: Any, path: str, scope: Scope) -> object:
        """A node with every function in it resolved, AWS::NoValue removed from what holds it.

        NO_VALUE itself when the node is nothing else.
        """
        try:
            return self._value(node, path, scope)
        except RecursionError:
            raise EvaluationError(path, "is nested too deeply") from None

    def _value(self, node: Any, path: str, scope: Scope) -> object:
        if isinstance(node, SCALARS):
            return node
        if isinstance(node, dict):
            if len(node) == 1:
                ((key, argument),) = node.items()
                if is_function_name(key):
                    return self._call(key, argument, path, scope)
            result = {}
            for key, child in node.items():
                if isinstance(key, str) and key.startswith("Fn::"):
                    raise EvaluationError(path, f"{key} must be the only key of its object")
                # Most of what there is: without a call, and without a path that only an error would tell.
                value = child if isinstance(child, SCALARS) else self._value(child, f"{path}.{key}", scope)
                if value is not NO_VALUE:
                    result[key] = value
            return result
        if isinstance(node, list):
            values = [
                child if isinstance(child, SCALARS) else self._value(child, f"{path}[{index}]", scope)
                for index, child in enumerate(node)
            ]
            return [value for value in values if value is not NO_VALUE]
        raise EvaluationError(path, f"{kind(node)} is not allowed in a template")

    def _call(self, name: str, argument: Any, path: str, scope: Scope) -> object:
        function = scope.functions.get(name)
        if function is None:
            raise EvaluationError(path, f"{name} is not allowed in {scope.where}")
        return function(self, argument, f"{path}.{name}", scope)

    def text(self, node: Any, path: str, scope: Scope) -> str:
        """A node that must give a scalar, as text."""
        value = self.value(node, path, scope)
        text = scalar_text(value)
        if text is None:
            raise EvaluationError(path, f"must be a string, but is {kind(value)}")
        return text

    def items(self, node: Any, path: str, scope: Scope) -> list[object]:
        """A node that must give a list."""
        value = self.value(node, path, scope)
        if not isinstance(value, list):
            raise EvaluationError(path, f"must be a list, but is {kind(value)}")
        return value

    def texts(self, node: Any, path: str, scope: Scope) -> list[str]:
        """A node that must give a list of scalars, as texts."""
        texts = []
        for index, item in enumerate(self.items(node, path, scope)):
            text = scalar_text(item)
            if text is None:
                raise EvaluationError(f"{path}[{index}]", f"must be a string, but is {kind(item)}")
            texts.append(text)
        return texts

    def truth(self, node: Any, path: str, scope: Scope) -> bool:
        """A node that must be a predicate, e.g. Fn::Equals, as true or false."""
        if not isinstance(node, dict) or len(node) != 1:
            raise EvaluationError(path, f"must be one function that is true or false, but is {kind(node)}")
        ((name, argument),) = node.items()
        predicate = scope.predicates.get(name)
        if predicate is None:
            raise EvaluationError(path, f"{name} does not give true or false in {scope.where}")
        return predicate(self, argument, f"{path}.{name}", scope)

    def condition(self, name: Any, path: str) -> bool:
        """Whether a condition of the template holds. `path` is where it is named."""
        if not isinstance(name, str):
            raise EvaluationError(path, f"must be the name of a condition, but is {kind(name)}")
        known = self._truth.get(name)
        if known is not None:
            return known
        if name not in self.conditions:
            raise EvaluationError(path, f"condition {name!r} does not exist")
        if name in self._deciding:
            circle = [*self._deciding[self._deciding.index(name) :], name]
            raise EvaluationError(path, f"conditions depend on each other in a circle: {' -> '.join(circle)}")
        self._deciding.append(name)
        try:
            truth = self.truth(self.conditions[name], f"Conditions.{name}", self._condition_scope)
        except RecursionError:
            raise EvaluationError(f"Conditions.{name}", "is nested too deeply") from None
        finally:
            self._deciding.pop()
        self._truth[name] = truth
        return truth

    def condition_of(self, logical_id: str) -> str | None:
        """The name of the condition that a resource is created under; None for none."""
        node = self.resources[logical_id].get("Condition")
        if isinstance(node, dict) and self.extended:
            path = f"Resources.{logical_id}.Condition"
            value = self.value(node, path, off_line(self._condition_scope, "the name of a condition"))
            return None if value is NO_VALUE else scalar_text(value)
        return cast("str | None", node)

    def is_live(self, logical_id: str) -> bool:
        """Whether a resource of the template is created, i.e. has no Condition or one that holds."""
        condition = self.condition_of(logical_id)
        return condition is None or self.condition(condition, f"Resources.{logical_id}.Condition")

    def ref(self, name: str, path: str, scope: Scope) -> object:
        """What Ref of a name gives."""
        if name in self._known:
            known = self._known[name]
            return list(known) if isinstance(known, list) else known
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.parameters:
            raise EvaluationError(path, self._why_unknown(name))
        if name not in self.resources:
            raise EvaluationError(path, f"{name!r} is neither a parameter, a pseudo-parameter nor a resource")
        attributes = self._run_time(name, path, scope)
        try:
            return attributes.ref(name)
        except LookupError as error:
            raise EvaluationError(path, f"the physical ID of {name} is not known ({error})") from error

    def get_att(self, logical_id: str, attribute: str, path: str, scope: Scope) -> object:
        """What Fn::GetAtt gives."""
        if logical_id not in self.resources:
            raise EvaluationError(path, f"{logical_id!r} is not a resource of this template")
        attributes = self._run_time(logical_id, path, scope)
        try:
            return attributes.get_att(logical_id, attribute)
        except LookupError as error:
            of_type = self.resources[logical_id].get("Type")
            raise EvaluationError(
                path, f"attribute {attribute!r} of {logical_id} ({of_type}) is not known ({error})"
            ) from error

    def _run_time(self, logical_id: str, path: str, scope: Scope) -> Attributes:
        if not scope.run_time:
            raise EvaluationError(path, f"{logical_id!r} is a resource, which {scope.where} cannot depend on")
        if not self.is_live(logical_id):
            condition = self.condition_of(logical_id)
            raise EvaluationError(path, f"{logical_id} is not created, because its condition {condition} is false")
        if self.attributes is None:
            raise EvaluationError(path, f"{logical_id} is only known once it has been created")
        return self.attributes

    def is_known(self, parameter: str) -> bool:
        """Whether a parameter has a value here."""
        return parameter in self._known

    def _why_unknown(self, parameter: str) -> str:
        if is_from_ssm(self.parameters[parameter]):
            return f"parameter {parameter} takes its value from SSM Parameter Store, which is not known offline"
        return f"parameter {parameter} has no value"
