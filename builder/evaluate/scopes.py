"""What AWS allows where in a template."""

from __future__ import annotations

from builder.evaluate.functions import FUNCTIONS
from builder.evaluate.interpreter import Scope, off_line
from builder.evaluate.predicates import CONDITION_PREDICATES, RULE_PREDICATES
from builder.evaluate.rule_functions import RULE_FUNCTIONS

# Functions that AWS's page "Condition functions" and cfn-lint's schema of Fn::Equals allow below a condition.
_IN_CONDITIONS = (
    "Ref",
    "Fn::FindInMap",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::Length",
    "Fn::ToJsonString",
)

VALUES = Scope(where="a resource or an output", functions=FUNCTIONS, predicates={}, run_time=True)
EXPORTS = off_line(VALUES, "the name of an export")
POLICIES = off_line(VALUES, "a policy attribute")
LOOPS = off_line(VALUES, "what a loop runs over")
CONDITIONS = Scope(
    where="a condition",
    functions={name: FUNCTIONS[name] for name in _IN_CONDITIONS},
    predicates=CONDITION_PREDICATES,
    run_time=False,
)
RULES = Scope(where="a rule", functions=RULE_FUNCTIONS, predicates=RULE_PREDICATES, run_time=False)
