"""AWS::EC2: security groups and their rules.

A group without egress rules, or with an empty list of them, allows all egress, as on AWS; stated rules replace that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from simulator.handlers.base import Context, Handler, is_not_found
from simulator.handlers.ec2_calls import retag, tagged
from simulator.handlers.translate import Untranslatable, normal

_ANYTHING = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}

# Property of a rule -> (list in an IpPermission, its member).
_PEERS = {
    "CidrIp": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourceSecurityGroupName": ("UserIdGroupPairs", "GroupName"),
}
_BESIDE = ("Description", "FromPort", "GroupId", "IpProtocol", "SourceSecurityGroupOwnerId", "ToPort")


def permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the API's IpPermission."""
    if unknown := rule.keys() - _PEERS.keys() - set(_BESIDE):
        raise Untranslatable(f"Encountered unsupported property {min(unknown)}")
    found: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    found |= {name: int(rule[name]) for name in ("FromPort", "ToPort") if name in rule}
    for given, (members, member) in _PEERS.items():
        if given in rule:
            peer = {member: rule[given]}
            if "Description" in rule:
                peer["Description"] = rule["Description"]
            if member.startswith("Group") and "SourceSecurityGroupOwnerId" in rule:
                peer["UserId"] = rule["SourceSecurityGroupOwnerId"]
            found[members] = [peer]
    return found


def rules_of(permissions: Iterable[Mapping[str, Any]], end: str) -> list[dict[str, Any]]:
    """IpPermissions as rules of a security group; `end` says what their peers are: Source or Destination."""
    found = []
    for each in permissions:
        common = {name: each[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in each}
        for name, (members, member) in _PEERS.items():
            if name.startswith(("Cidr", end)) and not name.endswith("Name"):
                for peer in each.get(members, ()):
                    beside = {"Description": peer["Description"]} if peer.get("Description") else {}
                    found.append({**common, name: peer[member], **beside})
    return found


def _create(context: Context) -> str:
    context.refuse_unknown(
        "GroupDescription", "GroupName", "SecurityGroupEgress", "SecurityGroupIngress", "Tags", "VpcId"
    )
    in_vpc = {"VpcId": context.get("VpcId")} if "VpcId" in context.properties else {}
    response = context.call(
        "ec2",
        "create_security_group",
        GroupName=context.name("GroupName"),
        Description=context.get("GroupDescription"),
        **in_vpc,
        **tagged("security-group", context),
    )
    context.made(response["GroupId"])
    _set(context, "ingress", [], context.get("SecurityGroupIngress", []))
    _set(context, "egress", [_ANYTHING], context.get("SecurityGroupEgress") or [_ANYTHING])
    return context.id


def _update(context: Context) -> None:
    _set(context, "ingress", context.old.get("SecurityGroupIngress", []), context.get("SecurityGroupIngress", []))
    before = context.old.get("SecurityGroupEgress") or [_ANYTHING]
    _set(context, "egress", before, context.get("SecurityGroupEgress") or [_ANYTHING])
    retag(context)


def _set(context: Context, direction: str, before: Sequence[Any], after: Sequence[Any]) -> None:
    before, after = [normal(rule) for rule in before], [normal(rule) for rule in after]
    if gone := [permission(rule) for rule in before if rule not in after]:
        context.call("ec2", f"revoke_security_group_{direction}", GroupId=context.id, IpPermissions=gone)
    if fresh := [permission(rule) for rule in after if rule not in before]:
        context.call("ec2", f"authorize_security_group_{direction}", GroupId=context.id, IpPermissions=fresh)


def _group(context: Context) -> dict[str, Any]:
    return dict(context.call("ec2", "describe_security_groups", GroupIds=[context.id])["SecurityGroups"][0])


def _attributes(context: Context) -> Mapping[str, object]:
    return {"GroupId": context.id, "Id": context.id, "VpcId": _group(context)["VpcId"]}


def _rule(direction: str) -> Handler:
    """AWS::EC2::SecurityGroupIngress and ...Egress; a change of anything but the description replaces it."""

    def create(context: Context) -> str:
        response = context.call(
            "ec2",
            f"authorize_security_group_{direction}",
            GroupId=context.get("GroupId"),
            IpPermissions=[permission(context.properties)],
        )
        return str(response["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def update(context: Context) -> None:
        context.call(
            "ec2",
            f"update_security_group_rule_descriptions_{direction}",
            GroupId=context.get("GroupId"),
            IpPermissions=[permission(context.properties)],
        )

    def delete(context: Context) -> None:
        try:
            context.call(
                "ec2",
                f"revoke_security_group_{direction}",
                GroupId=context.get("GroupId"),
                IpPermissions=[permission(context.properties)],
            )
        except ClientError as error:
            if not is_not_found(error):
                raise

    return Handler(create=create, update=update, delete=delete, attributes=lambda context: {"Id": context.id})


HANDLERS: Mapping[str, Handler] = {
    "AWS::EC2::SecurityGroup": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("ec2", "delete_security_group", GroupId=context.id),
        attributes=_attributes,
        name="GroupName",
        exists=_group,
    ),
    "AWS::EC2::SecurityGroupEgress": _rule("egress"),
    "AWS::EC2::SecurityGroupIngress": _rule("ingress"),
}
