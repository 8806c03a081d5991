"""The one evaluator of CloudFormation templates: parameters, rules, mappings, conditions and every function."""

from builder.evaluate.errors import EvaluationError
from builder.evaluate.evaluation import Evaluation
from builder.evaluate.parameters import Parameters, parameter_values
from builder.evaluate.place import Attributes, Place, partition_of
from builder.evaluate.possible import can_hold
from builder.evaluate.read import parse_template, read_template
from builder.evaluate.rules import RuleFinding

__all__ = [
    "Attributes",
    "Evaluation",
    "EvaluationError",
    "Parameters",
    "Place",
    "RuleFinding",
    "can_hold",
    "parameter_values",
    "parse_template",
    "partition_of",
    "read_template",
]
