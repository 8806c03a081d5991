"""The values of settings, read as a PostgreSQL server reads them.

The rules are those of PostgreSQL's src/backend/utils/misc/guc.c (parse_int, parse_real, convert_to_base_unit) and
src/backend/utils/adt/bool.c; unit, range and values of each setting come from the recorded tables. What a server checks
beyond these (does a time zone exist, may two settings stand together) is not repeated here.
"""

from __future__ import annotations

import math
import re
import sys
from itertools import pairwise
from typing import TypeAlias

from builder.postgresql.tables import Setting

Value: TypeAlias = bool | int | float | str


class Refused(ValueError):
    """The server would not take a value; the text says why, to be read after the value."""


# As C's strtol with base 0, and as strtod: both skip leading space and take as much as they understand.
_SPACE = " \t\n\v\f\r"
_INTEGER = re.compile(rf"[{_SPACE}]*(?P<sign>[+-]?)(?P<digits>0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_REAL = re.compile(
    rf"[{_SPACE}]*(?P<number>[+-]?(?:"
    r"0x(?P<hex>[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?|"
    r"(?P<decimal>[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|"
    r"inf(?:inity)?))",
    re.IGNORECASE | re.ASCII,
)
_INT32 = 2**31
_INT64 = 2**63
_MOST_DIGITS = 4000  # that Python reads; zeros may lead

# Larger units first, each in the smallest; and the units of settings in the same.
_MEMORY = {"TB": 2**40, "GB": 2**30, "MB": 2**20, "kB": 2**10, "B": 1}
_TIME = {"d": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1}
_MEMORY_BASES = {"B": 1, "kB": 2**10, "8kB": 2**13, "MB": 2**20}

# Words, and how many of their letters are enough.
_TRUE = (("true", 1), ("yes", 1), ("on", 2))
_FALSE = (("false", 1), ("no", 1), ("off", 2))


def parse(setting: Setting, text: str) -> Value:
    """What a server takes `text` for: a number in the setting's unit, a truth, or a word in lower case.

    Strings are themselves; lists lose the space around their members. Raises Refused.
    """
    match setting.type:
        case "bool":
            return boolean(text)
        case "integer":
            return _in_range(setting, _integer(setting, text))
        case "real":
            return _in_range(setting, _converted(setting, *_leading_real(text)))
        case "enum":
            return _one_of(setting, text)
        case "list":
            return ",".join(_one_of(setting, member.strip(_SPACE)) for member in text.split(",")) if text else ""
    return text


def boolean(text: str) -> bool:
    """A truth as PostgreSQL reads it: 1, 0, or the beginning of true, false, yes, no, on or off. Raises Refused."""
    if text == "1" or _begins(text, _TRUE):
        return True
    if text == "0" or _begins(text, _FALSE):
        return False
    raise Refused("is not a boolean")


def _begins(text: str, words: tuple[tuple[str, int], ...]) -> bool:
    return any(len(text) >= least and word.startswith(text.lower()) for word, least in words)


def _integer(setting: Setting, text: str) -> int:
    match = _INTEGER.match(text)
    rest = text[match.end() :] if match else text
    if match is None and rest[:1] != ".":
        raise Refused("is not a whole number")
    number = _of_base_0(match["sign"], match["digits"]) if match else None
    if number is None or rest[:1] in (".", "e", "E"):
        number, rest = _leading_real(text)
    number = _converted(setting, number, rest)
    if not math.isfinite(number) or not -_INT32 <= round(number) < _INT32:
        raise Refused("is beyond the range of integers")
    return round(number)


def _of_base_0(sign: str, digits: str) -> float | None:
    """None for one that 64 bits do not hold."""
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10
    number = int(sign + digits, base) if len(digits) <= _MOST_DIGITS else _INT64
    return number if -_INT64 <= number < _INT64 else None


def _leading_real(text: str) -> tuple[float, str]:
    """The number that a text begins with, and the rest. One that a double cannot hold is refused."""
    match = _REAL.match(text)
    if match is None:
        raise Refused("is not a number")
    try:
        number = float.fromhex(match["number"]) if match["hex"] else float(match["number"])
    except OverflowError:
        number = math.inf
    mantissa = match["hex"] or match["decimal"] or ""
    if mantissa.strip("0.") and (math.isinf(number) or abs(number) < sys.float_info.min):
        raise Refused("is beyond the range of numbers")
    return number, text[match.end() :]


def _converted(setting: Setting, number: float, rest: str) -> float:
    """A number in the setting's own unit, when `rest` names another. A fraction is rounded to the next smaller unit."""
    unit = rest.strip(_SPACE)
    if not unit:
        return number
    if setting.unit is None:
        raise Refused("is not a number, and takes no unit")
    units = _MEMORY if setting.unit in _MEMORY_BASES else _TIME
    if unit not in units:
        raise Refused(f"has none of the units {', '.join(units)}")
    base = _MEMORY_BASES.get(setting.unit) or _TIME[setting.unit]
    converted = number * units[unit] / base
    smaller = dict(pairwise(units)).get(unit)
    if smaller is None or not math.isfinite(converted):
        return converted
    step = units[smaller] / base
    return round(converted / step) * step


def _in_range(setting: Setting, number: float) -> float:
    low, high = setting.minimum, setting.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        limits = f"{low} to {high}" if low is not None and high is not None else f"{low} or more"
        raise Refused(f"is outside {limits}" + (f", counted in {setting.unit}" if setting.unit else ""))
    return number


def _one_of(setting: Setting, text: str) -> str:
    word = text.lower()
    if word not in {value.lower() for value in (*setting.values, *setting.synonyms)}:
        raise Refused(f"is none of {', '.join(setting.values)}")
    return word
