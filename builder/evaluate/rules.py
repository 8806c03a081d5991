"""The Rules of a template: what its parameters must satisfy together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.evaluate.errors import EvaluationError, Undecidable
from builder.evaluate.interpreter import Interpreter
from builder.evaluate.nodes import kind
from builder.evaluate.scopes import RULES


@dataclass(frozen=True, kw_only=True)
class RuleFinding:
    """An assertion that failed or, offline, cannot be decided; `description` is its AssertDescription or the reason."""

    rule: str
    path: str
    description: str


def judge(
    interpreter: Interpreter, rules: Mapping[str, Any]
) -> tuple[tuple[RuleFinding, ...], tuple[RuleFinding, ...]]:
    """The broken and the undecidable assertions of all rules, in order."""
    broken: list[RuleFinding] = []
    undecidable: list[RuleFinding] = []
    for name, rule in rules.items():
        path = f"Rules.{name}"
        if not isinstance(rule, dict) or not isinstance(rule.get("Assertions"), list):
            raise EvaluationError(path, "must have a list of Assertions")
        if unknown := rule.keys() - {"RuleCondition", "Assertions"}:
            raise EvaluationError(path, f"{min(unknown)!r} is not part of a rule")
        try:
            condition = rule.get("RuleCondition")
            if condition is not None and not interpreter.truth(condition, f"{path}.RuleCondition", RULES):
                continue
        except Undecidable as error:
            undecidable.append(RuleFinding(rule=name, path=f"{path}.RuleCondition", description=error.what))
            continue
        for index, assertion in enumerate(rule["Assertions"]):
            where = f"{path}.Assertions[{index}]"
            if not isinstance(assertion, dict) or "Assert" not in assertion:
                raise EvaluationError(where, f"must be an object with Assert, but is {kind(assertion)}")
            description = str(assertion.get("AssertDescription", "the assertion does not hold"))
            try:
                if not interpreter.truth(assertion["Assert"], f"{where}.Assert", RULES):
                    broken.append(RuleFinding(rule=name, path=where, description=description))
            except Undecidable as error:
                undecidable.append(RuleFinding(rule=name, path=where, description=error.what))
    return tuple(broken), tuple(undecidable)
