"""What networks newly admit: rules of security groups, wherever they are written, and of network ACLs.

Sources: CloudFormation template reference, AWS::EC2::SecurityGroup (without egress rules everything may leave).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from builder.diff.values import given, is_true
from builder.render import Rendered

_GROUP = "AWS::EC2::SecurityGroup"
_INWARD, _OUTWARD = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
_ACL = "AWS::EC2::NetworkAclEntry"
_ALL = "-1"
_PEERS = (
    "CidrIp",
    "CidrIpv6",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
    "SourceSecurityGroupName",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
)
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}


@dataclass(frozen=True)
class Rule:
    """What one rule admits: `where` is the group or the list that it is in, `owner` the resource that states it."""

    where: str
    owner: str
    inward: bool
    protocol: str
    first: str
    last: str
    peer: str

    @property
    def place(self) -> tuple[str, bool]:
        """Where it is, and its direction: rules of one place add up."""
        return self.where, self.inward

    def covers(self, other: Rule) -> bool:
        """Whether it admits all that another of its place does."""
        return self._covers_ports(other) and (self.peer == other.peer or _is_within(other.peer, self.peer))

    def _covers_ports(self, other: Rule) -> bool:
        if self.protocol == _ALL:
            return True
        if self.protocol != other.protocol:
            return False
        if (self.first, self.last) in ((other.first, other.last), ("", ""), (_ALL, _ALL)):
            return True
        ports = (self.first, self.last, other.first, other.last)
        if not all(port.isdecimal() for port in ports):
            return False
        low, high, first, last = map(int, ports)
        return low <= first and last <= high

    def __str__(self) -> str:
        ports = f" {self.first}" + (f"-{self.last}" if self.last != self.first else "") if self.first else ""
        what = "everything" if self.protocol == _ALL else f"{self.protocol}{ports}"
        return f"admits {what} from {self.peer}" if self.inward else f"lets {what} out to {self.peer}"


def widened(old: Rendered | None, new: Rendered) -> Iterator[tuple[str, str]]:
    """The resource and the words of each rule that admits more than the old ones together did."""
    before: dict[tuple[str, bool], list[Rule]] = {}
    for rule in () if old is None else _rules(old):
        before.setdefault(rule.place, []).append(rule)
    for rule in _rules(new):
        if not any(other.covers(rule) for other in before.get(rule.place, ())):
            yield rule.owner, str(rule)


def _rules(rendered: Rendered) -> Iterator[Rule]:
    groups: dict[str, str] = {}
    for logical_id, _ in rendered.of_type(_GROUP):
        for node in ({"Ref": logical_id}, {"Fn::GetAtt": [logical_id, "GroupId"]}):
            groups[str(rendered.evaluation.value(node, logical_id))] = logical_id
    outward = {groups.get(given(properties, "GroupId")) for _, properties in rendered.of_type(_OUTWARD)}
    for logical_id, properties in rendered.of_type(_GROUP):
        for each in _written(properties, "SecurityGroupIngress"):
            yield _rule(each, logical_id, logical_id, inward=True)
        stated = _written(properties, "SecurityGroupEgress")
        if not stated and logical_id not in outward:
            stated = [{"IpProtocol": _ALL, "CidrIp": "0.0.0.0/0"}]
        for each in stated:
            yield _rule(each, logical_id, logical_id, inward=False)
    for of_type, inward in ((_INWARD, True), (_OUTWARD, False)):
        for logical_id, properties in rendered.of_type(of_type):
            group = given(properties, "GroupId") or given(properties, "GroupName")
            yield _rule(properties, groups.get(group, group), logical_id, inward=inward)
    for logical_id, properties in rendered.of_type(_ACL):
        if given(properties, "RuleAction").lower() == "allow":
            yield _acl_rule(properties, logical_id)


def _written(properties: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    stated = properties.get(name)
    return [each for each in stated if isinstance(each, dict)] if isinstance(stated, list) else []


def _rule(properties: Mapping[str, Any], where: str, owner: str, *, inward: bool) -> Rule:
    protocol = given(properties, "IpProtocol").lower()
    return Rule(
        where=where,
        owner=owner,
        inward=inward,
        protocol=_PROTOCOLS.get(protocol, protocol),
        first=given(properties, "FromPort"),
        last=given(properties, "ToPort"),
        peer=next((text for name in _PEERS if (text := given(properties, name))), "nobody"),
    )


def _acl_rule(properties: Mapping[str, Any], owner: str) -> Rule:
    ports = properties.get("PortRange")
    protocol = given(properties, "Protocol")
    return Rule(
        where=given(properties, "NetworkAclId"),
        owner=owner,
        inward=not is_true(properties.get("Egress")),
        protocol=_PROTOCOLS.get(protocol, protocol),
        first=given(ports, "From") if isinstance(ports, dict) else "",
        last=given(ports, "To") if isinstance(ports, dict) else "",
        peer=given(properties, "CidrBlock") or given(properties, "Ipv6CidrBlock"),
    )


def _is_within(inner: str, outer: str) -> bool:
    try:
        small, large = ip_network(inner, strict=False), ip_network(outer, strict=False)
    except ValueError:
        return False
    return small.version == large.version and small.subnet_of(large)  # type: ignore[arg-type]
