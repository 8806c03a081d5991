"""Who may connect to a live instance and could no longer once it stands behind the stack's security group."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from builder.aws import live
from builder.aws.account import Account
from builder.aws.live import Live
from builder.aws.recreate import decided
from builder.evaluate import Evaluation
from builder.problems import Problem

GROUP = "AWS::EC2::SecurityGroup"
# Who is meant by a rule.
PEERS = ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")
_EVERY = "-1"


def problems(account: Account, evaluation: Evaluation, database: Live, fix: str) -> Iterator[Problem]:
    """A problem for each source that a live group admits to the instance's port, and the stack's groups do not."""
    declared = decided(evaluation.declared(database.logical_id)["Properties"], evaluation)
    wanted = [peer for name in _groups(evaluation, declared) for _, peer in _peers(_rules(evaluation, name))]
    port = int(database.properties.get("Port") or 0)
    for identifier in database.properties.get("VPCSecurityGroups", ()):
        group = live.read(account, "", GROUP, identifier)
        for rule, peer in _peers(group.properties.get("SecurityGroupIngress", ()) if group else ()):
            if _reaches(rule, port) and not any(_covers(other, peer) for other in wanted):
                yield Problem(file=identifier, key=peer, what="may connect now, and could no longer", fix=fix)


def _groups(evaluation: Evaluation, declared: Mapping[str, Any]) -> list[str]:
    """The security groups of the template that its instance wears."""
    named = [node for node in declared.get("VPCSecurityGroups", ()) if isinstance(node, dict)]
    ids = [node["Fn::GetAtt"][0] if "Fn::GetAtt" in node else node.get("Ref", "") for node in named]
    return [each for each in ids if each in evaluation.live() and evaluation.declared(each)["Type"] == GROUP]


def _rules(evaluation: Evaluation, logical_id: str) -> list[dict[str, Any]]:
    node = evaluation.declared(logical_id).get("Properties", {}).get("SecurityGroupIngress", [])
    rules = evaluation.value(node, f"Resources.{logical_id}.Properties.SecurityGroupIngress")
    assert isinstance(rules, list)
    return rules


def _peers(rules: Any) -> Iterator[tuple[Mapping[str, Any], str]]:
    for rule in rules:
        yield from ((rule, str(rule[name])) for name in PEERS if name in rule)


def _reaches(rule: Mapping[str, Any], port: int) -> bool:
    if str(rule["IpProtocol"]) == _EVERY:
        return True
    return int(rule.get("FromPort", 0)) <= port <= int(rule.get("ToPort", 65535))


def _covers(wide: str, narrow: str) -> bool:
    """Whether a source is the other, or a range that holds it."""
    if wide == narrow:
        return True
    try:
        outer, inner = ipaddress.ip_network(wide), ipaddress.ip_network(narrow)
    except ValueError:
        return False  # a group or a prefix list
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]
