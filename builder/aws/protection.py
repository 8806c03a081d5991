"""What a stack keeps when it, or one of its resources, goes: read from its template, never from its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from builder.capabilities import resources

_KEEPING = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


def deletion_policy(resource: Mapping[str, Any]) -> str:
    """The DeletionPolicy of a resource, as stated or by default.

    Where none is stated, a database outlives its resource as a snapshot, unless it is an instance of a cluster.
    (CloudFormation template reference, "DeletionPolicy attribute")
    """
    stated = resource.get("DeletionPolicy")
    if isinstance(stated, str):
        return stated
    kind = resource["Type"]
    alone = kind == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in resource.get("Properties", {})
    return "Snapshot" if alone or kind == "AWS::RDS::DBCluster" else "Delete"


def stateful(template: Mapping[str, Any]) -> tuple[str, ...]:
    """The logical IDs of the resources of which something is kept, in template order. A stack with any is protected."""
    return tuple(
        logical_id
        for logical_id, resource in resources(template)
        if deletion_policy(resource) in _KEEPING or resource.get("UpdateReplacePolicy") in _KEEPING
    )


def stack_policy(logical_ids: tuple[str, ...]) -> str:
    """A stack policy under which an update may do everything, but replace or delete these resources."""
    everyone = {"Principal": "*"}
    allow = {"Effect": "Allow", "Action": "Update:*", **everyone, "Resource": "*"}
    deny = {
        "Effect": "Deny",
        "Action": ["Update:Replace", "Update:Delete"],
        **everyone,
        "Resource": [f"LogicalResourceId/{each}" for each in logical_ids],
    }
    return json.dumps({"Statement": [allow, deny]})
