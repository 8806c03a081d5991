"""Questions about VPCs, subnets and what they admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.docs.details import is_true
from builder.docs.reading import Reading

_EVERYBODY = ("0.0.0.0/0", "::/0")
_PERMITTED = {80, 443}  # Security Hub's default for EC2.18


def has_flow_log(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether VPCs that the template makes have a flow log."""
    logged = [
        name
        for log in reading.of_type("AWS::EC2::FlowLog")
        for name in reading.mentioned(log.properties.get("ResourceId"))
    ]
    for vpc in reading.of_type("AWS::EC2::VPC"):
        yield vpc.logical_id, vpc.logical_id in logged


def gives_no_addresses(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether subnets leave public addresses to those who ask for one."""
    for subnet in reading.of_type("AWS::EC2::Subnet"):
        yield subnet.logical_id, not is_true(subnet.properties.get("MapPublicIpOnLaunch"))


def is_closed_to_all(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether security groups admit everybody to no more than web ports."""
    for group in reading.of_type("AWS::EC2::SecurityGroup"):
        rules = list(group.properties.get("SecurityGroupIngress", []))
        rules += [
            rule.properties
            for rule in reading.of_type("AWS::EC2::SecurityGroupIngress")
            if group.logical_id in reading.mentioned(rule.properties.get("GroupId"))
        ]
        yield group.logical_id, not any(map(_is_open, rules))


def acl_is_closed(reading: Reading) -> Iterator[tuple[str, bool]]:
    """Whether entries of network ACLs keep everybody from remote administration."""
    for entry in reading.of_type("AWS::EC2::NetworkAclEntry"):
        properties = entry.properties
        everybody = properties.get("CidrBlock") in _EVERYBODY or properties.get("Ipv6CidrBlock") in _EVERYBODY
        inbound = not is_true(properties.get("Egress")) and properties.get("RuleAction") == "allow"
        ports = properties.get("PortRange") or {"From": 0, "To": 65535}
        first, last = int(str(ports["From"])), int(str(ports["To"]))
        yield entry.logical_id, not (everybody and inbound and any(first <= port <= last for port in (22, 3389)))


def _is_open(rule: Mapping[str, Any]) -> bool:
    if rule.get("CidrIp") not in _EVERYBODY and rule.get("CidrIpv6") not in _EVERYBODY:
        return False
    first, last = str(rule.get("FromPort", "0")), str(rule.get("ToPort", "65535"))
    ports = range(int(first), int(last) + 1) if first.isdigit() and last.isdigit() else range(1)
    return not set(ports) <= _PERMITTED
