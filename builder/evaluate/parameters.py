"""The values of a template's parameters: given, kept from before, or default; checked as CloudFormation does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from builder.evaluate.declarations import Declaration, declare
from builder.evaluate.errors import EvaluationError
from builder.evaluate.nodes import kind
from builder.problems import Problem, nearest

# How a required value is given in a parameter file.
IN_FILE = 'add "{}=..."'


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The values by parameter, in template order, and everything that is wrong.

    A value is text as it was given, or a list of texts where the type is a list. A parameter is missing from `values`
    if it has a problem or is `unresolved`: its value is in SSM Parameter Store, which was not asked. `hidden` are the
    parameters with NoEcho, whose values must not be shown.
    """

    values: Mapping[str, str | list[str]]
    problems: tuple[Problem, ...]
    unresolved: tuple[str, ...]
    hidden: frozenset[str]


def parameter_values(
    template: Mapping[str, Any],
    given: Mapping[str, str],
    *,
    file: str,
    previous: Mapping[str, str] | None = None,
    ssm_parameter: Callable[[str], str] | None = None,
    missing: str = IN_FILE,
) -> Parameters:
    """Resolve every parameter that `template` declares: `given`, else `previous`, else the template's default.

    `previous` are the values that the stack has already, and that an update keeps; `file` names, for the problems,
    where `given` came from. `ssm_parameter` answers the value of an SSM parameter by its name, a LookupError for none.
    `missing` says how to give a value that is required, whose name it is formatted with.
    """
    declared = template.get("Parameters", {})
    problems: list[Problem] = []
    if not isinstance(declared, dict):
        declared = {}
        problems.append(
            _template_problem(file, "Parameters", f"must be an object, but is {kind(template['Parameters'])}")
        )
    problems += [_unknown(file, name, declared) for name in given if name not in declared]
    values: dict[str, str | list[str]] = {}
    unresolved: list[str] = []
    hidden: set[str] = set()
    for name, node in declared.items():
        try:
            declaration = declare(name, node)
        except EvaluationError as error:
            problems.append(_template_problem(file, error.path, error.what))
            continue
        if declaration.no_echo:
            hidden.add(name)
        text = given.get(name, (previous or {}).get(name, declaration.default))
        if text is None:
            problems.append(
                Problem(file=file, key=name, what="is required and has no default", fix=missing.format(name))
            )
            continue
        if found := _refused(declaration, text, file, is_default=name not in given and name not in (previous or {})):
            problems += found
        elif declaration.type.from_ssm and ssm_parameter is None:
            unresolved.append(name)
        else:
            try:
                stored = ssm_parameter(text) if declaration.type.from_ssm and ssm_parameter else text
            except LookupError:
                fix = "create it, or give the name of one that exists"
                problems.append(Problem(file=file, key=name, what=f"SSM parameter {text!r} does not exist", fix=fix))
                continue
            values[name] = [item.strip() for item in stored.split(",")] if declaration.type.is_list else stored
    return Parameters(values=values, problems=tuple(problems), unresolved=tuple(unresolved), hidden=frozenset(hidden))


def _unknown(file: str, name: str, declared: Mapping[str, Any]) -> Problem:
    near = nearest(name, declared)
    what = f"is not a parameter of the template{f'; the nearest is {near}' if near else ''}"
    return Problem(file=file, key=name, what=what, fix=f"write {near}" if near else "remove it")


def _refused(declaration: Declaration, text: str, file: str, *, is_default: bool) -> list[Problem]:
    return [
        Problem(
            file=file,
            key=declaration.name,
            what=f"the template's default {violation.what}" if is_default else violation.what,
            fix=f"correct Parameters.{declaration.name}.Default" if is_default else violation.fix,
        )
        for violation in declaration.violations(text)
    ]


def _template_problem(file: str, key: str, what: str) -> Problem:
    return Problem(file=file, key=key, what=what, fix="correct the template")
