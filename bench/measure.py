"""Measures whole processes: wall time, CPU time and peak memory, the cases of a group in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNS = 7


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command, and where it runs. `before` is run before each time, unmeasured. `code` is what it must return."""

    command: tuple[str, ...]
    folder: Path
    before: tuple[str, ...] = ()
    code: int = 0


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Medians: wall and CPU time in seconds, peak resident memory of the largest process in MiB."""

    wall: float
    cpu: float
    memory: float
    runs: int


def measure(cases: Mapping[str, Case], runs: int = RUNS, *, warm_up: bool = True) -> dict[str, Sample]:
    """Runs every case as often as asked for, each in its turn, after one round that does not count."""
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in cases}
    for number in range(0 if warm_up else 1, runs + 1):
        for name, case in cases.items():
            if sys.stderr.isatty():
                print(f"\r\033[K{name} {number}/{runs}", end="", file=sys.stderr, flush=True)
            once = _once(name, case)
            if number:
                found[name].append(once)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return {name: _sample(each) for name, each in found.items()}


def _sample(runs: Sequence[tuple[float, float, float]]) -> Sample:
    wall, cpu, memory = (statistics.median(column) for column in zip(*runs, strict=True))
    return Sample(wall=wall, cpu=cpu, memory=memory, runs=len(runs))


def _once(name: str, case: Case) -> tuple[float, float, float]:
    if case.before:
        subprocess.run(case.before, cwd=case.folder, env=_environment(), check=True, capture_output=True)
    with (case.folder / ".bench.err").open("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            case.command, cwd=case.folder, env=_environment(), stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != case.code:
            errors.seek(0)
            raise SystemExit(f"{name}: exit code {process.returncode}: {' '.join(case.command)}\n{errors.read()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _environment() -> dict[str, str]:
    """Without settings of Python's: where it may keep no compiled modules, what is measured is the compiler."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Of a straight line through the points: what one more costs, and how much of the variation it explains (R²)."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    flat = len(set(ys)) == 1  # nothing varies, and all of it is explained
    return statistics.linear_regression(xs, ys).slope, 1.0 if flat else statistics.correlation(xs, ys) ** 2
