"""The portfolio: products with every version, least privilege, rules that hold, and accounts that follow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.evaluate import Evaluation, Place, parameter_values
from builder.limits import BODY, INLINE_BODY
from templates.environment import LONGEST_PROJECT, LONGEST_SUFFIX
from templates.portfolio_products import PRODUCTS, Database, Product, published
from templates.portfolio_rules import OFFERS, rules
from tests.builder.diff.comparing import compared, verdicts
from tests.templates.portfolio import portfolio, version
from tests.templates.rendering import STACKS, built, parameter_file, rendered

SHELF = "service-catalog"
EVERY_PRODUCT = pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.stack)
DATABASES = [product for product in PRODUCTS if product.holds]
# The stacks that are no products, and why.
NOT_OFFERED = {
    "tap-stack": "it nests others",
    "service-catalog": "it is the portfolio",
    "service-catalog-spoke": "it is what launches take",
    "service-catalog-fleet": "it is what launches take, in many accounts",
}
INSTANCES = [product for product in DATABASES if product.holds is Database.INSTANCE]


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in template["Resources"].items() if each["Type"] == f"AWS::{kind}"}


def artifacts(template: dict[str, Any], product: Product) -> list[tuple[str, str]]:
    """Name and URL of each version of a product."""
    properties = template["Resources"][f"{product.title}Product"]["Properties"]
    assert properties["ReplaceProvisioningArtifacts"] is False
    return [
        (each["Name"], each["Info"]["LoadTemplateFromURL"]["Fn::Sub"])
        for each in properties["ProvisioningArtifactParameters"]
    ]


class TestProducts:
    @EVERY_PRODUCT
    def test_a_product_is_a_flat_stack(self, product: Product) -> None:
        """The tag by which a launch role reads a template does not reach nested ones."""
        kinds = {each["Type"] for each in built(product.stack)["Resources"].values()}
        assert "AWS::CloudFormation::Stack" not in kinds
        assert len(json.dumps(built(product.stack))) < BODY

    def test_every_stack_is_a_product_or_has_a_reason_not_to_be(self) -> None:
        offered = {product.stack for product in PRODUCTS}
        assert offered | set(NOT_OFFERED) == set(STACKS)
        assert not offered & set(NOT_OFFERED)

    def test_nothing_is_offered_before_it_is_published(self) -> None:
        assert of_type(portfolio(), "ServiceCatalog::CloudFormationProduct") == {}
        assert of_type(portfolio(), "ServiceCatalog::Portfolio")

    @EVERY_PRODUCT
    def test_every_version_is_read_from_its_own_object(self, product: Product) -> None:
        template = portfolio("1.0.0", "2.0.0")
        place = "https://${ArtifactBucket}.s3.${AWS::Region}.${AWS::URLSuffix}/products"
        assert artifacts(template, product) == [
            (number, f"{place}/{product.stack}/{number}/{number[0] * 64}.json") for number in ("1.0.0", "2.0.0")
        ]

    def test_only_what_was_published_is_offered(self) -> None:
        from templates.permissions import committed
        from templates.stacks import service_catalog

        made = service_catalog.compose(
            committed(service_catalog.PERMISSIONS_OF), [version("1.0.0", "rds-operations"), version("1.0.0", "gone")]
        ).to_dict()
        assert list(of_type(made, "ServiceCatalog::CloudFormationProduct")) == ["RdsOperationsProduct"]

    def test_the_ledger_is_read_in_its_order(self, tmp_path: Path) -> None:
        entries = [
            {"product": "a", "version": v, "sha256": "0" * 64, "key": f"a/{v}", "description": "d"} for v in ("2", "1")
        ]
        (tmp_path / "versions.json").write_text(json.dumps(entries))
        assert [each.version for each in published(tmp_path / "versions.json")] == ["2", "1"]

    def test_a_second_version_removes_and_replaces_nothing(self) -> None:
        before, after = portfolio("1.0.0"), portfolio("1.0.0", "1.1.0")
        for product in PRODUCTS:
            assert artifacts(after, product)[:1] == artifacts(before, product)
        found = changes(before, after)
        assert set(found.values()) == {"ADD", "UPDATE"}
        assert {name for name, change in found.items() if change == "UPDATE"} == {
            f"{product.title}Product" for product in PRODUCTS
        }

    def test_a_first_version_changes_nothing_that_was_there(self) -> None:
        assert set(changes(portfolio(), portfolio("1.0.0")).values()) == {"ADD"}

    def test_a_portfolio_of_many_versions_is_still_a_template(self) -> None:
        size = len(json.dumps(portfolio(*(f"1.0.{number}" for number in range(20)))))
        assert INLINE_BODY < size < BODY


class TestRoles:
    @EVERY_PRODUCT
    def test_role_association_and_constraints_are_made_in_this_order(self, product: Product) -> None:
        resources = portfolio("1.0.0")["Resources"]
        role, offer = f"{product.title}LaunchRole", f"{product.title}Offer"
        assert resources[offer]["DependsOn"] == role
        constraint = resources[f"{product.title}LaunchConstraint"]
        assert constraint["DependsOn"] == offer
        assert constraint["Properties"]["LocalRoleName"] == {"Ref": role}
        if product.holds:
            assert resources[f"{product.title}Rules"]["DependsOn"] == offer

    @EVERY_PRODUCT
    def test_a_role_has_the_same_short_name_in_every_account(self, product: Product) -> None:
        longest = {"Project": "p" * LONGEST_PROJECT, "EnvironmentSuffix": "s" * LONGEST_SUFFIX}
        names = {
            rendered(stack, **longest).resources[f"{product.title}LaunchRole"]["Properties"]["RoleName"]
            for stack in (SHELF, "service-catalog-spoke")
        }
        (name,) = names
        assert len(name) <= 64
        assert not name.startswith("SC-"), "a launch role could change itself"

    @pytest.mark.parametrize(
        ("stack", "accounts"), [(SHELF, "123456789012"), ("service-catalog-spoke", ["123456789012", "999999999999"])]
    )
    def test_a_role_is_assumed_by_service_catalog_alone(self, stack: str, accounts: object) -> None:
        given = {"HubAccountId": "999999999999"} if stack != SHELF else {}
        for role in rendered(stack, **given).of_type("IAM::Role").values():
            (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
            if statement["Principal"] != {"Service": "ssm.amazonaws.com"}:
                assert statement["Principal"] == {"Service": "servicecatalog.amazonaws.com"}
                assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": accounts}}

    @EVERY_PRODUCT
    def test_a_role_is_composed_of_what_was_derived_for_its_product(self, product: Product) -> None:
        from templates.permissions import committed

        resources = rendered(SHELF).resources
        attached = resources[f"{product.title}LaunchRole"]["Properties"]["ManagedPolicyArns"]
        derived = committed([product.stack])[product.stack]
        assert attached == [f"<{product.title}LaunchPolicy{number}>" for number in range(1, len(derived) + 1)]
        for number, policy in enumerate(derived, start=1):
            made = resources[f"{product.title}LaunchPolicy{number}"]["Properties"]["PolicyDocument"]["Statement"]
            assert [each["Action"] for each in made] == [each["Action"] for each in policy]
            assert "${" not in json.dumps(made)


class TestRules:
    @pytest.mark.parametrize("product", DATABASES, ids=lambda product: product.stack)
    @pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
    def test_the_parameters_that_ship_keep_the_rules(self, product: Product, environment: str) -> None:
        if product.disposable and environment == "prod":
            pytest.skip("not on offer")
        assert broken(product, **parameter_file(product.stack, environment)) == set()

    @pytest.mark.parametrize(
        ("stack", "given", "rule"),
        [
            ("rds-high-availability", {"InstanceClass": "db.t4g.medium"}, "ProductionInstanceClass"),
            ("rds-high-availability", {"AllocatedStorage": "20"}, "ProductionAllocatedStorage"),
            (
                "rds-high-availability",
                {"EnvironmentSuffix": "dev", "InstanceClass": "db.r8g.4xlarge"},
                "TestInstanceClass",
            ),
            ("rds-high-availability", {"EnvironmentSuffix": "dev", "AllocatedStorage": "400"}, "TestAllocatedStorage"),
            ("rds-high-availability-disposable", {"InstanceClass": "db.m6g.large"}, "NotForProduction"),
            ("rds-cluster", {"AllocatedStorage": "500"}, "ProductionAllocatedStorage"),
            ("rds-cluster", {"EnvironmentSuffix": "dev", "InstanceClass": "db.r6gd.4xlarge"}, "TestInstanceClass"),
            ("rds-cluster", {"EnvironmentSuffix": "dev", "AllocatedStorage": "800"}, "TestAllocatedStorage"),
            ("aurora-high-availability", {"EnvironmentSuffix": "dev", "MaxCapacity": "256"}, "TestMaxCapacity"),
            (
                "aurora-high-availability",
                {"EnvironmentSuffix": "dev", "InstanceClass": "db.r8g.4xlarge"},
                "TestInstanceClass",
            ),
        ],
    )
    def test_what_is_not_on_offer_breaks_one(self, stack: str, given: dict[str, str], rule: str) -> None:
        (product,) = [each for each in PRODUCTS if each.stack == stack]
        fine = {
            Database.INSTANCE: {"InstanceClass": "db.m6g.large", "AllocatedStorage": "100"},
            Database.MULTI_AZ_CLUSTER: {"InstanceClass": "db.m6gd.large", "AllocatedStorage": "400"},
            Database.AURORA: {"InstanceClass": "db.r8g.large"},
        }
        assert product.holds
        assert broken(product, **{**parameter_file(stack, "prod"), **fine[product.holds], **given}) == {rule}

    def test_a_product_without_a_database_has_none(self) -> None:
        assert {rules(product) for product in PRODUCTS if product.holds is None} == {None}

    @pytest.mark.parametrize("product", DATABASES, ids=lambda product: product.stack)
    def test_only_what_a_product_takes_is_on_offer(self, product: Product) -> None:
        assert product.holds
        offer = OFFERS[product.holds]
        for parameter, values in (*offer.production.items(), *offer.tests.items()):
            declared = built(product.stack)["Parameters"][parameter]
            for value in values:
                judged = parameter_values(
                    {"Parameters": {parameter: declared}}, {parameter: str(value)}, file="a launch"
                )
                assert not judged.problems

    def test_whatever_asks_for_a_size_has_rules(self) -> None:
        sized = {each.stack for each in PRODUCTS if "InstanceClass" in built(each.stack)["Parameters"]}
        assert sized == {each.stack for each in DATABASES}


class TestActions:
    def test_an_action_is_offered_on_every_version_that_it_suits(self) -> None:
        offered = of_type(portfolio("1.0.0", "1.1.0"), "ServiceCatalog::ServiceActionAssociation")
        snapshots = [f"{product.title}TakeSnapshot{number}" for product in INSTANCES for number in (1, 2)]
        assert set(offered) == {*snapshots, "RdsOperationsStartFailoverDrill1", "RdsOperationsStartFailoverDrill2"}
        second = offered["RdsOperationsStartFailoverDrill2"]["Properties"]["ProvisioningArtifactId"]
        ids = {"Fn::Split": [",", {"Fn::GetAtt": ["RdsOperationsProduct", "ProvisioningArtifactIds"]}]}
        assert second == {"Fn::Select": [1, ids]}

    def test_none_is_made_where_none_is_wanted(self) -> None:
        kinds = rendered(SHELF).of_type("ServiceCatalog::ServiceAction", "SSM::Document")
        assert not kinds
        resources = portfolio("1.0.0")["Resources"]
        assert resources["RdsOperationsStartFailoverDrill1"]["Condition"] == "WantsOffersActions"

    def test_a_snapshot_that_is_taken_may_be_given_the_instances_tags_and_no_other(self) -> None:
        role = portfolio("1.0.0")["Resources"]["TakeSnapshotRole"]["Properties"]
        (policy,) = role["Policies"]
        (tagging,) = [
            each for each in policy["PolicyDocument"]["Statement"] if each["Action"] == ["rds:AddTagsToResource"]
        ]
        (taken,) = tagging["Resource"]
        assert taken["Fn::Sub"].endswith(":snapshot:on-request-*")

    def test_a_product_has_what_its_action_asks_for(self) -> None:
        """An action asks for an output or a name: it must be there."""
        for product in INSTANCES:
            assert "DatabaseIdentifier" in built(product.stack)["Outputs"]
        names = [each["Properties"]["StateMachineName"] for each in machines("rds-operations")]
        assert {"Fn::Sub": "${Project}-${EnvironmentSuffix}-FailoverDrill"} in names

    def test_an_automation_asks_for_what_it_uses(self) -> None:
        r = rendered(SHELF, OffersActions="true")
        for name, action in r.of_type("ServiceCatalog::ServiceAction").items():
            definition = {each["Key"]: each["Value"] for each in action["Definition"]}
            content = r.resources[f"{name}Automation"]["Properties"]["Content"]
            asked = {each["Name"] for each in json.loads(definition["Parameters"])}
            assert definition["AssumeRole"] == f"<{name}Role.Arn>"
            assert definition["Name"] == f"<{name}Automation>"
            assert set(content["parameters"]) == {*asked, "AutomationAssumeRole"}
            for parameter in content["parameters"]:
                assert f"{{{{ {parameter} }}}}" in json.dumps(content), parameter


class TestAccess:
    def test_who_launches_and_which_accounts_share_is_optional(self) -> None:
        nobody = rendered(SHELF, Launcher1="", OffersTags="false")
        assert not nobody.of_type("ServiceCatalog::PortfolioPrincipalAssociation", "ServiceCatalog::TagOption")
        r = rendered(SHELF, Launcher2="group/dba", ShareWithAccount1="111122223333")
        principals = [
            each["PrincipalARN"] for each in r.of_type("ServiceCatalog::PortfolioPrincipalAssociation").values()
        ]
        assert principals == ["arn:aws:iam:::role/Developer*", "arn:aws:iam:::group/dba"]
        (share,) = r.of_type("ServiceCatalog::PortfolioShare").values()
        assert share["AccountId"] == "111122223333"

    def test_launches_may_carry_every_common_tag(self) -> None:
        options = rendered(SHELF).of_type("ServiceCatalog::TagOption").values()
        tags: dict[str, list[str]] = {each["Key"]: [] for each in options}
        for option in options:
            tags[option["Key"]].append(option["Value"])
        assert tags == {
            "CostCenter": ["engineering"],
            "ManagedBy": ["CloudFormation"],
            "Project": ["tap"],
            "Environment": ["dev", "staging", "prod"],
        }


class TestFleet:
    def test_one_region_of_every_account_but_the_hub(self) -> None:
        fleet = rendered("service-catalog-fleet").only("CloudFormation::StackSet")
        (group,) = fleet["StackInstancesGroup"]
        assert group == {
            "DeploymentTargets": {
                "OrganizationalUnitIds": ["ou-ab12-abcd1234"],
                "AccountFilterType": "DIFFERENCE",
                "Accounts": ["123456789012"],
            },
            "Regions": ["eu-west-1"],
        }
        assert (fleet["PermissionModel"], fleet["AutoDeployment"]["Enabled"]) == ("SERVICE_MANAGED", True)

    def test_a_hub_outside_of_the_unit_needs_no_filter(self) -> None:
        fleet = rendered("service-catalog-fleet", HubIsInUnit="false").only("CloudFormation::StackSet")
        targets = fleet["StackInstancesGroup"][0]["DeploymentTargets"]
        assert targets == {"OrganizationalUnitIds": ["ou-ab12-abcd1234"], "AccountFilterType": "NONE"}

    def test_the_spoke_is_given_its_parameters_and_its_capabilities(self) -> None:
        fleet = rendered("service-catalog-fleet").only("CloudFormation::StackSet")
        assert {each["ParameterKey"] for each in fleet["Parameters"]} == set(
            built("service-catalog-spoke")["Parameters"]
        )
        assert fleet["Capabilities"] == ["CAPABILITY_NAMED_IAM"]

    def test_the_spoke_has_nothing_that_a_stack_set_refuses(self) -> None:
        """Service-managed StackSets take neither macros nor nested stacks."""
        spoke = built("service-catalog-spoke")
        assert "Transform" not in spoke
        assert {each["Type"] for each in spoke["Resources"].values()} == {"AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """Logical ID -> what an update does to it."""
    return verdicts(compared(before, after, given={**parameter_file(SHELF, "prod"), "OffersActions": "true"}))


def machines(stack: str) -> Iterator[dict[str, Any]]:
    yield from of_type(built(stack), "StepFunctions::StateMachine").values()


def broken(product: Product, **values: str) -> set[str]:
    """The rules of the portfolio that a launch with these values breaks, judged as CloudFormation does."""
    text = rules(product)
    assert text is not None
    template = {**built(product.stack), "Rules": json.loads(text)}
    parameters = parameter_values(template, values, file="a launch")
    assert not [each for each in parameters.problems if each.severity == "error"], parameters.problems
    evaluation = Evaluation(template, parameters.values, Place(region="eu-west-1", stack_name="SC-1-pp-1"))
    return {finding.path.split(".")[1] for finding in evaluation.broken_rules()}
