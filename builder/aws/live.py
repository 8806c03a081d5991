"""Resources as they stand in the account, in CloudFormation's own properties, whoever made them.

Read through Cloud Control, which asks the same read handlers that an import and drift detection ask: nothing has to be
translated here from the spelling of a service's API. (Cloud Control API user guide, "Reading a resource's current
state")
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from builder.aws import errors
from builder.aws.account import Account
from builder.problems import ExitCode, Failure, Problem

_NOT_FOUND = "ResourceNotFoundException"
# Tags of AWS's own are not a template's to state.
_SYSTEM = "aws:"
_OWNER = "aws:cloudformation:stack-name"


@dataclass(frozen=True, kw_only=True)
class Live:
    """A resource that exists: the logical ID that it is to have, its identifier, and all that can be read of it."""

    logical_id: str
    type: str
    id: str
    properties: Mapping[str, Any]


def read(account: Account, logical_id: str, of_type: str, identifier: str) -> Live | None:
    """A resource by its type and primary identifier; None if there is no such one."""
    try:
        found = account.client("cloudcontrol").get_resource(TypeName=of_type, Identifier=identifier)
    except ClientError as error:
        if errors.code_of(error) == _NOT_FOUND:
            return None
        raise
    properties = json.loads(found["ResourceDescription"]["Properties"])
    if isinstance(properties.get("Tags"), list):
        properties["Tags"] = [tag for tag in properties["Tags"] if not str(tag.get("Key", "")).startswith(_SYSTEM)]
    return Live(logical_id=logical_id, type=of_type, id=identifier, properties=properties)


def instance(account: Account, identifier: str) -> dict[str, Any]:
    """An RDS instance as DescribeDBInstances shows it: with its state, which is no property. Raises Failure."""
    try:
        (found,) = account.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    except ClientError as error:
        if errors.code_of(error) not in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
            raise
        what = f"is no RDS instance in {account.region} of account {account.number}"
        problem = Problem(file=identifier, what=what, fix="check --instance, --region and AWS_PROFILE")
        raise Failure([problem], ExitCode.AWS_REFUSED) from None
    return dict(found)


def completed(found: Live, shown: Mapping[str, Any]) -> Live:
    """A resource with what its service's own API shows beside the read handler, under the name of the property.

    A handler may leave out what it takes, and an unknown value would forbid an import for nothing.
    """
    scalars = {name: value for name, value in shown.items() if isinstance(value, bool | int | str) and value != ""}
    return replace(found, properties={**scalars, **found.properties})


def obstacles(shown: Mapping[str, Any]) -> Iterator[Problem]:
    """Why an instance, as it is now, is not to be imported: it is someone else's, or about to change by itself."""
    name = str(shown["DBInstanceIdentifier"])
    for is_so, what, fix in _states(shown):
        if is_so:
            yield Problem(file=name, what=what, fix=fix)


def _states(shown: Mapping[str, Any]) -> Iterator[tuple[bool, str, str]]:
    status = shown.get("DBInstanceStatus", "")
    yield status != "available", f"is {status}, not available", "wait, or start it, then try again"
    pending = ", ".join(sorted(shown.get("PendingModifiedValues") or {}))
    yield bool(pending), f"waits to change {pending}", "have it done (--apply-immediately) or taken back first"
    # With changes applied at once, CloudFormation's handler reboots such an instance. (RDS resource handlers)
    groups = shown.get("DBParameterGroups", ())
    waiting = [group["DBParameterGroupName"] for group in groups if group.get("ParameterApplyStatus") != "in-sync"]
    yield bool(waiting), f"waits for a reboot to take up {', '.join(waiting)}", "reboot it first, in quiet hours"
    owner = next((tag["Value"] for tag in shown.get("TagList", ()) if tag["Key"] == _OWNER), "")
    fix = f"have {owner} retain it (DeletionPolicy: Retain), deploy that, take it out of its template, deploy that"
    yield bool(owner), f"belongs to the stack {owner}", fix
    cluster = shown.get("DBClusterIdentifier", "")
    yield bool(cluster), f"is a member of the cluster {cluster}", "none: this edition is for instances that stand alone"
    source = shown.get("ReadReplicaSourceDBInstanceIdentifier", "")
    fix = f"promote it first: aws rds promote-read-replica --db-instance-identifier {shown['DBInstanceIdentifier']}"
    yield bool(source), f"is a replica of {source}", fix
