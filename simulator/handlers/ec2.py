"""AWS::EC2: the network. Security groups are in `ec2_security`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import moto_mends
from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler
from simulator.handlers.ec2_calls import ec2, retag, tagged


def _vpc_settings(context: Context) -> None:
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if context.changed(name):
            default = name == "EnableDnsSupport"
            value = {"Value": context.true(name, default=default)}
            context.call("ec2", "modify_vpc_attribute", VpcId=context.id, **{name: value})


def _vpc_attributes(context: Context, found: Mapping[str, Any]) -> Mapping[str, object]:
    mine = [{"Name": "vpc-id", "Values": [context.id]}]
    only = [*mine, {"Name": "group-name", "Values": ["default"]}]
    groups = context.call("ec2", "describe_security_groups", Filters=only)["SecurityGroups"]
    return {
        "CidrBlock": found["CidrBlock"],
        "CidrBlockAssociations": [each["AssociationId"] for each in found["CidrBlockAssociationSet"]],
        "DefaultNetworkAcl": default_acl(context, context.id),
        "DefaultSecurityGroup": groups[0]["GroupId"],
        "Ipv6CidrBlocks": [],
    }


def default_acl(context: Context, vpc: str) -> str:
    """The network ACL that a VPC's subnets have unless told otherwise."""
    wanted = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    return str(context.call("ec2", "describe_network_acls", Filters=wanted)["NetworkAcls"][0]["NetworkAclId"])


def _subnet_settings(context: Context) -> None:
    for name in ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"):
        if context.changed(name):
            context.call("ec2", "modify_subnet_attribute", SubnetId=context.id, **{name: {"Value": context.true(name)}})


def _subnet_attributes(context: Context, found: Mapping[str, Any]) -> Mapping[str, object]:
    names = ("AvailabilityZone", "AvailabilityZoneId", "CidrBlock", "VpcId")
    return {name: found[name] for name in names} | {"Ipv6CidrBlocks": []}


def _attach_gateway(context: Context) -> str:
    if "VpnGatewayId" in context.properties:
        context.send("ec2", "attach_vpn_gateway", context.properties)
        return f"VGW|{context.get('VpcId')}"
    context.send("ec2", "attach_internet_gateway", context.properties)
    return f"IGW|{context.get('VpcId')}"


def _detach_gateway(context: Context) -> None:
    kind = "vpn" if context.id.startswith("VGW") else "internet"
    context.send("ec2", f"detach_{kind}_gateway", context.properties)


def _update_attachment(context: Context) -> None:
    context.send("ec2", "detach_internet_gateway", context.old)
    _attach_gateway(context)


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _create_route(context: Context) -> str:
    context.send("ec2", "create_route", context.properties)
    destination = next(str(context.get(name)) for name in _DESTINATIONS if name in context.properties)
    return f"{context.get('RouteTableId')}|{destination}"


def _update_route(context: Context) -> None:
    context.send("ec2", "replace_route", context.properties)


def _delete_route(context: Context) -> None:
    named = {name: context.get(name) for name in ("RouteTableId", *_DESTINATIONS) if name in context.properties}
    context.send("ec2", "delete_route", named)


def _create_address(context: Context) -> str:
    response = context.send(
        "ec2", "allocate_address", context.properties, leave=("Tags", "InstanceId"), **tagged("elastic-ip", context)
    )
    # Ref of an address is the address itself; its allocation ID is an attribute.
    context.made(str(response["PublicIp"]))
    if "InstanceId" in context.properties:
        context.call("ec2", "associate_address", InstanceId=context.get("InstanceId"), PublicIp=context.id)
    return context.id


def _address(context: Context) -> dict[str, Any]:
    return dict(context.call("ec2", "describe_addresses", PublicIps=[context.id])["Addresses"][0])


def _update_address(context: Context) -> None:
    allocation = _address(context)["AllocationId"]
    physical, context.resource.physical_id = context.id, allocation
    try:
        retag(context)
    finally:
        context.resource.physical_id = physical


def _delete_address(context: Context) -> None:
    context.call("ec2", "release_address", AllocationId=_address(context)["AllocationId"])


def _associate_acl(context: Context) -> str:
    return _replace_acl(context, str(context.get("SubnetId")), str(context.get("NetworkAclId")))


def _replace_acl(context: Context, subnet: str, acl: str) -> str:
    """A subnet always has an ACL: associating one replaces the association that there is."""
    found = context.call(
        "ec2", "describe_network_acls", Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
    )["NetworkAcls"]
    current = next(
        each["NetworkAclAssociationId"]
        for entry in found
        for each in entry["Associations"]
        if each["SubnetId"] == subnet
    )
    answer = context.call("ec2", "replace_network_acl_association", AssociationId=current, NetworkAclId=acl)
    return str(answer["NewAssociationId"])


def _dissociate_acl(context: Context) -> None:
    """Back to the default ACL of the VPC; nothing to do for a subnet that is gone."""
    subnet = str(context.get("SubnetId"))
    vpc = context.call("ec2", "describe_subnets", SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    _replace_acl(context, subnet, default_acl(context, vpc))


_ENTRY = {"Icmp": "IcmpTypeCode"}


def _create_acl_entry(context: Context) -> str:
    context.send("ec2", "create_network_acl_entry", {"Egress": False, **context.properties}, rename=_ENTRY)
    return context.name("")


def _update_acl_entry(context: Context) -> None:
    context.send("ec2", "replace_network_acl_entry", {"Egress": False, **context.properties}, rename=_ENTRY)


def _delete_acl_entry(context: Context) -> None:
    named = {name: context.get(name) for name in ("NetworkAclId", "RuleNumber")}
    context.send("ec2", "delete_network_acl_entry", {"Egress": context.get("Egress", False), **named})


_ENDPOINT_LISTS = ("RouteTableIds", "SubnetIds", "SecurityGroupIds")


def _update_endpoint(context: Context) -> None:
    request: dict[str, Any] = {}
    for name in _ENDPOINT_LISTS:
        before, after = context.old.get(name, []), context.get(name, [])
        if added := [each for each in after if each not in before]:
            request[f"Add{name}"] = added
        if removed := [each for each in before if each not in after]:
            request[f"Remove{name}"] = removed
    for name in ("PolicyDocument", "PrivateDnsEnabled"):
        if context.changed(name) and name in context.properties:
            request[name] = context.get(name)
    if request and context.old:
        context.send("ec2", "modify_vpc_endpoint", request, VpcEndpointId=context.id)
        moved = [request.get(f"{verb}RouteTableIds", []) for verb in ("Add", "Remove")]
        moto_mends.move_endpoint_routes(context.region, context.id, *moved)


def _endpoint_attributes(found: dict[str, Any]) -> Mapping[str, object]:
    entries = [
        f"{each['HostedZoneId']}:{each['DnsName']}" for each in found.get("DnsEntries", ()) if "HostedZoneId" in each
    ]
    return {
        "Id": found["VpcEndpointId"],
        "CreationTimestamp": str(found.get("CreationTimestamp", "")),
        "DnsEntries": entries,
        "NetworkInterfaceIds": found.get("NetworkInterfaceIds", []),
    }


def _create_endpoint(context: Context) -> str:
    properties = {"VpcEndpointType": "Gateway", **context.properties}  # the default, which moto does not fill in
    extra = tagged("vpc-endpoint", context)
    response = context.send("ec2", "create_vpc_endpoint", properties, leave=("Tags",), **extra)
    return str(response["VpcEndpoint"]["VpcEndpointId"])


def _update_tagged_endpoint(context: Context) -> None:
    _update_endpoint(context)
    retag(context)


def _endpoint(context: Context) -> dict[str, Any]:
    return dict(context.call("ec2", "describe_vpc_endpoints", VpcEndpointIds=[context.id])["VpcEndpoints"][0])


def _create_flow_log(context: Context) -> str:
    properties = {name: value for name, value in context.properties.items() if name not in ("Tags", "ResourceId")}
    response = context.send(
        "ec2",
        "create_flow_logs",
        properties,
        ResourceIds=[context.get("ResourceId")],
        **tagged("vpc-flow-log", context),
    )
    if failed := response.get("Unsuccessful"):
        raise ResourceFailure(failed[0]["Error"]["Message"])
    return str(response["FlowLogIds"][0])


HANDLERS: Mapping[str, Handler] = {
    "AWS::EC2::VPC": ec2(
        "create_vpc",
        "delete_vpc",
        answer="Vpc.VpcId",
        identifier="VpcId",
        taggable="vpc",
        leave=("EnableDnsSupport", "EnableDnsHostnames"),
        settings=_vpc_settings,
        describe="describe_vpcs",
        attributes=_vpc_attributes,
    ),
    "AWS::EC2::Subnet": ec2(
        "create_subnet",
        "delete_subnet",
        answer="Subnet.SubnetId",
        identifier="SubnetId",
        taggable="subnet",
        leave=("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation"),
        settings=_subnet_settings,
        describe="describe_subnets",
        attributes=_subnet_attributes,
    ),
    "AWS::EC2::InternetGateway": ec2(
        "create_internet_gateway",
        "delete_internet_gateway",
        answer="InternetGateway.InternetGatewayId",
        identifier="InternetGatewayId",
        taggable="internet-gateway",
        describe="describe_internet_gateways",
    ),
    "AWS::EC2::VPCGatewayAttachment": Handler(
        create=_attach_gateway, update=_update_attachment, delete=_detach_gateway
    ),
    "AWS::EC2::RouteTable": ec2(
        "create_route_table",
        "delete_route_table",
        answer="RouteTable.RouteTableId",
        identifier="RouteTableId",
        taggable="route-table",
        describe="describe_route_tables",
    ),
    "AWS::EC2::Route": Handler(create=_create_route, update=_update_route, delete=_delete_route),
    "AWS::EC2::SubnetRouteTableAssociation": ec2(
        "associate_route_table", "disassociate_route_table", answer="AssociationId", identifier="AssociationId"
    ),
    "AWS::EC2::NatGateway": ec2(
        "create_nat_gateway",
        "delete_nat_gateway",
        answer="NatGateway.NatGatewayId",
        identifier="NatGatewayId",
        taggable="natgateway",
        describe="describe_nat_gateways",
    ),
    "AWS::EC2::EIP": Handler(
        create=_create_address,
        update=_update_address,
        delete=_delete_address,
        attributes=lambda context: {"PublicIp": context.id, "AllocationId": _address(context)["AllocationId"]},
        exists=_address,
    ),
    "AWS::EC2::NetworkAcl": ec2(
        "create_network_acl",
        "delete_network_acl",
        answer="NetworkAcl.NetworkAclId",
        identifier="NetworkAclId",
        taggable="network-acl",
        describe="describe_network_acls",
    ),
    "AWS::EC2::NetworkAclEntry": Handler(create=_create_acl_entry, update=_update_acl_entry, delete=_delete_acl_entry),
    "AWS::EC2::SubnetNetworkAclAssociation": Handler(
        create=_associate_acl,
        delete=_dissociate_acl,
        attributes=lambda context: {"AssociationId": context.id},
    ),
    "AWS::EC2::VPCEndpoint": Handler(
        create=_create_endpoint,
        update=_update_tagged_endpoint,
        delete=lambda context: context.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[context.id]),
        attributes=lambda context: _endpoint_attributes(_endpoint(context)),
        exists=_endpoint,
    ),
    "AWS::EC2::FlowLog": Handler(
        create=_create_flow_log,
        update=retag,
        delete=lambda context: context.call("ec2", "delete_flow_logs", FlowLogIds=[context.id]),
        attributes=lambda context: {"Id": context.id},
    ),
}
