"""Outputs that are called one thing and give another: whoever reads them by name is misled, and nothing fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from builder.checks.check import Check, Finding
from builder.checks.lookup import ARN
from builder.render import Rendered

_PORT = re.compile(r"\d{1,5}(,\d{1,5})*")
# The last word of a name, and the form of what it promises.
_FORMS = {"Arn": ("ARN", ARN), "ARN": ("ARN", ARN), "Port": ("port", _PORT)}


def of_another_form(rendered: Rendered) -> Iterator[Finding]:
    for name, output in rendered.outputs.items():
        promised = next((form for word, form in _FORMS.items() if name.endswith(word)), None)
        value = str(output["Value"])
        if promised and value and "{{resolve:" not in value and not promised[1].fullmatch(value):
            what = f"gives no {promised[0]}, but {value[:60]!r}"
            yield Finding(path=("Outputs", name, "Value"), what=what, fix="give what the name says, or rename it")


def of_another_resource(rendered: Rendered) -> Iterator[Finding]:
    """An output is called after one resource, and gives another of the same type, which it is not called after."""
    for name in rendered.outputs:
        given = _given(rendered.template["Outputs"].get(name, {}).get("Value"))
        meant = max((each for each in rendered.resources if name.startswith(each)), key=len, default=None)
        if given not in rendered.resources or meant in (None, given) or given in name:
            continue
        if rendered.resources[given]["Type"] == rendered.resources[meant]["Type"]:
            what = f"is called after {meant} and gives {given}"
            yield Finding(path=("Outputs", name, "Value"), what=what, fix=f"give {meant}, or rename it")


def _given(node: Any) -> str:
    """The resource that a value is, or is an attribute of; "" for any other value."""
    if not isinstance(node, dict) or len(node) != 1:
        return ""
    name = node.get("Ref", node.get("Fn::GetAtt", ""))
    if isinstance(name, list):
        name = name[0] if name else ""
    return name.partition(".")[0] if isinstance(name, str) else ""


CHECKS = (
    Check(
        id="W9264",
        reason="an output gives what its name says",
        source="CloudFormation user guide, outputs-section-structure: names are what other stacks and people read",
        find=of_another_form,
    ),
    Check(
        id="W9265",
        reason="an output called after a resource gives that resource",
        source="CloudFormation user guide, outputs-section-structure: names are what other stacks and people read",
        find=of_another_resource,
    ),
)
