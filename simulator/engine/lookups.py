"""What CloudFormation asks the account about parameters of AWS-specific types, and the zones of a Region."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.exceptions import ClientError

from simulator.clients import Clients
from simulator.engine.model import Refused

# Parameter type -> (service, call, its parameter, the list that it answers with). CloudFormation user guide, "Supported
# AWS-specific parameter types".
_EXISTS: Mapping[str, tuple[str, str, str, str]] = {
    "AWS::EC2::AvailabilityZone::Name": ("ec2", "describe_availability_zones", "ZoneNames", "AvailabilityZones"),
    "AWS::EC2::Image::Id": ("ec2", "describe_images", "ImageIds", "Images"),
    "AWS::EC2::Instance::Id": ("ec2", "describe_instances", "InstanceIds", "Reservations"),
    "AWS::EC2::KeyPair::KeyName": ("ec2", "describe_key_pairs", "KeyNames", "KeyPairs"),
    "AWS::EC2::SecurityGroup::GroupName": ("ec2", "describe_security_groups", "GroupNames", "SecurityGroups"),
    "AWS::EC2::SecurityGroup::Id": ("ec2", "describe_security_groups", "GroupIds", "SecurityGroups"),
    "AWS::EC2::Subnet::Id": ("ec2", "describe_subnets", "SubnetIds", "Subnets"),
    "AWS::EC2::VPC::Id": ("ec2", "describe_vpcs", "VpcIds", "Vpcs"),
    "AWS::EC2::Volume::Id": ("ec2", "describe_volumes", "VolumeIds", "Volumes"),
}


def item_type(of_type: str) -> str:
    """The type of one value of a parameter: that of a list's members."""
    return of_type.removeprefix("List<").removesuffix(">")


def require_existing(
    clients: Clients, region: str, template: Mapping[str, Any], values: Mapping[str, str | list[str]]
) -> None:
    """Refuse values of AWS-specific parameter types that name nothing in the account."""
    for name, value in values.items():
        of_type = item_type(str(template["Parameters"][name]["Type"]))
        if of_type in _EXISTS:
            for each in value if isinstance(value, list) else [value]:
                if not _find(clients, region, of_type, each):
                    raise Refused(
                        f"Parameter validation failed: parameter value {each} for parameter name {name} does not exist"
                    )


def ssm_parameter(clients: Clients, region: str, name: str) -> str:
    """The value of an SSM parameter; raises LookupError."""
    try:
        return str(clients.get("ssm", region).get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        raise LookupError(name) from error


def attribute(clients: Clients, region: str, of_type: str, value: str, attribute: str) -> str:
    """What Fn::ValueOf gives: an attribute of the thing that a parameter names, `Tags.Key` for a tag's value."""
    found = _find(clients, region, of_type, value)
    if not found:
        raise Refused(f"{value} of type {of_type} does not exist")
    if attribute.startswith("Tags."):
        return next((str(t["Value"]) for t in found[0].get("Tags", ()) if t["Key"] == attribute[5:]), "")
    if attribute == "DefaultSecurityGroup":
        only = ("group-name", "default")
        return _default_of_vpc(clients, region, value, "describe_security_groups", "SecurityGroups", only, "GroupId")
    if attribute == "DefaultNetworkAcl":
        only = ("default", "true")
        return _default_of_vpc(clients, region, value, "describe_network_acls", "NetworkAcls", only, "NetworkAclId")
    return str(found[0][attribute])


def zones(clients: Clients, region: str) -> tuple[str, ...]:
    """The names of the Region's Availability Zones."""
    return _zones(clients.get("ec2", region))


@lru_cache
def _zones(ec2: Any) -> tuple[str, ...]:
    return tuple(zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"])


def _find(clients: Clients, region: str, of_type: str, value: str) -> list[dict[str, Any]]:
    service, call, parameter, answer = _EXISTS[of_type]
    try:
        found = getattr(clients.get(service, region), call)(**{parameter: [value]})
    except ClientError:
        return []
    return list(found[answer])


def _default_of_vpc(
    clients: Clients, region: str, vpc: str, call: str, answer: str, only: tuple[str, str], identifier: str
) -> str:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": only[0], "Values": [only[1]]}]
    found = getattr(clients.get("ec2", region), call)(Filters=filters)
    return str(found[answer][0][identifier])
