"""What a change opens, listed apart: whoever reviews it must see this first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.diff import grants, openings, switches
from builder.diff.cascade import Comparison
from builder.diff.model import Notice

_POLICIES_OF_OTHERS = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::ResourcePolicy",
    }
)


def widenings(comparison: Comparison, renamed: Mapping[str, str]) -> Iterator[Notice]:
    """What becomes wider open. `renamed` gives the old logical ID of a renamed resource by the new one.

    Works on the masked renderings: what it says may be shown.
    """
    old, new = comparison.old.masked, comparison.new.masked
    if new is None:
        return
    for logical_id, resource in new.resources.items():
        if logical_id not in comparison.changes:
            continue
        before = None if old is None else old.resources.get(renamed.get(logical_id, logical_id))
        properties, was = resource.get("Properties", {}), _properties(before)
        of_type = str(resource["Type"])
        found = (*grants.widened(was or {}, properties, of_type), *switches.widened(of_type, was, properties))
        yield from (Notice(where=logical_id, what=what) for what in found)
    for logical_id, resource in ({} if old is None else old.resources).items():
        gone = logical_id not in new.resources and logical_id not in renamed.values()
        if gone and resource["Type"] in _POLICIES_OF_OTHERS:
            lost = grants.widened(_properties(resource) or {}, {}, str(resource["Type"]))
            yield from (Notice(where=logical_id, what=what) for what in lost)
    yield from (Notice(where=owner, what=what) for owner, what in openings.widened(old, new))


def _properties(resource: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if resource is None else resource.get("Properties", {})
