"""No unmodified template of the project trips a check, in any environment and Region that its stack declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from builder import params
from builder.checks.judge import judge
from builder.evaluate import Place, parameter_values
from builder.load import discover, load

ROOT = Path(__file__).resolve().parents[3]
STACKS = discover(ROOT)
FILES = sorted(path for path in (ROOT / "params").glob("*/*.json") if path.parent.name in STACKS)


# These run the lines that the others run.
MEASURED = {
    f"{name}/prod.json" for name in ("rds-cluster", "rds-high-availability", "rds-operations", "rds-restore-tests")
}
CASES = [
    pytest.param(
        path, marks=[] if path.relative_to(ROOT / "params").as_posix() in MEASURED else [pytest.mark.unmeasured]
    )
    for path in FILES
]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_template_is_clean_in_every_environment_and_region(path: Path) -> None:
    name = path.parent.name
    template = json.loads((ROOT / "dist" / f"{name}.json").read_text(encoding="utf-8"))
    parameters = parameter_values(template, params.read(path), file=str(path))
    assert not parameters.problems

    def beside(url: str) -> Any:
        return json.loads((ROOT / "dist" / Path(url).name).read_text(encoding="utf-8"))

    for region in load(ROOT, name, STACKS[name]).regions:
        place = Place(region=region, stack_name=name)
        assert judge(template, parameters.values, place, file=name, local_templates=beside) == ()
