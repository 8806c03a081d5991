"""JSON as Python holds it and as jsonata-python does: there None is "nothing", and null a value of its own."""

from __future__ import annotations

from typing import Any

from jsonata.utils import Utils


class NotJson(Exception):
    """An expression gave something that is not JSON, such as a function."""


def to_jsonata(value: Any) -> Any:
    """A copy, so that no expression can change what it is given."""
    if isinstance(value, dict):
        return {key: to_jsonata(each) for key, each in value.items()}
    if isinstance(value, list):
        return [to_jsonata(each) for each in value]
    return Utils.NULL_VALUE if value is None else value


def from_jsonata(value: Any) -> Any:
    """Plain JSON. Raises NotJson for a function or an infinite number."""
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: from_jsonata(each) for key, each in value.items()}
    if isinstance(value, list):  # a range of numbers answers by index only
        return [from_jsonata(value[index]) for index in range(len(value))]
    if isinstance(value, float):
        if value - value != 0:
            raise NotJson
        return int(value) if value.is_integer() else value
    if isinstance(value, str | int):
        return value
    raise NotJson
