"""What outlives a stack: one decision, handed down by the stack to everything that holds data."""

from __future__ import annotations

from typing import Any

from templates.carrier import carrier


@carrier
class Retention:
    """The policies of whatever holds data.

    `database` and `stateful` are attributes to spread into a resource: `Bucket("Archive", **retention.stateful)`;
    `protected` says that nothing may be lost, and turns on what else guards it (deletion protection, a vault's lock).
    CloudFormation's own default would delete a replaced database, so both policies are always stated.
    """

    database: dict[str, Any]
    stateful: dict[str, Any]
    protected: bool


# `RetainExceptOnCreate` keeps what a stack held but lets a failed first creation clean up after itself;
# UpdateReplacePolicy has no such value. (CloudFormation user guide, DeletionPolicy attribute)
PROTECTED = Retention(
    database={"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"},
    stateful={"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"},
    protected=True,
)
DISPOSABLE = Retention(
    database={"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"},
    stateful={"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"},
    protected=False,
)
