"""A report as JSON, for programs: every value whole, secrets left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from builder.diff.model import Diff, Notice, PropertyChange, ResourceChange
from builder.diff.report import Compared

VERSION = 1


def text(reports: Iterable[Compared]) -> str:
    """Comparisons as one JSON document. Keys are added, never changed, while `version` stays."""
    document = {"version": VERSION, "comparisons": [_comparison(compared) for compared in reports]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _comparison(compared: Compared) -> dict[str, Any]:
    judgement = compared.judgement
    return {
        "title": compared.title,
        "environments": list(compared.environments),
        "remark": compared.remark,
        "exit_code": int(judgement.exit_code),
        "blocked": [change.logical_id for change in judgement.blocked],
        "warned": [change.logical_id for change in judgement.warned],
        **_diff(compared.diff),
    }


def _diff(diff: Diff) -> dict[str, Any]:
    return {
        "resources": [_resource(change) for change in diff.resources],
        "security": _notices(diff.security),
        "policies": _notices(diff.policies),
        "exports": _notices(diff.exports),
        "defaults": _notices(diff.defaults),
        "assumptions": _notices(diff.assumptions),
        "disagreements": _notices(diff.disagreements),
        "drift": _notices(diff.drift),
    }


def _notices(notices: Sequence[Notice]) -> list[dict[str, str]]:
    return [{"where": notice.where, "what": notice.what} for notice in notices]


def _resource(change: ResourceChange) -> dict[str, Any]:
    return {
        "logical_id": change.logical_id,
        "type": change.type,
        "verdict": change.verdict.value,
        "fate": None if change.fate is None else change.fate.value,
        "loses": change.holds if change.loses else None,
        "cause": list(change.cause),
        "reasons": list(change.reasons),
        "notes": list(change.notes),
        "counterpart": change.counterpart or None,
        "properties": [_property(each) for each in change.properties],
    }


def _property(change: PropertyChange) -> dict[str, Any]:
    timing = change.timing
    return {
        "path": change.path,
        "old": change.old,
        "new": change.new,
        "effect": change.effect.value,
        "source": change.source,
        "via": list(change.via),
        "when": None if timing is None else timing.when.value,
        "interruption": None if timing is None else timing.interruption or None,
    }
