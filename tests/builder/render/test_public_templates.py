"""Templates of other authors, as they are published: rendered whole, or what is missing is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder.checks.adapter import Unread
from builder.evaluate import Place, parameter_values, read_template
from builder.problems import Failure
from builder.render import Rendered, render
from tests.builder.render import survey

PUBLIC = Path(__file__).with_name("public")


def rendered(file: str, region: str = "us-east-1", **values: str) -> Rendered:
    template = read_template(PUBLIC / file)
    parameters = parameter_values(template, values, file=file)
    assert not parameters.problems
    place = Place(region=region, stack_name="shop", exports=Unread())
    return render(template, parameters.values, place, file=file)


def properties(file: str, logical_id: str, **values: str) -> dict[str, Any]:
    found: dict[str, Any] = rendered(file, **values).resources[logical_id]["Properties"]
    return found


def test_a_secret_is_generated_unless_it_is_given() -> None:
    file = "widdix/secretsmanager-dbsecret.yaml"
    made = properties(file, "Secret", DBMasterUsername="keeper")
    assert made["Name"] == "shop"
    assert made["GenerateSecretString"]["SecretStringTemplate"] == '{"username": "keeper"}'
    assert not {"KmsKeyId", "SecretString"} & made.keys()
    given = properties(file, "Secret", DBPassword="p", ParentKmsKeyStack="keys")
    assert given["SecretString"] == '{"username":"master","password":"p"}'
    assert given["KmsKeyId"] == "export-keys-KeyId"
    assert "GenerateSecretString" not in given
    assert list(rendered(file).resources) == ["Secret"]
    assert list(rendered(file, DeletionProtection="enabled").resources) == ["Secret", "SecretResourcePolicy"]
    assert rendered(file).outputs["SecretArn"]["Export"] == {"Name": "shop-SecretArn"}


def test_flow_logs_find_the_vpc_of_their_parent_stack() -> None:
    found = rendered("widdix/vpc-flow-logs.yaml", ParentVPCStack="vpc")
    flow = found.resources["FlowLog"]["Properties"]
    assert flow["ResourceId"] == "export-vpc-VPC"
    assert flow["DeliverLogsPermissionArn"].startswith("arn:aws:iam::123456789012:role/shop-Role-")
    (policy,) = found.resources["Role"]["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == found.outputs["LogGroupARN"]["Value"]


@pytest.mark.parametrize(("region", "group"), [("us-east-1", False), ("eu-central-1", True), ("cn-north-1", True)])
def test_a_database_and_its_replica_depend_on_the_region(region: str, group: bool) -> None:
    found = rendered("aws/RDS_MySQL_With_Read_Replica.yaml", region, DBUser="keeper")
    assert ("DBEC2SecurityGroup" in found.resources) is group
    main, replica = (found.resources[name]["Properties"] for name in ("MainDB", "ReplicaDB"))
    assert ("VPCSecurityGroups" in main) is group
    # A dynamic reference stays as written: only AWS resolves it.
    assert main["MasterUserPassword"].startswith("{{resolve:secretsmanager:arn:")
    assert replica["SourceDBInstanceIdentifier"] != main
    address = found.outputs["JDBCConnectionString"]["Value"]
    assert address.startswith("jdbc:mysql://") and address.endswith("/MyDatabase") and region in address
    alone = rendered("aws/RDS_MySQL_With_Read_Replica.yaml", region, DBUser="keeper", EnableReadReplica="false")
    assert "ReplicaDB" not in alone.resources and "ReplicaJDBCConnectionString" not in alone.outputs


def test_a_parameter_group_is_named_by_the_instance() -> None:
    found = rendered("aws/RDS_with_DBParameterGroup.yaml", DBUser="keeper")
    name = found.resources["MyDB"]["Properties"]["DBParameterGroupName"]
    assert name == found.evaluation.value({"Ref": "MyRDSParamGroup"}, "Resources")


def test_a_loop_is_written_out() -> None:
    names = ("Points", "Score", "Name", "Leaderboard")
    tables = rendered("aws/fn-foreach-ddb.yaml").resources
    assert [tables[f"DynamoDB{name}"]["Properties"]["TableName"] for name in names] == [*names]
    assert len(tables) == 4


def test_a_macro_is_named_as_what_cannot_be_resolved() -> None:
    with pytest.raises(Failure, match=r"macro 'AWS::Serverless-2016-10-31' runs inside AWS and cannot be resolved"):
        rendered("aws/macro-count.yaml")


def test_a_survey_counts_templates_and_says_why_some_are_not_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.yaml").write_text("just: notes\n")
    (tmp_path / "rain.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: !Rain::Module x\n")
    rule = {"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "A"}, "b"]}}]}}
    (tmp_path / "rules.json").write_text(
        str(
            {"Parameters": {"A": {"Type": "String"}}, "Rules": rule, "Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
        ).replace("'", '"')
    )
    survey.main([str(PUBLIC), str(tmp_path)])
    assert capsys.readouterr().out == (
        "| Repository | Templates | Rendered whole |\n| --- | --- | --- |\n"
        f"| public | 6 | 5 |\n| {tmp_path.name} | 2 | 0 |\n\n"
        "| Why not | Templates |\n| --- | --- |\n"
        "| needs a macro, which runs inside AWS | 1 |\n"
        "| in a form that is not CloudFormation's (tags of Rain) | 1 |\n"
        "| its own Rules refuse the values that stand in | 1 |\n"
    )
