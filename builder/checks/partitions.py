"""What ties a template to one partition or account: written out where a pseudo-parameter belongs.

Source: CloudFormation user guide, "Pseudo parameters reference"; AWS General Reference, "ARN format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from builder import schemas
from builder.checks.check import Check, Finding, Path
from builder.render import Rendered

_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):")
_ACCOUNT = re.compile(r"arn:[^:\s]*:[^:\s]*:[^:\s]*:(\d{12}):")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_BARE_ACCOUNT = re.compile(r"\d{12}")
_SCANNED = ("Properties",)


def _texts(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text of a node with its path, but descriptions and code."""
    if isinstance(node, dict):
        for key, child in node.items():
            if "Description" not in str(key) and key != "ZipFile":
                yield from _texts(child, (*path, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _texts(child, (*path, index))
    elif isinstance(node, str):
        yield path, node


def _written(rendered: Rendered) -> Iterator[tuple[Path, str]]:
    for logical_id in rendered.resources:
        declared = rendered.evaluation.declared(logical_id)
        for name in _SCANNED:
            yield from _texts(declared.get(name), ("Resources", logical_id, name))
    for name in rendered.outputs:
        yield from _texts(rendered.template["Outputs"].get(name, {}).get("Value"), ("Outputs", name, "Value"))


def literal_partition(rendered: Rendered) -> Iterator[Finding]:
    for path, text in _written(rendered):
        if match := _ARN.search(text):
            what = f"{match[0]}... is an ARN of one partition: the template fails in the others"
            yield Finding(path=path, what=what, fix="write arn:${AWS::Partition}: in a Fn::Sub")


def literal_account(rendered: Rendered) -> Iterator[Finding]:
    for path, text in _written(rendered):
        account = _ACCOUNT.search(_VARIABLE.sub("*", text))
        bare = _BARE_ACCOUNT.fullmatch(text) if {"Principal", "Condition"} & set(path) else None
        if account or bare:
            what = f"names the account {account[1] if account else text}"
            yield Finding(path=path, what=what, fix="write ${AWS::AccountId}, or make it a parameter")


def unstable_zones(rendered: Rendered) -> Iterator[Finding]:
    for logical_id, resource in rendered.resources.items():
        schema = schemas.schema(resource["Type"], rendered.place.region)
        final = {path[0] for path in schema.create_only} if schema else set()
        properties = rendered.evaluation.declared(logical_id).get("Properties", {})
        for name in sorted(final & properties.keys()):
            if _has(properties[name], "Fn::GetAZs"):
                yield Finding(
                    path=("Resources", logical_id, "Properties", name),
                    what="Fn::GetAZs may give another order tomorrow, and a change here replaces the resource",
                    fix="map zone IDs by Region, or take them as a parameter",
                )


def _has(node: Any, key: str) -> bool:
    if isinstance(node, dict):
        return key in node or any(_has(child, key) for child in node.values())
    return isinstance(node, list) and any(_has(child, key) for child in node)


_GUIDE = "CloudFormation user guide, pseudo-parameter-reference"
CHECKS = (
    Check(id="W9221", reason="a literal partition fails in GovCloud and China", source=_GUIDE, find=literal_partition),
    Check(
        id="W9222",
        reason="a literal account is somebody else's for every other user",
        source=_GUIDE,
        find=literal_account,
    ),
    Check(
        id="W9223",
        reason="the order of zones may change, and would replace what is built on it",
        source="CloudFormation user guide, intrinsic-function-reference-getavailabilityzones",
        find=unstable_zones,
    ),
)
