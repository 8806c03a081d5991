"""What of a value that AWS tells may be shown: nothing into which a parameter with NoEcho goes.

AWS masks such parameters where it shows them as parameters; whether it does so in every property is not documented.
"""

from __future__ import annotations

from collections.abc import Collection

from builder.diff.change_set import Conceal
from builder.diff.sides import HIDDEN, Side
from builder.diff.values import normal


def concealing(sides: Collection[Side], secrets: Collection[str], *, known: bool) -> Conceal:
    """Judges values by both sides of a change, and by the `secrets` themselves.

    `known` is whether the sides are all that there is: where they are not, no value can be told to be harmless.
    """

    def conceal(path: str, attribute: str, name: str, value: str) -> str:
        if not known or any(_goes_into(side, path, attribute, name) for side in sides):
            return HIDDEN
        return HIDDEN if any(secret and secret in value for secret in secrets) else value

    return conceal


def _goes_into(side: Side, path: str, attribute: str, name: str) -> bool:
    """Whether a secret goes into a property, or an attribute such as Metadata, of a resource of a side."""
    *above, logical_id = path.split("/")
    for stack in above:
        child = side.child(stack)
        if child is None:
            return True
        side = child
    resource = side.rendered.resources.get(logical_id, {})
    section, steps = ("Properties", (name,)) if attribute in ("Properties", "Tags") and name else (attribute, ())
    value = resource.get(section)
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value is not None and normal(side.shown(logical_id, section, steps, value)) != normal(value)
