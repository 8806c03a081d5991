"""Whether RDS and PostgreSQL would take a value for a parameter, and what a formula comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite

from builder.postgresql import formula, values
from builder.postgresql.formula import Formula, FormulaError
from builder.postgresql.tables import MAJORS, Setting, setting, settings
from builder.postgresql.values import Refused
from builder.problems import nearest

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_REAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)


def problem_with(major: str, name: str, value: str, variables: Mapping[str, int] | None = None) -> str | None:
    """What is wrong with a parameter of a group for PostgreSQL of that major, as `what; fix: how`; None if nothing is.

    `variables` are what formulas know of an instance (`VARIABLES`, memory and storage in bytes): with them a formula's
    result is judged too. A name whose prefix belongs to no extension that is known here is not judged. Raises
    LookupError for an unknown major.
    """
    found = setting(major, name)
    if found is None:
        return _unknown(major, name.lower())
    if not found.modifiable:
        return f"{name} cannot be changed ({found.source}); fix: remove it"
    if not _is_formula(found, value):
        return _refusal(found, value)
    try:
        parsed = _formula_for(found, value)
        return None if variables is None else _refusal(found, str(parsed.value(variables)), of=value)
    except FormulaError as error:
        return f"the formula {value!r} {error}; fix: correct it, or give {_expected(found)}"


def evaluated(major: str, name: str, value: str, variables: Mapping[str, int]) -> str:
    """The value that a server is started with: what a formula gives, anything else as it is.

    Raises FormulaError where the value is a formula without a result, LookupError for an unknown major.
    """
    found = setting(major, name)
    return str(formula.parse(value).value(variables)) if found and _is_formula(found, value) else value


def _unknown(major: str, name: str) -> str | None:
    known = settings(major)
    elsewhere = [other for other in MAJORS if name in settings(other)]
    if elsewhere:
        return f"{name} is a parameter of PostgreSQL {', '.join(elsewhere)}, not of {major}; fix: remove it"
    prefix, dot, _ = name.partition(".")
    prefixes = {each.partition(".")[0] for each in known if "." in each}
    if dot and prefix not in prefixes and not nearest(prefix, prefixes):
        return None
    near = nearest(name, known)
    fix = f"did you mean {near}?" if near else "remove it"
    return f"{name} is not a parameter of PostgreSQL {major}; fix: {fix}"


def _refusal(found: Setting, value: str, *, of: str = "") -> str | None:
    """What is wrong with a plain value; `of` is the formula that gave it."""
    shown = f"{of!r} comes to {value}, which" if of else repr(value)
    try:
        read = values.parse(found, value)
    except Refused as error:
        return f"{shown} {error}; fix: give {_expected(found)}"
    # "Amazon RDS uses the default PostgreSQL units for all parameters." (Amazon RDS User Guide, its list of them)
    plain = {"integer": _INTEGER, "real": _REAL}.get(found.type)
    if plain is not None and not plain.fullmatch(value):
        counted = f", in {found.unit}" if found.unit else ""
        number = f"{read}{counted}" if isfinite(float(read)) else _expected(found)
        return f"{shown} is not a plain number, and RDS takes no other; fix: give {number}"
    return None


def _is_formula(found: Setting, value: str) -> bool:
    return found.type != "string" and formula.is_formula(value)


def _formula_for(found: Setting, value: str) -> Formula:
    """RDS evaluates integers and booleans; some enums were booleans once, and still take these."""
    takes_boolean = found.type == "bool" or {"1", "0"} <= {*found.values, *found.synonyms}
    if found.type != "integer" and not takes_boolean:
        raise FormulaError(f"cannot give {_a(found.type)}: RDS evaluates integers and booleans only")
    parsed = formula.parse(value)
    if parsed.is_boolean and not takes_boolean:
        raise FormulaError("gives a boolean, not an integer")
    if takes_boolean and not parsed.is_boolean:
        raise FormulaError("gives an integer, not a boolean")
    return parsed


def _expected(found: Setting) -> str:
    match found.type:
        case "bool":
            return "1 or 0"
        case "enum":
            return f"one of {', '.join(found.values)}"
        case "list":
            return f"some of {', '.join(found.values)}, separated by commas"
    number = "a whole number" if found.type == "integer" else "a number"
    least = "" if found.minimum is None else f" of at least {found.minimum}"
    most = "" if found.maximum is None else f"{' and' if least else ' of'} at most {found.maximum}"
    return f"{number}{least}{most}" + (f", in {found.unit}" if found.unit else "")


def _a(kind: str) -> str:
    return f"a{'n' if kind[0] in 'aeiou' else ''} {kind}"
