"""AllowedPattern: CloudFormation's regular expressions are Java's, and must match the whole value.

Most of Java's syntax is also that of the `regex` package; what differs is rewritten here: predefined and POSIX classes
are ASCII in Java, `\\Q...\\E` quotes, and a few escapes are spelt differently (java.util.regex.Pattern).
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import Any

_SECONDS = 2.0  # a pattern that backtracks longer than this over 4,096 bytes is not worth waiting for

_ESCAPE = re.compile(
    r"""\\Q(?P<quoted>.*?)(?:\\E|\Z)
      | \\(?P<sign>[pP])\{(?P<property>\w+)\}
      | \\k<(?P<group>\w+)>
      | \\x\{(?P<hex>[0-9A-Fa-f]+)\}
      | \\0(?P<octal>[0-3]?[0-7]{1,2})
      | \\c(?P<control>.)
      | \\(?P<plain>.)""",
    re.DOTALL | re.VERBOSE,
)
_PLAIN = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "s": r"[ \t\n\x0b\f\r]",
    "S": r"[^ \t\n\x0b\f\r]",
    "w": "[a-zA-Z_0-9]",
    "W": "[^a-zA-Z_0-9]",
    "e": r"\x1b",
}
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x00-\x7f",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x0b\f\r",
}


class PatternError(ValueError):
    """The pattern itself is wrong, or takes too long."""


def matches(pattern: str, value: str) -> bool:
    """Whether the whole of `value` matches a Java regular expression. A PatternError says what is wrong with it."""
    try:
        return _compiled(pattern).fullmatch(value, timeout=_SECONDS) is not None
    except TimeoutError:
        raise PatternError(f"takes more than {_SECONDS:g} s to match") from None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    regex = import_module("regex")  # only templates with patterns pay for it; it has no types of its own
    try:
        return regex.compile(_ESCAPE.sub(_rewritten, pattern), regex.V1)
    except (regex.error, ValueError, OverflowError) as error:
        raise PatternError(f"is not a regular expression: {error}") from error


def _rewritten(match: re.Match[str]) -> str:
    if (quoted := match["quoted"]) is not None:
        return re.escape(quoted)
    if (name := match["property"]) is not None:
        if name not in _POSIX:
            return match[0]
        return f"[{'^' if match['sign'] == 'P' else ''}{_POSIX[name]}]"
    if match["group"] is not None:
        return f"\\g<{match['group']}>"
    if match["hex"] is not None:
        return re.escape(chr(int(match["hex"], 16)))
    if match["octal"] is not None:
        return re.escape(chr(int(match["octal"], 8)))
    if match["control"] is not None:
        return re.escape(chr(ord(match["control"]) ^ 64))
    return _PLAIN.get(match["plain"], match[0])
