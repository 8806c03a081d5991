"""Where the time of a build goes: the largest costs by what they belong to."""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from bench.project import ROOT

# What pstats calls the file of what is built into Python, and what of that imports.
_BUILT_IN = "~"
_IMPORTING = (
    "<built-in method marshal.loads>",
    "<built-in method builtins.compile>",
    "<built-in method builtins.exec>",
)

SHOWN = 8


def main() -> None:
    """Builds every stack under the profiler, and prints each cost by package: ms of its own time, and its share."""
    sys.path.insert(0, str(ROOT))
    profiler = cProfile.Profile()
    profiler.enable()
    from builder.build import build

    build(ROOT, check=True, lint=False)
    profiler.disable()
    costs = _by_package(pstats.Stats(profiler))
    for what, seconds in list(costs.items())[:SHOWN]:
        print(f"{what}\t{seconds * 1000:.0f}\t{seconds / sum(costs.values()):.0%}")


def _by_package(stats: pstats.Stats) -> Mapping[str, float]:
    """Seconds by package. What is built into Python counts for whoever calls it."""
    totals: dict[str, float] = defaultdict(float)
    for (file, _, name), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file == _BUILT_IN and name not in _IMPORTING:
            for (caller, _, caller_name), (_, _, share, _) in callers.items():
                totals[_package(caller, caller_name)] += share
        else:
            totals[_package(file, name)] += own
    return dict(sorted(totals.items(), key=lambda each: -each[1]))


def _package(file: str, name: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if Path(file).is_relative_to(ROOT):
        return parts[len(ROOT.parts)]
    if "importlib" in file or name in _IMPORTING:
        return "importing modules"
    return Path(file).parent.name if Path(file).parent.name in ("json", "re") else Path(file).stem


if __name__ == "__main__":
    main()
