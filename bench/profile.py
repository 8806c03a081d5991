"""Where the time of a build goes: the largest costs by what they belong to."""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.project import ROOT


def main() -> None:
    """Builds every stack under the profiler, and prints each cost in ms of its own time, by package."""
    sys.path.insert(0, str(ROOT))
    profiler = cProfile.Profile()
    profiler.enable()
    from builder.build import build

    build(ROOT, check=True, lint=False)
    profiler.disable()
    for what, seconds in list(_by_package(pstats.Stats(profiler)).items())[:10]:
        print(f"{what}\t{seconds * 1000:.0f}")


def _by_package(stats: pstats.Stats) -> Mapping[str, float]:
    totals: dict[str, float] = {}
    for (file, _, name), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        what = _package(file, name)
        totals[what] = totals.get(what, 0.0) + own
    return dict(sorted(totals.items(), key=lambda each: -each[1]))


def _package(file: str, name: str) -> str:
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if Path(file).is_relative_to(ROOT):
        return parts[len(ROOT.parts)]
    if "importlib" in file or name in ("<built-in method marshal.loads>", "<built-in method builtins.compile>"):
        return "importing modules"
    return "dataclasses" if Path(file).name == "dataclasses.py" else "Python itself"


if __name__ == "__main__":
    main()
