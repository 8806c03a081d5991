"""From a template to permissions: each action asked for, on what the template's names allow, under a condition."""

from __future__ import annotations

from typing import Any

import pytest

from builder.permissions.needs import Need
from builder.problems import Failure
from tests.builder.permissions.deriving import ARN, HERE, allowed_on, condition_of, derived, trusting

BUCKET = {"Type": "AWS::S3::Bucket"}


def test_every_action_of_every_handler_is_granted_and_says_who_asks() -> None:
    found = derived({"Topic": {"Type": "AWS::SNS::Topic"}})
    assert Need(action="sns:CreateTopic", resource="Topic", type="AWS::SNS::Topic", handler="create") in found.needs
    assert {need.action.lower() for need in found.needs} == {grant.action.lower() for grant in found.grants}


def test_an_action_that_does_not_exist_is_left_out() -> None:
    """The bucket's handlers ask for s3:DeleteBucketCors, which IAM does not know."""
    assert not [grant for grant in derived({"Bucket": BUCKET}).grants if grant.action.lower() == "s3:deletebucketcors"]


def test_a_name_with_parameters_becomes_a_pattern() -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "alerts-${Suffix}"}}}
    assert allowed_on(derived({"Topic": topic}), "sns:CreateTopic") == (f"{ARN}sns:{HERE}:alerts-*",)


def test_a_resource_without_a_name_of_its_own_is_known_by_its_stack() -> None:
    found = derived({"Role": trusting("lambda.amazonaws.com"), "Bucket": BUCKET}, stack="app")
    assert allowed_on(found, "iam:CreateRole") == (f"{ARN}iam::${{AWS::AccountId}}:role/app-*",)
    assert allowed_on(found, "s3:CreateBucket") == (f"{ARN}s3:::app-*",)
    assert allowed_on(found, "cloudformation:CreateStack") == (f"{ARN}cloudformation:{HERE}:stack/app/*",)


def test_a_name_that_may_be_missing_may_also_be_made() -> None:
    name = {"Fn::If": ["Named", "mine", {"Ref": "AWS::NoValue"}]}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}
    found = derived({"Bucket": bucket}, Conditions={"Named": {"Fn::Equals": ["a", "b"]}})
    assert allowed_on(found, "s3:CreateBucket") == (f"{ARN}s3:::mine", f"{ARN}s3:::sc-*")
    assert f"{ARN}s3:::mine/*" in allowed_on(found, "s3:DeleteObject")


def test_a_secret_without_a_name_gets_one_of_its_logical_id_and_not_of_the_stack() -> None:
    found = derived({"Master": {"Type": "AWS::SecretsManager::Secret"}})
    assert allowed_on(found, "secretsmanager:CreateSecret") == (f"{ARN}secretsmanager:{HERE}:secret:Master-*",)


def test_a_secret_is_made_before_its_arn_has_an_end() -> None:
    found = derived({"Master": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "main"}}})
    arns = tuple(f"{ARN}secretsmanager:{HERE}:secret:{end}" for end in ("main", "main-*"))
    assert allowed_on(found, "secretsmanager:CreateSecret") == arns


def test_a_name_made_of_another_resources_name_is_that_pattern() -> None:
    group = {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "nightly"}}
    schedule = {"Type": "AWS::Scheduler::Schedule", "Properties": {"GroupName": {"Ref": "Group"}, "Name": "run"}}
    found = derived({"Group": group, "Schedule": schedule})
    assert allowed_on(found, "scheduler:CreateSchedule") == (f"{ARN}scheduler:{HERE}:schedule/nightly/run",)


def test_the_name_of_the_stack_is_its_pattern_and_an_id_is_anything() -> None:
    named = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "${AWS::StackName}-${Key}-${Nothing}"}}}
    found = derived({"Topic": named, "Key": {"Type": "AWS::KMS::Key"}})
    assert allowed_on(found, "sns:CreateTopic") == (f"{ARN}sns:{HERE}:SC-*-*-*",)


def test_what_the_template_does_not_declare_is_any_of_its_kind() -> None:
    """An instance is made with an option group, which is RDS's own."""
    instance = {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceIdentifier": "main"}}
    resources = allowed_on(derived({"Database": instance}), "rds:CreateDBInstance")
    assert {f"{ARN}rds:{HERE}:db:main", f"{ARN}rds:{HERE}:og:*"} <= set(resources)


def test_a_replica_may_have_any_source() -> None:
    properties = {"DBInstanceIdentifier": "copy", "SourceDBInstanceIdentifier": {"Ref": "Source"}}
    found = derived({"Replica": {"Type": "AWS::RDS::DBInstance", "Properties": properties}})
    assert f"{ARN}rds:{HERE}:db:*" in allowed_on(found, "rds:CreateDBInstanceReadReplica")
    assert f"{ARN}rds:{HERE}:db:*" not in allowed_on(found, "rds:DeleteDBInstance")


def test_a_database_may_be_put_into_a_group_that_the_template_is_given_and_which_stays_what_it_is() -> None:
    group = {"Type": "AWS::RDS::DBSubnetGroup", "Properties": {"SubnetIds": ["a"], "DBSubnetGroupDescription": "d"}}
    chosen = {"Fn::If": ["Given", {"Ref": "GroupName"}, {"Ref": "Group"}]}
    instance = {"Type": "AWS::RDS::DBInstance", "Properties": {"DBSubnetGroupName": chosen}}
    own, any_group = f"{ARN}rds:{HERE}:subgrp:sc-*", f"{ARN}rds:{HERE}:subgrp:*"
    found = derived({"Group": group, "Instance": instance}, Parameters={"GroupName": {"Type": "String"}})
    for action in ("rds:CreateDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"):
        assert {own, any_group} & {*allowed_on(found, action)} == {any_group}
    assert allowed_on(found, "rds:DeleteDBSubnetGroup") == (own,)
    instance["Properties"] = {"DBSubnetGroupName": {"Ref": "Group"}}
    assert any_group not in allowed_on(derived({"Group": group, "Instance": instance}), "rds:CreateDBInstance")


def test_an_alarm_of_another_stack_may_be_muted_and_nothing_else_be_done_to_it() -> None:
    targets = {"AlarmNames": [{"Fn::Sub": "${Project}-warning"}]}
    mute = {"Type": "AWS::CloudWatch::AlarmMuteRule", "Properties": {"MuteTargets": targets}}
    found = derived({"Alarm": {"Type": "AWS::CloudWatch::Alarm"}, "Mute": mute})
    others = f"{ARN}cloudwatch:{HERE}:alarm:*-warning"
    assert [grant.action for grant in found.grants if others in grant.resources] == ["cloudwatch:PutAlarmMuteRule"]


def test_composite_alarms_are_made_and_described_by_who_may_on_all() -> None:
    found = derived({"Alarm": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmName": "mine"}}})
    assert allowed_on(found, "cloudwatch:PutCompositeAlarm") == ("*",)
    assert allowed_on(found, "cloudwatch:DescribeAlarms") == ("*",)
    assert allowed_on(found, "cloudwatch:DeleteAlarms") == (f"{ARN}cloudwatch:{HERE}:alarm:mine",)


def test_what_is_replicated_to_another_region_is_allowed_there_and_nothing_else_is() -> None:
    properties = {"DBInstanceIdentifier": "main", "AutomaticBackupReplicationRegion": {"Ref": "Other"}}
    found = derived({"Database": {"Type": "AWS::RDS::DBInstance", "Properties": properties}})
    replicated = allowed_on(found, "rds:StartDBInstanceAutomatedBackupsReplication")
    assert f"{ARN}rds:*:${{AWS::AccountId}}:db:main" in replicated
    assert allowed_on(found, "kms:DescribeKey") == (f"{ARN}kms:*:${{AWS::AccountId}}:key/*",)
    assert allowed_on(found, "rds:DeleteDBInstance") == (f"{ARN}rds:{HERE}:db:main",)


def test_what_rds_makes_beside_an_instance_is_known_by_its_name() -> None:
    found = derived({"Database": {"Type": "AWS::RDS::DBInstance"}})
    assert allowed_on(found, "secretsmanager:CreateSecret") == (f"{ARN}secretsmanager:{HERE}:secret:rds!*",)


def test_describing_is_allowed_for_all_of_a_kind() -> None:
    instance = {"Type": "AWS::RDS::DBInstance", "Properties": {"DBInstanceIdentifier": "main"}}
    found = derived({"Database": instance})
    assert allowed_on(found, "rds:DescribeDBInstances") == (f"{ARN}rds:{HERE}:db:*",)
    assert allowed_on(found, "ec2:DescribeVpcs") == ("*",)


def test_tagging_is_allowed_for_what_the_other_actions_take() -> None:
    kinds = {arn.split(":")[-1].partition("/")[0] for arn in allowed_on(derived({"Vpc": _vpc()}), "ec2:CreateTags")}
    assert {"vpc", "network-acl"} & kinds == {"vpc"}


def _vpc() -> dict[str, Any]:
    return {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


class TestConditions:
    def test_a_role_is_passed_to_whom_it_trusts_alone(self) -> None:
        found = derived({"Role": trusting("states.amazonaws.com"), "Rule": {"Type": "AWS::Events::Rule"}})
        assert allowed_on(found, "iam:PassRole") == (f"{ARN}iam::${{AWS::AccountId}}:role/SC-*",)
        passed = {"StringEquals": {"iam:PassedToService": ["states.amazonaws.com"]}}
        assert condition_of(found, "iam:PassRole") == passed

    def test_a_role_that_the_template_is_given_may_have_any_name(self) -> None:
        properties = {"MonitoringRoleArn": {"Ref": "Given"}}
        database = {"Type": "AWS::RDS::DBInstance", "Properties": properties}
        found = derived({"Database": database, "Role": trusting("lambda.amazonaws.com")})
        anyone = (f"{ARN}iam::${{AWS::AccountId}}:role/*",)
        assert allowed_on(found, "iam:PassRole") == allowed_on(found, "iam:GetRole") == anyone
        assert allowed_on(found, "iam:CreateRole") == (f"{ARN}iam::${{AWS::AccountId}}:role/SC-*",)
        services = ["lambda.amazonaws.com", "monitoring.rds.amazonaws.com", "rds.amazonaws.com"]
        assert condition_of(found, "iam:PassRole") == {"StringEquals": {"iam:PassedToService": services}}

    @pytest.mark.parametrize(
        ("type_name", "name", "trusted", "judged"),
        [
            ("AWS::RDS::DBInstance", "MonitoringRoleArn", "monitoring.rds.amazonaws.com", "rds.amazonaws.com"),
            (
                "AWS::Backup::RestoreTestingSelection",
                "IamRoleArn",
                "backup.amazonaws.com",
                "restore-testing.backup.amazonaws.com",
            ),
        ],
    )
    def test_a_role_is_passed_to_whom_iam_takes_it_to_be_passed_too(
        self, type_name: str, name: str, trusted: str, judged: str
    ) -> None:
        user = {"Type": type_name, "Properties": {name: {"Fn::GetAtt": ["Role", "Arn"]}}}
        found = derived({"Role": trusting(trusted), "User": user})
        assert condition_of(found, "iam:PassRole") == {
            "StringEquals": {"iam:PassedToService": sorted([trusted, judged])}
        }
        alone = derived({"Role": trusting(trusted), "User": {"Type": type_name}})
        assert condition_of(alone, "iam:PassRole") == {"StringEquals": {"iam:PassedToService": [trusted]}}

    def test_a_role_of_the_template_is_not_one_from_outside(self) -> None:
        role = {"Fn::If": ["C", {"Fn::GetAtt": ["Role", "Arn"]}, {"Ref": "AWS::NoValue"}]}
        machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": role}}
        found = derived({"Role": trusting("states.amazonaws.com"), "Machine": machine})
        assert allowed_on(found, "iam:PassRole") == (f"{ARN}iam::${{AWS::AccountId}}:role/SC-*",)

    def test_where_no_role_is_known_it_goes_to_the_services_of_the_template(self) -> None:
        found = derived({"Machine": {"Type": "AWS::StepFunctions::StateMachine"}, "Topic": {"Type": "AWS::SNS::Topic"}})
        passed = {"StringEquals": {"iam:PassedToService": ["sns.amazonaws.com", "states.amazonaws.com"]}}
        assert condition_of(found, "iam:PassRole") == passed

    def test_service_linked_roles_are_those_of_the_services_used(self) -> None:
        found = derived({"Plan": {"Type": "AWS::Backup::RestoreTestingPlan"}, "Flow": {"Type": "AWS::EC2::FlowLog"}})
        services = ["delivery.logs.amazonaws.com", "restore-testing.backup.amazonaws.com"]
        linked = {"StringEquals": {"iam:AWSServiceName": services}}
        assert condition_of(found, "iam:CreateServiceLinkedRole") == linked
        role = f"{ARN}iam::${{AWS::AccountId}}:role/aws-service-role"
        assert allowed_on(found, "iam:CreateServiceLinkedRole") == tuple(f"{role}/{each}/*" for each in services)

    def test_only_the_templates_own_policies_are_attached(self) -> None:
        aws = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/ReadOnly"}
        role = trusting("lambda.amazonaws.com")
        role["Properties"]["ManagedPolicyArns"] = [aws, {"Ref": "Policy"}]
        found = derived({"Role": role, "Policy": {"Type": "AWS::IAM::ManagedPolicy"}})
        own = f"{ARN}iam::${{AWS::AccountId}}:policy/SC-*"
        attached = {"ArnLike": {"iam:PolicyARN": [own, f"{ARN}iam::aws:policy/ReadOnly"]}}
        assert condition_of(found, "iam:AttachRolePolicy") == attached

    def test_where_no_policy_is_named_none_but_those_of_its_stacks_is_attached(self) -> None:
        found = derived({"Role": trusting("lambda.amazonaws.com")})
        attached = {"ArnLike": {"iam:PolicyARN": [f"{ARN}iam::${{AWS::AccountId}}:policy/SC-*"]}}
        assert condition_of(found, "iam:AttachRolePolicy") == attached

    def test_a_policy_that_the_template_is_given_may_be_any(self) -> None:
        role = trusting("lambda.amazonaws.com")
        role["Properties"]["ManagedPolicyArns"] = [{"Ref": "Given"}]
        found = derived({"Role": role, "Policy": {"Type": "AWS::IAM::ManagedPolicy"}})
        policies = condition_of(found, "iam:AttachRolePolicy")["ArnLike"]["iam:PolicyARN"]
        assert {f"{ARN}iam::${{AWS::AccountId}}:policy/*", f"{ARN}iam::aws:policy/*"} <= set(policies)

    def test_a_policy_is_attached_to_users_of_other_stacks_only_where_the_template_names_some(self) -> None:
        policy: dict[str, Any] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {}}
        users = f"{ARN}iam::${{AWS::AccountId}}:user"
        assert allowed_on(derived({"Policy": policy}), "iam:AttachUserPolicy") == (f"{users}/SC-*",)
        policy["Properties"]["Users"] = [{"Ref": "Given"}]
        found = derived({"Policy": policy})
        assert allowed_on(found, "iam:AttachUserPolicy") == (f"{users}/*",)
        assert allowed_on(found, "iam:AttachGroupPolicy") == (f"{ARN}iam::${{AWS::AccountId}}:group/SC-*",)

    def test_a_key_is_used_through_a_service_and_granted_to_services(self) -> None:
        found = derived({"Database": {"Type": "AWS::RDS::DBInstance", "Properties": {"KmsKeyId": {"Ref": "Key"}}}})
        assert condition_of(found, "kms:Decrypt") == {"StringLike": {"kms:ViaService": "*.amazonaws.com"}}
        assert condition_of(found, "kms:CreateGrant") == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        assert allowed_on(found, "kms:GenerateDataKey") == (f"{ARN}kms:{HERE}:key/*",)

    def test_objects_are_read_where_service_catalog_put_them(self) -> None:
        found = derived({"Bucket": BUCKET})
        tagged = {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}}
        assert condition_of(found, "s3:GetObject") == tagged


class TestSupplement:
    def test_a_template_is_summed_up_before_there_is_a_stack_which_is_then_tagged(self) -> None:
        found = derived({})
        assert allowed_on(found, "cloudformation:GetTemplateSummary") == ("*",)
        assert allowed_on(found, "cloudformation:TagResource") == (f"{ARN}cloudformation:{HERE}:stack/SC-*/*",)

    def test_a_custom_resource_calls_its_function(self) -> None:
        function = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "emptier"}}
        found = derived({"Function": function, "Empty": {"Type": "Custom::Empty", "Properties": {"ServiceToken": "x"}}})
        assert allowed_on(found, "lambda:InvokeFunction") == (f"{ARN}lambda:{HERE}:function:emptier",)

    @pytest.mark.parametrize(
        ("kind", "action"),
        [
            ("List<AWS::EC2::Subnet::Id>", "ec2:DescribeSubnets"),
            ("AWS::EC2::VPC::Id", "ec2:DescribeVpcs"),
            ("AWS::SSM::Parameter::Value<String>", "ssm:GetParameters"),
        ],
    )
    def test_the_value_of_a_typed_parameter_is_looked_up(self, kind: str, action: str) -> None:
        found = derived({}, Parameters={"Given": {"Type": kind}, "Text": {"Type": "String"}})
        assert [need.resource for need in found.needs if need.action == action] == ["Parameters.Given"]

    def test_whoever_subscribes_a_topic_to_events_of_rds_may_publish_to_it(self) -> None:
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}}
        found = derived({"Topic": topic, "Events": {"Type": "AWS::RDS::EventSubscription"}})
        assert allowed_on(found, "sns:Publish") == (f"{ARN}sns:{HERE}:alerts",)
        assert not allowed_on(derived({"Topic": topic}), "sns:Publish")

    def test_imports_are_listed(self) -> None:
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "name"}}}
        assert allowed_on(derived({"Topic": topic}), "cloudformation:ListExports") == ("*",)
        assert allowed_on(derived({}), "cloudformation:ListExports") == ()

    def test_what_makes_nothing_asks_for_nothing(self) -> None:
        handle = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
        assert derived(handle).grants == derived({}).grants


class TestNesting:
    def test_what_a_nested_stack_takes_is_needed_too(self) -> None:
        child = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Given"}}}}}
        inside = {"Inside": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "./child.json"}}}
        found = derived(inside, stack="app", nested={"./child.json": child})
        asked = Need(action="sns:CreateTopic", resource="Inside.Topic", type="AWS::SNS::Topic", handler="create")
        assert asked in found.needs
        stacks = f"{ARN}cloudformation:{HERE}:stack"
        assert allowed_on(found, "cloudformation:CreateStack") == (f"{stacks}/app-*/*", f"{stacks}/app/*")

    def test_a_template_that_is_not_at_hand_is_an_error(self) -> None:
        inside = {"Inside": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x/y.json"}}}
        with pytest.raises(Failure, match=r"Inside.Properties.TemplateURL: nests 'https://x/y.json'"):
            derived(inside)


class TestErrors:
    def test_a_type_that_nothing_is_known_of_is_an_error(self) -> None:
        with pytest.raises(Failure) as failure:
            derived({"Old": {"Type": "AWS::RDS::DBSecurityGroup"}, "Odd": {"Type": "AWS::No::Such"}})
        assert [problem.key for problem in failure.value.problems] == ["Resources.Old", "Resources.Odd"]
        assert "supplement" in str(failure.value)

    def test_what_is_made_by_a_loop_is_not_known(self) -> None:
        with pytest.raises(Failure, match="is a loop"):
            derived({"Fn::ForEach::Topics": ["Name", ["a", "b"], {"Topic${Name}": {"Type": "AWS::SNS::Topic"}}]})

    def test_what_is_made_by_a_transform_is_not_known(self) -> None:
        with pytest.raises(Failure, match="Transform: has a transform"):
            derived({}, Transform="AWS::Serverless-2016-10-31")

    def test_properties_that_are_none_name_nothing(self) -> None:
        assert derived({"Topic": {"Type": "AWS::SNS::Topic", "Properties": []}}).grants
