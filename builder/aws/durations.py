"""What takes long, and why: the few types of resources for which a person would wonder whether anything goes on.

Minutes are orders of magnitude, not promises: AWS gives none. The sources say why it takes time, and where they say how
long at most, the number lies below that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Duration:
    """How long an operation on a resource usually takes, in minutes, why, and who says so."""

    minutes: int
    why: str
    source: str

    def __str__(self) -> str:
        return f"usually about {self.minutes} minutes: {self.why}"


_CREATING = 'RDS user guide, "Creating an Amazon RDS DB instance": up to 20 minutes'
_SINGLE = Duration(minutes=10, why="RDS makes the instance, then its first backup", source=_CREATING)
_MULTI_AZ = Duration(
    minutes=15, why="RDS makes the instance, its standby in another Availability Zone, then a backup", source=_CREATING
)
_REPLICA = Duration(
    minutes=20,
    why="RDS takes a snapshot of the source and restores it; more with much data",
    source='RDS user guide, "Creating a read replica"',
)
_RESTORED = Duration(
    minutes=20,
    why="RDS restores a snapshot; more with much data",
    source='RDS user guide, "Restoring to a DB instance"',
)
_DELETED = Duration(
    minutes=10,
    why="RDS takes the final snapshot first; more with much data",
    source='RDS user guide, "Deleting a DB instance"',
)
_CLUSTER = Duration(
    minutes=15,
    why="RDS makes a writer and readers in three Availability Zones",
    source='RDS user guide, "Creating a Multi-AZ DB cluster"',
)

# Type and what is done to it.
_DURATIONS: Mapping[tuple[str, str], Duration] = {
    ("AWS::RDS::DBInstance", "CREATE"): _SINGLE,
    ("AWS::RDS::DBInstance", "DELETE"): _DELETED,
    ("AWS::RDS::DBCluster", "CREATE"): _CLUSTER,
    ("AWS::RDS::DBCluster", "DELETE"): _DELETED,
    ("AWS::RDS::DBProxy", "CREATE"): Duration(
        minutes=10,
        why="RDS places the proxy in each of its subnets",
        source='RDS user guide, "Creating a proxy for Amazon RDS"',
    ),
    ("AWS::EC2::NatGateway", "CREATE"): Duration(
        minutes=2,
        why="it is pending until its network interface is there",
        source='VPC user guide, "Work with NAT gateways"',
    ),
    ("AWS::EC2::VPCEndpoint", "CREATE"): Duration(
        minutes=3,
        why="a network interface is made in each of its subnets, then its private DNS name",
        source='AWS PrivateLink guide, "Create an interface endpoint"',
    ),
    ("AWS::Lambda::Function", "DELETE"): Duration(
        minutes=20,
        why="Lambda gives back the network interfaces of a function in a VPC",
        source='Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC"',
    ),
}
# Properties of a new instance that decide, the first that is given.
_INSTANCES = (
    ("SourceDBInstanceIdentifier", _REPLICA),
    ("SourceDBClusterIdentifier", _REPLICA),
    ("DBSnapshotIdentifier", _RESTORED),
    ("SourceDbiResourceId", _RESTORED),
    ("SourceDBInstanceAutomatedBackupsArn", _RESTORED),
)


def usual(of_type: str, status: str, properties: str) -> Duration | None:
    """How long what has begun with this status usually takes; None for what is soon done, or not known.

    `properties` are those of the event, as JSON; empty or cut off they decide nothing.
    """
    action = status.partition("_")[0]
    if (of_type, action) == ("AWS::RDS::DBInstance", "CREATE"):
        given = _parsed(properties)
        for name, duration in _INSTANCES:
            if given.get(name):
                return duration
        return _MULTI_AZ if str(given.get("MultiAZ", "")).lower() == "true" else _SINGLE
    if (of_type, action) == ("AWS::Lambda::Function", "DELETE") and not _parsed(properties).get("VpcConfig"):
        return None
    return _DURATIONS.get((of_type, action))


def _parsed(properties: str) -> Mapping[str, object]:
    try:
        found = json.loads(properties or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
