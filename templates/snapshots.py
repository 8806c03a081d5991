"""The newest snapshot of an instance, found by a state machine whoever made it: RDS itself or AWS Backup."""

from __future__ import annotations

from typing import Any

from awacs import rds
from awacs.aws import Statement

from templates.operations import Operations, paged
from templates.policy import allow, arn

# Snapshots of a page: the fewest that RDS takes. A state holds 256 KiB, and each snapshot carries up to fifty tags.
# (botocore, rds DescribeDBSnapshots; Step Functions developer guide, "Service quotas")
PAGE = 20

# Manual snapshots are left out: they are made when somebody thinks of it, and say nothing of what is done regularly.
# Each kind is asked for, as the answer to no kind in particular is not documented to hold AWS Backup's.
_KINDS = ("automated", "awsbackup")


def find_newest_snapshot(*, then: str, **handlers: Any) -> dict[str, Any]:
    """The states, from `FindSnapshots`, that assign `$newest`: {arn, at} of an available snapshot, or null.

    They go on to `then`; `handlers` are the Catch of the call.
    """
    there = "$states.result.DbSnapshots[Status = 'available'].{'arn': DbSnapshotArn, 'at': SnapshotCreateTime}"
    known = f"$append($newest = null ? [] : [$newest], [{there}])"
    return {
        "FindSnapshots": {
            "Type": "Pass",
            "Assign": {"newest": None, "marker": None, "kind": _KINDS[0]},
            "Next": "FindPage",
        },
        "FindPage": paged(
            "rds:describeDBSnapshots",
            {"DbInstanceIdentifier": "'${DatabaseIdentifier}'", "SnapshotType": "$kind", "MaxRecords": str(PAGE)},
            Assign={"newest": f"{{% ($all := {known}; $count($all) = 0 ? null : $all^(>at)[0]) %}}"},
            **handlers,
            Next="HasMoreSnapshots",
        ),
        "HasMoreSnapshots": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $marker != null %}", "Next": "FindPage"},
                {"Condition": f"{{% $kind = '{_KINDS[0]}' %}}", "Next": "FindOthers"},
            ],
            "Default": then,
        },
        "FindOthers": {"Type": "Pass", "Assign": {"kind": _KINDS[1]}, "Next": "FindPage"},
    }


def may_find_snapshots(operations: Operations) -> Statement:
    """Permission for `find_newest_snapshot`."""
    return allow([rds.DescribeDBSnapshots], [operations.instance_arn, arn("rds", "snapshot:*")])
