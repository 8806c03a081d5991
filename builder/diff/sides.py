"""The two sides of a change, rendered: what is deployed, and what would be.

A value that a parameter with NoEcho goes into must not be shown. So each side is rendered a second time with those
parameters masked: what differs between the two renderings holds a secret, wherever functions have carried it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from builder.diff.model import Notice
from builder.diff.sources import Source
from builder.diff.uses import Uses, uses_of
from builder.diff.values import Steps, normal
from builder.evaluate import Parameters, Place, parameter_values
from builder.evaluate.nodes import is_from_ssm, scalar_text
from builder.problems import Failure, Problem
from builder.render import LocalTemplates, Rendered, attempt

HIDDEN = "****"


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One side: what CloudFormation would see, and what of it may be shown."""

    rendered: Rendered
    masked: Rendered | None
    local_templates: LocalTemplates

    @cached_property
    def uses(self) -> Uses:
        """What each resource takes from others."""
        return uses_of(self.rendered)

    def shown(self, logical_id: str, section: str, steps: Steps, value: Any) -> Any:
        """A value at a place of a resource's section, such as Properties, as it may be shown; None for none."""
        if value is None:
            return None
        if logical_id in self.rendered.nested and steps[:1] == ("Parameters",):
            value = _without(value, steps[1:], hidden_parameters(self.rendered.nested[logical_id].template))
        if self.masked is self.rendered:
            return value
        node: Any = None if self.masked is None else self.masked.resources.get(logical_id, {}).get(section)
        for step in steps:
            if isinstance(node, list) and isinstance(step, str):
                node = next(
                    (each.get("Value") for each in node if isinstance(each, dict) and each.get("Key") == step), None
                )
            elif isinstance(node, list) and isinstance(step, int):
                node = node[step] if step < len(node) else None
            else:
                node = node.get(step) if isinstance(node, dict) else None
        return _redacted(value, node)

    def child(self, logical_id: str, altered: Mapping[str, str] | None = None) -> Side | None:
        """The side of a nested stack; None if its template is not at hand.

        `altered` are values to give to its parameters instead, where that works.
        """
        rendered = self.rendered.nested.get(logical_id)
        if rendered is None:
            return None
        if altered:
            values = {
                **rendered.parameters,
                **{name: text for name, text in altered.items() if name in rendered.parameters},
            }
            again, problems = attempt(
                rendered.template, values, rendered.place, file=rendered.file, local_templates=self.local_templates
            )
            rendered = rendered if again is None or problems else again
        hidden = hidden_parameters(rendered.template)
        if self.masked is self.rendered and not hidden:
            return Side(rendered=rendered, masked=rendered, local_templates=self.local_templates)
        beneath = None if self.masked is None else self.masked.nested.get(logical_id)
        return masked_side(rendered, {} if beneath is None else beneath.parameters, hidden, self.local_templates)


def masked_side(
    rendered: Rendered, shown: Mapping[str, str | list[str]], hidden: frozenset[str], local_templates: LocalTemplates
) -> Side:
    """A side whose parameters may be shown as `shown` has them, none of `hidden` and none that it lacks."""
    values = {
        name: _mask(value) if name in hidden or name not in shown else shown[name]
        for name, value in rendered.parameters.items()
    }
    if values == rendered.parameters:
        return Side(rendered=rendered, masked=rendered, local_templates=local_templates)
    masked, _ = attempt(rendered.template, values, rendered.place, file=rendered.file, local_templates=local_templates)
    return Side(rendered=rendered, masked=masked, local_templates=local_templates)


def _mask(value: str | list[str]) -> str | list[str]:
    """A value to stand for a secret one; an empty one is none, and conditions ask for that."""
    if isinstance(value, list):
        return [HIDDEN if item else item for item in value]
    return HIDDEN if value else value


def _redacted(value: Any, masked: Any) -> Any:
    if normal(value) == normal(masked):
        return value
    if isinstance(value, dict) and isinstance(masked, dict):
        return {key: _redacted(child, masked.get(key)) for key, child in value.items()}
    if isinstance(value, list) and isinstance(masked, list) and len(value) == len(masked):
        return [_redacted(child, other) for child, other in zip(value, masked, strict=True)]
    return HIDDEN


def hidden_parameters(template: Mapping[str, Any]) -> frozenset[str]:
    """The parameters of a template with NoEcho."""
    declared = template.get("Parameters", {})
    return frozenset(
        name for name, node in declared.items() if (scalar_text(node.get("NoEcho")) or "").lower() == "true"
    )


def _without(value: Any, steps: Steps, hidden: frozenset[str]) -> Any:
    """What is given to a nested stack, all or one parameter of it, without what that hides."""
    if steps:
        return HIDDEN if steps[0] in hidden else value
    return {name: HIDDEN if name in hidden else each for name, each in value.items()} if hidden else value


@dataclass(frozen=True, kw_only=True)
class Given:
    """Values for the parameters of one side, and where they are from, for messages."""

    values: Mapping[str, str]
    file: str


@dataclass(frozen=True, kw_only=True)
class Valued:
    """The parameters of one side with their values; `given` and `texts` as a parameter file would have them."""

    source: Source
    values: Mapping[str, str | list[str]]
    given: Mapping[str, str]
    texts: Mapping[str, str]
    assumptions: tuple[Notice, ...]


def valued(source: Source, given: Given, *, previous: Mapping[str, str] | None = None) -> Valued:
    """The values of a template's parameters: given, else those that the stack has already, else defaults.

    A parameter that has none of these, or whose value is in SSM, gets a stand-in, which is told of as an assumption.
    Raises Failure for values that the template refuses.
    """
    template = source.template
    kept = {name: text for name, text in (previous or {}).items() if name in _declared(template)}
    found = parameter_values(template, given.values, file=given.file, previous=kept)
    absent = {
        name
        for name, node in _declared(template).items()
        if isinstance(node, dict) and not {name} & {*given.values, *kept} and "Default" not in node
    }
    if problems := [problem for problem in found.problems if problem.key not in absent]:
        raise Failure(problems)
    texts = {
        name: given.values.get(name, kept.get(name, scalar_text(node.get("Default")) or ""))
        for name, node in _declared(template).items()
        if name not in absent
    }
    return Valued(
        source=source,
        values={**found.values, **_stand_ins(template, absent, found, texts)},
        given=given.values,
        texts=texts,
        assumptions=(
            *(Notice(where=name, what="has no value here; it is taken to stay as it is") for name in sorted(absent)),
            *(
                Notice(where=name, what="is in SSM Parameter Store; its value is taken to stay")
                for name in found.unresolved
            ),
        ),
    )


def _declared(template: Mapping[str, Any]) -> Mapping[str, Any]:
    declared = template.get("Parameters", {})
    return declared if isinstance(declared, dict) else {}


def _stand_ins(
    template: Mapping[str, Any], absent: set[str], found: Parameters, texts: Mapping[str, str]
) -> dict[str, str | list[str]]:
    stand_ins: dict[str, str | list[str]] = {}
    for name in (*sorted(absent), *found.unresolved):
        node = template["Parameters"][name]
        of_type = str(node["Type"])
        if is_from_ssm(node):
            text = f"<{name}: {texts.get(name, '')}>"
        elif node.get("AllowedValues"):
            text = scalar_text(node["AllowedValues"][0]) or ""
        else:
            text = (scalar_text(node.get("MinValue")) or "1") if "Number" in of_type else f"<{name}>"
        stand_ins[name] = [text] if "List<" in of_type or "CommaDelimitedList" in of_type else text
    return stand_ins


def side(valued: Valued, place: Place, *, judged: bool) -> Side:
    """A side rendered. Raises Failure for what cannot be, and, if it is `judged`, for broken Rules.

    What is deployed has been judged already, and a stand-in cannot be.
    """
    source = valued.source
    rendered, problems = attempt(
        source.template, valued.values, place, file=source.label, local_templates=source.local_templates
    )
    if not judged or valued.assumptions:
        problems = tuple(problem for problem in problems if not problem.key.startswith("Rules."))
    if rendered is None or problems:
        raise Failure([*problems, *_missing(valued)])
    return masked_side(rendered, rendered.parameters, hidden_parameters(source.template), source.local_templates)


def _missing(valued: Valued) -> Sequence[Problem]:
    """What may be behind the other problems: values that were not there."""
    fix = "give --env, or a parameter file with --params-old and --params-new"
    return [
        Problem(file=valued.source.label, key=notice.where, what="has no value here", fix=fix, severity="warning")
        for notice in valued.assumptions
    ]
