"""What functions hand to each other, as expressions: frozen, and named when it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=False)
def carrier(cls: type[_Class]) -> type[_Class]:
    """`@dataclass(frozen=True, kw_only=True)` without comparison and representation, which nobody asks for.

    Both would write every resource referred to as JSON; to make them took as long as to make the rest of a class.
    """
    return dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)
