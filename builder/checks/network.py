"""The network of a database: who can reach it, by which port, and whether its subnets are what they should be.

Source: RDS user guide, "Working with a DB instance in a VPC"; VPC user guide on groups, network ACLs and routes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from itertools import combinations
from typing import Any

from builder.checks import lookup
from builder.checks.check import Check, Finding, at, dig, entries, listed, number, truth
from builder.render import Rendered

_GROUP, _SUBNET = "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet"


def open_egress(rendered: Rendered) -> Iterator[Finding]:
    standalone = {
        lookup.named(rendered, _GROUP, properties.get("GroupId"), "GroupId")
        for _, properties in rendered.of_type("AWS::EC2::SecurityGroupEgress")
    }
    for group, properties in rendered.of_type(_GROUP):
        if not listed(properties.get("SecurityGroupEgress")):
            also = "; the rules beside it close nothing" if group in standalone else ""
            yield Finding(
                path=at(group, "SecurityGroupEgress"),
                what=f"no egress rule means that everything may leave{also}",
                fix="state what may leave; for nothing, one rule that matches nothing (255.255.255.255/32)",
            )


def _ingress(rendered: Rendered, group: str) -> list[Mapping[str, Any]]:
    """The ingress rules of a group, its own and those beside it."""
    rules = [rule for _, rule in entries(rendered.resources[group].get("Properties", {}).get("SecurityGroupIngress"))]
    for _, properties in rendered.of_type("AWS::EC2::SecurityGroupIngress"):
        if lookup.named(rendered, _GROUP, properties.get("GroupId"), "GroupId") == group:
            rules.append(properties)
    return rules


def _admits(rule: Mapping[str, Any], port: float) -> bool:
    if str(rule.get("IpProtocol")) == "-1":
        return True
    low, high = number(rule.get("FromPort")), number(rule.get("ToPort"))
    return str(rule.get("IpProtocol")) in ("tcp", "6") and low is not None and high is not None and low <= port <= high


def _databases(rendered: Rendered) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """DB instances and clusters."""
    yield from rendered.of_type("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")


def unreachable(rendered: Rendered) -> Iterator[Finding]:
    for database, properties in _databases(rendered):
        port = number(lookup.get_att(rendered, database, "Endpoint.Port"))
        given = [*listed(properties.get("VPCSecurityGroups")), *listed(properties.get("VpcSecurityGroupIds"))]
        worn = [lookup.named(rendered, _GROUP, each, "GroupId") for each in given]
        groups = [group for group in worn if group]
        if port is None or not groups or len(groups) < len(worn):
            continue
        rules = [rule for group in groups for rule in _ingress(rendered, group)]
        if not any(_admits(rule, port) for rule in rules):
            what = f"nothing in {', '.join(groups)} lets anyone in at port {port:g}"
            yield Finding(path=at(database, "VPCSecurityGroups"), what=what, fix=f"admit clients at {port:g}")
        for group in groups:
            for index, rule in enumerate(_ingress(rendered, group)):
                if not _admits(rule, port):
                    what = f"a rule of {group} is not for port {port:g}, where {database} listens"
                    path = at(group, "SecurityGroupIngress", index)
                    yield Finding(path=path, what=what, fix=f"open {port:g}, or remove the rule")


def one_sided(rendered: Rendered) -> Iterator[Finding]:
    """An egress rule to a group that admits nothing of it."""
    for rule, properties in rendered.of_type("AWS::EC2::SecurityGroupEgress"):
        target = lookup.named(rendered, _GROUP, properties.get("DestinationSecurityGroupId"), "GroupId")
        source = lookup.named(rendered, _GROUP, properties.get("GroupId"), "GroupId")
        port = number(properties.get("FromPort"))
        if target is None or source is None or port is None:
            continue
        met = [
            each
            for each in _ingress(rendered, target)
            if _admits(each, port)
            and lookup.named(rendered, _GROUP, each.get("SourceSecurityGroupId"), "GroupId") in (source, None)
            and ("SourceSecurityGroupId" not in each or each["SourceSecurityGroupId"] == properties["GroupId"])
        ]
        if not met:
            what = f"lets {source} out to {target} at {port:g}, and {target} admits nothing from it there"
            yield Finding(path=at(rule, "FromPort"), what=what, fix="make the two rules meet at one port")


def acl_blocks(rendered: Rendered) -> Iterator[Finding]:
    """A network ACL of a database's subnets through which its port does not get in, or no answer out."""
    for database, ports in _database_subnets(rendered):
        for subnet, port in ports:
            acl = next(
                (
                    lookup.named(rendered, "AWS::EC2::NetworkAcl", properties.get("NetworkAclId"))
                    for _, properties in rendered.of_type("AWS::EC2::SubnetNetworkAclAssociation")
                    if lookup.named(rendered, _SUBNET, properties.get("SubnetId")) == subnet
                ),
                None,
            )
            if acl is None:
                continue
            for egress, wanted, what in ((False, port, "in"), (True, 49152.0, "out")):
                if not _acl_allows(rendered, acl, wanted, egress=egress):
                    told = f"{acl} lets no TCP {what} at {wanted:g}, and {database} in {subnet} listens at {port:g}"
                    yield Finding(path=("Resources", acl), what=told, fix=f"allow {wanted:g} {what}")


def _acl_allows(rendered: Rendered, acl: str, port: float, *, egress: bool) -> bool:
    rules = sorted(
        (
            (number(properties.get("RuleNumber")) or 0, properties)
            for _, properties in rendered.of_type("AWS::EC2::NetworkAclEntry")
            if lookup.named(rendered, "AWS::EC2::NetworkAcl", properties.get("NetworkAclId")) == acl
            and (truth(properties.get("Egress")) is True) == egress
        ),
        key=lambda rule: rule[0],
    )
    for _, properties in rules:
        low, high = (number(dig(properties, "PortRange", name)) for name in ("From", "To"))
        every = str(properties.get("Protocol")) == "-1"
        if every or (
            str(properties.get("Protocol")) == "6" and low is not None and high is not None and low <= port <= high
        ):
            return properties.get("RuleAction") == "allow"
    return False


def _database_subnets(rendered: Rendered) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Each database with the subnets of this template that it is in, and its port."""
    for database, properties in _databases(rendered):
        group = lookup.named(rendered, "AWS::RDS::DBSubnetGroup", properties.get("DBSubnetGroupName"))
        port = number(lookup.get_att(rendered, database, "Endpoint.Port"))
        if group is None or port is None:
            continue
        ids = listed(rendered.resources[group]["Properties"].get("SubnetIds"))
        subnets = [lookup.named(rendered, _SUBNET, each) for each in ids]
        yield database, [(subnet, port) for subnet in subnets if subnet]


def _route_table(rendered: Rendered, subnet: str) -> str | None:
    for _, properties in rendered.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        if lookup.named(rendered, _SUBNET, properties.get("SubnetId")) == subnet:
            return lookup.named(rendered, "AWS::EC2::RouteTable", properties.get("RouteTableId"))
    return None


def _is_public(rendered: Rendered, subnet: str) -> bool:
    """Whether a subnet has a route to an internet gateway."""
    table = _route_table(rendered, subnet)
    return table is not None and any(
        lookup.named(rendered, "AWS::EC2::RouteTable", properties.get("RouteTableId")) == table
        and str(properties.get("GatewayId", "")).startswith("igw-")
        for _, properties in rendered.of_type("AWS::EC2::Route")
    )


def public_database(rendered: Rendered) -> Iterator[Finding]:
    for database, subnets in _database_subnets(rendered):
        for subnet, _ in subnets:
            if _is_public(rendered, subnet):
                what = f"{database} is in {subnet}, which has a route to the internet (Security Hub RDS.46)"
                yield Finding(path=at(database, "DBSubnetGroupName"), what=what, fix="take subnets without one")


def nat_without_way_out(rendered: Rendered) -> Iterator[Finding]:
    for gateway, properties in rendered.of_type("AWS::EC2::NatGateway"):
        subnet = lookup.named(rendered, _SUBNET, properties.get("SubnetId"))
        public = properties.get("ConnectivityType", "public") == "public"
        if public and subnet and _route_table(rendered, subnet) and not _is_public(rendered, subnet):
            what = f"is in {subnet}, which has no route to an internet gateway: nothing gets out through it"
            yield Finding(path=at(gateway, "SubnetId"), what=what, fix="put it into a public subnet")


def subnets_clash(rendered: Rendered) -> Iterator[Finding]:
    placed = []
    for subnet, properties in rendered.of_type(_SUBNET):
        block = _network(properties.get("CidrBlock"))
        vpc = lookup.named(rendered, "AWS::EC2::VPC", properties.get("VpcId"))
        if block is None or vpc is None:
            continue
        whole = _network(rendered.resources[vpc]["Properties"].get("CidrBlock"))
        if whole is not None and not block.subnet_of(whole):
            what = f"{block} is outside {whole}, the range of {vpc}"
            yield Finding(path=at(subnet, "CidrBlock"), what=what, fix="choose a range of the VPC")
        placed.append((subnet, vpc, block))
    for (first, vpc, block), (second, other, overlapping) in combinations(placed, 2):
        if vpc == other and block.overlaps(overlapping):
            what = f"{overlapping} overlaps {block} of {first}"
            yield Finding(path=at(second, "CidrBlock"), what=what, fix="give each subnet a range of its own")


def _network(value: Any) -> IPv4Network | None:
    try:
        found = ip_network(str(value))
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None


def one_zone(rendered: Rendered) -> Iterator[Finding]:
    for group, properties in rendered.of_type("AWS::RDS::DBSubnetGroup"):
        ids = listed(properties.get("SubnetIds"))
        subnets = [lookup.named(rendered, _SUBNET, each) for each in ids]
        if len(set(map(str, ids))) < len(ids):
            what = "names a subnet twice"
            yield Finding(path=at(group, "SubnetIds"), what=what, fix="name each once, in different zones")
        if None in subnets or not subnets:
            continue
        places = [rendered.resources[subnet]["Properties"] for subnet in subnets if subnet]
        zones = [str(place.get("AvailabilityZone") or place.get("AvailabilityZoneId")) for place in places]
        if "None" not in zones and len(set(zones)) < max(2, len(zones)):
            what = f"its {len(zones)} subnets are in {', '.join(sorted(set(zones)))}: a failover needs different zones"
            yield Finding(path=at(group, "SubnetIds"), what=what, fix="take one subnet in each zone")


def zones_mixed(rendered: Rendered) -> Iterator[Finding]:
    """A subnet that two route tables or ACLs claim, or a route table that nothing uses."""
    for type_name in ("AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::SubnetNetworkAclAssociation"):
        seen: dict[str, str] = {}
        for association, properties in rendered.of_type(type_name):
            subnet = str(properties.get("SubnetId"))
            if subnet in seen:
                what = f"associates a subnet that {seen[subnet]} has associated already"
                yield Finding(path=at(association, "SubnetId"), what=what, fix="name another subnet")
            seen[subnet] = association


_VPC = "VPC user guide"
CHECKS = (
    Check(
        id="W9251",
        reason="a security group without egress rules lets everything out",
        source="CloudFormation, AWS::EC2::SecurityGroup: SecurityGroupEgress; aws-cdk, SecurityGroup",
        find=open_egress,
    ),
    Check(
        id="E9252",
        reason="a database's security groups are for its port",
        source=f"{_VPC}, security-group-rules",
        find=unreachable,
    ),
    Check(
        id="E9253",
        reason="what one group lets out, the other lets in",
        source=f"{_VPC}, security-group-rules",
        find=one_sided,
    ),
    Check(
        id="E9254",
        reason="a network ACL lets clients in and answers out",
        source=f"{_VPC}, vpc-network-acls",
        find=acl_blocks,
    ),
    Check(
        id="W9255",
        reason="no database in a subnet with a way to the internet",
        source="Security Hub, RDS.46",
        find=public_database,
    ),
    Check(
        id="E9256",
        reason="a NAT gateway is in a public subnet",
        source=f"{_VPC}, vpc-nat-gateway",
        find=nat_without_way_out,
    ),
    Check(
        id="E9257", reason="subnets are in their VPC, and apart", source=f"{_VPC}, subnet-sizing", find=subnets_clash
    ),
    Check(
        id="E9258",
        reason="a subnet group spans zones",
        source="RDS user guide, USER_VPC.WorkingWithRDSInstanceinaVPC",
        find=one_zone,
    ),
    Check(
        id="E9259",
        reason="a subnet has one route table and one network ACL",
        source=f"{_VPC}, VPC_Route_Tables",
        find=zones_mixed,
    ),
)
