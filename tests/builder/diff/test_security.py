"""What a change opens or gives up is listed apart; what only narrows is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builder.diff.comparing import compared, resources

ACCOUNT = "arn:aws:iam::123456789012:root"


def opened(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [f"{notice.where}: {notice.what}" for notice in compared(old, new).security]


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return resources(Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


SOURCE = {"StringEquals": {"aws:SourceAccount": ["1", "2"]}}


class TestPolicies:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (allow("s3:GetObject"), allow(["s3:GetObject", "s3:PutObject"]), "allows s3:PutObject on *"),
            (allow("s3:Get*"), allow("s3:*"), "allows s3:* on *"),
            (allow("a:B", "arn:1"), allow("a:B", ["arn:1", "arn:2"]), "allows a:B on arn:2"),
            (allow("a:B", Condition=SOURCE), allow("a:B"), "allows a:B on *"),
            (
                allow("a:B", Condition=SOURCE),
                allow("a:B", Condition={"StringEquals": {"aws:SourceAccount": "3"}}),
                "allows a:B on *, under conditions",
            ),
            (
                allow("a:B", Condition={"StringNotEquals": {"k": ["1", "2"]}}),
                allow("a:B", Condition={"StringNotEquals": {"k": "1"}}),
                "allows a:B on *, under conditions",
            ),
            (deny("a:B"), deny("a:C"), "no longer denies a:B on *"),
            (
                allow("a:B"),
                {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
                'allows {"NotAction": "iam:*"}',
            ),
        ],
    )
    def test_what_is_newly_allowed_or_no_longer_denied_is_told(
        self, old: dict[str, Any], new: dict[str, Any], said: str
    ) -> None:
        assert opened(policy(old), policy(new)) == [f"Policy: PolicyDocument {said}"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (allow(["a:B", "a:C"]), allow("a:B")),
            (allow("a:*"), allow("a:B")),
            (allow("A:B?"), allow("a:bc")),
            (allow("a:B"), allow("a:B", Condition=SOURCE)),
            (allow("a:B", Condition=SOURCE), allow("a:B", Condition={"StringEquals": {"aws:SourceAccount": "1"}})),
            (allow("a:B", "arn:*"), allow("a:B", "arn:1")),
            (deny("a:B"), deny("a:*")),
            (deny("a:B", Condition=SOURCE), deny("a:B")),
            (allow("a:B", Sid="One"), allow("a:B", Sid="Two")),
        ],
    )
    def test_what_is_only_narrowed_is_not(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        assert opened(policy(old), policy(new)) == []

    def test_statements_that_are_split_up_allow_nothing_new(self) -> None:
        assert opened(policy(allow(["a:B", "a:C"])), policy(allow("a:B"), allow("a:C"))) == []

    def test_a_principal_is_part_of_what_is_allowed(self) -> None:
        def key(*principals: Any) -> dict[str, Any]:
            statements = [allow("kms:Decrypt", Principal=each) for each in principals]
            return resources(Key={"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": statements}}})

        other = {"Service": ["rds.amazonaws.com"]}
        assert opened(key({"AWS": ACCOUNT}), key({"AWS": ACCOUNT}, other)) == [
            "Key: KeyPolicy allows kms:Decrypt on * to Service:rds.amazonaws.com"
        ]
        assert opened(key("*"), key({"AWS": ACCOUNT})) == []
        assert opened(key({"AWS": ACCOUNT}), key("*")) == ["Key: KeyPolicy allows kms:Decrypt on * to AWS:*"]

    def test_a_policy_written_as_text_is_read(self) -> None:
        def logs(*actions: str) -> dict[str, Any]:
            document = json.dumps({"Statement": allow(list(actions), Principal={"Service": "s"})})
            properties = {"PolicyName": "p", "PolicyDocument": document}
            return resources(Policy={"Type": "AWS::Logs::ResourcePolicy", "Properties": properties})

        assert opened(logs("a:B"), logs("a:B", "a:C")) == ["Policy: PolicyDocument allows a:C on * to Service:s"]

    def test_text_that_only_looks_like_a_policy_is_none(self) -> None:
        def queue(text: str) -> dict[str, Any]:
            return resources(Topic={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": text}})

        assert opened(queue("a"), queue('{"Statement": ...')) == []

    def test_a_new_role_is_told_of_with_what_it_may(self) -> None:
        role = {"AssumeRolePolicyDocument": {"Statement": [{**allow("sts:AssumeRole"), "Principal": {"AWS": ACCOUNT}}]}}
        new = resources(
            Topic={"Type": "AWS::SNS::Topic"},
            Role={
                "Type": "AWS::IAM::Role",
                "Properties": {
                    **role,
                    "ManagedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
                    "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": allow("a:B")}}],
                },
            },
        )
        assert opened(resources(Topic={"Type": "AWS::SNS::Topic"}), new) == [
            f"Role: AssumeRolePolicyDocument allows sts:AssumeRole on * to AWS:{ACCOUNT}",
            "Role: Policies allows a:B on *",
            "Role: ManagedPolicyArns attaches arn:aws:iam::aws:policy/ReadOnlyAccess",
        ]

    def test_a_renamed_role_is_compared_with_what_it_was(self) -> None:
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [allow("a:B")]}}}
        assert opened(resources(Role=role), resources(Other=role)) == []

    def test_a_role_that_loses_its_boundary_is_told_of(self) -> None:
        def role(**more: Any) -> dict[str, Any]:
            document = {"Statement": [allow("a:B")]}
            return resources(
                Role={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, **more}}
            )

        assert opened(role(PermissionsBoundary="arn:aws:iam::aws:policy/P"), role()) == [
            "Role: PermissionsBoundary is gone"
        ]

    def test_a_bucket_policy_that_goes_takes_its_denials_with_it(self) -> None:
        bucket = {"Type": "AWS::S3::Bucket"}
        document = {"Statement": [deny("s3:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": False}})]}
        properties = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document}
        old = resources(Bucket=bucket, Policy={"Type": "AWS::S3::BucketPolicy", "Properties": properties})
        assert opened(old, resources(Bucket=bucket)) == [
            "Policy: PolicyDocument no longer denies s3:* on * to AWS:*, under conditions"
        ]

    def test_a_lambda_permission_is_a_grant(self) -> None:
        def permission(**more: Any) -> dict[str, Any]:
            properties = {
                "FunctionName": "f",
                "Action": "lambda:InvokeFunction",
                "Principal": "sns.amazonaws.com",
                **more,
            }
            return resources(Permission={"Type": "AWS::Lambda::Permission", "Properties": properties})

        narrow = permission(SourceAccount="123456789012")
        assert opened(permission(), narrow) == []
        assert opened(narrow, permission()) == [
            "Permission: Lambda permission allows lambda:InvokeFunction on f to sns.amazonaws.com"
        ]


def group(*rules: dict[str, Any], egress: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"GroupDescription": "d", "SecurityGroupIngress": list(rules)}
    if egress is not None:
        properties["SecurityGroupEgress"] = egress
    return resources(Group={"Type": "AWS::EC2::SecurityGroup", "Properties": properties}, **more)


def tcp(first: int, last: int, **peer: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **(peer or {"CidrIp": "10.0.0.0/16"})}


ALL = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


class TestNetworks:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (tcp(5432, 5432), tcp(5432, 5433), "admits tcp 5432-5433 from 10.0.0.0/16"),
            (tcp(5432, 5432), tcp(5432, 5432, CidrIp="0.0.0.0/0"), "admits tcp 5432 from 0.0.0.0/0"),
            (tcp(5432, 5432), tcp(5432, 5432, CidrIpv6="::/0"), "admits tcp 5432 from ::/0"),
            (tcp(1, 2), tcp(1, 2, SourceSecurityGroupId="sg-1"), "admits tcp 1-2 from sg-1"),
            (tcp(1, 1), {**tcp(1, 1), "IpProtocol": "17"}, "admits udp 1 from 10.0.0.0/16"),
            (tcp(1, 1), ALL, "admits everything from 0.0.0.0/0"),
            (tcp(1, 1), {"IpProtocol": "tcp", "CidrIp": "10.0.0.0/16"}, "admits tcp from 10.0.0.0/16"),
            (tcp(1, 1), {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}, "admits tcp 1 from nobody"),
        ],
    )
    def test_a_rule_that_admits_more_is_told(self, old: dict[str, Any], new: dict[str, Any], said: str) -> None:
        assert opened(group(old), group(new)) == [f"Group: {said}"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (tcp(5432, 5432), tcp(5432, 5432, CidrIp="10.0.1.0/24")),
            (tcp(1, 9), tcp(2, 3)),
            (ALL, tcp(1, 1)),
            ({**tcp(1, 1), "IpProtocol": "6"}, tcp(1, 1)),
            ({"IpProtocol": "tcp", "CidrIp": "10.0.0.0/16"}, tcp(1, 1)),
        ],
    )
    def test_a_rule_that_admits_less_is_not(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        assert opened(group(old), group(new)) == []

    def test_a_rule_that_becomes_a_resource_of_its_own_opens_nothing(self) -> None:
        rule = {"Type": "AWS::EC2::SecurityGroupIngress"}
        for node in ({"Ref": "Group"}, {"Fn::GetAtt": ["Group", "GroupId"]}):
            apart = group(Rule={**rule, "Properties": {**tcp(1, 1), "GroupId": node}})
            assert opened(group(tcp(1, 1)), apart) == []

    def test_a_rule_of_its_own_is_told_of_under_its_name(self) -> None:
        rule = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {**tcp(1, 1), "GroupId": "sg-other"}}
        assert opened(group(), group(Rule=rule)) == ["Rule: admits tcp 1 from 10.0.0.0/16"]

    def test_an_empty_list_of_egress_rules_lets_everything_out(self) -> None:
        nowhere = [{"IpProtocol": "-1", "CidrIp": "255.255.255.255/32"}]
        everythings: tuple[Any, ...] = (None, [])
        for everything in everythings:
            assert opened(group(egress=nowhere), group(egress=everything)) == [
                "Group: lets everything out to 0.0.0.0/0"
            ]
        rule = {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {"GroupId": {"Ref": "Group"}, **tcp(1, 1, DestinationSecurityGroupId="sg-1")},
        }
        assert opened(group(egress=nowhere), group(Rule=rule)) == ["Rule: lets tcp 1 out to sg-1"]

    def test_a_network_acl_that_allows_more_is_told(self) -> None:
        def acl(action: str, cidr: str, **more: Any) -> dict[str, Any]:
            properties = {
                "NetworkAclId": "acl-1",
                "RuleNumber": 1,
                "Protocol": 6,
                "RuleAction": action,
                "CidrBlock": cidr,
            }
            return resources(Entry={"Type": "AWS::EC2::NetworkAclEntry", "Properties": {**properties, **more}})

        ports = {"PortRange": {"From": 1, "To": 2}}
        assert opened(acl("allow", "10.0.0.0/8", **ports), acl("allow", "10.0.0.0/16", **ports)) == []
        assert opened(acl("deny", "10.0.0.0/8"), acl("allow", "10.0.0.0/8", **ports, Egress=True)) == [
            "Entry: lets tcp 1-2 out to 10.0.0.0/8"
        ]


class TestSwitches:
    @pytest.mark.parametrize(
        ("of_type", "old", "new", "said"),
        [
            (
                "AWS::RDS::DBInstance",
                {"PubliclyAccessible": False},
                {"PubliclyAccessible": "true"},
                "PubliclyAccessible false -> true: it can be reached from outside its VPC",
            ),
            (
                "AWS::RDS::DBInstance",
                {"DeletionProtection": True},
                {},
                "DeletionProtection true -> none: it can be deleted by one call",
            ),
            (
                "AWS::RDS::DBInstance",
                {"BackupRetentionPeriod": 35},
                {"BackupRetentionPeriod": 7},
                "BackupRetentionPeriod 35 -> 7: fewer days can be restored",
            ),
            (
                "AWS::RDS::DBParameterGroup",
                {"Parameters": {"rds.force_ssl": "1"}},
                {"Parameters": {"rds.force_ssl": "0"}},
                "Parameters.rds.force_ssl 1 -> 0: clients may connect without TLS",
            ),
            (
                "AWS::SNS::Topic",
                {"KmsMasterKeyId": "k"},
                {},
                "KmsMasterKeyId is gone: it is no longer encrypted under a key of the customer's",
            ),
            (
                "AWS::S3::Bucket",
                {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
                {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False}},
                "PublicAccessBlockConfiguration.BlockPublicAcls true -> false: public access is no longer blocked",
            ),
            (
                "AWS::S3::Bucket",
                {},
                {"AccessControl": "PublicRead"},
                "AccessControl none -> PublicRead: anybody may read it",
            ),
        ],
    )
    def test_a_setting_for_the_worse_is_told(
        self, of_type: str, old: dict[str, Any], new: dict[str, Any], said: str
    ) -> None:
        sides = [resources(It={"Type": of_type, "Properties": each}) for each in (old, new)]
        assert opened(sides[0], sides[1]) == [f"It: {said}"]
        assert opened(sides[1], sides[0]) == []

    def test_a_number_that_is_none_is_no_less(self) -> None:
        old, new = (
            resources(It={"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": each}}) for each in (30, "?")
        )
        assert opened(old, new) == []

    def test_something_new_that_is_public_is_told_but_gives_nothing_up(self) -> None:
        other = {"Topic": {"Type": "AWS::SNS::Topic"}}
        new = resources(**other, It={"Type": "AWS::RDS::DBInstance", "Properties": {"PubliclyAccessible": True}})
        assert opened(resources(**other), new) == [
            "It: PubliclyAccessible none -> true: it can be reached from outside its VPC"
        ]

    def test_what_the_masked_rendering_cannot_tell_is_not_guessed(self) -> None:
        made: dict[str, Any] = {
            "Parameters": {"P": {"Type": "String", "NoEcho": True, "Default": "a"}},
            "Mappings": {"M": {"a": {"k": "x"}}},
            "Conditions": {"C": {"Fn::Equals": [{"Fn::FindInMap": ["M", {"Ref": "P"}, "k"]}, "x"]}},
            "Resources": {"It": {"Type": "AWS::SNS::Topic", "Condition": "C", "Properties": {"KmsMasterKeyId": "k"}}},
        }
        new = {**made, "Resources": {"It": {"Type": "AWS::SNS::Topic", "Condition": "C"}}}
        found = compared(made, new)
        assert [each.logical_id for each in found.resources] == ["It"]
        assert found.security == ()
