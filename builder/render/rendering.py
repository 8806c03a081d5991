"""Renders a template: parameters, conditions, resources and outputs, nested stacks with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from builder.evaluate import Evaluation, EvaluationError, Place, parameter_values
from builder.evaluate.nodes import scalar_text
from builder.problems import Failure, Problem
from builder.render.placeholders import STACK, Placeholders
from builder.render.rendered import Rendered
from builder.render.seeds import Seed

# Gives the template that a TemplateURL means; None for one that is not at hand.
LocalTemplates: TypeAlias = Callable[[str], Mapping[str, Any] | None]

_DEEPEST = 10  # nested stacks in nested stacks; a template that nests itself would never end


def render(
    template: Mapping[str, Any],
    values: Mapping[str, str | list[str]],
    place: Place,
    *,
    file: str,
    local_templates: LocalTemplates | None = None,
) -> Rendered:
    """What CloudFormation would see.

    `values` come from `parameter_values`; `local_templates` gives the templates that nested stacks name by a local
    path. Raises Failure with everything that cannot be resolved, and every broken Rule, each with its path.
    """
    rendered, problems = attempt(template, values, place, file=file, local_templates=local_templates)
    if problems or rendered is None:
        raise Failure(problems)
    return rendered


def attempt(
    template: Mapping[str, Any],
    values: Mapping[str, str | list[str]],
    place: Place,
    *,
    file: str,
    local_templates: LocalTemplates | None = None,
) -> tuple[Rendered | None, tuple[Problem, ...]]:
    """As `render`, but with whatever could be rendered beside what could not; None when nothing could."""
    return _Rendering(template, values, place, file, local_templates or (lambda url: None), 0).result()


class _Rendering:
    """One template being rendered. Nested stacks are rendered when they are first asked for, and once."""

    def __init__(
        self,
        template: Mapping[str, Any],
        values: Mapping[str, str | list[str]],
        place: Place,
        file: str,
        local_templates: LocalTemplates,
        depth: int,
    ) -> None:
        self.template = template
        self.values = values
        self.place = place if place.zones else replace(place, zones=tuple(f"{place.region}{each}" for each in "abc"))
        self.file = file
        self.local_templates = local_templates
        self.depth = depth
        self.problems: dict[tuple[str, str], Problem] = {}
        self.nested: dict[str, Rendered | None] = {}

    def result(self) -> tuple[Rendered | None, tuple[Problem, ...]]:
        placeholders = Placeholders(self.place, self._output)
        try:
            evaluation = Evaluation(self.template, self.values, self.place, placeholders)
            placeholders.evaluation = self.evaluation = evaluation
            live = evaluation.live()
        except EvaluationError as error:
            self._note(error)
            return None, tuple(self.problems.values())
        resources = {}
        for logical_id in live:
            try:
                resources[logical_id] = evaluation.resource(logical_id)
                self._render_nested(logical_id)
            except EvaluationError as error:
                self._note(error)
        outputs: dict[str, dict[str, Any]] = {}
        try:
            outputs = evaluation.outputs()
            evaluation.creation_order()
            self._judge(evaluation)
        except EvaluationError as error:
            self._note(error)
        if self.problems:
            for unresolved in evaluation.errors():
                self._note(unresolved)
        truths = {name: self._truth(evaluation, name) for name in evaluation.conditions()}
        rendered = Rendered(
            file=self.file,
            place=self.place,
            template=self.template,
            parameters=self.values,
            conditions={name: truth for name, truth in truths.items() if truth is not None},
            resources=resources,
            outputs=outputs,
            nested={name: child for name, child in self.nested.items() if child is not None},
            evaluation=evaluation,
        )
        return rendered, tuple(self.problems.values())

    def _truth(self, evaluation: Evaluation, name: str) -> bool | None:
        try:
            return evaluation.condition(name)
        except EvaluationError as error:
            self._note(error)
            return None

    def _judge(self, evaluation: Evaluation) -> None:
        for finding in evaluation.broken_rules():
            self._add(finding.path, finding.description.rstrip("."), "change the parameters that the rule names")

    def _note(self, error: EvaluationError) -> None:
        self._add(error.path, error.what, error.fix or "correct it, or give what it needs")

    def _add(self, path: str, what: str, fix: str) -> None:
        self.problems.setdefault((path, what), Problem(file=self.file, key=path, what=what, fix=fix))

    def _output(self, logical_id: str, name: str) -> str | None:
        child = self._render_nested(logical_id)
        if child is None:
            return None
        if name not in child.outputs:
            raise LookupError(f"the nested {child.file} has no such output")
        return str(child.outputs[name]["Value"])

    def _render_nested(self, logical_id: str) -> Rendered | None:
        """The nested stack of a resource; None for another resource, or a template that is not at hand."""
        if logical_id in self.nested:
            return self.nested[logical_id]
        if self.evaluation.declared(logical_id)["Type"] != STACK:
            return None
        self.nested[logical_id] = None  # so that a stack whose parameters need its own outputs does not go in circles
        properties = self.evaluation.resource(logical_id).get("Properties", {})
        url = properties.get("TemplateURL")
        path = f"Resources.{logical_id}.Properties"
        template = self.local_templates(url) if isinstance(url, str) else None
        if template is None:
            if isinstance(url, str) and "://" not in url:
                raise EvaluationError(f"{path}.TemplateURL", f"there is no template {url!r}")
            return None
        if self.depth == _DEEPEST:
            raise EvaluationError(f"{path}.TemplateURL", f"stacks are nested more than {_DEEPEST} deep")
        self.nested[logical_id] = self._child(logical_id, template, url, properties.get("Parameters", {}), path)
        return self.nested[logical_id]

    def _child(
        self, logical_id: str, template: Mapping[str, Any], url: str, given: Mapping[str, Any], path: str
    ) -> Rendered | None:
        parameters = parameter_values(template, {name: _text(value) for name, value in given.items()}, file=self.file)
        for problem in parameters.problems:
            if problem.severity == "error":
                self._add(f"{path}.Parameters.{problem.key}", problem.what, problem.fix)
        tail = Seed(f"{self.place.stack_name}/{logical_id}").text(12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        place = replace(self.place, stack_name=f"{self.place.stack_name}-{logical_id}-{tail}", stack_id="")
        child = _Rendering(template, parameters.values, place, url, self.local_templates, self.depth + 1)
        rendered, problems = child.result()
        if not parameters.problems:
            for problem in problems:
                self._add(f"{path}.TemplateURL: {url}: {problem.key}", problem.what, problem.fix)
        return rendered


def _text(value: Any) -> str:
    """A parameter of a nested stack as text: a list's members joined by commas, as CloudFormation passes them on."""
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return scalar_text(value) or ""
