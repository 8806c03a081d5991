"""Templates for the tests of the reference: small ones, of nobody's project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.docs.picture import Picture, picture
from builder.docs.reading import Reading, read

REGION = "eu-west-1"


def template(resources: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """A template of these resources; `Type` may leave out `AWS::`."""
    return {**sections, "Resources": {name: _resource(each) for name, each in resources.items()}}


def _resource(each: Any) -> Any:
    if isinstance(each, str):
        each = {"Type": each}
    if not isinstance(each, dict):
        return each
    kind = each["Type"]
    return {**each, "Type": kind if kind.startswith(("AWS::", "Custom::")) else f"AWS::{kind}"}


def reading(resources: Mapping[str, Any], given: Mapping[str, str] | None = None, **sections: Any) -> Reading:
    """A template of these resources as read."""
    return read(template(resources, **sections), given or {}, REGION)


def drawn(resources: Mapping[str, Any], given: Mapping[str, str] | None = None, **sections: Any) -> Picture:
    """The picture of a template of these resources."""
    return picture(reading(resources, given, **sections), {}, title="sample", caption="a sample")


def of(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource."""
    return {"Type": kind, "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


TWO_ZONES: dict[str, Any] = {
    "Net": of("EC2::VPC", CidrBlock="10.0.0.0/16"),
    "Gate": "EC2::InternetGateway",
    "Attached": of("EC2::VPCGatewayAttachment", VpcId=ref("Net"), InternetGatewayId=ref("Gate")),
    "Open1": of("EC2::Subnet", VpcId=ref("Net"), CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1a"),
    "Open2": of("EC2::Subnet", VpcId=ref("Net"), CidrBlock="10.0.2.0/24", AvailabilityZone="eu-west-1b"),
    "Inner1": of("EC2::Subnet", VpcId=ref("Net"), CidrBlock="10.0.3.0/24", AvailabilityZone="eu-west-1a"),
    "Inner2": of("EC2::Subnet", VpcId=ref("Net"), CidrBlock="10.0.4.0/24", AvailabilityZone="eu-west-1b"),
    "OpenTable": of("EC2::RouteTable", VpcId=ref("Net")),
    "OpenRoute": of(
        "EC2::Route", RouteTableId=ref("OpenTable"), DestinationCidrBlock="0.0.0.0/0", GatewayId=ref("Gate")
    ),
    "Open1Routes": of("EC2::SubnetRouteTableAssociation", RouteTableId=ref("OpenTable"), SubnetId=ref("Open1")),
    "Open2Routes": of("EC2::SubnetRouteTableAssociation", RouteTableId=ref("OpenTable"), SubnetId=ref("Open2")),
    "Address": "EC2::EIP",
    "Nat": of("EC2::NatGateway", SubnetId=ref("Open1"), AllocationId=att("Address", "AllocationId")),
    "InnerTable": of("EC2::RouteTable", VpcId=ref("Net")),
    "InnerRoute": of(
        "EC2::Route", RouteTableId=ref("InnerTable"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("Nat")
    ),
    "Inner1Routes": of("EC2::SubnetRouteTableAssociation", RouteTableId=ref("InnerTable"), SubnetId=ref("Inner1")),
    "Inner2Routes": of("EC2::SubnetRouteTableAssociation", RouteTableId=ref("InnerTable"), SubnetId=ref("Inner2")),
}
POSTGRES: dict[str, Any] = {
    "Places": of("RDS::DBSubnetGroup", DBSubnetGroupDescription="x", SubnetIds=[ref("Inner1"), ref("Inner2")]),
    "Guard": of(
        "EC2::SecurityGroup",
        GroupDescription="x",
        VpcId=ref("Net"),
        SecurityGroupIngress=[
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.3.0/24"},
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.4.0/24"},
            {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": ref("Worn")},
        ],
    ),
    "Worn": of("EC2::SecurityGroup", GroupDescription="x", VpcId=ref("Net")),
    "Shop": of(
        "RDS::DBInstance",
        DBInstanceIdentifier="shop",
        Engine="postgres",
        EngineVersion="17",
        DBInstanceClass="db.m6g.large",
        AllocatedStorage="100",
        MaxAllocatedStorage=1000,
        StorageType="gp3",
        BackupRetentionPeriod=35,
        MultiAZ=True,
        Port="5432",
        DBSubnetGroupName=ref("Places"),
        VPCSecurityGroups=[att("Guard", "GroupId")],
    ),
}
