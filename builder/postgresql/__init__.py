"""What PostgreSQL on RDS takes for its parameters: recorded from real servers, and cited for what RDS adds."""

from builder.postgresql.formula import VARIABLES, FormulaError
from builder.postgresql.tables import MAJORS, Setting, is_static, recorded, setting, settings
from builder.postgresql.validate import evaluated, problem_with

__all__ = [
    "MAJORS",
    "VARIABLES",
    "FormulaError",
    "Setting",
    "evaluated",
    "is_static",
    "problem_with",
    "recorded",
    "setting",
    "settings",
]
