"""`python -m bench [SUITE]...`: measures, and writes docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from bench import suites
from bench.measure import RUNS
from bench.project import PYTHON, ROOT
from bench.suites import Result
from builder.docs.markdown import page, renewed, table
from builder.problems import Failure
from builder.write import write

FILE = "docs/benchmarks.md"
SUITES = {"build": suites.build, "lint": suites.lint, "commands": suites.commands, "growth": suites.growth}


def main(names: list[str]) -> int:
    """Measures the suites named, or all, and renews their parts of the page; returns an exit code."""
    unknown = [name for name in names if name not in {*SUITES, "profile"}]
    if unknown:
        print(f"error: there is no suite {unknown[0]!r}; fix: choose of {', '.join(SUITES)}, profile", file=sys.stderr)
        return 2
    parts = {"machine": ("", _machine())}
    for name, suite in SUITES.items():
        if not names or name in names:
            result = suite()
            print(_text(result))
            parts[name] = (result.title, _table(result))
    if not names or "profile" in names:
        parts["profile"] = ("Where the time goes", _profile())
    path = ROOT / FILE
    try:
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        kept = {name: ("", "") for name in (*SUITES, "profile") if name not in parts and f"generated: {name} " in old}
        text = renewed(old, _with_kept(parts, kept, old), FILE) if old else page("Benchmarks", parts)
        write(ROOT, {FILE: text})
    except Failure as failure:
        print(failure, file=sys.stderr)
        return int(failure.exit_code)
    print(f"written  {FILE}")
    return 0


def _with_kept(
    parts: dict[str, tuple[str, str]], kept: dict[str, tuple[str, str]], old: str
) -> dict[str, tuple[str, str]]:
    """The parts that were not measured now, as they stand in the page."""
    for name in kept:
        inside = old.partition(f"<!-- generated: {name} -->")[2].partition("<!-- end -->")[0]
        parts[name] = ("", inside.strip())
    return parts


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _cpuinfo().splitlines() if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    packages = ", ".join(f"{name} {version(name)}" for name in ("troposphere", "awacs", "cfn-lint", "click"))
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()} {platform.release().partition('-')[0]}, Python"
        f" {platform.python_version()}, {packages}. Each figure is the median of whole processes, {RUNS} runs each (5"
        f" with what takes seconds, {3 * RUNS} of a build), the cases of a table in turn, after one that does not"
        " count. Memory is the peak of the largest process. Ratios mean something on any machine; seconds do not."
    )


def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.is_file() else ""


def _rows(result: Result) -> list[list[str]]:
    return [
        [
            line.what,
            f"{line.sample.wall:.3f} s" if line.sample.wall < 10 else f"{line.sample.wall:.1f} s",
            f"{line.sample.cpu:.3f} s" if line.sample.cpu < 10 else f"{line.sample.cpu:.1f} s",
            f"{line.sample.memory:.0f} MiB",
            line.ratio,
            line.goal,
        ]
        for line in result.lines
    ]


def _table(result: Result) -> str:
    return "\n\n".join([table(["What", "Wall", "CPU", "Memory", "Ratio", "Goal"], _rows(result)), *result.notes])


def _text(result: Result) -> str:
    return "\n".join([result.title, *("  " + "  ".join(row) for row in _rows(result)), *result.notes])


def _profile() -> str:
    done = subprocess.run([PYTHON, "-m", "bench.profile"], cwd=ROOT, check=True, capture_output=True, text=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return table(["Cost of `build --no-lint` by what it belongs to", "ms, under the profiler", "Share"], rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
