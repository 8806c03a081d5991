"""Who catches a seeded fault: the project's checks, or cfn-lint."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from builder import params
from builder.checks.catalogue import CHECKS
from builder.checks.check import Check
from builder.checks.judge import judge
from builder.evaluate import Place, parameter_values
from tests.faults import access_faults, alert_faults, cluster_faults, data_faults, shape_faults
from tests.faults.seeding import Fault, Template

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
ENVIRONMENT = "prod"
FAULTS: tuple[Fault, ...] = (
    *data_faults.FAULTS,
    *alert_faults.FAULTS,
    *access_faults.FAULTS,
    *cluster_faults.FAULTS,
    *shape_faults.FAULTS,
)


@cache
def templates() -> dict[str, Template]:
    """The built templates by stack."""
    paths = (path for path in sorted((ROOT / "dist").glob("*.json")) if path.name != "manifest.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def seeded(fault: Fault) -> Template:
    """The fault's template with the fault in it."""
    template = copy.deepcopy(templates()[fault.stack])
    fault.seed(template)
    return template


def ours(
    stack: str, template: Template, values: Mapping[str, str], checks: Sequence[Check] = CHECKS
) -> tuple[str, ...]:
    """The IDs of the project's checks that find something in a template, in the production environment."""
    given = {**params.read(ROOT / "params" / stack / f"{ENVIRONMENT}.json"), **values}
    parameters = parameter_values(template, given, file=stack)
    assert not parameters.problems, parameters.problems
    place = Place(region=REGION, stack_name=stack)
    known: Any = templates()
    verdicts = judge(
        template,
        parameters.values,
        place,
        file=stack,
        local_templates=lambda url: known.get(Path(url).stem),
        checks=checks,
    )
    return tuple(dict.fromkeys(verdict.check.id for verdict in verdicts))


def cfn_lint(faults: tuple[Fault, ...]) -> dict[str, tuple[str, ...]]:
    """The IDs of cfn-lint's own rules that find something, by fault; one process for all, its rules loaded once."""
    from builder import lint_worker

    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, template in templates().items():
            (Path(folder) / f"{name}.json").write_text(json.dumps(template))
        for fault in faults:
            path = Path(folder) / f"{fault.stack}.json"
            path.write_text(json.dumps(seeded(fault)))
            findings = lint_worker.findings(str(path), (REGION,), ())
            found[fault.name] = tuple(dict.fromkeys(finding.rule for finding in findings))
            path.write_text(json.dumps(templates()[fault.stack]))
    return found
