"""`import-map`: a database that is there already is imported as it is, and completed in place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from builder.aws import counterparts
from builder.aws.live import Live, completed, obstacles
from simulator import moto_mends
from tests.builder.aws.conftest import Site
from tests.conftest import Outcome

EXISTING = "rds-high-availability-existing-vpc"
INSTANCE = "postgres-orders-dev"
KEY = "AWS::KMS::Key"

# What the stack and the live database agree on by default; `Key` is made by the stack and named by two properties.
SHOP = """
    from troposphere import Equals, GetAtt, If, NoValue, Select, Split, Sub
    from troposphere.ec2 import SecurityGroup, SecurityGroupRule
    from troposphere.kms import Key
    from troposphere.logs import LogGroup
    from troposphere.rds import DBInstance, DBParameterGroup, DBSubnetGroup, MasterUserSecret

    vpc = template.add_parameter(Parameter("Vpc", Type="String", Default="vpc"))
    subnets = template.add_parameter(Parameter("Subnets", Type="CommaDelimitedList", Default="subnet-1"))
    clients = template.add_parameter(Parameter("Clients", Type="String", Default="10.0.0.0/8"))
    size = template.add_parameter(Parameter("Size", Type="Number", Default="100"))
    version = template.add_parameter(
        Parameter("Version", Type="String", Default="17", AllowedValues=["16", "17"])
    )
    tier = template.add_parameter(Parameter("Tier", Type="String", Default="fast"))
    template.add_condition("IsFast", Equals(Ref(tier), "fast"))
    template.add_condition("IsSlow", {"Fn::Not": [{"Condition": "IsFast"}]})
    allow = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    key = template.add_resource(Key("Key", KeyPolicy={"Version": "2012-10-17", "Statement": [allow]}))
    group = template.add_resource(DBSubnetGroup("Places", DBSubnetGroupDescription="Orders", SubnetIds=Ref(subnets)))
    settings = template.add_resource(DBParameterGroup("Settings", Family="postgres17", Description="Orders"))
    rule = SecurityGroupRule(IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp=Ref(clients))
    guard = template.add_resource(
        SecurityGroup("Guard", GroupDescription="Orders", VpcId=Ref(vpc), SecurityGroupIngress=[rule])
    )
    log = template.add_resource(
        LogGroup("Log", LogGroupName=Sub("/aws/rds/instance/postgres-orders-${EnvironmentSuffix}/postgresql"))
    )
    template.add_resource(LogGroup("Nameless"))
    role = template.add_resource(Role("Watcher", AssumeRolePolicyDocument={}))
    template.add_resource(
        DBInstance(
            "Orders",
            DBInstanceIdentifier=Sub("postgres-orders-${EnvironmentSuffix}"),
            Engine="postgres",
            EngineVersion=Ref(version),
            DBInstanceClass="db.m6g.large",
            AllocatedStorage=Ref(size),
            StorageType=If("IsSlow", "gp2", "gp3"),
            Iops=If("IsSlow", 1000, NoValue),
            DBSubnetGroupName=Ref(group),
            DBParameterGroupName=Ref(settings),
            VPCSecurityGroups=[GetAtt(guard, "GroupId")],
            MasterUsername="dbadmin",
            ManageMasterUserPassword=True,
            MasterUserSecret=MasterUserSecret(KmsKeyId=GetAtt(key, "Arn")),
            KmsKeyId=GetAtt(key, "Arn"),
            StorageEncrypted=True,
            DeletionProtection=True,
            MonitoringInterval=60,
            MonitoringRoleArn=GetAtt(role, "Arn"),
            ApplyImmediately=True,
            DeletionPolicy="Snapshot",
            UpdateReplacePolicy="Snapshot",
            Tags=Tags(Project="orders"),
        )
    )
"""


def orders(site: Site, **changed: Any) -> dict[str, Any]:
    """A database made by hand, as the stacks here would have made it, but for what a hand forgets."""
    rds, kms, ec2, logs = (site.aws.client(service) for service in ("rds", "kms", "ec2", "logs"))
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{index}.0/24", AvailabilityZone=f"us-east-1{zone}")
        for index, zone in enumerate("ab")
    ]
    names = [each["Subnet"]["SubnetId"] for each in subnets]
    key = kms.create_key(Description="orders")["KeyMetadata"]["Arn"]
    rds.create_db_subnet_group(DBSubnetGroupName="orders", DBSubnetGroupDescription="Orders", SubnetIds=names)
    rds.create_db_parameter_group(
        DBParameterGroupName="orders", DBParameterGroupFamily="postgres17", Description="Orders"
    )
    group = ec2.create_security_group(GroupName="orders", Description="Orders", VpcId=vpc)["GroupId"]
    logs.create_log_group(logGroupName=f"/aws/rds/instance/{INSTANCE}/postgresql")
    settings = {
        "DBInstanceIdentifier": INSTANCE,
        "DBName": "app",
        "Engine": "postgres",
        "EngineVersion": "17.6",
        "DBInstanceClass": "db.m6g.large",
        "AllocatedStorage": 100,
        "MaxAllocatedStorage": 1000,
        "StorageType": "gp3",
        "MasterUsername": "dbadmin",
        "ManageMasterUserPassword": True,
        "MasterUserSecretKmsKeyId": key,
        "StorageEncrypted": True,
        "KmsKeyId": key,
        "DBSubnetGroupName": "orders",
        "DBParameterGroupName": "orders",
        "VpcSecurityGroupIds": [group],
        "Port": 5432,
        "PreferredBackupWindow": "03:00-03:30",
        "PreferredMaintenanceWindow": "sun:04:00-sun:04:30",
        "Tags": [{"Key": "Team", "Value": "orders"}],
        **changed,
    }
    rds.create_db_instance(**{name: value for name, value in settings.items() if value is not None})
    moto_mends.identify_instance("us-east-1", INSTANCE, "db-ORDERSORDERSORDERSORDERSOR")
    # moto forgets that a console's instance does not want extended support either.
    support = {"EngineLifecycleSupport": "open-source-rds-extended-support-disabled"}
    moto_mends.hold_instance("us-east-1", INSTANCE, support)
    return {"vpc": vpc, "subnets": names, "key": key, "group": group}


def shop(site: Site, **changed: Any) -> dict[str, Any]:
    """A small stack, and the database that it is to adopt."""
    place = orders(site, **changed)
    site.built("shop", SHOP, params={"Vpc": place["vpc"], "Subnets": ",".join(place["subnets"])})
    return place


def adopt(site: Site, *options: str, stack: str = "shop", instance: str = INSTANCE) -> Outcome:
    return site.run("import-map", stack, "--instance", instance, "--env", "dev", *options)


def table(done: Outcome, heading: str) -> dict[str, str]:
    """First and last cells of the table that begins with a heading."""
    lines = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in done.out.splitlines()]
    start = next(index for index, line in enumerate(lines) if line and line[0] == heading) + 1
    end = next((index for index, line in enumerate(lines) if index > start and not line), len(lines))
    return {line[0]: line[-1] for line in lines[start:end]}


def written(site: Site, name: str, folder: str = ".cache/import-map/shop-dev") -> Any:
    return json.loads((site.project.root / folder / name).read_text())


def executed(site: Site, stack_name: str, folder: str) -> str:
    """The import as the printed commands make it; the status that it ends in."""
    site.cloudformation.create_change_set(
        StackName=stack_name,
        ChangeSetName="adopt",
        ChangeSetType="IMPORT",
        TemplateBody=(site.project.root / folder / "template.json").read_text(),
        ResourcesToImport=written(site, "resources.json", folder),
    )
    site.cloudformation.execute_change_set(ChangeSetName="adopt", StackName=stack_name)
    return site.status(stack_name)


def database(site: Site) -> Mapping[str, Any]:
    """The one instance, without what changes by itself and the tags that CloudFormation adds."""
    (found,) = site.aws.client("rds").describe_db_instances()["DBInstances"]
    return {key: value for key, value in found.items() if key not in ("LatestRestorableTime", "TagList")}


def test_a_database_is_adopted_by_the_edition_for_an_existing_vpc_without_being_replaced(site: Site) -> None:
    site.real()
    place = orders(site, DBParameterGroupName=None)
    given = {
        "Project": "orders", "VpcId": place["vpc"], "DatabaseSubnet1": place["subnets"][0],
        "DatabaseSubnet2": place["subnets"][1], "DatabaseSubnet3": "", "InstanceClass": "db.m6g.large",
        "AllocatedStorage": "100", "MaxAllocatedStorage": "1000",
    }  # fmt: skip
    options = [option for key, value in given.items() for option in ("--set", f"{key}={value}")]
    before = database(site)

    done = adopt(site, *options, stack=EXISTING)
    assert (done.code, done.err) == (0, "")
    ends = table(done, "Logical ID")
    imported = {"Database", "DatabaseSubnetGroup", "DatabaseKey", "PostgresqlLogGroup"}
    assert {name for name, end in ends.items() if end == "is imported as it is"} == imported
    assert "GroupDescription" in ends["DatabaseSecurityGroup"]
    assert ends["DatabaseParameterGroup"] == "is left: it is RDS's own default; one is made"
    assert {"Database.MultiAZ", "Database.DeletionProtection", "Database.VPCSecurityGroups[0]"} <= set(
        table(done, "Property")
    )

    folder = f".cache/import-map/{EXISTING}-dev"
    assert executed(site, f"{EXISTING}-dev", folder) == "IMPORT_COMPLETE"
    assert database(site) == before
    completed = site.deploy(EXISTING, *options)
    assert completed.code == 0, completed.err
    found = database(site)
    assert found["DbiResourceId"] == before["DbiResourceId"]
    assert (found["MultiAZ"], found["DeletionProtection"]) == (True, True)
    assert found["KmsKeyId"] == place["key"]


class TestWhatIsWritten:
    def test_everything_is_stated_as_it_is_and_retained(self, site: Site) -> None:
        shop(site)
        done = adopt(site)
        assert (done.code, done.err) == (0, "")
        resources = written(site, "template.json")["Resources"]
        assert {each["DeletionPolicy"] for each in resources.values()} == {"Retain"}
        live = resources["Orders"]["Properties"]
        assert live["EngineVersion"] == "17", "a bare major is what 17.6 is to CloudFormation"
        assert live["DBSubnetGroupName"] == {"Ref": "Places"}
        assert live["KmsKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
        assert live["VPCSecurityGroups"] == [{"Fn::GetAtt": ["Guard", "GroupId"]}]
        assert live["Tags"] == [{"Key": "Team", "Value": "orders"}]
        assert live["ApplyImmediately"] is False, "an import must not do what was put off"
        assert "MonitoringRoleArn" not in live, "what is not there is not stated"

    def test_each_resource_is_named_by_its_registry_identifier(self, site: Site) -> None:
        place = shop(site)
        adopt(site)
        named = {each["LogicalResourceId"]: each["ResourceIdentifier"] for each in written(site, "resources.json")}
        assert named == {
            "Orders": {"DBInstanceIdentifier": INSTANCE},
            "Places": {"DBSubnetGroupName": "orders"},
            "Settings": {"DBParameterGroupName": "orders"},
            "Key": {"KeyId": place["key"].rpartition("/")[2]},
            "Guard": {"Id": place["group"]},
            "Log": {"LogGroupName": f"/aws/rds/instance/{INSTANCE}/postgresql"},
        }

    def test_it_goes_where_it_is_wanted_and_the_commands_say_so(self, site: Site) -> None:
        shop(site)
        done = adopt(site, "--out", "adopted", "--stack-name", "orders")
        assert written(site, "template.json", "adopted")
        commands = [line.strip() for line in done.out.splitlines() if line.startswith("  ")]
        assert [command.split()[2] for command in commands[:5]] == [
            "create-change-set", "wait", "describe-change-set", "execute-change-set", "wait",
        ]  # fmt: skip
        assert all("--stack-name orders" in command for command in commands)
        assert "file://adopted/resources.json" in commands[0]
        assert commands[-1] == "python build.py deploy shop --env dev --stack-name orders"

    def test_what_was_written_is_importable_and_applies_nothing(self, site: Site) -> None:
        shop(site)
        adopt(site)
        before = database(site)
        assert executed(site, "shop-dev", ".cache/import-map/shop-dev") == "IMPORT_COMPLETE"
        assert database(site) == before

    def test_a_password_that_rds_does_not_keep_is_not_said_to_be_kept(self, site: Site) -> None:
        shop(site, ManageMasterUserPassword=None, MasterUserSecretKmsKeyId=None, MasterUserPassword="not-a-secret")
        done = adopt(site)
        assert done.code == 0
        assert "ManageMasterUserPassword" not in written(site, "template.json")["Resources"]["Orders"]["Properties"]
        assert "Orders.ManageMasterUserPassword" in table(done, "Property")


class TestWhatIsRefused:
    """Nothing is written then, everything is told at once, and the exit code says that a stateful change is blocked."""

    def refused(self, site: Site, *options: str) -> str:
        done = adopt(site, *options)
        assert done.code == 3
        assert not (site.project.root / ".cache/import-map").exists()
        return done.err

    def test_what_a_parameter_could_say_as_it_is(self, site: Site) -> None:
        shop(site, AllocatedStorage=200, EngineVersion="16.10")
        told = self.refused(site)
        fix = "the deployment would change it; fix: set {}={} in params/shop/dev.json"
        assert (
            f"{INSTANCE}: Orders.AllocatedStorage: is 200, and the stack wants 100: {fix.format('Size', 200)}" in told
        )
        assert fix.format("Version", 16) in told
        assert told.endswith("errors\n")

    def test_what_a_condition_on_a_parameter_decides(self, site: Site) -> None:
        shop(site, StorageType="gp2")
        told = self.refused(site)
        assert (
            "Orders.StorageType: is gp2, and the stack wants gp3: it might be replaced; fix: choose Tier in "
            "params/shop/dev.json so that they agree or change the instance first (aws rds modify-db-instance" in told
        )

    def test_what_would_replace_the_database(self, site: Site) -> None:
        shop(site, MasterUsername="somebody")
        told = self.refused(site)
        assert "Orders.MasterUsername: is somebody, and the stack wants dbadmin: it would be replaced; fix: see" in told

    def test_a_name_that_parameters_compose_otherwise(self, site: Site) -> None:
        shop(site)
        site.aws.client("rds").modify_db_instance(DBInstanceIdentifier=INSTANCE, NewDBInstanceIdentifier="orders-db")
        done = adopt(site, instance="orders-db")
        assert (done.code, "choose EnvironmentSuffix in params/shop/dev.json so that they agree" in done.err) == (
            3,
            True,
        )

    def test_other_subnets(self, site: Site) -> None:
        place = shop(site)
        told = self.refused(site, "--set", f"Subnets={place['subnets'][0]}")
        assert "orders: Places.SubnetIds" in told
        assert "the stack would move it into other subnets" in told

    def test_clients_that_would_be_shut_out(self, site: Site) -> None:
        place = shop(site)
        group, port = place["group"], {"FromPort": 5432, "ToPort": 5432, "IpProtocol": "tcp"}
        admitted = [
            {**port, "IpRanges": [{"CidrIp": "192.168.1.0/24"}]},
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "192.168.2.0/24"}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]},
            # What the stack admits too, in a wider range or by the same; and what is not about its port.
            {**port, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]},
            {"IpProtocol": "tcp", "FromPort": 5000, "ToPort": 6000, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.168.3.0/24"}]},
        ]
        site.aws.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=admitted)
        told = self.refused(site)
        lost = [line.split(": ")[2] for line in told.splitlines() if "may connect now, and could no longer" in line]
        assert sorted(lost) == ["192.168.1.0/24", "192.168.2.0/24", group]
        assert "fix: admit it (Clients in params/shop/dev.json) or take that rule out of the live group" in told

    def test_a_stack_that_exists(self, site: Site) -> None:
        shop(site)
        adopt(site)
        executed(site, "shop-dev", ".cache/import-map/shop-dev")
        done = adopt(site)
        assert "shop-dev: exists, and is IMPORT_COMPLETE; fix: adopt into a stack of its own" in done.err

    @pytest.mark.parametrize(
        ("shown", "told"),
        [
            ({"DBInstanceStatus": "stopped"}, "is stopped, not available; fix: wait, or start it"),
            ({"PendingModifiedValues": {"DBInstanceClass": "x"}}, "waits to change DBInstanceClass; fix: have it done"),
            (
                {"DBParameterGroups": [{"DBParameterGroupName": "pg", "ParameterApplyStatus": "pending-reboot"}]},
                "waits for a reboot to take up pg; fix: reboot it first",
            ),
            ({"TagList": [{"Key": "aws:cloudformation:stack-name", "Value": "old"}]}, "belongs to the stack old; fix"),
            ({"DBClusterIdentifier": "many"}, "is a member of the cluster many; fix: none"),
            (
                {"ReadReplicaSourceDBInstanceIdentifier": "first"},
                "is a replica of first; fix: promote it first: aws rds",
            ),
        ],
    )
    def test_a_database_in_a_state_of_its_own(self, shown: dict[str, Any], told: str) -> None:
        plain = {"DBInstanceIdentifier": "orders", "DBInstanceStatus": "available"}
        assert list(obstacles(plain)) == []
        (problem,) = obstacles({**plain, **shown})
        assert f"orders: {told}" in str(problem)


class TestWhatIsNotImported:
    def test_what_would_have_to_be_made_anew_is_left_alone(self, site: Site) -> None:
        shop(site)
        body = SHOP.replace('GroupDescription="Orders"', 'GroupDescription="The guard of orders"')
        site.built(
            "shop", body.replace('Family="postgres17", Description="Orders"', 'Family="postgres17", Description="x"')
        )
        done = adopt(site)
        assert done.code == 3, "a subnet group without its VPC"
        ends = table(done, "Logical ID")
        assert ends["Guard"] == "is left: it differs in what cannot be changed (GroupDescription, VpcId); one is made"
        assert ends["Settings"] == "is left: it differs in what cannot be changed (Description); one is made"
        assert table(done, "Property")["Orders.DBParameterGroupName"]

    def test_a_key_that_aws_manages_forbids_it(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        shop(site)
        monkeypatch.setattr(counterparts, "_foreign", lambda _, of_type, __: "is managed by AWS" * (of_type == KEY))
        done = adopt(site)
        assert table(done, "Logical ID")["Key"] == "is left: it is managed by AWS; one is made"
        assert "Orders.KmsKeyId: is arn:aws:kms:" in done.err
        assert "and the stack wants the stack's Key: it would be replaced" in done.err

    def test_what_cloudformation_cannot_read_is_left(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        shop(site)
        real = counterparts._schema
        unreadable = SimpleNamespace(permissions={"create": ()})
        monkeypatch.setattr(counterparts, "_schema", lambda *asked: unreadable if asked[1] == KEY else real(*asked))
        end = table(adopt(site), "Logical ID")["Key"]
        assert end == "is left: it cannot be imported: its type has no handlers to be read and listed by; one is made"

    def test_a_role_may_serve_others(self, site: Site) -> None:
        role = "arn:aws:iam::123456789012:role/monitor"
        shop(site, MonitoringInterval=60, MonitoringRoleArn=role)
        assert table(adopt(site), "Logical ID")["Watcher"] == "is left: it may serve other instances; one is made"


def test_an_empty_shell_of_a_stack_is_not_in_the_way(site: Site) -> None:
    shop(site)
    assert adopt(site).code == 0
    site.cloudformation.create_change_set(
        StackName="shop-dev",
        ChangeSetName="adopt",
        ChangeSetType="IMPORT",
        TemplateBody=(site.project.root / ".cache/import-map/shop-dev/template.json").read_text(),
        ResourcesToImport=written(site, "resources.json"),
    )
    assert site.status("shop-dev") == "REVIEW_IN_PROGRESS"
    assert adopt(site).code == 0


@pytest.mark.parametrize("operation", ["DescribeDBInstances", "GetResource"])
def test_what_aws_refuses_is_told_in_one_line(site: Site, refuse: Callable[..., None], operation: str) -> None:
    shop(site)
    refuse(operation, "AccessDeniedException", "Not for you.")
    done = adopt(site)
    assert (done.code, done.out) == (5, "")
    assert done.err.startswith(f"error: AWS: {operation}: access is denied: Not for you; fix: ")


def test_an_instance_that_cloud_control_does_not_know_yet_is_told(site: Site, refuse: Callable[..., None]) -> None:
    shop(site)
    refuse("GetResource", "ResourceNotFoundException")
    assert "is not known to Cloud Control, by which CloudFormation would import it" in adopt(site).err


def test_what_the_read_handler_leaves_out_is_asked_of_rds_itself() -> None:
    read = Live(logical_id="Orders", type="AWS::RDS::DBInstance", id=INSTANCE, properties={"Port": 5433})
    shown = {"Port": 0, "EngineLifecycleSupport": "none", "DBName": "", "DBSubnetGroup": {}, "MultiAZ": False}
    assert completed(read, shown).properties == {"Port": 5433, "EngineLifecycleSupport": "none", "MultiAZ": False}


def test_a_template_that_cannot_be_told_beforehand_is(site: Site) -> None:
    place = orders(site)
    picked = 'Select(1, Split(",", Ref(role)))'
    body = SHOP.replace("MonitoringInterval=60", f"MonitoringInterval=60, CACertificateIdentifier={picked}")
    site.built("shop", body, params={"Vpc": place["vpc"], "Subnets": ",".join(place["subnets"])})
    done = adopt(site)
    assert (done.code, done.out) == (1, "")
    assert "error: dist/shop.json: Resources.Orders.Properties.CACertificateIdentifier" in done.err


def test_an_instance_that_does_not_exist_is_told(site: Site) -> None:
    site.built("shop", SHOP)
    done = adopt(site, instance="nobody")
    assert (done.code, done.out) == (5, "")
    assert "error: nobody: is no RDS instance in us-east-1 of account 123456789012; fix: check --instance" in done.err


def test_a_stack_without_a_database_adopts_none(site: Site) -> None:
    orders(site)
    site.built("shop")
    site.project.stack("shop", 'template.add_resource(Topic("Alerts"))')
    site.project.params("shop", "dev", [])
    site.project.run("build", "--no-lint")
    done = adopt(site)
    assert (done.code, "dist/shop.json: does not make one database instance; fix: name an edition" in done.err) == (
        1,
        True,
    )
