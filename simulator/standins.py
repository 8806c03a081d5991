"""Stand-ins for what a parameter file presupposes: VPCs, subnets, security groups, prefix lists that exist elsewhere.

Anything in a value that looks like the ID of one, and names nothing in the simulator, is replaced by one made for it:
in one VPC, subnets spread over the Region's zones.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from itertools import count, cycle
from typing import Any

from botocore.exceptions import ClientError

_ID = re.compile(r"\b(vpc|subnet|sg|pl)-[0-9a-f]{8,17}\b")
_RANGE = "10.0.0.0/16"
_SUBNET_PREFIX = 20

# Kind -> (call that finds one, its parameter).
_FIND = {
    "pl": ("describe_managed_prefix_lists", "PrefixListIds"),
    "sg": ("describe_security_groups", "GroupIds"),
    "subnet": ("describe_subnets", "SubnetIds"),
    "vpc": ("describe_vpcs", "VpcIds"),
}


def stand_in(ec2: Any, parameters: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters with IDs that exist, and which ID took the place of which."""
    wanted = {match[0]: match[1] for value in parameters.values() for match in _ID.finditer(value)}
    missing = {name: kind for name, kind in wanted.items() if not _exists(ec2, kind, name)}
    if not missing:
        return dict(parameters), {}
    make = _makers(ec2)
    # The VPC first, so that one the parameters name is the one that the others are put into.
    made = {name: make[kind](name) for name, kind in sorted(missing.items(), key=lambda each: each[1] != "vpc")}
    replaced = {key: _ID.sub(lambda match: made.get(match[0], match[0]), value) for key, value in parameters.items()}
    return replaced, made


def _exists(ec2: Any, kind: str, name: str) -> bool:
    call, parameter = _FIND[kind]
    try:
        found = getattr(ec2, call)(**{parameter: [name]})
    except ClientError:
        return False
    return any(isinstance(value, list) and value for value in found.values())


def _makers(ec2: Any) -> Mapping[str, Callable[[str], str]]:
    vpcs: list[str] = []
    zones = cycle(zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])
    blocks = ipaddress.ip_network(_RANGE).subnets(new_prefix=_SUBNET_PREFIX)
    numbers = count(1)

    def vpc(_: str = "") -> str:
        vpcs.append(str(ec2.create_vpc(CidrBlock=_RANGE)["Vpc"]["VpcId"]))
        return vpcs[-1]

    def the_vpc() -> str:
        return vpcs[0] if vpcs else vpc()

    def subnet(_: str) -> str:
        made = ec2.create_subnet(VpcId=the_vpc(), CidrBlock=str(next(blocks)), AvailabilityZone=next(zones))
        return str(made["Subnet"]["SubnetId"])

    def security_group(name: str) -> str:
        group = ec2.create_security_group(VpcId=the_vpc(), GroupName=f"{name} stand-in", Description="stand-in")
        return str(group["GroupId"])

    def prefix_list(_: str) -> str:
        made = ec2.create_managed_prefix_list(
            PrefixListName=f"stand-in-{next(numbers)}", MaxEntries=1, AddressFamily="IPv4"
        )
        return str(made["PrefixList"]["PrefixListId"])

    return {"vpc": vpc, "subnet": subnet, "sg": security_group, "pl": prefix_list}
