"""JSONata in the fields of a state: `{% ... %}` is evaluated, all else stands for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata

from simulator.states.errors import QUERY, Mistake, StateError
from simulator.states.values import NotJson, from_jsonata, to_jsonata

_OPEN, _CLOSE = "{%", "%}"


def expression(text: object) -> str | None:
    """What stands between the marks; None if this is no expression."""
    if isinstance(text, str) and text.startswith(_OPEN) and text.endswith(_CLOSE) and len(text) >= 4:
        return text[len(_OPEN) : -len(_CLOSE)].strip()
    return None


def expressions(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every expression within a field, with the path to it."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from expressions(each, f"{path}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from expressions(each, f"{path}[{index}]")
    elif (text := expression(value)) is not None:
        yield path, text


@cache
def parsed(text: str) -> Jsonata:
    """The expression, ready to be evaluated again and again. Raises jsonata's JException where it does not parse."""
    made = Jsonata(text)
    made.set_output_convert_nulls(False)
    return made


def evaluate(value: Any, bindings: Mapping[str, Any], field: str) -> Any:
    """A field with its expressions evaluated; `bindings` are variables and functions, by name without `$`.

    Raises StateError(States.QueryEvaluationError) where an expression fails, gives nothing or gives no JSON.
    """
    if isinstance(value, Mapping):
        return {key: evaluate(each, bindings, f"{field}/{key}") for key, each in value.items()}
    if isinstance(value, list):
        return [evaluate(each, bindings, f"{field}[{index}]") for index, each in enumerate(value)]
    text = expression(value)
    return value if text is None else _evaluated(text, bindings, field)


def typed(value: Any, kind: type, field: str) -> Any:
    """The value of a field that must be of a type. Raises StateError(States.QueryEvaluationError) if it is not."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        expected = {bool: "boolean", int: "integer", list: "array", str: "string"}[kind]
        raise StateError(QUERY, f"The field '{field}' gave {value!r} where its type must be '{expected}'.")
    return value


def _evaluated(text: str, bindings: Mapping[str, Any], field: str) -> Any:
    where = f"The JSONata expression '{text}' specified for the field '{field}'"
    try:
        ready = parsed(text)
    except JException as error:
        raise Mistake(f"{where} is no JSONata: {error}") from error
    try:
        result = ready.evaluate(None, {name: to_jsonata(each) for name, each in bindings.items()})
        if result is None:
            raise StateError(QUERY, f"{where} returned nothing (undefined).")
        return from_jsonata(result)
    except NotJson:
        raise StateError(QUERY, f"{where} returned an unsupported result type.") from None
    except StateError:
        raise
    except Exception as error:  # jsonata-python lets Python's own errors through, e.g. of division
        raise StateError(QUERY, f"{where} threw an error during evaluation: {error}") from error
