"""Derived permissions as committed files, `templates/permissions/<stack>.json`: launch roles are composed of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from builder import memory, schemas
from builder.capabilities import reachable

if TYPE_CHECKING:
    from builder.assemble import Built
    from builder.permissions.policies import Policy

FOLDER = "templates/permissions"
CACHE = ".cache/permissions"
# Service Catalog names the stacks of what is launched SC-<account>-<provisioned product>.
LAUNCHED = "SC-*"


def file_of(stack: str) -> str:
    """The file that a stack's permissions are written to, from the project's root."""
    return f"{FOLDER}/{stack}.json"


def text(policies: list[Policy]) -> str:
    """The managed policies as JSON text, an action or an ARN a line: a review sees what a role gains."""
    return json.dumps(policies, indent=1) + "\n"


def of_stack(root: Path, built: Built, others: Mapping[str, Built]) -> list[Policy]:
    """The managed policies of a launch role for a stack; `others` holds those that it nests.

    They are derived again only when a template, or what derives them, has changed.
    """
    templates = {name: other.template for name, other in others.items()}
    facts = {
        "templates": [others[name].sha256 for name in reachable(built.stack.name, templates)],
        "region": built.stack.regions[0],
        "cfn-lint": schemas.version(),
        "derivation": memory.code(
            "authorization.py",
            "capabilities.py",
            "evaluate",
            "parameter_files.py",
            "params.py",
            "permissions",
            "problems.py",
            "render",
            "schemas.py",
        ),
    }
    return memory.recalled(root / CACHE, facts, lambda: _derived(built, others))


def _derived(built: Built, others: Mapping[str, Built]) -> list[Policy]:
    from builder.permissions.derive import derive
    from builder.permissions.policies import policies

    permissions = derive(
        built.template,
        file=built.file,
        region=built.stack.regions[0],
        stack=LAUNCHED,
        local_templates=lambda url: others[Path(url).stem].template if Path(url).stem in others else None,
    )
    return policies(permissions, built.file)


def strangers(root: Path, known: Collection[str]) -> list[str]:
    """The files of permissions that no stack holds."""
    return [file_of(path.stem) for path in sorted((root / FOLDER).glob("[!.]*.json")) if path.stem not in known]
