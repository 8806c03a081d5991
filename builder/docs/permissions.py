"""The page on launch roles: what each allows, as it is committed, beside the policies that are attached elsewhere."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from builder import authorization
from builder.docs.markdown import code, table
from builder.permissions.files import FOLDER

_HEADINGS = [
    "Product",
    "Actions",
    "on ARNs",
    "on `*`, as they take no other",
    "that these two allow too",
    "Policies",
]


def section(root: Path) -> str | None:
    """The comparison as Markdown; None where no permissions are committed."""
    paths = sorted((root / FOLDER).glob("[!.]*.json"), key=lambda path: path.stem)
    if not paths:
        return None
    full = full_access()
    rows = [_row(path.stem, json.loads(path.read_text(encoding="utf-8")), full) for path in paths]
    policies = " and ".join(code(f"{name} ({version})") for name, version in _versions())
    return "\n\n".join(
        [
            f"What the launch role of each product allows, beside {policies}, which the reference architecture for "
            f"Service Catalog attaches: these two allow {len(full):,} actions, nearly all on every resource. "
            "`python build.py permissions STACK` tells who asks for each.",
            table(_HEADINGS, rows),
        ]
    )


@cache
def full_access() -> frozenset[str]:
    """Every action, in lower case, that AmazonRDSFullAccess and AmazonEC2FullAccess allow."""
    patterns = (action for policy in _recorded()["policies"].values() for action in policy["actions"])
    return frozenset(action for pattern in patterns for action in authorization.matching(pattern))


def _versions() -> list[tuple[str, str]]:
    return [(name, policy["version"]) for name, policy in _recorded()["policies"].items()]


@cache
def _recorded() -> Any:
    return json.loads(files("builder.permissions").joinpath("data", "full_access.json").read_text(encoding="utf-8"))


def _row(stack: str, policies: list[list[dict[str, Any]]], full: frozenset[str]) -> list[str]:
    statements = [statement for policy in policies for statement in policy]
    allowed = {action.lower() for statement in statements for action in statement["Action"]}
    everything = {a.lower() for each in statements if each["Resource"] == ["*"] for a in each["Action"]}
    numbers = (len(allowed), len(allowed - everything), len(everything), len(allowed & full), len(policies))
    return [code(stack), *(f"{number:,}" for number in numbers)]
