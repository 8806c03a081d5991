"""The AWS CDK, for comparison: `python -m bench.synthesis` installs it into .cache/cdk; the suite `build` finds it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from bench.measure import Case
from bench.project import ROOT

FOLDER = ROOT / ".cache" / "cdk"
_LIBRARY = FOLDER / "node_modules" / "aws-cdk-lib"
_RESOURCES = 54  # of the original's nested stack


def case() -> tuple[str, Case] | None:
    """What to call it and how to run it; None where it is not installed."""
    node = shutil.which("node")
    if node is None or not _LIBRARY.is_dir():
        return None
    version = json.loads((_LIBRARY / "package.json").read_text())["version"]
    command = (str(FOLDER / "node_modules/.bin/cdk"), "synth", "--quiet", "--app", f"{node} app.js", "--output", "out")
    return f"`cdk synth` of the original design, aws-cdk-lib {version}", Case(command=command, folder=FOLDER)


def resources() -> int:
    """How many resources the larger of the synthesised templates has. Raises SystemExit for another design."""
    found = max(len(json.loads(path.read_text())["Resources"]) for path in (FOLDER / "out").glob("*.template.json"))
    if abs(found - _RESOURCES) > 1:  # with or without the CDK's own metadata
        raise SystemExit(
            f"error: the CDK makes {found} resources, the original had {_RESOURCES}; fix: bench/cdk/app.js"
        )
    return found


def main() -> int:
    """Installs what is not installed yet; returns an exit code."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        print("error: node or npm is not installed; fix: install Node.js 20 or later", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("app.js", "package.json"):
        shutil.copy(Path(__file__).parent / "cdk" / name, FOLDER)
    if not _LIBRARY.is_dir():
        print("Installing aws-cdk-lib and aws-cdk into .cache/cdk; this takes a minute, once", file=sys.stderr)
        done = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=FOLDER, check=False)
        if done.returncode:
            print("error: npm could not install them; fix: see what it said above", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
