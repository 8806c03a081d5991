"""What the parameters of an edition do to what it makes."""

from __future__ import annotations

import pytest

from tests.templates.rendering import DATABASES, OWN_VPC, ROOT, rendered

IN_EXISTING_VPC = {
    "VpcId": "vpc-11111111",
    "DatabaseSubnet1": "subnet-11111111",
    "DatabaseSubnet2": "subnet-22222222",
}


@pytest.mark.parametrize("stack", OWN_VPC)
def test_database_subnets_have_no_way_out(stack: str) -> None:
    r = rendered(stack, NatGateways="3")
    tables = {f"<DatabaseRouteTable{zone}>" for zone in (1, 2, 3)}
    assert not [route for route in r.of_type("EC2::Route").values() if route["RouteTableId"] in tables]
    entries = r.of_type("EC2::NetworkAclEntry").values()
    assert {entry["CidrBlock"] for entry in entries} == {"10.0.0.0/16"}


@pytest.mark.parametrize(("gateways", "expected"), [("0", 0), ("1", 1), ("3", 3)])
def test_private_subnets_leave_by_as_many_gateways_as_asked_for(gateways: str, expected: int) -> None:
    r = rendered("rds-high-availability", NatGateways=gateways)
    assert len(r.of_type("EC2::NatGateway")) == len(r.of_type("EC2::EIP")) == expected
    private = {n: route for n, route in r.of_type("EC2::Route").items() if n.startswith("Private")}
    assert len(private) == (3 if expected else 0)
    assert len({route["NatGatewayId"] for route in private.values()}) == expected


@pytest.mark.parametrize("stack", OWN_VPC)
def test_nine_subnets_of_three_tiers_do_not_overlap(stack: str) -> None:
    blocks = [
        subnet["CidrBlock"] for subnet in rendered(stack, VpcCidr="172.20.16.0/20").of_type("EC2::Subnet").values()
    ]
    assert len(set(blocks)) == 9
    assert all(block.endswith("/24") for block in blocks)


def test_zones_can_be_named() -> None:
    r = rendered("rds-high-availability", AvailabilityZoneIds="use1-az4,use1-az5,use1-az6", region="us-east-1")
    zones = {subnet["AvailabilityZoneId"] for subnet in r.of_type("EC2::Subnet").values()}
    assert zones == {"use1-az4", "use1-az5", "use1-az6"}


@pytest.mark.parametrize(
    ("values", "sources"),
    [
        ({}, []),
        ({"ClientCidrs": "10.1.0.0/16"}, ["10.1.0.0/16"]),
        ({"ClientCidrs": "10.1.0.0/16,10.2.0.0/16,10.3.0.0/16"}, ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]),
        ({"ClientSecurityGroups": "sg-11111111,sg-22222222"}, ["sg-11111111", "sg-22222222"]),
        ({"ClientPrefixList": "pl-33333333"}, ["pl-33333333"]),
    ],
)
def test_an_existing_vpcs_clients_are_those_given_and_whoever_wears_the_client_group(
    values: dict[str, str], sources: list[str]
) -> None:
    given = {"ClientCidrs": "", "ClientSecurityGroups": "", "ClientPrefixList": "", **values}
    r = rendered("rds-high-availability-existing-vpc", **given)
    rules = r.resources["DatabaseSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    named = [
        rule.get("CidrIp") or rule.get("SourceSecurityGroupId") or rule.get("SourcePrefixListId") for rule in rules
    ]
    assert named == ["<ClientSecurityGroup.GroupId>", *sources]
    assert {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) for rule in rules} == {("tcp", "5432", "5432")}


@pytest.mark.parametrize(
    ("tier", "storage_type", "iops", "throughput", "log_volume"),
    [
        ("gp3", "gp3", None, None, False),
        ("gp3-from-400-gib", "gp3", "12000", 500, False),
        ("io2", "io2", "12000", None, False),
        ("io2-dedicated-log", "io2", "12000", None, True),
    ],
)
def test_a_storage_tier_states_what_it_takes_and_nothing_else(
    tier: str, storage_type: str, iops: str | None, throughput: int | None, log_volume: bool
) -> None:
    instance = rendered("rds-high-availability", StorageTier=tier).only("RDS::DBInstance")
    assert instance["StorageType"] == storage_type
    assert instance.get("Iops") == iops
    assert instance.get("StorageThroughput") == throughput
    assert instance["DedicatedLogVolume"] is log_volume


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ("none", None),
        ("governance", {"MinRetentionDays": 7}),
        ("compliance-for-ever-and-irreversible", {"MinRetentionDays": 7, "ChangeableForDays": 3}),
    ],
)
def test_a_vault_is_locked_for_ever_only_by_a_value_that_says_so(lock: str, expected: dict[str, int] | None) -> None:
    vault = rendered("rds-high-availability", VaultLock=lock).only("Backup::BackupVault")
    assert vault.get("LockConfiguration") == expected


def test_daily_backups_are_copied_where_a_vault_is_named() -> None:
    vault = "arn:aws:backup:eu-central-1:210987654321:backup-vault:copies"
    rules = rendered("rds-high-availability", CopyVaultArn=vault).only("Backup::BackupPlan")["BackupPlan"]
    frequent, daily = rules["BackupPlanRule"]
    assert daily["CopyActions"] == [{"DestinationBackupVaultArn": vault, "Lifecycle": {"DeleteAfterDays": 35}}]
    assert "CopyActions" not in frequent


def test_backups_are_replicated_by_three_properties_or_none() -> None:
    names = {
        "AutomaticBackupReplicationKmsKeyId",
        "AutomaticBackupReplicationRegion",
        "AutomaticBackupReplicationRetentionPeriod",
    }
    key = "arn:aws:kms:eu-central-1:123456789012:key/0123"
    replicated = rendered("rds-high-availability", ReplicationRegion="eu-central-1", ReplicationKmsKeyArn=key)
    assert names <= set(replicated.only("RDS::DBInstance"))
    assert not names & set(rendered("rds-high-availability").only("RDS::DBInstance"))


@pytest.mark.parametrize("stack", DATABASES)
def test_outputs_and_exports_have_the_original_names(stack: str) -> None:
    outputs = rendered(stack).outputs
    exported = {name: each["Export"]["Name"] for name, each in outputs.items() if "Export" in each}
    for name in ("RdsEndpoint", "RdsPort", "BackupBucketName", "NotificationTopicArn"):
        assert exported[name] == f"{name}-prod"


def test_the_edition_for_an_existing_vpc_deploys_without_a_bucket() -> None:
    assert len((ROOT / "dist" / "rds-high-availability-existing-vpc.json").read_bytes()) < 51_200
