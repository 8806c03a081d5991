"""A troposphere template as plain JSON: what is written, linted and evaluated is one object, tuples and helpers gone.

troposphere writes an object with all that is below it, and goes through what it wrote again at each level above: with
properties in properties that was a sixth of a build. Here each level is written once, as JSON asks for it. The outcome
is the same: tests compare it for every stack.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from troposphere import Template


def plain(template: Template) -> dict[str, Any]:
    """The template as the object that its JSON text parses to.

    Raises what troposphere raises for a property that is missing, and ValueError or TypeError for what JSON does not
    have (NaN, a set).
    """
    with _one_level_at_a_time():
        body: dict[str, Any] = json.loads(json.dumps(template.to_dict(), allow_nan=False, default=_one_level))
    return body


@contextmanager
def _one_level_at_a_time() -> Iterator[None]:
    troposphere: Any = import_module("troposphere")
    everything = troposphere.encode_to_dict
    troposphere.encode_to_dict = _as_it_stands
    try:
        yield
    finally:
        troposphere.encode_to_dict = everything


def _as_it_stands(node: Any) -> Any:
    return node


def _one_level(node: Any) -> Any:
    """An object of troposphere's or awacs's, written but for the objects in it."""
    for write in ("to_dict", "JSONrepr"):
        if hasattr(node, write):
            return getattr(node, write)()
    raise TypeError(f"Object of type {type(node).__name__} is not JSON serializable")
