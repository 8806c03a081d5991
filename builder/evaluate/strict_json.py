"""JSON read strictly: no duplicate keys, no NaN, no halves of surrogate pairs, bounded depth, errors with lines."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from builder.problems import Failure, Problem

DEEPEST = 100  # levels; the deepest public templates stay under 30
_MOST_DIGITS = 400  # about what a double-precision number has at most

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


class _Duplicate(Exception):
    pass


def parse_json(text: str, file: str) -> Any:
    """The value of a JSON text. A Failure tells what is wrong, with its line; `file` is its name for people."""
    try:
        document = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite, parse_int=_integer
        )
        if "\\ud" in text.lower():
            json.dumps(document, ensure_ascii=False).encode()
    except _Duplicate:
        raise Failure(_duplicates(text, file)) from None
    except json.JSONDecodeError as error:
        what = f"is not valid JSON: {error.msg} at line {error.lineno} column {error.colno}"
        raise Failure([Problem(file=file, what=what, fix=f"correct line {error.lineno}")]) from None
    except UnicodeEncodeError:
        what = "holds half of a surrogate pair, such as \\ud800, which is no character"
        raise Failure([Problem(file=file, what=what, fix="remove it")]) from None
    except RecursionError:
        raise too_deep(file) from None
    except ValueError as error:
        raise Failure([Problem(file=file, what=f"is not valid JSON: {error}", fix="correct the number")]) from None
    check_depth(document, file)
    return document


def check_depth(document: Any, file: str) -> None:
    """Refuse what is nested so deeply that it is no template."""
    level, depth = [document], 0
    while level := [node for node in level if isinstance(node, (dict, list))]:
        depth += 1
        if depth > DEEPEST:
            raise too_deep(file)
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node)]


def too_deep(file: str) -> Failure:
    """The failure of a file that is nested too deeply."""
    return Failure([Problem(file=file, what=f"is nested more than {DEEPEST} levels deep", fix="flatten it")])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise _Duplicate
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(text)} digits is too large")
    return int(text)


def _duplicates(text: str, file: str) -> list[Problem]:
    """Every key that an object has twice. The text is valid JSON; only now is it worth finding the lines."""
    problems = []
    seen: list[dict[str, int] | None] = []
    before = ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token == "{":
            seen.append({})
        elif token == "[":
            seen.append(None)
        elif token in "}]":
            seen.pop()
        elif token[0] == '"' and before in "{," and seen and (keys := seen[-1]) is not None:
            key, line = json.loads(token), text.count("\n", 0, match.start()) + 1
            if key in keys:
                what = f"line {line}: key {key!r} is given a second time, after line {keys[key]}"
                problems.append(Problem(file=file, what=what, fix="remove one of them"))
            keys.setdefault(key, line)
        before = token
    return problems
