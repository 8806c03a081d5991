"""One template, with its parameter values, in one place: what CloudFormation would see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from graphlib import CycleError, TopologicalSorter
from typing import Any

from builder.evaluate.errors import EvaluationError
from builder.evaluate.interpreter import Interpreter
from builder.evaluate.loops import written_out
from builder.evaluate.nodes import NO_VALUE, kind
from builder.evaluate.place import Attributes, Place
from builder.evaluate.references import references
from builder.evaluate.rules import RuleFinding, judge
from builder.evaluate.scopes import CONDITIONS, EXPORTS, POLICIES, VALUES
from builder.evaluate.structure import check_outputs, check_resources, dependencies, divide

_EVALUATED = ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy")
# UpdateReplacePolicy knows no RetainExceptOnCreate.
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}


class Evaluation:
    """A template as CloudFormation sees it. Lazy: what is not asked for is not evaluated.

    `template` is the parsed template, `values` come from `parameter_values`. `attributes` answers what is only known
    once resources exist; without it, naming a resource is an error. `resolve_parameter_attribute` answers what Rules
    read with Fn::ValueOf, as (parameter, value, attribute) -> text; it may raise a LookupError for not known.

    Everything that cannot be resolved, or that AWS does not allow where it stands, is an EvaluationError with its path.
    Dynamic references (`{{resolve:...}}`) are kept as they are written.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        values: Mapping[str, str | list[str]],
        place: Place,
        attributes: Attributes | None = None,
        *,
        resolve_parameter_attribute: Callable[[str, str, str], str] | None = None,
    ) -> None:
        sections = divide(template)
        interpreter = Interpreter(
            sections=sections,
            values=values,
            place=place,
            attributes=attributes,
            condition_scope=CONDITIONS,
            parameter_attribute=resolve_parameter_attribute,
        )
        conditions, resources, outputs = sections.conditions, sections.resources, sections.outputs
        if sections.extended:
            taken = {*sections.parameters, *resources}
            conditions = interpreter.conditions = written_out(interpreter, conditions, "Conditions", taken)
            resources = written_out(interpreter, resources, "Resources", taken)
            outputs = written_out(interpreter, outputs, "Outputs", taken)
        check_resources(resources, sections.parameters)
        check_outputs(outputs)
        interpreter.conditions, interpreter.resources = conditions, resources
        self._interpreter = interpreter
        self._rules = sections.rules
        self._outputs = outputs
        self._references: dict[str, tuple[str, ...]] = {}

    def conditions(self) -> tuple[str, ...]:
        """The names of the template's conditions, loops written out."""
        return tuple(self._interpreter.conditions)

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        return self._interpreter.condition(name, f"Conditions.{name}")

    def value(self, node: object, path: str) -> object:
        """Any node, evaluated as in a resource. `path` is where it stands, for errors."""
        value = self._interpreter.value(node, path, VALUES)
        if value is NO_VALUE:
            raise EvaluationError(path, "AWS::NoValue has nothing here to be removed from")
        return value

    def live(self) -> tuple[str, ...]:
        """The logical IDs of the resources that are created, in template order."""
        return self._live

    @cached_property
    def _live(self) -> tuple[str, ...]:
        return tuple(name for name in self._interpreter.resources if self._interpreter.is_live(name))

    def resource(self, logical_id: str) -> dict[str, Any]:
        """A live resource with everything in it evaluated; its DependsOn is a list of live resources."""
        evaluated = self._resource(logical_id)
        if evaluated is None:
            raise EvaluationError(f"Resources.{logical_id}", "is not created, because its condition is false")
        return evaluated

    def _resource(self, logical_id: str) -> dict[str, Any] | None:
        resource = self.declared(logical_id)
        path = f"Resources.{logical_id}"
        if not self._interpreter.is_live(logical_id):
            return None
        result: dict[str, Any] = {}
        for key, node in resource.items():
            if key in _EVALUATED:
                result[key] = self.value(node, f"{path}.{key}")
                if key == "Properties" and not isinstance(result[key], dict):
                    raise EvaluationError(f"{path}.{key}", f"must be an object, but is {kind(result[key])}")
            elif key in _POLICIES:
                result[key] = self._policy(key, node, f"{path}.{key}")
            elif key == "DependsOn":
                result[key] = [name for name in dependencies(resource) if self._interpreter.is_live(name)]
            elif key == "Condition":
                if (name := self._interpreter.condition_of(logical_id)) is not None:
                    result[key] = name
            else:
                result[key] = node
        return result

    def declared(self, logical_id: str) -> dict[str, Any]:
        """A resource as the template declares it, live or not: loops written out, nothing evaluated."""
        resource: dict[str, Any] | None = self._interpreter.resources.get(logical_id)
        if resource is None:
            raise EvaluationError("Resources", f"{logical_id!r} is not a resource of this template")
        return resource

    def _policy(self, key: str, node: Any, path: str) -> str:
        if not isinstance(node, str) and not self._interpreter.extended:
            raise EvaluationError(path, "must be a literal string without the transform AWS::LanguageExtensions")
        policy = self._interpreter.text(node, path, POLICIES)
        if policy not in _POLICIES[key]:
            raise EvaluationError(path, f"{policy!r} is none of {', '.join(_POLICIES[key])}")
        return policy

    def outputs(self) -> dict[str, dict[str, Any]]:
        """The live outputs by name: Value as text, Export.Name evaluated, the rest as written."""
        evaluated = {name: self._output(name) for name in self._outputs}
        return {name: output for name, output in evaluated.items() if output is not None}

    def _output(self, name: str) -> dict[str, Any] | None:
        output, path = self._outputs[name], f"Outputs.{name}"
        condition = output.get("Condition")
        if condition is not None and not self._interpreter.condition(condition, f"{path}.Condition"):
            return None
        result = {**output, "Value": self._interpreter.text(output["Value"], f"{path}.Value", VALUES)}
        if "Export" in output:
            export = self._interpreter.text(output["Export"]["Name"], f"{path}.Export.Name", EXPORTS)
            result["Export"] = {"Name": export}
        return result

    def broken_rules(self) -> tuple[RuleFinding, ...]:
        """The assertions of the template's Rules that the parameters do not satisfy."""
        return self._judgement[0]

    def undecidable_rules(self) -> tuple[RuleFinding, ...]:
        """The assertions that depend on what only AWS can tell; they are neither broken nor satisfied."""
        return self._judgement[1]

    @cached_property
    def _judgement(self) -> tuple[tuple[RuleFinding, ...], tuple[RuleFinding, ...]]:
        return judge(self._interpreter, self._rules)

    def references(self, logical_id: str) -> tuple[str, ...]:
        """The live resources that a resource depends on: DependsOn, then Ref, Fn::GetAtt and Fn::Sub in order."""
        known = self._references.get(logical_id)
        if known is not None:
            return known
        resource = self.declared(logical_id)
        names = dict.fromkeys(dependencies(resource))
        for key in _EVALUATED:
            node = resource.get(key)
            names |= dict.fromkeys(references(self._interpreter, node, f"Resources.{logical_id}.{key}", VALUES))
        live = set(self._live)
        self._references[logical_id] = found = tuple(name for name in names if name in live)
        return found

    def creation_order(self) -> tuple[str, ...]:
        """The live resources in rounds: each after all that it depends on, every round in template order."""
        sorter = TopologicalSorter({name: self.references(name) for name in self._live})
        try:
            sorter.prepare()
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise EvaluationError("Resources", f"resources depend on each other in a circle: {circle}") from error
        position = {name: index for index, name in enumerate(self._live)}
        order: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=position.__getitem__)
            order += ready
            sorter.done(*ready)
        return tuple(order)

    def errors(self) -> tuple[EvaluationError, ...]:
        """Everything that cannot be evaluated, all at once: conditions, rules, resources, their order, outputs."""
        found: dict[tuple[str, str], EvaluationError] = {}

        def attempt(ask: Callable[[], object]) -> None:
            try:
                ask()
            except EvaluationError as error:
                found.setdefault((error.path, error.what), error)

        for name in self._interpreter.conditions:
            attempt(partial(self.condition, name))
        attempt(self.broken_rules)
        for name in self._interpreter.resources:
            attempt(partial(self._resource, name))
        attempt(self.creation_order)
        for name in self._outputs:
            attempt(partial(self._output, name))
        return tuple(found.values())
