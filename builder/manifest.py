"""dist/manifest.json: what the build wrote, for whoever deploys, publishes or reviews it.

One line per template: the sha256 and the size in bytes of the file as it stands in dist/, the capabilities that
deploying it takes, and how many resources it holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from builder.problems import Failure, Problem

FILE = "dist/manifest.json"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One template of dist/."""

    sha256: str
    bytes: int
    capabilities: tuple[str, ...]
    resources: int


def entry(text: str, *, capabilities: tuple[str, ...], resources: int) -> Entry:
    """The entry of a template whose file holds `text`."""
    body = text.encode()
    return Entry(
        sha256=hashlib.sha256(body).hexdigest(), bytes=len(body), capabilities=capabilities, resources=resources
    )


def text(entries: Mapping[str, Entry]) -> str:
    """The manifest's JSON text, in the order of the stacks' names."""
    lines = [f"{json.dumps(name)}:{json.dumps(asdict(entries[name]))}" for name in sorted(entries)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read(root: Path) -> dict[str, Entry]:
    """The entries by stack name; empty when nothing was built yet. Raises Failure for a file that is no manifest."""
    try:
        entries = json.loads((root / FILE).read_bytes())
        if any("/" in name for name in entries):
            raise ValueError("a stack's name is no path")
        return {
            name: Entry(
                sha256=fields["sha256"],
                bytes=fields["bytes"],
                capabilities=tuple(fields["capabilities"]),
                resources=fields["resources"],
            )
            for name, fields in entries.items()
        }
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        fix = "delete it and run python build.py build, which writes it anew"
        raise Failure(
            [Problem(file=FILE, what=f"is no manifest ({type(error).__name__}: {error})", fix=fix)]
        ) from error
