"""The AWS CDK, for comparison: `python -m bench.synthesis` installs it into .cache/cdk; the suite `build` finds it.

In Python, as the original design is: the library from PyPI, its command line from npm.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.measure import Case
from bench.project import ROOT

FOLDER = ROOT / ".cache" / "cdk"
_SOURCE = Path(__file__).parent / "cdk"
_PYTHON = FOLDER / "venv" / "bin" / "python"
_CDK = FOLDER / "node_modules" / ".bin" / "cdk"
_DONE = FOLDER / "installed"
_RESOURCES = 54  # of the original's nested stack


def case() -> tuple[str, Case] | None:
    """What to call it and how to run it; None where it is not installed."""
    if shutil.which("node") is None or not _DONE.is_file():
        return None
    version = re.search(r"aws-cdk-lib==(\S+)", (_SOURCE / "requirements.txt").read_text())
    assert version is not None
    command = (str(_CDK), "synth", "--quiet", "--app", f"{_PYTHON} {_SOURCE / 'app.py'}", "--output", "out")
    return f"`cdk synth` of the original design, aws-cdk-lib {version[1]}", Case(command=command, folder=FOLDER)


def resources() -> int:
    """How many resources the larger of the synthesised templates has. Raises SystemExit for another design."""
    found = max(len(json.loads(path.read_text())["Resources"]) for path in (FOLDER / "out").glob("*.template.json"))
    if abs(found - _RESOURCES) > 1:  # with or without the CDK's own metadata
        raise SystemExit(
            f"error: the CDK makes {found} resources, the original had {_RESOURCES}; fix: bench/cdk/app.py"
        )
    return found


def main() -> int:
    """Installs what is not installed yet; returns an exit code."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("error: node or npm is not installed; fix: install Node.js 20 or later", file=sys.stderr)
        return 1
    if _DONE.is_file():
        return 0
    print("Installing aws-cdk-lib and aws-cdk into .cache/cdk; this takes a minute, once", file=sys.stderr)
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(_SOURCE / "package.json", FOLDER)
    steps = (
        [npm, "install", "--no-audit", "--no-fund", "--silent"],
        [sys.executable, "-m", "venv", "venv"],
        [str(_PYTHON), "-m", "pip", "install", "--quiet", "--requirement", str(_SOURCE / "requirements.txt")],
    )
    for step in steps:
        if subprocess.run(step, cwd=FOLDER, check=False).returncode:
            print("error: it could not be installed; fix: see what was said above", file=sys.stderr)
            return 1
    _DONE.write_text("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
