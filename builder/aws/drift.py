"""What of a stack is no longer as it was deployed, by CloudFormation's own drift detection."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from builder.aws import stacks
from builder.aws.account import Account
from builder.aws.errors import one_line
from builder.aws.stacks import GONE, STACK_TYPE
from builder.diff.change_set import Conceal
from builder.diff.model import Notice
from builder.diff.report import value

_DRIFTED = ("DELETED", "MODIFIED")
# Seconds: CloudFormation takes "up to several minutes" (API reference, DetectStackDrift).
_PATIENCE, _INTERVAL = 900.0, 5.0
# Detection is refused in any other state. (User guide, "Considerations when detecting drift")
_DETECTABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")


def drift(account: Account, stack_id: str, conceal: Conceal, above: str = "") -> Iterator[Notice]:
    """Detects the drift of a stack and of each that it nests, which is asked for apart (API reference), and tells it.

    Only properties that the template states are compared. A detection that fails, or is not allowed, is told as well.
    """
    stack = stacks.require(account, stack_id)
    where = above.rstrip("/") or stack.name
    if stack.status not in _DETECTABLE:
        yield Notice(where=where, what=f"drift cannot be detected while it is {stack.status}")
    else:
        yield from _of_stack(account, stack_id, conceal, above, where)
    for resource in stacks.resources(account, stack_id):
        if resource.type == STACK_TYPE and resource.id and resource.status != GONE:
            yield from drift(account, resource.id, conceal, f"{above}{resource.logical_id}/")


def _of_stack(account: Account, stack_id: str, conceal: Conceal, above: str, where: str) -> Iterator[Notice]:
    cloudformation = account.client("cloudformation")
    detection = cloudformation.detect_stack_drift(StackName=stack_id)["StackDriftDetectionId"]
    give_up = time.monotonic() + _PATIENCE
    while True:
        status = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if status["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        if time.monotonic() > give_up:
            yield Notice(where=where, what="drift is still being detected: what is known so far is told")
            break
        time.sleep(_INTERVAL)
    if status["DetectionStatus"] == "DETECTION_FAILED":
        reason = one_line(status.get("DetectionStatusReason", "no reason is given"))
        yield Notice(where=where, what=f"drift could not be detected everywhere: {reason}")
    for document in _drifted(cloudformation, stack_id):
        path = f"{above}{document['LogicalResourceId']}"
        if document["StackResourceDriftStatus"] == "DELETED":
            yield Notice(where=path, what=f"{document['ResourceType']} was deleted outside CloudFormation")
        for difference in document.get("PropertyDifferences", ()):
            yield Notice(where=path, what=_difference(difference, path, conceal))


def _drifted(cloudformation: Any, stack_id: str) -> Iterator[Mapping[str, Any]]:
    """Every page of what drifted; botocore has no paginator for it."""
    more: dict[str, str] = {}
    while True:
        answer = cloudformation.describe_stack_resource_drifts(
            StackName=stack_id, StackResourceDriftStatusFilters=list(_DRIFTED), **more
        )
        yield from answer["StackResourceDrifts"]
        if not answer.get("NextToken"):
            return
        more = {"NextToken": answer["NextToken"]}


def _difference(difference: Mapping[str, str], path: str, conceal: Conceal) -> str:
    steps = difference["PropertyPath"].strip("/").split("/")
    expected, actual = (
        value(conceal(path, "Properties", steps[0], difference[key])) for key in ("ExpectedValue", "ActualValue")
    )
    return f"{'.'.join(steps)} is {actual}, deployed was {expected}"
