"""The catalogue of the project's checks: what each asks, why, and where AWS says so."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from builder.checks.check import Check
from builder.checks.judge import ALL, UNRESOLVED
from builder.docs.markdown import code, prose, table

_SEVERITIES = {"E": "error", "W": "warning"}


def sections() -> dict[str, tuple[str, str]]:
    """The generated parts of the page: one for all, then one for each subject, as the checks' modules have them."""
    errors = sum(check.id.startswith("E") for check in ALL)
    parts = {"severities": ("", f"{len(ALL)} checks: {errors} errors, {len(ALL) - errors} warnings.")}
    grouped: dict[str, list[Check]] = {"": [UNRESOLVED]}
    for check in ALL:
        if check is not UNRESOLVED:
            grouped.setdefault(check.find.__module__, []).append(check)
    for module, checks in grouped.items():
        name = module.rpartition(".")[2].replace("_", "-") or "rendering"
        parts[name] = (_subject(checks[0]) if module else "What cannot be rendered", _table(checks))
    return parts


def _subject(check: Check) -> str:
    """What a check's module says that it is about: the first line of its docstring, up to the colon."""
    module = inspect.getmodule(check.find)
    return (inspect.getdoc(module) or "").partition("\n")[0].partition(":")[0].rstrip(".")


def _table(checks: Sequence[Check]) -> str:
    rows = [[code(check.id), _SEVERITIES[check.id[0]], prose(check.reason), prose(check.source)] for check in checks]
    return table(["Check", "Severity", "Reason", "Source"], rows)
