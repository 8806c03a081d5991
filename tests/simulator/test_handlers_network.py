"""Handlers of EC2: a network made, changed, read back and taken down."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Aws
from tests.simulator.stacks import create, delete, physical_id, template, trusting, update, why

VPC: dict[str, Any] = {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True}
IN_VPC = {"VpcId": {"Ref": "Vpc"}}


def ec2(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}


def subnet(number: int, zone: str = "a", **more: Any) -> dict[str, Any]:
    return ec2("Subnet", **IN_VPC, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}", **more)


def network(**resources: Any) -> str:
    return template({"Vpc": ec2("VPC", **VPC), "Subnet": subnet(0), "Other": subnet(1, "b"), **resources})


def made(aws: Aws, body: str) -> None:
    assert create(aws, body) == "CREATE_COMPLETE", aws.stack("stack").events[-3:]


def changed(aws: Aws, body: str) -> None:
    assert update(aws, body) == "UPDATE_COMPLETE", aws.stack("stack").events[-3:]


def gone(aws: Aws) -> None:
    assert delete(aws) == "DELETE_COMPLETE", aws.stack("stack").events[-3:]


def test_a_vpc_tells_its_defaults_and_takes_settings_and_tags(aws: Aws) -> None:
    client = aws.client("ec2")
    made(
        aws,
        template(
            {"Vpc": ec2("VPC", **VPC, Tags=[{"Key": "Name", "Value": "a"}])},
            Outputs={
                "Group": {"Value": {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}},
                "Acl": {"Value": {"Fn::GetAtt": ["Vpc", "DefaultNetworkAcl"]}},
                "Block": {"Value": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}},
            },
        ),
    )
    vpc = physical_id(aws, "Vpc")
    values = {each.key: each.value for each in aws.stack("stack").outputs}
    (group,) = client.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert (values["Group"], values["Block"]) == (group["GroupId"], "10.0.0.0/16")
    assert values["Acl"].startswith("acl-")

    changed(aws, template({"Vpc": ec2("VPC", CidrBlock="10.0.0.0/16", Tags=[{"Key": "Name", "Value": "b"}])}))

    hostnames = client.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    assert hostnames["EnableDnsHostnames"]["Value"] is False
    tags = client.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]
    assert {"Key": "Name", "Value": "b"} in tags
    gone(aws)


def test_another_range_replaces_a_vpc_and_what_is_in_it(aws: Aws) -> None:
    made(aws, network())
    before = physical_id(aws, "Vpc"), physical_id(aws, "Subnet")

    changed(aws, network().replace("10.0.", "10.1."))

    after = physical_id(aws, "Vpc"), physical_id(aws, "Subnet")
    assert set(before).isdisjoint(after)
    ids = [each["VpcId"] for each in aws.client("ec2").describe_vpcs()["Vpcs"]]
    assert before[0] not in ids


def test_a_subnet_is_in_the_zone_of_its_id(aws: Aws) -> None:
    placed = ec2("Subnet", **IN_VPC, CidrBlock="10.0.9.0/24", AvailabilityZoneId="use1-az4", MapPublicIpOnLaunch=True)
    made(aws, network(Placed=placed))

    def read() -> tuple[str, bool]:
        (found,) = aws.client("ec2").describe_subnets(SubnetIds=[physical_id(aws, "Placed")])["Subnets"]
        return found["AvailabilityZoneId"], found["MapPublicIpOnLaunch"]

    assert read() == ("use1-az4", True)
    placed["Properties"]["MapPublicIpOnLaunch"] = False
    changed(aws, network(Placed=placed))
    assert read() == ("use1-az4", False)


def test_routes_lead_where_they_are_told(aws: Aws) -> None:
    def body(target: str) -> str:
        return network(
            Gateway=ec2("InternetGateway"),
            Attachment=ec2("VPCGatewayAttachment", **IN_VPC, InternetGatewayId={"Ref": "Gateway"}),
            Address=ec2("EIP", Domain="vpc", Tags=[{"Key": "a", "Value": target}]),
            Nat=ec2("NatGateway", SubnetId={"Ref": "Subnet"}, AllocationId={"Fn::GetAtt": ["Address", "AllocationId"]}),
            Table=ec2("RouteTable", **IN_VPC),
            Association=ec2("SubnetRouteTableAssociation", SubnetId={"Ref": "Subnet"}, RouteTableId={"Ref": "Table"}),
            Route={
                **ec2(
                    "Route",
                    RouteTableId={"Ref": "Table"},
                    DestinationCidrBlock="0.0.0.0/0",
                    **{f"{target}Id": {"Ref": "Nat" if target == "NatGateway" else "Gateway"}},
                ),
                "DependsOn": "Attachment",
            },
        )

    def route() -> dict[str, Any]:
        (table,) = aws.client("ec2").describe_route_tables(RouteTableIds=[physical_id(aws, "Table")])["RouteTables"]
        assert [each["SubnetId"] for each in table["Associations"] if "SubnetId" in each] == [
            physical_id(aws, "Subnet")
        ]
        return next(each for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0")

    made(aws, body("Gateway"))
    assert route()["GatewayId"] == physical_id(aws, "Gateway")

    changed(aws, body("NatGateway"))
    assert route()["NatGatewayId"] == physical_id(aws, "Nat")
    (address,) = aws.client("ec2").describe_addresses()["Addresses"]
    assert {"Key": "a", "Value": "NatGateway"} in address["Tags"]
    gone(aws)
    assert aws.client("ec2").describe_addresses()["Addresses"] == []


def test_a_network_acl_holds_its_entries_and_its_subnets(aws: Aws) -> None:
    def body(port: int, **more: Any) -> str:
        entry = {"NetworkAclId": {"Ref": "Acl"}, "RuleNumber": 100, "Protocol": 6, "RuleAction": "allow"}
        return network(
            Acl=ec2("NetworkAcl", **IN_VPC),
            In=ec2("NetworkAclEntry", **entry, CidrBlock="10.0.0.0/16", PortRange={"From": port, "To": port}),
            **more,
        )

    member = ec2("SubnetNetworkAclAssociation", SubnetId={"Ref": "Subnet"}, NetworkAclId={"Ref": "Acl"})
    made(aws, body(5432, Member=member))

    def read() -> tuple[list[int], list[str]]:
        (found,) = aws.client("ec2").describe_network_acls(NetworkAclIds=[physical_id(aws, "Acl")])["NetworkAcls"]
        ports = [
            each["PortRange"]["From"] for each in found["Entries"] if each["RuleNumber"] == 100 and not each["Egress"]
        ]
        return ports, [each["SubnetId"] for each in found["Associations"]]

    assert read() == ([5432], [physical_id(aws, "Subnet")])
    changed(aws, body(5433))
    assert read() == ([5433], [])  # the subnet is under the VPC's default ACL again
    gone(aws)


def test_security_groups_hold_the_rules_that_are_stated(aws: Aws) -> None:
    inward = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": "5432", "CidrIp": "10.0.0.0/24", "Description": "a"}
    other = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": {"Ref": "Client"}}
    nothing = {"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}

    def body(ingress: list[dict[str, Any]], egress: list[dict[str, Any]]) -> str:
        return network(
            Client=ec2("SecurityGroup", **IN_VPC, GroupDescription="clients"),
            Group=ec2(
                "SecurityGroup",
                **IN_VPC,
                GroupDescription="servers",
                SecurityGroupIngress=ingress,
                SecurityGroupEgress=egress,
            ),
            Rule=ec2(
                "SecurityGroupEgress",
                GroupId={"Ref": "Client"},
                IpProtocol="tcp",
                FromPort=5432,
                ToPort=5432,
                DestinationSecurityGroupId={"Ref": "Group"},
            ),
        )

    def ports(logical_id: str, direction: str = "IpPermissions") -> list[tuple[str, int]]:
        ids = [physical_id(aws, logical_id)]
        (found,) = aws.client("ec2").describe_security_groups(GroupIds=ids)["SecurityGroups"]
        return sorted((each["IpProtocol"], each.get("FromPort", 0)) for each in found[direction])

    made(aws, body([inward], [nothing]))
    assert ports("Group") == [("tcp", 5432)]
    assert ports("Group", "IpPermissionsEgress") == [("icmp", 252)]
    assert ports("Client", "IpPermissionsEgress") == [("-1", 0), ("tcp", 5432)]

    changed(aws, body([other], []))
    assert ports("Group") == [("tcp", 22)]
    assert ports("Group", "IpPermissionsEgress") == [("-1", 0)]  # an empty list allows everything
    gone(aws)


def test_endpoints_and_flow_logs(aws: Aws) -> None:
    role = trusting("vpc-flow-logs.amazonaws.com")

    def body(*tables: str) -> str:
        return network(
            Role=role,
            Logs={"Type": "AWS::Logs::LogGroup"},
            First=ec2("RouteTable", **IN_VPC),
            Second=ec2("RouteTable", **IN_VPC),
            Gateway=ec2(
                "VPCEndpoint",
                **IN_VPC,
                ServiceName="com.amazonaws.us-east-1.s3",
                RouteTableIds=[{"Ref": table} for table in tables],
            ),
            Interface=ec2(
                "VPCEndpoint",
                **IN_VPC,
                ServiceName="com.amazonaws.us-east-1.kms",
                VpcEndpointType="Interface",
                SubnetIds=[{"Ref": "Subnet"}],
                PrivateDnsEnabled=True,
            ),
            FlowLog=ec2(
                "FlowLog",
                ResourceId={"Ref": "Vpc"},
                ResourceType="VPC",
                TrafficType="ALL",
                LogGroupName={"Ref": "Logs"},
                DeliverLogsPermissionArn={"Fn::GetAtt": ["Role", "Arn"]},
            ),
        )

    iam: dict[str, Any] = {"Capabilities": ["CAPABILITY_IAM"]}
    assert create(aws, body("First"), **iam) == "CREATE_COMPLETE", aws.stack("stack").events[-3:]
    (flow_log,) = aws.client("ec2").describe_flow_logs()["FlowLogs"]
    assert flow_log["LogGroupName"] == physical_id(aws, "Logs")

    assert update(aws, body("Second"), **iam) == "UPDATE_COMPLETE", aws.stack("stack").events[-3:]

    ids = [physical_id(aws, "Gateway")]
    (endpoint,) = aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"]
    assert endpoint["RouteTableIds"] == [physical_id(aws, "Second")]
    gone(aws)


def test_a_vpc_in_use_resists_its_deletion(aws: Aws) -> None:
    made(aws, template({"Vpc": ec2("VPC", **VPC)}))
    aws.client("ec2").create_subnet(VpcId=physical_id(aws, "Vpc"), CidrBlock="10.0.0.0/24")

    assert delete(aws) == "DELETE_FAILED"
    assert "has dependencies" in why(aws, "Vpc")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [("Subnet", {"CidrBlock": "10.0.0.0/24"}), ("SecurityGroup", {"GroupDescription": "d"})],
)
def test_a_property_that_ec2_does_not_have_fails_the_resource(aws: Aws, kind: str, properties: dict[str, Any]) -> None:
    create(aws, template({"Vpc": ec2("VPC", **VPC), "Thing": ec2(kind, **IN_VPC, **properties, Nope="x")}))

    assert "unsupported property Nope" in why(aws, "Thing")
