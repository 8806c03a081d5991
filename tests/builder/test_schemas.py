"""What the resource registry says, read from the schemas that cfn-lint carries."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from builder import schemas
from builder.problems import Failure
from builder.schemas import Schema, Tagging

INSTANCE = "AWS::RDS::DBInstance"


def of_type(type_name: str, region: str = "us-east-1") -> Schema:
    found = schemas.schema(type_name, region)
    assert found is not None
    return found


def of_document(**document: Any) -> Schema:
    return Schema({"typeName": "My::Own::Type", "properties": {}, **document})


class TestDatabaseInstance:
    """Facts that AWS documents for AWS::RDS::DBInstance."""

    def test_what_replaces_it(self) -> None:
        instance = of_type(INSTANCE)
        assert {("DBInstanceIdentifier",), ("KmsKeyId",), ("StorageEncrypted",)} <= set(instance.create_only)
        assert {("MultiAZ",), ("Engine",), ("DBSnapshotIdentifier",)} <= set(instance.conditional_create_only)
        assert ("AllocatedStorage",) not in {*instance.create_only, *instance.conditional_create_only}

    def test_what_aws_decides_and_hides(self) -> None:
        instance = of_type(INSTANCE)
        assert {("Endpoint", "Address"), ("MasterUserSecret", "SecretArn")} <= set(instance.read_only)
        assert ("MasterUserPassword",) in instance.write_only

    def test_what_identifies_it(self) -> None:
        assert of_type(INSTANCE).primary_identifier == (("DBInstanceIdentifier",),)
        assert of_type(INSTANCE).type_name == INSTANCE

    def test_what_its_handlers_may_do(self) -> None:
        permissions = of_type(INSTANCE).permissions
        assert "rds:CreateDBInstance" in permissions["create"]
        assert "rds:DeleteDBInstance" in permissions["delete"]

    def test_how_it_is_tagged(self) -> None:
        assert of_type(INSTANCE).tagging == Tagging(taggable=True, updatable=True, property="Tags")

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            (("Endpoint", "Port"), {"type": "string"}),
            (("VPCSecurityGroups",), {"type": "array"}),
            (("AssociatedRoles", "*", "RoleArn"), {"type": "string", "format": "AWS::IAM::Role.Arn"}),
            (("Tags", "*", "Key"), {"type": "string", "maxLength": 128}),
            (("MasterUserSecret",), {"type": "object"}),
        ],
    )
    def test_the_shape_of_a_property_or_attribute(self, path: tuple[str, ...], expected: Mapping[str, Any]) -> None:
        shape = of_type(INSTANCE).shape(path)
        assert shape is not None
        assert expected.items() <= shape.items()

    @pytest.mark.parametrize("path", [("Nope",), ("Endpoint", "Nope"), ("Port", "*"), ("Port", "Deeper")])
    def test_there_is_no_shape_of_what_does_not_exist(self, path: tuple[str, ...]) -> None:
        assert of_type(INSTANCE).shape(path) is None


class TestRegions:
    def test_a_type_exists_in_some_regions_only(self) -> None:
        assert schemas.has_type("AWS::Backup::RestoreTestingPlan", "eu-central-1")
        assert not schemas.has_type("AWS::Backup::RestoreTestingPlan", "us-gov-west-1")
        assert schemas.schema("AWS::Backup::RestoreTestingPlan", "us-gov-west-1") is None

    def test_custom_resources_exist_everywhere(self) -> None:
        for region in schemas.regions():
            assert schemas.has_type("Custom::Emptier", region)
        assert of_type("Custom::Emptier").create_only == (("ServiceToken",),)

    def test_an_unknown_type_exists_nowhere(self) -> None:
        assert not schemas.has_type("AWS::RDS::Database", "us-east-1")

    def test_regions_are_regions(self) -> None:
        assert {"us-east-1", "us-gov-west-1", "cn-north-1"} <= set(schemas.regions())
        assert "sam" not in schemas.regions()

    @pytest.mark.parametrize(
        ("region", "near"), [("us-east-11", "us-east-1"), ("mars", "us-east-1"), ("a\0b", "us-east-1")]
    )
    def test_an_unknown_region_is_a_failure_with_a_proposal(self, region: str, near: str) -> None:
        with pytest.raises(Failure) as caught:
            schemas.has_type(INSTANCE, region)
        assert f"is not a Region that cfn-lint has schemas of; fix: give the name of a Region, such as {near}" in str(
            caught.value
        )


@pytest.mark.parametrize(
    ("document", "tagging"),
    [
        ({}, Tagging(taggable=False, updatable=False, property="Tags")),
        ({"properties": {"Tags": {}}}, Tagging(taggable=True, updatable=True, property="Tags")),
        ({"taggable": False, "properties": {"Tags": {}}}, Tagging(taggable=False, updatable=False, property="Tags")),
        ({"tagging": {}}, Tagging(taggable=True, updatable=True, property="Tags")),
        ({"tagging": {"taggable": False}}, Tagging(taggable=False, updatable=False, property="Tags")),
        (
            {"tagging": {"taggable": True, "tagUpdatable": False, "tagProperty": "/properties/BackupVaultTags"}},
            Tagging(taggable=True, updatable=False, property="BackupVaultTags"),
        ),
    ],
)
def test_tagging_has_the_defaults_of_the_registry(document: dict[str, Any], tagging: Tagging) -> None:
    assert of_document(**document).tagging == tagging


def test_what_a_schema_does_not_state_is_empty() -> None:
    bare = of_document()
    assert bare.create_only == bare.read_only == bare.primary_identifier == ()
    assert bare.permissions == {}


def test_the_members_of_a_map_have_a_shape() -> None:
    schema = of_document(properties={"Labels": {"patternProperties": {".*": {"type": "string"}}}})
    assert schema.shape(("Labels", "*")) == {"type": "string"}


def test_references_are_followed_through_each_other() -> None:
    definitions = {"A": {"$ref": "#/definitions/B"}, "B": {"type": "string"}}
    assert of_document(properties={"X": {"$ref": "#/definitions/A"}}, definitions=definitions).shape(("X",)) == {
        "type": "string"
    }


def test_every_path_of_every_type_is_read() -> None:
    for type_name in schemas._types("us-east-1"):
        if not type_name.startswith("AWS::RDS::") and not type_name.startswith("AWS::Backup::"):
            continue
        schema = of_type(type_name)
        for path in (*schema.create_only, *schema.conditional_create_only, *schema.primary_identifier):
            assert all(path), type_name
            assert schema.shape(path) is not None, (type_name, path)


def test_a_missing_cfn_lint_is_a_failure_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "find_spec", lambda name: None)
    with pytest.raises(Failure, match="cfn-lint: is not installed, and its schemas are needed; fix: run make build"):
        schemas._directory.__wrapped__()


def test_reading_schemas_does_not_import_cfn_lint() -> None:
    code = (
        "import sys; from builder.schemas import schema; schema('AWS::RDS::DBInstance', 'us-east-1');"
        "sys.exit(sorted(m for m in sys.modules if m.split('.')[0] in ('cfnlint', 'boto3', 'botocore', 'moto')) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
