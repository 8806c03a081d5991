"""The portfolio's stacks on the simulator: made, published into, shared, and deleted."""

from __future__ import annotations

import json
from typing import Any

from simulator import Aws, deploy
from templates.portfolio_products import PRODUCTS
from tests.simulator.stacks import create, delete, physical_id, status, template, update, why
from tests.templates.portfolio import portfolio
from tests.templates.rendering import built, parameter_file

SHELF = "service-catalog"
GIVEN = {**parameter_file(SHELF, "prod"), "OffersActions": "true"}
ACTION_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ssm.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def calls(aws: Aws, logical_id: str, stack: str = "stack") -> list[str]:
    """The operations called for a resource, in their order."""
    return [each.operation for each in aws.resources(stack)[logical_id].requests]


def sent(aws: Aws, logical_id: str, operation: str, stack: str = "stack") -> dict[str, Any]:
    """The parameters of the last call of an operation for a resource."""
    found = [each for each in aws.resources(stack)[logical_id].requests if each.operation == operation]
    return dict(found[-1].parameters)


def test_a_portfolio_is_published_into_shared_and_deleted(aws: Aws) -> None:
    first = deploy(aws, SHELF, portfolio("1.0.0"), GIVEN)
    assert first.ok, first.log
    ids = {product: physical_id(aws, f"{product.title}Product", SHELF) for product in PRODUCTS}

    second = deploy(aws, SHELF, portfolio("1.0.0", "1.1.0"), {**GIVEN, "ShareWithAccount1": "111122223333"})
    assert second.ok, second.log
    for product in PRODUCTS:
        name = f"{product.title}Product"
        assert physical_id(aws, name, SHELF) == ids[product], "replaced"
        made = sent(aws, name, "create_provisioning_artifact", SHELF)["Parameters"]
        assert made["Name"] == "1.1.0"
        assert made["Info"]["LoadTemplateFromURL"].startswith(
            "https://my-artifacts.s3.us-east-1.amazonaws.com/products/"
        )
        assert "delete_provisioning_artifact" not in calls(aws, name, SHELF)
    (shared,) = aws.client("servicecatalog").list_portfolio_access(PortfolioId=physical_id(aws, "Portfolio", SHELF))[
        "AccountIds"
    ]
    assert shared == "111122223333"
    constraint = sent(aws, "RdsOperationsLaunchConstraint", "create_constraint", SHELF)
    assert json.loads(constraint["Parameters"]) == {"LocalRoleName": "tap-prod-rds-operations-role"}

    assert delete(aws, SHELF) == "DELETE_COMPLETE"
    assert not aws.client("servicecatalog").list_portfolios()["PortfolioDetails"]


def test_a_spoke_is_made_and_deleted(aws: Aws) -> None:
    done = deploy(aws, "spoke", built("service-catalog-spoke"), parameter_file("service-catalog-spoke", "dev"))
    assert done.ok, done.log
    roles = {each["RoleName"] for each in aws.client("iam").list_roles()["Roles"]}
    assert {f"tap-dev-{product.stack}-role" for product in PRODUCTS} <= roles
    assert delete(aws, "spoke") == "DELETE_COMPLETE"


def test_a_fleet_is_made_updated_and_deleted(aws: Aws) -> None:
    body, given = json.dumps(built("service-catalog-fleet")), parameter_file("service-catalog-fleet", "dev")
    assert create(aws, body, given=given) == "CREATE_COMPLETE"
    assert update(aws, body, given={**given, "HubIsInUnit": "false"}) == "UPDATE_COMPLETE"
    assert sent(aws, "LaunchRoles", "create_stack_instances")["DeploymentTargets"]["AccountFilterType"] == "NONE"
    assert delete(aws) == "DELETE_COMPLETE"


def product(*versions: str, **properties: Any) -> dict[str, Any]:
    artifacts = [{"Name": each, "Info": {"LoadTemplateFromURL": f"https://b/{each}.json"}} for each in versions]
    own = {"Name": "p", "Owner": "o", "ProvisioningArtifactParameters": artifacts, **properties}
    return {"Type": "AWS::ServiceCatalog::CloudFormationProduct", "Properties": own}


class TestVersions:
    def test_a_version_that_is_dropped_is_deleted_and_one_that_is_described_anew_stays(self, aws: Aws) -> None:
        create(aws, template({"P": product("1", "2")}))
        changed = product("2")
        changed["Properties"]["ProvisioningArtifactParameters"][0]["Description"] = "new"
        assert update(aws, template({"P": changed})) == "UPDATE_COMPLETE"
        assert calls(aws, "P")[-3:] == [
            "update_product",
            "update_provisioning_artifact",
            "delete_provisioning_artifact",
        ]

    def test_replacing_artifacts_makes_them_all_anew(self, aws: Aws) -> None:
        create(aws, template({"P": product("1")}))
        update(aws, template({"P": product("1", ReplaceProvisioningArtifacts=True)}))
        assert calls(aws, "P")[-2:] == ["create_provisioning_artifact", "delete_provisioning_artifact"]

    def test_a_product_without_a_version_is_not_made(self, aws: Aws) -> None:
        create(aws, template({"P": product()}))
        assert status(aws) == "ROLLBACK_COMPLETE"
        assert why(aws, "P")


def test_tags_options_actions_and_constraints_change_in_place(aws: Aws) -> None:
    def body(word: str, *, active: bool) -> str:
        ids = {"PortfolioId": {"Ref": "F"}, "ProductId": {"Ref": "P"}}
        rules = {"Rule": {"Assertions": [{"Assert": {"Fn::Equals": [word, word]}}]}}
        definition = [{"Key": "Name", "Value": word}, {"Key": "Version", "Value": "1"}]
        tags = [{"Key": word, "Value": "1"}]
        return template(
            {
                "F": {
                    "Type": "AWS::ServiceCatalog::Portfolio",
                    "Properties": {"DisplayName": word, "ProviderName": "p", "Tags": tags},
                },
                "P": product("1", Description=word, Tags=tags),
                "Role": {
                    "Type": "AWS::ServiceCatalog::LaunchRoleConstraint",
                    "Properties": {**ids, "LocalRoleName": word},
                },
                "Rules": {
                    "Type": "AWS::ServiceCatalog::LaunchTemplateConstraint",
                    "Properties": {**ids, "Rules": json.dumps(rules)},
                },
                "Tag": {
                    "Type": "AWS::ServiceCatalog::TagOption",
                    "Properties": {"Key": "k", "Value": "v", "Active": active},
                },
                "Act": {
                    "Type": "AWS::ServiceCatalog::ServiceAction",
                    "Properties": {"Name": word, "DefinitionType": "SSM_AUTOMATION", "Definition": definition},
                },
                "Share": {
                    "Type": "AWS::ServiceCatalog::PortfolioShare",
                    "Properties": {"PortfolioId": {"Ref": "F"}, "AccountId": "1" * 12, "ShareTagOptions": active},
                },
            }
        )

    assert create(aws, body("one", active=False)) == "CREATE_COMPLETE"
    before = {name: each.physical_id for name, each in aws.resources("stack").items()}
    assert calls(aws, "Tag") == ["create_tag_option", "update_tag_option"]
    assert update(aws, body("two", active=True)) == "UPDATE_COMPLETE"
    assert {name: each.physical_id for name, each in aws.resources("stack").items()} == before
    assert sent(aws, "F", "update_portfolio")["AddTags"] == [{"Key": "two", "Value": "1"}]
    assert sent(aws, "P", "update_product")["RemoveTags"] == ["one"]
    assert json.loads(sent(aws, "Role", "update_constraint")["Parameters"]) == {"LocalRoleName": "two"}
    assert "Rules" in json.loads(sent(aws, "Rules", "update_constraint")["Parameters"])
    assert sent(aws, "Act", "update_service_action")["Definition"] == {"Name": "two", "Version": "1"}
    assert sent(aws, "Tag", "update_tag_option")["Active"] is True
    assert sent(aws, "Share", "update_portfolio_share")["ShareTagOptions"] is True
    assert delete(aws) == "DELETE_COMPLETE"


def document(text: str, **properties: Any) -> dict[str, Any]:
    content = {"schemaVersion": "0.3", "description": text, "mainSteps": []}
    own = {"DocumentType": "Automation", "Content": content, **properties}
    return {"Type": "AWS::SSM::Document", "Properties": own}


def test_a_document_is_made_tagged_and_not_changed_under_its_name(aws: Aws) -> None:
    create(aws, template({"D": document("a")}))
    name = physical_id(aws, "D")
    assert aws.client("ssm").describe_document(Name=name)["Document"]["DocumentType"] == "Automation"
    for tags in ([{"Key": "k", "Value": "v"}], [{"Key": "l", "Value": "v"}]):
        assert update(aws, template({"D": document("a", Tags=tags)})) == "UPDATE_COMPLETE"
    listed = aws.client("ssm").list_tags_for_resource(ResourceType="Document", ResourceId=name)["TagList"]
    assert [each["Key"] for each in listed if not each["Key"].startswith("aws:")] == ["l"]
    assert update(aws, template({"D": document("b")})) == "UPDATE_ROLLBACK_COMPLETE"
    assert delete(aws) == "DELETE_COMPLETE"


def test_a_stack_set_moves_to_other_accounts(aws: Aws) -> None:
    def fleet(unit: str) -> str:
        group = {"DeploymentTargets": {"OrganizationalUnitIds": [unit]}, "Regions": ["us-east-1"]}
        own = {
            "StackSetName": "fleet",
            "PermissionModel": "SERVICE_MANAGED",
            "OperationPreferences": {"FailureTolerancePercentage": 10},
            "StackInstancesGroup": [group],
        }
        return template({"Fleet": {"Type": "AWS::CloudFormation::StackSet", "Properties": own}})

    assert create(aws, fleet("ou-ab12-abcd1234")) == "CREATE_COMPLETE"
    assert update(aws, fleet("ou-ab12-abcd5678")) == "UPDATE_COMPLETE"
    assert calls(aws, "Fleet")[-3:] == ["update_stack_set", "delete_stack_instances", "create_stack_instances"]
    targets = sent(aws, "Fleet", "create_stack_instances")["DeploymentTargets"]
    assert targets == {"OrganizationalUnitIds": ["ou-ab12-abcd5678"]}
    assert delete(aws) == "DELETE_COMPLETE"
