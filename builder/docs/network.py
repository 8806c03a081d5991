"""Where things stand: VPCs, their zones, and their subnets in tiers, read from the template alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from builder.docs.catalogue import kind_of, words
from builder.docs.reading import Reading, Resource, plain

_SUBNET_KEYS = ("SubnetId", "SubnetIds", "Subnets", "VPCZoneIdentifier", "VpcSubnetIds")
_REACHES = {
    "public": "routed to the internet gateway",
    "private": "out through NAT gateways",
    "isolated": "no route out",
    "given": "given",
}
_GROUPS = ("DBClusterIdentifier", "DBSubnetGroupName")  # a member stands where its cluster does


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """One subnet: a logical ID, or the ID that a parameter gives; `holds` are the resources that stand in it alone."""

    name: str
    note: str
    zone: str
    holds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Subnets of one purpose, one in each zone or none; `holds` are the resources that span more than one of them.

    `reach` is how they reach the internet: see `way_out`.
    """

    title: str
    reach: str
    subnets: tuple[Subnet | None, ...]
    holds: tuple[str, ...]

    @property
    def note(self) -> str:
        """The way out, in words."""
        return _REACHES[self.reach]


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC that the template makes, or that it is given. `edge`: what stands in it, but in no subnet."""

    name: str
    note: str
    is_given: bool
    zones: tuple[str, ...]
    tiers: tuple[Tier, ...]
    edge: tuple[str, ...]


def vpcs(reading: Reading) -> tuple[Vpc, ...]:
    """The VPCs of a template, in the order in which it names them."""
    names = {each.logical_id: False for each in reading.of_type("AWS::EC2::VPC")}
    for resource in reading.resources.values():
        given = resource.properties.get("VpcId")
        if isinstance(given, str) and given and not reading.mentioned(given):
            names.setdefault(given, True)
    placed = _placed(reading)
    return tuple(_vpc(name, is_given, placed, reading, alone=len(names) == 1) for name, is_given in names.items())


def subnets_of(resource: Resource, reading: Reading) -> tuple[str, ...]:
    """The subnets that a resource stands in: logical IDs, or IDs that parameters give."""
    found: list[str] = []
    for key, value in _keyed(resource.properties):
        if key in _SUBNET_KEYS:
            for one in value if isinstance(value, list) else [value]:
                found += reading.mentioned(one) or [plain(one)]
        elif key in _GROUPS:
            for name in reading.mentioned(value):
                found += subnets_of(reading.resources[name], reading)
    return tuple(dict.fromkeys(found))


def _placed(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Subnets by what stands in them; only what is drawn."""
    drawn = (each for each in reading.resources.values() if kind_of(each.type).drawn)
    return {each.logical_id: places for each in drawn if (places := subnets_of(each, reading))}


def _vpc(name: str, is_given: bool, placed: dict[str, tuple[str, ...]], reading: Reading, *, alone: bool) -> Vpc:
    own = {
        each.logical_id: each
        for each in reading.of_type("AWS::EC2::Subnet")
        if _vpc_of(each, reading) == name
    }  # fmt: skip
    strangers = [subnet for places in placed.values() for subnet in places if subnet not in reading.resources]
    subnets = list(own) + (list(dict.fromkeys(strangers)) if is_given and alone else [])
    zones = list(dict.fromkeys(_zone(subnet, reading) for subnet in subnets))
    groups: dict[tuple[str, str], list[str]] = {}
    for subnet in subnets:
        groups.setdefault((_stem(subnet, reading), way_out(subnet, reading)), []).append(subnet)
    tiers = tuple(_tier(title, reach, members, zones, placed, reading) for (title, reach), members in groups.items())
    edge = tuple(
        each.logical_id
        for each in reading.resources.values()
        if kind_of(each.type).drawn
        and each.logical_id not in placed
        and (_vpc_of(each, reading) == name or name in _attached(each, reading))
    )
    cidr = "" if is_given else plain(reading.resources[name].properties.get("CidrBlock", ""))
    shown = (reading.parameter_of(name) or name) if is_given else name
    return Vpc(
        name=name,
        note=f"given by {shown}" if is_given else cidr,
        is_given=is_given,
        zones=tuple(zones),
        tiers=tiers,
        edge=edge,
    )


def _tier(
    title: str,
    reach: str,
    members: list[str],
    zones: list[str],
    placed: dict[str, tuple[str, ...]],
    reading: Reading,
) -> Tier:
    def in_zone(zone: str) -> Subnet | None:
        for name in members:
            if _zone(name, reading) == zone:
                holds = tuple(item for item, places in placed.items() if places == (name,))
                return Subnet(name=name, note=_cidr(name, reading), zone=zone, holds=holds)
        return None

    spanning = tuple(item for item, places in placed.items() if len(places) > 1 and set(places) & set(members))
    return Tier(title=title, reach=reach, subnets=tuple(map(in_zone, zones)), holds=spanning)


def _keyed(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _keyed(value)
    elif isinstance(node, list):
        for child in node:
            yield from _keyed(child)


def _vpc_of(resource: Resource, reading: Reading) -> str:
    given = resource.properties.get("VpcId", "")
    return next(iter(reading.mentioned(given)), plain(given))


def _attached(resource: Resource, reading: Reading) -> tuple[str, ...]:
    """The VPCs that gateway attachments join a resource to."""
    joined = [
        each for each in reading.of_type("AWS::EC2::VPCGatewayAttachment")
        if resource.logical_id in reading.mentioned(dict(each.properties))
    ]  # fmt: skip
    return tuple(_vpc_of(each, reading) for each in joined)


def _zone(subnet: str, reading: Reading) -> str:
    """The zone of a subnet; of one that is given, nobody knows more than that it has one."""
    if subnet not in reading.resources:
        return subnet
    properties = reading.resources[subnet].properties
    return plain(properties.get("AvailabilityZone") or properties.get("AvailabilityZoneId") or subnet)


def _cidr(subnet: str, reading: Reading) -> str:
    if subnet in reading.resources:
        return plain(reading.resources[subnet].properties.get("CidrBlock", ""))
    return reading.parameter_of(subnet) or subnet


def _stem(subnet: str, reading: Reading) -> str:
    """The name of a subnet without what tells its zone: a number, a letter, or a hash as the CDK makes them."""
    name = subnet if subnet in reading.resources else reading.parameter_of(subnet) or "Subnet"
    name = re.sub(r"[0-9A-F]{8}$", "", name)
    name = re.sub(r"(?<=[a-z])(\d+|[A-Z])(?=$|Subnet|[A-Z])", "", name)
    stem = words(name).replace("subnet", "").strip()
    return f"{stem} subnets".strip().capitalize()


def way_out(subnet: str, reading: Reading) -> str:
    """How a subnet reaches the internet, by the routes of its table: public, private, isolated; given if not known."""
    if subnet not in reading.resources:
        return "given"
    tables = {
        table
        for each in reading.of_type("AWS::EC2::SubnetRouteTableAssociation")
        if subnet in reading.mentioned(each.properties.get("SubnetId"))
        for table in reading.mentioned(each.properties.get("RouteTableId"))
    }
    routes = [
        each.properties
        for each in reading.of_type("AWS::EC2::Route")
        if tables & set(reading.mentioned(each.properties.get("RouteTableId")))
    ]
    if any("GatewayId" in route for route in routes):
        return "public"
    return "private" if any("NatGatewayId" in route for route in routes) else "isolated"
