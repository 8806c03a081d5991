"""Faults in permissions, the network, references, names and what ties a template to one place."""

from __future__ import annotations

from tests.faults.seeding import (
    OPERATIONS,
    Kind,
    Template,
    att,
    no_longer,
    props,
    ref,
    resource,
    statements,
    sub,
)

iam = Kind("IAM")
network = Kind("network")
references = Kind("references")
places = Kind("places")
names = Kind("names")

PARENT = "tap-stack"


@iam("E9201")
def connect_to_an_instance_instead_of_a_user(t: Template) -> None:
    statements(t, "ConnectPolicy", "PolicyDocument")[0]["Resource"] = [att("Database", "DBInstanceArn")]


@iam("E9201")
def action_on_the_wrong_type(t: Template) -> None:
    statement = statements(t, "FlowLogRole", "Policies", 0, "PolicyDocument")[0]
    statement["Resource"] = [att("BackupBucket")]


@iam("E9201", stack=OPERATIONS)
def unscoped_action_on_one_resource(t: Template) -> None:
    statement = statements(t, "RecoveryPointWatchRole", "Policies", 0, "PolicyDocument")[1]
    statement["Resource"] = [sub("arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*")]


@iam("E9202")
def condition_key_that_does_not_exist(t: Template) -> None:
    condition = statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]["Condition"]
    condition["ArnLike"]["aws:SourceARNs"] = condition["ArnLike"]["aws:SourceArn"]


@iam("E9202")
def condition_key_of_kms_misspelt(t: Template) -> None:
    condition = statements(t, "DatabaseKey", "KeyPolicy")[1]["Condition"]["StringEquals"]
    condition["kms:ViaServices"] = condition.pop("kms:ViaService")


@iam("E9202")
def operator_that_does_not_exist(t: Template) -> None:
    condition = statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]["Condition"]
    condition["ArnMatches"] = condition.pop("ArnLike")


@iam("E9203")
def conditions_as_a_list(t: Template) -> None:
    statement = statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]
    statement["Condition"] = [{name: tests} for name, tests in statement["Condition"].items()]


@iam("E9203")
def condition_operator_twice(t: Template) -> None:
    condition = statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]["Condition"]
    condition["stringEquals"] = {"aws:ResourceAccount": ref("AWS::AccountId")}


@iam("W9206")
def conditions_of_one_operator_lost_in_a_merge(t: Template) -> None:
    statement = statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]
    statement["Condition"] = {"StringEquals": {"aws:RequestedRegion": ref("AWS::Region")}}


@iam("W9204")
def every_action_allowed(t: Template) -> None:
    statements(t, "FlowLogRole", "Policies", 0, "PolicyDocument")[0]["Action"] = ["logs:*"]


@iam("W9204")
def every_resource_allowed(t: Template) -> None:
    statements(t, "ConnectPolicy", "PolicyDocument")[0]["Resource"] = ["*"]


@iam("W9204")
def everyone_allowed(t: Template) -> None:
    statement = statements(t, "NotificationTopicPolicy", "PolicyDocument")[1]
    statement["Principal"] = "*"


@iam("E9205")
def service_principal_that_does_not_exist(t: Template) -> None:
    statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]["Principal"]["Service"] = (
        "rds-monitoring.amazonaws.com"
    )


@iam("E9205")
def service_principal_misspelt(t: Template) -> None:
    services = statements(t, "AlertsKey", "KeyPolicy")[2]["Principal"]["Service"]
    services[services.index("events.amazonaws.com")] = "event.amazonaws.com"


@iam("W9206")
def trust_without_a_source(t: Template) -> None:
    no_longer(statements(t, "FlowLogRole", "AssumeRolePolicyDocument")[0], "Condition")


@iam("E9211")
def role_that_the_service_is_not_trusted_with(t: Template) -> None:
    props(t, "Database")["MonitoringRoleArn"] = att("BackupRole")


@iam("E9211")
def trust_in_another_instance(t: Template) -> None:
    condition = statements(t, "MonitoringRole", "AssumeRolePolicyDocument")[0]["Condition"]
    condition["ArnLike"]["aws:SourceArn"] = sub("arn:${AWS::Partition}:rds:${AWS::Region}:${AWS::AccountId}:db:other")


@iam("E9212")
def monitoring_role_without_its_policy(t: Template) -> None:
    no_longer(props(t, "MonitoringRole"), "ManagedPolicyArns")


@iam("E9212")
def flow_log_role_that_may_not_write(t: Template) -> None:
    actions = statements(t, "FlowLogRole", "Policies", 0, "PolicyDocument")[0]["Action"]
    actions.remove("logs:PutLogEvents")


@iam("E9213")
def role_by_name(t: Template) -> None:
    props(t, "Database")["MonitoringRoleArn"] = ref("MonitoringRole")


@iam("cfn-lint", stack=OPERATIONS)
def action_that_does_not_exist(t: Template) -> None:
    statements(t, "RecoveryPointWatchRole", "Policies", 0, "PolicyDocument")[0]["Action"].append(
        "rds:DescribeInstances"
    )


@iam("E9207")
def key_that_locks_everyone_out(t: Template) -> None:
    del statements(t, "ArchiveKey", "KeyPolicy")[0]


@network("W9251")
def implicit_egress(t: Template) -> None:
    no_longer(props(t, "DatabaseSecurityGroup"), "SecurityGroupEgress")


@network("W9251")
def empty_egress(t: Template) -> None:
    props(t, "DatabaseSecurityGroup")["SecurityGroupEgress"] = []


@network("E9252")
def wrong_port_of_the_private_tier(t: Template) -> None:
    props(t, "DatabaseSecurityGroup")["SecurityGroupIngress"][1].update(FromPort=5433, ToPort=5433)


@network("E9252")
def nobody_let_in(t: Template) -> None:
    no_longer(props(t, "DatabaseSecurityGroup"), "SecurityGroupIngress")


@network("E9253")
def clients_let_out_at_another_port(t: Template) -> None:
    props(t, "ClientSecurityGroupEgress").update(FromPort=5433, ToPort=5433)


@network("E9254")
def network_acl_for_another_port(t: Template) -> None:
    props(t, "DatabaseNetworkAclIn")["PortRange"] = {"From": 5433, "To": 5433}


@network("E9254")
def network_acl_that_lets_no_answer_out(t: Template) -> None:
    props(t, "DatabaseNetworkAclOut")["RuleAction"] = "deny"


@network("W9255")
def database_in_public_subnets(t: Template) -> None:
    props(t, "DatabaseSubnetGroup")["SubnetIds"] = [ref(f"PublicSubnet{index}") for index in (1, 2, 3)]


@network("W9255")
def database_subnet_with_the_public_routes(t: Template) -> None:
    props(t, "DatabaseSubnet1Routes")["RouteTableId"] = ref("PublicRouteTable")


@network("E9256")
def nat_gateway_in_a_private_subnet(t: Template) -> None:
    props(t, "NatGateway1")["SubnetId"] = ref("PrivateSubnet1")


@network("E9257")
def subnets_that_overlap(t: Template) -> None:
    props(t, "DatabaseSubnet2")["CidrBlock"] = props(t, "DatabaseSubnet1")["CidrBlock"]


@network("E9257")
def subnet_outside_the_vpc(t: Template) -> None:
    props(t, "DatabaseSubnet2")["CidrBlock"] = "10.1.0.0/24"


@network("E9258")
def database_subnets_in_one_zone(t: Template) -> None:
    props(t, "DatabaseSubnet2")["AvailabilityZoneId"] = props(t, "DatabaseSubnet1")["AvailabilityZoneId"]


@network("E9258")
def subnet_twice_in_the_group(t: Template) -> None:
    props(t, "DatabaseSubnetGroup")["SubnetIds"][2] = ref("DatabaseSubnet1")


@network("E9259")
def swapped_subnet_association(t: Template) -> None:
    props(t, "DatabaseSubnet2Routes")["SubnetId"] = ref("PrivateSubnet2")


@references("E9100", NatGateways="1")
def condition_removed_from_a_nat_gateway(t: Template) -> None:
    no_longer(resource(t, "NatGateway2"), "Condition")


@references("E9100")
def reference_to_nothing(t: Template) -> None:
    props(t, "Database")["DBSubnetGroupName"] = ref("DatabaseSubnets")


@references("E9100")
def attribute_that_does_not_exist(t: Template) -> None:
    t["Outputs"]["RdsEndpoint"]["Value"] = att("Database", "Endpoint.Host")


@references("E9100", QuietHours="utc-03")
def mapping_row_removed(t: Template) -> None:
    no_longer(t["Mappings"]["QuietHours"], "utc-03")


@references("E9100")
def zone_ids_of_a_region_removed(t: Template) -> None:
    no_longer(t["Mappings"]["ZoneIds"], "eu-west-1")


@references("E9100")
def circle_of_dependencies(t: Template) -> None:
    resource(t, "DatabaseSubnetGroup")["DependsOn"] = "Database"


@references("W9265")
def two_outputs_swapped(t: Template) -> None:
    outputs = t["Outputs"]
    outputs["DatabaseKeyArn"]["Value"], outputs["ArchiveKeyArn"]["Value"] = att("ArchiveKey"), att("DatabaseKey")


@references("E9100", stack=PARENT)
def output_that_the_child_does_not_have(t: Template) -> None:
    t["Outputs"]["RdsEndpoint"]["Value"] = att("DatabaseInOwnVpc", "Outputs.Endpoint")


@references("E9100", stack=PARENT)
def parameter_that_the_child_does_not_take(t: Template) -> None:
    props(t, "DatabaseInOwnVpc")["Parameters"]["DatabasePort"] = ref("Port")


@references("E9100", stack=PARENT)
def parameter_that_the_child_refuses(t: Template) -> None:
    props(t, "DatabaseInOwnVpc")["Parameters"]["InstanceClass"] = "db.r5.large"


@places("W9221")
def literal_partition(t: Template) -> None:
    props(t, "BackupRole")["ManagedPolicyArns"] = [
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    ]


@places("W9222")
def literal_account(t: Template) -> None:
    resource_arn = "arn:${AWS::Partition}:rds-db:${AWS::Region}:123456789012:dbuser:${Database.DbiResourceId}/app"
    statements(t, "ConnectPolicy", "PolicyDocument")[0]["Resource"] = [sub(resource_arn)]


@places("W9223")
def zones_by_their_order(t: Template) -> None:
    no_longer(props(t, "DatabaseSubnet1"), "AvailabilityZoneId")
    props(t, "DatabaseSubnet1")["AvailabilityZone"] = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}


@names("W9261")
def project_as_long_as_it_likes(t: Template) -> None:
    t["Parameters"]["Project"]["MaxLength"] = 40


@names("W9261")
def bucket_name_without_room(t: Template) -> None:
    name = "highly-available-database-backups-${Project}-${EnvironmentSuffix}-${AWS::AccountId}"
    props(t, "BackupBucket")["BucketName"] = sub(name)


@names("E9262", stack=PARENT)
def export_of_the_parent_collides_with_the_child(t: Template) -> None:
    t["Outputs"]["RdsEndpoint"]["Export"] = {"Name": sub("RdsEndpoint-${EnvironmentSuffix}")}


@names("E9263")
def two_log_groups_of_one_name(t: Template) -> None:
    props(t, "UpgradeLogGroup")["LogGroupName"] = props(t, "PostgresqlLogGroup")["LogGroupName"]


FAULTS = tuple(fault for kind in (iam, network, references, places, names) for fault in kind.faults)
