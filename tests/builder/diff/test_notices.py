"""What is to be known of a change besides its resources: policies, exports, defaults, names, what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builder.diff.comparing import altered, change, compared, property_change, resources, verdicts

TOPIC = {"Type": "AWS::SNS::Topic"}
KEY = {"Type": "AWS::KMS::Key", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def policies(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [notice.what for notice in compared(old, new).policies]


class TestPolicies:
    def test_weakened_and_removed_policies_are_told(self) -> None:
        old = resources(Key=KEY)
        assert policies(old, altered(old, {"Key.DeletionPolicy": "Delete"})) == [
            "DeletionPolicy is weaker: Retain -> Delete"
        ]
        assert policies(old, altered(old, {"Key.UpdateReplacePolicy": None})) == [
            "UpdateReplacePolicy is gone: Retain -> Delete"
        ]

    def test_strengthened_and_equivalent_policies_are_not(self) -> None:
        old = resources(Key=KEY)
        assert policies(old, altered(old, {"Key.DeletionPolicy": "RetainExceptOnCreate"})) == []
        assert policies(altered(old, {"Key.DeletionPolicy": None}), old) == []

    def test_a_replacement_keeps_the_old_one_only_if_both_templates_do(self) -> None:
        old = resources(Table={"Type": "AWS::DynamoDB::Table", "UpdateReplacePolicy": "Retain", "Properties": {}})
        new = altered(old, {"Table.UpdateReplacePolicy": None, "Table.Properties.TableName": "a"})
        for sides in ((old, new), (new, altered(old, {"Table.Properties.TableName": "b"}))):
            assert change(compared(*sides), "Table").loses

    def test_deletion_protection_is_said_to_stand_in_the_way(self) -> None:
        old = resources(
            Topic=TOPIC,
            Table={"Type": "AWS::DynamoDB::Table", "Properties": {"DeletionProtectionEnabled": True}},
        )
        said = "its deletion protection refuses the deletion, and it is left behind"
        assert change(compared(old, altered(old, {"Table": None})), "Table").notes == (said,)
        assert said in change(compared(old, altered(old, {"Table.Properties.TableName": "a"})), "Table").notes

    def test_automated_backups_that_stay_are_not_counted_as_lost(self) -> None:
        old = resources(
            Topic=TOPIC,
            Database={
                "Type": "AWS::RDS::DBInstance",
                "DeletionPolicy": "Delete",
                "Properties": {"DeleteAutomatedBackups": False},
            },
        )
        assert change(compared(old, altered(old, {"Database": None})), "Database").holds == "its databases"


class TestExports:
    def template(self, name: str, value: Any, **more: Any) -> dict[str, Any]:
        outputs = {"Out": {"Value": value, "Export": {"Name": name}}, "Plain": {"Value": "p"}, **more}
        group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d"}}
        return {**resources(Group=group), "Outputs": outputs}

    def test_an_export_that_goes_is_told(self) -> None:
        (notice,) = compared(self.template("a", "v"), self.template("b", "v")).exports
        assert (notice.where, notice.what.partition(":")[0]) == ("Out", "export a is gone")

    def test_an_export_whose_value_changes_is_told(self) -> None:
        (notice,) = compared(self.template("a", "v"), self.template("a", "w")).exports
        assert notice.what.startswith("the value of export a changes: the update fails while another stack imports it")

    def test_an_export_that_changes_with_a_replacement_is_told_with_the_path(self) -> None:
        old = self.template("a", {"Fn::GetAtt": ["Group", "GroupId"]})
        (notice,) = compared(old, altered(old, {"Group.Properties.GroupDescription": "e"})).exports
        assert "the value of export a changes (Group <- GroupDescription)" in notice.what

    def test_a_new_export_and_another_name_of_the_output_are_nothing(self) -> None:
        new = self.template("a", "v", More={"Value": "m", "Export": {"Name": "m"}})
        new["Outputs"]["Renamed"] = new["Outputs"].pop("Out")
        assert compared(self.template("a", "v"), new).exports == ()


class TestDefaults:
    def template(self, **default: Any) -> dict[str, Any]:
        return {**resources(Topic=TOPIC), "Parameters": {"Name": {"Type": "String", **default}}}

    def test_a_changed_default_does_not_reach_an_existing_stack(self) -> None:
        old, new = self.template(Default="a"), self.template(Default="b")
        (notice,) = compared(old, new).defaults
        assert notice.what == "the default changes, 'a' -> 'b', and does not reach existing stacks: they keep 'a'"

    def test_a_value_that_is_given_stays(self) -> None:
        found = compared(
            self.template(Default="a"), self.template(Default="b"), given={"Name": "c"}, changed={"Name": "c"}
        )
        assert found.defaults[0].what == "the default changes, 'a' -> 'b'; it is given, and stays 'c'"

    def test_the_stack_is_rendered_with_what_it_keeps(self) -> None:
        old = resources(Topic={**TOPIC, "Properties": {"DisplayName": {"Ref": "Name"}}})
        sides = [{**old, "Parameters": {"Name": {"Type": "String", "Default": each}}} for each in "ab"]
        assert compared(*sides).resources == ()

    @pytest.mark.parametrize(
        ("old", "new"), [({"Default": 1}, {"Default": "1"}), ({}, {"Default": "a"}), ({"Default": "a"}, {})]
    )
    def test_what_is_no_change_of_a_default_is_not_told(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        assert compared(self.template(**old), self.template(**new), given={"Name": "1"}).defaults == ()

    def test_a_parameter_that_is_new_has_no_old_default(self) -> None:
        assert compared(resources(Topic=TOPIC), self.template(Default="a")).defaults == ()


class TestAssumptions:
    @pytest.mark.parametrize(
        ("declared", "value"),
        [
            ({"Type": "String"}, "<Name>"),
            ({"Type": "String", "AllowedValues": ["x", "y"]}, "x"),
            ({"Type": "Number"}, "1"),
            ({"Type": "Number", "MinValue": 5}, "5"),
            ({"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"}, "<Name: /a>"),
        ],
    )
    def test_a_parameter_without_a_value_is_taken_to_stay(self, declared: dict[str, Any], value: str) -> None:
        old = {**resources(Topic=TOPIC), "Parameters": {"Name": declared}}
        new = altered(old, {"Topic.Properties.DisplayName": {"Ref": "Name"}})
        found = compared(old, new)
        assert [notice.where for notice in found.assumptions] == ["Name"]
        assert property_change(found, "Topic", "DisplayName").new == value
        assert compared(old, old).is_empty

    def test_a_list_without_a_value_is_a_list(self) -> None:
        old = {**resources(Topic=TOPIC), "Parameters": {"Name": {"Type": "List<Number>"}}}
        new = altered(old, {"Topic.Properties.DisplayName": {"Fn::Join": [",", {"Ref": "Name"}]}})
        assert property_change(compared(old, new), "Topic", "DisplayName").new == "1"

    def test_a_rule_is_not_judged_by_a_value_that_is_made_up(self) -> None:
        rule = {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Name"}, "b"]}}]}
        template = {**resources(Topic=TOPIC), "Parameters": {"Name": {"Type": "String"}}, "Rules": {"R": rule}}
        assert compared(template, template).is_empty


class TestNames:
    def test_what_may_be_replaced_but_is_named_would_fail_instead_and_loses_nothing(self) -> None:
        old = resources(
            Database={"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceIdentifier": "orders", "Port": "1"}}
        )
        found = change(compared(old, altered(old, {"Database.Properties.Port": "2"})), "Database")
        assert (found.verdict.value, found.loses) == ("MAY REPLACE", False)
        assert found.notes == (
            'it is named DBInstanceIdentifier "orders": if it had to be replaced, the update would fail instead',
        )

    def test_a_name_is_free_within_what_it_is_unique_in(self) -> None:
        group = {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupName": "a", "GroupDescription": "d", "VpcId": "vpc-1"},
        }
        old = resources(Group=group)
        assert verdicts(compared(old, altered(old, {"Group.Properties.VpcId": "vpc-2"}))) == {"Group": "REPLACE"}
        assert verdicts(compared(old, altered(old, {"Group.Properties.GroupDescription": "e"}))) == {
            "Group": "WILL FAIL"
        }

    def test_a_name_that_moves_with_another_resource_is_free(self) -> None:
        old = resources(
            Bucket={"Type": "AWS::S3::Bucket", "Properties": {"Tags": []}},
            Policy={
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Statement": []}},
            },
        )
        new = altered(old, {"Bucket.Properties.BucketNamePrefix": "a"})
        assert verdicts(compared(old, new)) == {"Bucket": "REPLACE", "Policy": "REPLACE"}

    def test_a_port_that_stays_is_not_taken_for_another_after_a_replacement(self) -> None:
        rule = {
            "IpProtocol": "tcp",
            "CidrIp": "10.0.0.0/8",
            "GroupId": "sg-1",
            "FromPort": {"Fn::GetAtt": ["Database", "Endpoint.Port"]},
            "ToPort": 1,
        }
        old = resources(
            Database={"Type": "AWS::RDS::DBInstance", "Properties": {"Port": "1", "DBName": "a"}},
            Rule={"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule},
        )
        assert verdicts(compared(old, altered(old, {"Database.Properties.DBName": "b"}))) == {"Database": "REPLACE"}

    def test_an_input_that_moves_is_handed_on(self) -> None:
        old = resources(
            Vpc={"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            Group={
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "d", "VpcId": {"Ref": "Vpc"}},
            },
            Routes={"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Fn::GetAtt": ["Group", "VpcId"]}}},
        )
        found = compared(old, altered(old, {"Vpc.Properties.CidrBlock": "10.1.0.0/16"}))
        assert change(found, "Routes").cause == ("Routes", "VpcId", "Group", "VpcId", "Vpc", "CidrBlock")


class TestEffects:
    def test_a_type_without_a_schema_may_be_replaced(self) -> None:
        def it(**properties: Any) -> dict[str, Any]:
            return resources(Topic=TOPIC, It={"Type": "Mine::Own::Thing", "Properties": properties})

        assert verdicts(compared(it(A=1), it(A=2))) == {"It": "MAY REPLACE"}
        old = it(A={"Ref": "Topic"})
        new = altered(old, {"Topic.Properties.FifoTopic": True})
        assert verdicts(compared(old, new)) == {"Topic": "REPLACE", "It": "MAY REPLACE"}

    def test_a_conditionally_create_only_property_that_moves_may_replace(self) -> None:
        block = {"Fn::Select": [0, {"Fn::GetAtt": ["Vpc", "Ipv6CidrBlocks"]}]}
        old = resources(
            Vpc={"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            Subnet={"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-1", "Ipv6CidrBlock": block}},
        )
        new = altered(old, {"Vpc.Properties.CidrBlock": "10.1.0.0/16"})
        assert verdicts(compared(old, new)) == {"Vpc": "REPLACE", "Subnet": "MAY REPLACE"}

    def test_a_create_only_property_inside_a_list_replaces_if_it_differs_anywhere(self) -> None:
        def replicator(*targets: dict[str, Any]) -> dict[str, Any]:
            properties = {"ReplicationInfoList": list(targets)}
            return resources(It={"Type": "AWS::MSK::Replicator", "Properties": properties})

        one, two = {"TargetCompressionType": "NONE"}, {"TargetCompressionType": "GZIP"}
        assert verdicts(compared(replicator(one), replicator(two))) == {"It": "REPLACE"}
        assert verdicts(compared(replicator(one), replicator(one, two))) == {"It": "REPLACE"}
        assert verdicts(compared(replicator(one), replicator(one, {}))) == {"It": "UPDATE"}

    def test_an_order_that_does_not_matter_may_replace_at_most(self) -> None:
        def proxy(*subnets: Any) -> dict[str, Any]:
            return resources(
                It={"Type": "AWS::RDS::DBProxy", "Properties": {"DBProxyName": "a", "VpcSubnetIds": [*subnets]}}
            )

        assert verdicts(compared(proxy("a", "b"), proxy("b", "a"))) == {"It": "MAY REPLACE"}
        assert verdicts(compared(proxy("a", "b"), proxy("b", "c"))) == {"It": "WILL FAIL"}
        given = altered(proxy("a", "b"), {"It.Properties.VpcSubnetIds": {"Ref": "Subnets"}})
        given["Parameters"] = {"Subnets": {"Type": "String", "Default": "a,b"}}
        assert verdicts(compared(given, proxy("b", "a"))) == {"It": "WILL FAIL"}

    def test_a_change_above_a_create_only_property_replaces_only_if_that_differs(self) -> None:
        def endpoint(**options: Any) -> dict[str, Any]:
            properties = (
                {"VpcId": "vpc-1", "ServiceName": "s", "DnsOptions": options} if options else {"VpcId": "vpc-1"}
            )
            return resources(It={"Type": "AWS::EC2::VPCEndpoint", "Properties": {"ServiceName": "s", **properties}})

        created = endpoint(PrivateDnsPreference="ALL_DOMAINS")
        assert verdicts(compared(endpoint(), created)) == {"It": "REPLACE"}
        assert verdicts(compared(endpoint(), endpoint(DnsRecordIpType="ipv4"))) == {"It": "UPDATE"}

    def test_a_value_taken_below_a_property_may_be_the_create_only_one(self) -> None:
        def endpoint(preference: Any) -> dict[str, Any]:
            options = {"PrivateDnsPreference": preference, "DnsRecordIpType": {"Fn::GetAtt": ["Topic", "TopicName"]}}
            properties = {"VpcId": "vpc-1", "ServiceName": "s", "DnsOptions": options}
            return resources(Topic=TOPIC, It={"Type": "AWS::EC2::VPCEndpoint", "Properties": properties})

        old = endpoint("ALL_DOMAINS")
        new = altered(old, {"Topic.Properties.FifoTopic": True})
        assert verdicts(compared(old, new))["It"] == "MAY REPLACE"

    def test_a_custom_resource_that_is_updated_may_answer_with_anything(self) -> None:
        custom = {"Type": "Custom::It", "Properties": {"ServiceToken": "t", "A": 1}}
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["It", "Name"]}}}
        old = resources(It=custom, Topic=topic)
        found = compared(old, altered(old, {"It.Properties.A": 2}))
        assert verdicts(found) == {"It": "UPDATE", "Topic": "MAY REPLACE"}
        assert change(found, "Topic").cause == ("Topic", "TopicName", "It", "A")
        assert verdicts(compared(old, altered(old, {"It.Metadata": {"a": 1}}))) == {"It": "UPDATE"}

    @pytest.mark.parametrize(
        ("old", "new", "verdict"),
        [
            (
                {"Engine": "mysql", "EngineVersion": "8.0.40"},
                {"Engine": "mysql", "EngineVersion": "8.4.3"},
                "WILL FAIL",
            ),
            ({"EngineVersion": "17.5"}, {"EngineVersion": "17"}, "UPDATE"),
            ({"EngineVersion": "17"}, {"EngineVersion": "17.5"}, "UPDATE"),
            ({"EngineVersion": "a"}, {"EngineVersion": "b"}, "UPDATE"),
            ({"EngineVersion": "17"}, {}, "UPDATE"),
            ({"AllocatedStorage": "a"}, {"AllocatedStorage": "1"}, "UPDATE"),
            ({"Engine": "oracle-se2"}, {"Engine": "oracle-se2-cdb"}, "UPDATE"),
        ],
    )
    def test_versions_and_sizes_are_compared_as_far_as_they_can_be(
        self, old: dict[str, Any], new: dict[str, Any], verdict: str
    ) -> None:
        sides = [resources(It={"Type": "AWS::RDS::DBInstance", "Properties": each}) for each in (old, new)]
        assert verdicts(compared(*sides)) == {"It": verdict}

    def test_a_group_of_the_right_family_lets_a_major_upgrade_pass(self) -> None:
        old = {"EngineVersion": "17", "DBParameterGroupName": "a", "AllowMajorVersionUpgrade": True}
        new = {**old, "EngineVersion": "18", "DBParameterGroupName": "b"}
        sides = [resources(It={"Type": "AWS::RDS::DBInstance", "Properties": each}) for each in (old, new)]
        assert verdicts(compared(*sides)) == {"It": "UPDATE"}

    def test_only_values_are_compared_not_how_they_are_written(self) -> None:
        def it(port: Any, public: Any) -> dict[str, Any]:
            return resources(
                It={"Type": "AWS::RDS::DBInstance", "Properties": {"Port": port, "PubliclyAccessible": public}}
            )

        assert compared(it(5432, True), it("5432", "true")).is_empty


class TestRenames:
    def test_the_most_alike_are_paired(self) -> None:
        def topic(**properties: Any) -> dict[str, Any]:
            return {
                "Type": "AWS::SNS::Topic",
                "Properties": {"KmsMasterKeyId": "k", "TracingConfig": "a", **properties},
            }

        old = resources(A=topic(DisplayName="a", SignatureVersion="1"), B=topic(DisplayName="b", SignatureVersion="1"))
        new = resources(C=topic(DisplayName="b", SignatureVersion="1"), D=topic(DisplayName="a", SignatureVersion="2"))
        found = compared(old, new)
        assert {each.logical_id: each.counterpart for each in found.resources} == {
            "A": "D",
            "B": "C",
            "C": "B",
            "D": "A",
        }

    def test_what_is_not_alike_is_no_rename(self) -> None:
        old = resources(A={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "a"}})
        new = resources(
            B={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "b"}}, C={"Type": "AWS::SQS::Queue"}
        )
        assert {each.counterpart for each in compared(old, new).resources} == {""}

    def test_many_of_one_type_are_paired_by_what_they_have_in_common_exactly(self) -> None:
        def topics(prefix: str) -> dict[str, Any]:
            return {
                f"{prefix}{number}": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": str(number)}}
                for number in range(100)
            }

        found = compared({"Resources": topics("A")}, {"Resources": topics("B")})
        assert {each.logical_id: each.counterpart for each in found.resources}["B42"] == "A42"
        others = {name: {**each, "Properties": {"DisplayName": name}} for name, each in topics("B").items()}
        assert {each.counterpart for each in compared({"Resources": topics("A")}, {"Resources": others}).resources} == {
            ""
        }
