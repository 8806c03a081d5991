"""CloudFormation's limits on one template.

Source: "Understand CloudFormation quotas" and "Parameters" in the CloudFormation user guide, and LIMITS in cfn-lint's
helpers.py, which reads the body's 1 MB as 1,000,000 bytes, the smaller of the two readings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.problems import Problem

BODY = 1_000_000
INLINE_BODY = 51_200  # above it a template is deployed through a bucket: not wrong, but worth knowing
DESCRIPTION = 1_024
NAME = 255
PARAMETER_DESCRIPTION = 4_000
PARAMETER_VALUE = 4_096
DYNAMIC_REFERENCES = 60
ENTRIES = {"Parameters": 200, "Mappings": 200, "Resources": 500, "Outputs": 200}
MAPPING_ATTRIBUTES = 200

_ENTRIES_FIX = "move some to a nested stack or an add-on"


def needs_bucket(size: int) -> bool:
    """Whether a template of so many bytes can be deployed only from S3."""
    return size > INLINE_BODY


def problems(template: Mapping[str, Any], text: str, file: str) -> Iterator[Problem]:
    """Every limit that a template breaks; `text` is its body as it will be sent, `file` what messages call it."""
    for key, what, size, limit, fix in _measured(template, text):
        if size > limit:
            yield Problem(file=file, key=key, what=f"{what} {size:,}, the limit is {limit:,}", fix=fix)


def _measured(template: Mapping[str, Any], text: str) -> Iterator[tuple[str, str, int, int, str]]:
    """Key, what is measured, its measure, the limit, and what to do when it is over."""
    yield "", "its size in bytes is", _bytes(text), BODY, "split the stack"
    references = text.count("{{resolve:")
    yield "", "its number of dynamic references is", references, DYNAMIC_REFERENCES, "take fewer"
    yield "Description", "its length in bytes is", _bytes(template.get("Description")), DESCRIPTION, "shorten it"
    for section, limit in ENTRIES.items():
        entries = template.get(section, {})
        yield section, "its number of entries is", len(entries), limit, _ENTRIES_FIX
        for name in entries:
            yield f"{section}.{name}", "the length of its name is", len(name), NAME, "shorten it"
    for name, parameter in template.get("Parameters", {}).items():
        key = f"Parameters.{name}"
        description = len(parameter.get("Description", ""))
        yield f"{key}.Description", "its length is", description, PARAMETER_DESCRIPTION, "shorten it"
        default = _bytes(parameter.get("Default"))
        yield f"{key}.Default", "its length in bytes is", default, PARAMETER_VALUE, "give a shorter default"
    for name, rows in template.get("Mappings", {}).items():
        yield f"Mappings.{name}", "its number of rows is", len(rows), MAPPING_ATTRIBUTES, "split the mapping"
        for row, attributes in rows.items():
            key = f"Mappings.{name}.{row}"
            yield key, "its number of attributes is", len(attributes), MAPPING_ATTRIBUTES, "split the mapping"
    for name, output in template.get("Outputs", {}).items():
        description = _bytes(output.get("Description"))
        yield f"Outputs.{name}.Description", "its length in bytes is", description, DESCRIPTION, "shorten it"


def _bytes(value: object) -> int:
    return len(value.encode()) if isinstance(value, str) else 0
