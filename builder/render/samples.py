"""A text that a regular expression matches: how an identifier looks of which only the schema's pattern is known."""

from __future__ import annotations

import string
from functools import lru_cache
from importlib import import_module
from typing import Any

from builder.evaluate.patterns import PatternError, matches
from builder.render.seeds import Seed

_REPEATED = 8  # how often a part without a limit is repeated, within its limits
_ALPHABET = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_./:@ " + string.punctuation
_CATEGORIES = {"digit": string.digits, "word": string.ascii_letters + string.digits + "_", "space": " "}


def fits(pattern: str, text: str) -> bool:
    """Whether a schema's pattern is found in a text. One that cannot be read says nothing against it."""
    try:
        return matches(f"(?s:.*)(?:{pattern})(?s:.*)", text)
    except PatternError:
        return True


def sample(pattern: str, seed: Seed) -> str | None:
    """A text that the pattern matches, always the same for a seed; None when none was found."""
    tree = _parsed(pattern)
    text = None if tree is None else "".join(_text(tree, _Letters(seed)))
    return text if text is not None and fits(pattern, text) else None


class _Letters:
    """Characters to choose from, one after the other, as the seed has it."""

    def __init__(self, seed: Seed) -> None:
        self._choices = iter(seed.numbers(512))

    def choose(self, alphabet: str) -> str:
        return alphabet[next(self._choices, 0) % len(alphabet)]


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> Any:
    """The pattern as Python's own parser reads it; None for what is not Python's syntax."""
    try:
        return import_module("re._parser").parse(pattern)
    except Exception:  # noqa: BLE001 - whatever it stumbles over, there is no tree
        return None


def _text(tree: Any, letters: _Letters) -> list[str]:
    pieces: list[str] = []
    for operation, argument in tree:
        match str(operation):
            case "LITERAL":
                pieces.append(chr(argument))
            case "NOT_LITERAL":
                pieces.append(letters.choose(_ALPHABET.replace(chr(argument), "")))
            case "ANY":
                pieces.append(letters.choose(string.ascii_lowercase))
            case "IN":
                pieces.append(letters.choose(_members(argument)))
            case "BRANCH":
                pieces += _text(max(argument[1], key=len), letters)
            case "SUBPATTERN":
                pieces += _text(argument[3], letters)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, part = argument
                for _ in range(low if int(high) <= 1 else min(max(low, _REPEATED), int(high))):
                    pieces += _text(part, letters)
            case _:  # anchors and assertions add nothing; the result is tried against the whole pattern
                pass
    return pieces


def _members(items: Any) -> str:
    """The characters of a class, letters and digits alone where it has any."""
    members: set[str] = set()
    negated = False
    for operation, argument in items:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                members.add(chr(argument))
            case "RANGE":
                members |= {character for character in _ALPHABET if argument[0] <= ord(character) <= argument[1]}
            case _:
                name = str(argument).removeprefix("CATEGORY_").lower()
                known = set(_CATEGORIES[name.removeprefix("not_")])
                members |= set(_ALPHABET) - known if name.startswith("not_") else known
    if negated:
        members = set(_ALPHABET) - members
    plain = "".join(sorted(member for member in members if member.isalnum()))
    return plain or "".join(sorted(members)) or "-"


@lru_cache(maxsize=1024)
def longest(pattern: str, most: int | None) -> str | None:
    """A text of `most` characters that matches a whole AllowedPattern, or the longest that was found; None for none.

    Without a limit the pattern itself must set one; where it does not, CloudFormation's own of 4,096 stands.
    """
    limit = 4096 if most is None else most
    tree = _parsed(pattern)
    if tree is None:
        return None
    _, high = tree.getwidth()
    letters = _Letters(Seed(pattern))
    for length in dict.fromkeys((min(int(high), limit), limit)):
        for filler in ("x", "1", "."):
            text = filler * length
            if _whole(pattern, text):
                return text
    stretched = "".join(_stretched(tree, letters, limit))
    return next((text for text in (stretched[:limit], stretched) if len(text) <= limit and _whole(pattern, text)), None)


def _whole(pattern: str, text: str) -> bool:
    try:
        return matches(pattern, text)
    except PatternError:
        return False


def _stretched(tree: Any, letters: _Letters, room: int) -> list[str]:
    """As `_text`, every repetition as often as it may be and as there is room."""
    pieces: list[str] = []
    for operation, argument in tree:
        if str(operation) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, high, part = argument
            length = sum(map(len, pieces))
            for _ in range(min(int(high), room)):
                if length >= room:
                    break
                more = _stretched(part, letters, room)
                length += sum(map(len, more))
                pieces += more
        elif str(operation) == "SUBPATTERN":
            pieces += _stretched(argument[3], letters, room)
        else:
            pieces += _text([(operation, argument)], letters)
    return pieces
