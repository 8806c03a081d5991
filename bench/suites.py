"""What is measured, each suite with its goals."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import synthesis
from bench.measure import RUNS, Case, Sample, measure, slope
from bench.project import PYTHON, ROOT, copy, generated, large
from bench.rendering import REGIONS
from builder.checks import RULES

_PASS = "the interpreter: `python -c pass`"
_LARGE = "`diff` of two templates of 500 resources, a fifth of which is replaced with all that follows"
_FLOOR = "the floor: importing the troposphere modules that the stacks use"
_CALLS = "`cfn-lint`, one call for each template, with the project's checks"
_ALONE = "`cfn-lint`, one call for each template, without them"
_JUDGED = "the project's checks, in every environment"
_LINT = "`build.py lint`, nothing known"
_UNCHANGED = "`build`, nothing changed"
_STACK = "rds-high-availability"
_TEMPLATE = f"dist/{_STACK}.json"
# The parent and its child of the original design are here tap-stack and what it nests.
ORIGINAL = ("tap-stack", "rds-high-availability")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a result: what, its sample, and how it stands to its goal; "" for none."""

    what: str
    sample: Sample
    ratio: str = ""
    goal: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One suite's lines, and what else it found."""

    name: str
    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def build() -> Result:
    """The build without the linter, against the interpreter, the floor, and the CDK where it is installed."""
    imports = f"import {', '.join(_troposphere())}"
    stacks = sorted(path.stem for path in (ROOT / "dist").glob("*.json") if path.stem != "manifest")
    one, every, original = (
        f"`build --no-lint {_STACK}`",
        f"`build --no-lint`, {len(stacks)} stacks",
        f"`build --no-lint`, {len(ORIGINAL)} stacks that the original corresponds to",
    )
    cdk = synthesis.case()
    with copy() as root:
        cases = {
            _PASS: Case(command=(PYTHON, "-c", "pass"), folder=root),
            _FLOOR: Case(command=(PYTHON, "-c", imports), folder=root),
            one: _command(root, "build", "--no-lint", _STACK),
            every: _command(root, "build", "--no-lint"),
            original: _command(root, "build", "--no-lint", *ORIGINAL),
        }
        found = measure(cases, runs=3 * RUNS)  # what is so short varies
        found |= measure(dict([cdk]), runs=5) if cdk else {}
    floor = found[_FLOOR].wall
    lines = []
    for what, sample in found.items():
        ratio = sample.wall / floor
        told, goal = f"{ratio:.2f} x the floor", ""
        if what in (one, every):
            limit = 1.5 if what == one else 3.0
            goal = f"{limit:g} x the floor: {_kept(ratio <= limit)}"
        elif what == original and cdk:
            times, share = found[cdk[0]].wall / sample.wall, sample.memory / found[cdk[0]].memory
            told = f"{times:.0f} x faster than `cdk synth`, {share:.0%} of its memory"
            goal = f"20 x, under a tenth: {_kept(times >= 20 and share < 0.1)}"
        lines.append(Line(what=what, sample=sample, ratio=told, goal=goal))
    notes = (f"`make bench-cdk`: {synthesis.resources()} resources, as the original had.",) if cdk else ()
    return Result(name="build", title="Building", lines=tuple(lines), notes=notes)


def lint() -> Result:
    """Lint of all templates, cold, warm and after a change, against one cfn-lint call for each; our checks' share."""
    with copy() as root:
        forget = (PYTHON, "-c", "import shutil; shutil.rmtree('.cache', ignore_errors=True)")
        change = (PYTHON, "-c", _CHANGE)
        cold = {
            _CALLS: _each(root, "--append-rules", str(RULES)),
            _ALONE: _each(root),
            _JUDGED: _rendering(root, "judge"),
            _LINT: Case(command=(PYTHON, "build.py", "lint"), folder=root, before=forget),
        }
        found = measure(cold, runs=5, warm_up=False)  # each round takes a minute, and the first is like the others
        warm = {
            _UNCHANGED: _command(root, "build"),
            "`build`, one template changed": Case(command=(PYTHON, "build.py", "build"), folder=root, before=change),
        }
        subprocess.run([PYTHON, "build.py", "build"], cwd=root, check=True, capture_output=True)
        found |= measure(warm, runs=5)
    times = found[_CALLS].wall / found[_LINT].wall
    ours = found[_CALLS].cpu - found[_ALONE].cpu + found[_JUDGED].cpu
    share = ours / found[_ALONE].cpu
    ratios = {_LINT: f"{times:.1f} x faster", _JUDGED: f"{share:.0%} of cfn-lint's, with what the calls take longer"}
    goals = {
        _LINT: f"3 x: {_kept(times >= 3)}",
        _JUDGED: f"30%: {_kept(share < 0.3)}",
        _UNCHANGED: f"0.5 s: {_kept(found[_UNCHANGED].wall < 0.5)}",
    }
    lines = [
        Line(what=what, sample=sample, ratio=ratios.get(what, ""), goal=goals.get(what, ""))
        for what, sample in found.items()
    ]
    note = (
        f"The project's checks cost {max(ours, 0):.1f} s of CPU: what cfn-lint takes longer with them, and judging"
        " every environment, as a cold build does. cfn-lint's time is that of its own command."
    )
    return Result(name="lint", title="Linting", lines=tuple(lines), notes=(note,))


# What a person types, by its arguments.
_COMMANDS = {
    "`--help`": ("--help",),
    "`params`": ("params",),
    f"`render {_TEMPLATE} --env prod`": ("render", _TEMPLATE, "--env", "prod"),
    f"`diff` of {_TEMPLATE} with itself": ("diff", _TEMPLATE, _TEMPLATE, "--env", "prod"),
    _LARGE: ("diff", "old.json", "new.json"),
    f"`roles {_TEMPLATE} --env prod`": ("roles", _TEMPLATE, "--env", "prod"),
    "`docs --check`, unchanged": ("docs", "--check", "--no-pictures"),
    f"`permissions {_STACK}`": ("permissions", _STACK),
}


def commands() -> Result:
    """The other commands against the interpreter's start, and rendering everything."""
    with copy() as root:
        asked = {what: _command(root, *words) for what, words in _COMMANDS.items()}
        for name, cidr in (("old", "10.0.0.0/16"), ("new", "10.0.0.0/8")):
            (root / f"{name}.json").write_text(json.dumps(large(cidr)))
        environments = len(list((root / "params").glob("*/*.json")))
        every = f"rendering all stacks in all environments and {REGIONS} Regions: {environments * REGIONS} times"
        cases = {_PASS: Case(command=(PYTHON, "-c", "pass"), folder=root), **asked, every: _rendering(root, "render")}
        subprocess.run([PYTHON, "build.py", "docs", "--no-pictures"], cwd=root, check=True, capture_output=True)
        found = measure(cases)
    start = found[_PASS].wall
    goals = {_LARGE: 1, every: 2}
    lines = [
        Line(
            what=what,
            sample=each,
            ratio=f"{each.wall / start:.1f} x the interpreter",
            goal=f"{goals[what]} s: {_kept(each.wall < goals[what])}" if what in goals else "",
        )
        for what, each in found.items()
    ]
    return Result(name="commands", title="Other commands", lines=tuple(lines))


def growth() -> Result:
    """Time and memory with more parameter files, and with more stacks."""
    lines, notes = [], []
    for what, counts in (("parameter files", (10, 100, 1000)), ("stacks", (10, 30, 100))):
        with ExitStack() as folders:
            cases = {}
            for count in counts:
                stacks, files = (count, 1) if what == "stacks" else (1, count)
                root = folders.enter_context(generated(stacks, files))
                cases[count] = (f"`build --no-lint`, {count:,} {what}", _command(root, "build", "--no-lint"))
            found = measure(dict(cases.values()), runs=3 * RUNS)  # what is so short varies
        lines += [Line(what=name, sample=sample) for name, sample in found.items()]
        samples = {count: found[name] for count, (name, _) in cases.items()}
        time, fit = slope([(float(count), sample.wall) for count, sample in samples.items()])
        memory, memory_fit = slope([(float(count), sample.memory) for count, sample in samples.items()])
        linear = _kept(fit > 0.98 and (memory_fit > 0.9 or memory < 0.01))
        notes.append(
            f"One more of the {what}: {time * 1000:.2f} ms (R² {fit:.3f}), {memory * 1024:.1f} KiB. Linear: {linear}."
        )
    return Result(name="growth", title="Growth", lines=tuple(lines), notes=tuple(notes))


def _troposphere() -> Sequence[str]:
    """The modules of troposphere and awacs that are there when every stack has been built."""
    code = (
        "import sys; from pathlib import Path; from builder.assemble import assemble; assemble(Path('.').resolve());"
        "print(*sorted(n for n in sys.modules if n.split('.')[0] in ('troposphere', 'awacs') and n.count('.') < 2))"
    )
    done = subprocess.run([PYTHON, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.split()


def _command(root: Path, *arguments: str) -> Case:
    return Case(command=(PYTHON, "build.py", *arguments), folder=root)


def _rendering(root: Path, what: str) -> Case:
    code = f"import sys; sys.path += ['', {str(ROOT)!r}]; from bench.rendering import main; main({what!r})"
    return Case(command=(PYTHON, "-c", code), folder=root)


def _cfn_lint_calls(root: Path, *options: str) -> Iterator[Sequence[str]]:
    """One call of cfn-lint's own command for each template, in the Regions that its stack declares."""
    code = (
        "from pathlib import Path; from builder.assemble import assemble; import json;"
        "print(json.dumps({b.file: b.stack.regions for b in assemble(Path('.').resolve()).built.values()}))"
    )
    done = subprocess.run([PYTHON, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    for file, regions in json.loads(done.stdout).items():
        yield [
            str(Path(PYTHON).with_name("cfn-lint")),
            "--include-checks",
            "I",
            *options,
            "--regions",
            *regions,
            "--",
            file,
        ]


def _each(root: Path, *options: str) -> Case:
    calls = list(map(list, _cfn_lint_calls(root, *options)))
    code = f"import subprocess\nfor call in {calls!r}: subprocess.run(call, stdout=-3, check=True)"
    return Case(command=(PYTHON, "-c", code), folder=root)


# A text that was never linted before: what was is known.
_CHANGE = r"""
import re, time
from pathlib import Path
path = Path("templates/stacks/tap_stack.py")
path.write_text(re.sub(r'^"+[^:]*:', f'{chr(34) * 3}The parent {time.time_ns()}:', path.read_text(), count=1))
"""


def _kept(is_kept: bool) -> str:
    return "kept" if is_kept else "**missed**"
