"""What cfn-lint asks again and again though the answer never changes, remembered for the life of a process.

Whether conditions can hold together is a question about a few formulas, put to a solver (sympy's): for the largest of
this project's templates 15,000 times, of which 300 differ. That, and what else is here, was two thirds of the time.
Each answer depends on nothing but what it is remembered under, so no finding is another: tests compare.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Replacement:
    """A name of a module or class, what stands there, and what remembers its answers."""

    owner: Any
    name: str
    plain: Any
    remembering: Any


def install() -> None:
    """Puts the memory into cfn-lint, and into what it calls of sympy."""
    for each in replacements():
        setattr(each.owner, each.name, each.remembering)


@cache
def replacements() -> tuple[Replacement, ...]:
    """What is replaced; asked for before the first of it is."""
    from cfnlint.conditions import conditions
    from cfnlint.context import context
    from cfnlint.context.conditions import _conditions
    from cfnlint.jsonschema import validators
    from sympy.assumptions.cnf import CNF, EncodedCNF
    from sympy.logic.inference import satisfiable

    asking, fields = remembered(satisfiable), cache(dataclasses.fields)
    found = (
        (conditions, "satisfiable", asking),
        (_conditions, "satisfiable", asking),
        (EncodedCNF, "add_prop", adding(cache(CNF.from_prop))),
        (context, "fields", fields),
        (validators, "fields", fields),
    )
    return tuple(
        Replacement(owner=owner, name=name, plain=getattr(owner, name), remembering=remembering)
        for owner, name, remembering in found
    )


def remembered(satisfiable: Callable[..., Any]) -> Callable[..., Any]:
    """sympy's `satisfiable` for encoded formulas: a model, or False, asked for once for each list of clauses."""
    known: dict[object, Any] = {}

    def ask(formulas: Any, all_models: bool = False) -> Any:
        if all_models:  # a generator, which no one else may go on with
            return satisfiable(formulas, all_models=True)
        clauses = tuple(map(frozenset, formulas.data)), tuple(formulas.encoding.items())
        if clauses not in known:
            known[clauses] = satisfiable(formulas, algorithm="dpll2")  # else it looks for a faster one, each time
        found = known[clauses]
        return dict(found) if isinstance(found, dict) else found

    return ask


def adding(clauses_of: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    """EncodedCNF.add_prop, with the clauses of a formula made by `clauses_of`."""

    def add_prop(self: Any, formula: Any) -> None:
        self.add_from_cnf(clauses_of(formula))

    return add_prop
