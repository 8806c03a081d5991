"""What was worked out before and still holds: nothing that it depends on has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

CACHE = ".cache/docs"
_BUILDER = Path(__file__).resolve().parent.parent


def remembered(folder: Path | None, facts: object, work_out: Callable[[], Mapping[str, str]]) -> Mapping[str, str]:
    """The outcome of `work_out`, which depends on `facts`, the builder's own code and the registry schemas alone.

    It is kept in `folder`; None keeps nothing.
    """
    if folder is None:
        return work_out()
    text = json.dumps([facts, _code()], sort_keys=True)
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    with suppress(OSError, ValueError):
        known = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(known, dict):
            return known
    found = work_out()
    with suppress(OSError):  # what cannot be kept costs time, nothing else
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), encoding="utf-8")
    return found


@cache
def _code() -> str:
    """A digest of the builder's code and data, and of the version of cfn-lint, which brings the schemas."""
    files = [path for pattern in ("*.py", "*.json") for path in _BUILDER.rglob(pattern)]
    spec = find_spec("cfnlint")
    if spec is not None and spec.origin is not None:
        files.append(Path(spec.origin).with_name("version.py"))
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()
