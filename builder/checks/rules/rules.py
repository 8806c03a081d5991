"""Every check as a rule of cfn-lint: `cfn-lint --append-rules builder/checks/rules TEMPLATE`.

The template is rendered once for each parameter set that cfn-lint is given (--parameters, --parameter-files,
--deployment-files), else for its defaults, in one Region of each partition asked for. Where a value is missing that
only a deployment gives, one of the right type stands for it.

cfn-lint imports this file by its path, so that `builder` need not be installed for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch

if TYPE_CHECKING:
    from cfnlint.template.template import Template

_ROOT = str(Path(__file__).resolve().parents[3])
if _ROOT not in sys.path:  # pragma: no cover - where cfn-lint runs in a process of its own, as a test has it do
    sys.path.append(_ROOT)

from builder.checks.adapter import matches  # noqa: E402
from builder.checks.judge import ALL  # noqa: E402


def _match(self: CloudFormationLintRule, cfn: Template) -> list[Any]:
    found = matches(cfn).get(self.id, ())  # pragma: no cover - in that process
    return [RuleMatch(path, message) for path, message in found]  # pragma: no cover - in that process


for _check in ALL:
    globals()[_check.id] = type(
        _check.id,
        (CloudFormationLintRule,),
        {
            "__module__": __name__,
            "__doc__": _check.reason,
            "id": _check.id,
            "shortdesc": _check.reason,
            "description": _check.reason,
            "source_url": _check.source,
            "tags": ["resources"],
            "match": _match,
        },
    )
