"""What the tests of permissions share: a template of a few resources, and what deploying it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.permissions.derive import Permissions, derive

ARN = "arn:${AWS::Partition}:"
HERE = "${AWS::Region}:${AWS::AccountId}"


def trusting(service: str) -> dict[str, Any]:
    """A role that a service may assume."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [statement]}}}


def derived(
    resources: Mapping[str, Any], *, stack: str = "SC-*", nested: Mapping[str, Any] | None = None, **sections: Any
) -> Permissions:
    return derive(
        {"Resources": resources, **sections},
        file="template.json",
        region="eu-west-1",
        stack=stack,
        local_templates=(nested or {}).get,
    )


def allowed_on(found: Permissions, action: str) -> tuple[str, ...]:
    """The resources of an action; none for one that is not granted."""
    return next((grant.resources for grant in found.grants if grant.action == action), ())


def condition_of(found: Permissions, action: str) -> Mapping[str, Any]:
    return next(grant.condition for grant in found.grants if grant.action == action)
