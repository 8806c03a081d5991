"""The functions that Step Functions adds to JSONata, and the two that read a clock.

(Step Functions developer guide, "Transforming data with JSONata": $partition, $range, $hash, $random, $uuid, $parse;
$eval is not offered.)
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from jsonata.jsonata import Jsonata

from simulator.states.clock import Clock
from simulator.states.values import from_jsonata, to_jsonata

ADDED = frozenset({"partition", "range", "hash", "random", "uuid", "parse"})
REMOVED = frozenset({"eval"})

# As $hash names them.
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def known() -> frozenset[str]:
    """The name of every function that an expression may call, without `$`."""
    frame: Any = Jsonata.static_frame  # None only until jsonata is imported
    return frozenset(frame.bindings) - REMOVED | ADDED


def bindings(clock: Clock, random: Random) -> Mapping[str, Any]:
    """What stands behind those names where JSONata's own will not do; time and chance are the test's."""

    def now(picture: str | None = None, zone: str | None = None) -> Any:
        return Jsonata("$fromMillis($at, $picture, $zone)").evaluate(
            None, {"at": clock.milliseconds, "picture": picture, "zone": zone}
        )

    def chance(seed: Any = None) -> float:
        return (random if seed is None else Random(seed)).random()

    def identifier() -> str:
        return str(uuid.UUID(int=random.getrandbits(128), version=4))

    added: Mapping[str, Callable[..., Any]] = {
        "partition": _partition,
        "range": _range,
        "hash": _hash,
        "random": chance,
        "uuid": identifier,
        "parse": lambda text: to_jsonata(json.loads(text)),
        "now": now,
        "millis": lambda: clock.milliseconds,
    }
    callable_in_jsonata: Any = Jsonata.JLambda
    return {**{name: callable_in_jsonata(function) for name, function in added.items()}, **dict.fromkeys(REMOVED)}


def _partition(array: Any, size: Any) -> list[Any]:
    members = array if isinstance(array, list) else [array]
    return [members[start : start + int(size)] for start in range(0, len(members), int(size))]


def _range(first: Any, last: Any, step: Any) -> list[int]:
    past_the_end = 1 if step > 0 else -1
    return list(range(int(first), int(last) + past_the_end, int(step)))


def _hash(value: Any, algorithm: Any) -> str:
    data = from_jsonata(value)
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    return hashlib.new(_ALGORITHMS[algorithm], text.encode(), usedforsecurity=False).hexdigest()
