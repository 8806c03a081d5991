"""The formulas of RDS parameter groups, e.g. `LEAST({DBInstanceClassMemory/9531392},5000)`.

The syntax is that of the Amazon RDS User Guide, "Specifying DB parameters": variables, `*`, `/` and `log` (of base 2)
in braces; GREATEST, LEAST and SUM of integers and braces; for booleans one comparison. Every step gives an integer:
what is behind the decimal point is cut off. (For `log` inferred from the connections of small classes, 45, 90 and 135,
that the Aurora User Guide derives from `{log(DBInstanceClassMemory/805306368)*45}`.) AWS itself also writes `${...}`.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

# The names that PostgreSQL's formulas may use; memory and storage are in bytes, all are 64-bit integers.
VARIABLES = ("AllocatedStorage", "DBInstanceClassMemory", "DBInstanceVCPU", "EndPointPort")

Variables: TypeAlias = Mapping[str, int]
_Term: TypeAlias = Callable[[Variables], int]

_INT64 = 2**63
_MOST_DIGITS = 20

_FUNCTIONS: Mapping[str, Callable[[list[int]], int]] = {"greatest": max, "least": min, "sum": sum}
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "=>": operator.ge,
    "<=": operator.le,
    "=<": operator.le,
}
_TOKEN = re.compile(r"\s*(?:(?P<integer>[0-9]+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>>=|=>|<=|=<|\$\{|\S))", re.ASCII)
_MARKS = re.compile(r"\{|^\s*(?:greatest|least|sum|if|log)\s*\(", re.IGNORECASE)


class FormulaError(ValueError):
    """Not a formula, or one without a value; the text says why, to be read after the formula."""


@dataclass(frozen=True)
class Formula:
    """A parsed formula. `is_boolean`: it compares, and gives 1 or 0."""

    is_boolean: bool
    _term: _Term

    def value(self, variables: Variables) -> int:
        """What it gives with these values of its variables. Raises FormulaError when one is missing, or one is 0."""
        return self._term(variables)


def is_formula(text: str) -> bool:
    """Whether RDS would evaluate a parameter's value: it holds braces or begins with a function."""
    return _MARKS.search(text) is not None


def parse(text: str) -> Formula:
    """Raises FormulaError with what is wrong."""
    inner = text.strip()
    if len(inner) > 1 and inner[0] == inner[-1] == '"':
        inner = inner[1:-1]
    return _Parser(inner).formula()


class _Parser:
    """Reads tokens from left to right; every method takes what it names and gives what computes it."""

    def __init__(self, text: str) -> None:
        self._tokens = [(match.lastgroup or "", match[0].strip()) for match in _TOKEN.finditer(text)]
        self._next = 0

    def formula(self) -> Formula:
        left = self._operand()
        compare = _COMPARISONS.get(self._peek())
        if compare is None:
            self._end()
            return Formula(False, left)
        self._take()
        right = self._operand()
        self._end()
        return Formula(True, lambda variables: int(compare(left(variables), right(variables))))

    def _operand(self) -> _Term:
        """An integer, braces, or a function of these."""
        kind, token = self._take()
        if kind == "name":
            function = _FUNCTIONS.get(token.lower())
            if function is None:
                raise FormulaError(f"names {token} outside braces, which is none of GREATEST, LEAST, SUM")
            arguments = self._arguments()
            return lambda variables: _long(function([argument(variables) for argument in arguments]))
        return self._argument(kind, token)

    def _arguments(self) -> list[_Term]:
        self._expect("(")
        arguments = [self._argument(*self._take())]
        while self._peek() == ",":
            self._take()
            arguments.append(self._argument(*self._take()))
        self._expect(")")
        return arguments

    def _argument(self, kind: str, token: str) -> _Term:
        if kind == "integer":
            return _constant(token)
        if token == "-" and self._peek().isdigit():
            return _constant(f"-{self._take()[1]}")
        if token in ("{", "${"):
            product = self._product()
            self._expect("}")
            return product
        raise FormulaError(f"has {token!r} where an integer or {{...}} must be" if token else "ends too early")

    def _product(self, *, in_log: bool = False) -> _Term:
        result = self._factor(in_log)
        while self._peek() in ("*", "/"):
            result = _binary(self._take()[1], result, self._factor(in_log))
        if self._peek() in ("+", "-"):
            raise FormulaError(f"has {self._peek()!r}, but knows only * and /; SUM adds")
        return result

    def _factor(self, in_log: bool) -> _Term:
        kind, token = self._take()
        if kind == "integer":
            return _constant(token)
        if kind == "name" and token.lower() == "log" and not in_log:
            self._expect("(")
            of = self._product(in_log=True)
            self._expect(")")
            return lambda variables: _log(of(variables))
        if kind == "name":
            return _variable(token)
        raise FormulaError(f"has {token!r} where a variable or an integer must be" if token else "ends too early")

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
        self._next += 1
        return token

    def _expect(self, sign: str) -> None:
        _, token = self._take()
        if token != sign:
            raise FormulaError(f"has {token!r} where {sign!r} must be" if token else f"ends without {sign!r}")

    def _end(self) -> None:
        if self._peek():
            raise FormulaError(f"goes on with {self._peek()!r} where it must end")


def _constant(digits: str) -> _Term:
    value = _long(int(digits) if len(digits) <= _MOST_DIGITS else _INT64)
    return lambda _: value


def _long(value: int) -> int:
    if not -_INT64 <= value < _INT64:
        raise FormulaError("holds or gives a number of more than 64 bits")
    return value


def _variable(name: str) -> _Term:
    if name not in VARIABLES:
        raise FormulaError(f"names {name}, which is none of {', '.join(VARIABLES)}")

    def value(variables: Variables) -> int:
        if name not in variables:
            raise FormulaError(f"needs a value of {name}")
        return variables[name]

    return value


def _binary(sign: str, left: _Term, right: _Term) -> _Term:
    if sign == "*":
        return lambda variables: _long(left(variables) * right(variables))

    def quotient(variables: Variables) -> int:
        divisor = right(variables)
        if divisor == 0:
            raise FormulaError("divides by zero")
        return left(variables) // divisor  # nothing in braces is negative

    return quotient


def _log(value: int) -> int:
    if value <= 0:
        raise FormulaError("takes the logarithm of zero")
    return int(math.log2(value))
