"""A Service Catalog portfolio: its products with every version published, who launches them, and with which role.

A version of a product is never replaced nor removed: Service Catalog matches versions by name and template URL, so
that the bucket is as final as the versions. (Registry schema of `AWS::ServiceCatalog::CloudFormationProduct`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troposphere import Output, Parameter, Ref, Sub, Template
from troposphere.iam import Role
from troposphere.servicecatalog import (
    CloudFormationProduct,
    Info,
    LaunchRoleConstraint,
    LaunchTemplateConstraint,
    Portfolio,
    PortfolioPrincipalAssociation,
    PortfolioProductAssociation,
    PortfolioShare,
    ProvisioningArtifactProperties,
    TagOption,
    TagOptionAssociation,
)

from templates.carrier import carrier
from templates.environment import Environment
from templates.ordering import logical_id
from templates.parameters import Group, when_given, when_true
from templates.portfolio_actions import Actions, offer_actions
from templates.portfolio_products import PRODUCTS, Product, Version, versions_of
from templates.portfolio_rules import rules

# How many of each can be given: a template has no loops.
LAUNCHERS = 3
SHARES = 3
ENVIRONMENTS = ("dev", "staging", "prod")


@carrier
class Shelf:
    """The portfolio, who provides it, and the bucket that its products' templates are read from."""

    environment: Environment
    portfolio: Portfolio
    provider: Ref
    bucket: Parameter


def add_portfolio(t: Template, environment: Environment) -> Shelf:
    """Add the portfolio."""
    group = Group(t, "Portfolio")
    provider = group.add(
        "Provider",
        label="Provided by",
        description="Who answers for the products.",
        default="Platform team",
        pattern=r"[\w .:/=+@-]{1,50}",
        otherwise="must be 1 to 50 characters",
    )
    bucket = group.add(
        "ArtifactBucket",
        label="Bucket of the templates",
        description="Where published templates lie, in this Region. Final: a version is known by its URL.",
        pattern="[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        otherwise="must be a bucket's name without dots",
    )
    portfolio = t.add_resource(
        Portfolio(
            "Portfolio",
            DisplayName=environment.name("{} PostgreSQL"),
            Description="Highly available PostgreSQL on Amazon RDS, and add-ons that measure its promises",
            ProviderName=Ref(provider),
            Tags=environment.tags(),
        )
    )
    t.add_output(Output("PortfolioId", Description="To share or import", Value=Ref(portfolio)))
    t.add_output(Output("ArtifactBucketName", Description="Published templates", Value=Ref(bucket)))
    return Shelf(environment=environment, portfolio=portfolio, provider=Ref(provider), bucket=bucket)


def add_products(
    t: Template,
    shelf: Shelf,
    versions: Sequence[Version],
    roles: Mapping[Product, Role],
    actions: Actions,
) -> None:
    """Add every product that has a version: a product cannot be made without one."""
    for product in PRODUCTS:
        if own := versions_of(product, versions):
            made = _add_product(t, shelf, product, own)
            _constrain(t, shelf, product, made, roles[product])
            offer_actions(t, actions, product, made, len(own))


def _add_product(t: Template, shelf: Shelf, product: Product, versions: Sequence[Version]) -> CloudFormationProduct:
    return t.add_resource(
        CloudFormationProduct(
            f"{product.title}Product",
            Name=product.stack,
            Description=product.summary,
            Owner=shelf.provider,
            ReplaceProvisioningArtifacts=False,
            ProvisioningArtifactParameters=[
                ProvisioningArtifactProperties(
                    Name=version.version,
                    Description=version.description,
                    Type="CLOUD_FORMATION_TEMPLATE",
                    Info=Info(LoadTemplateFromURL=_url(shelf, version)),
                )
                for version in versions
            ],
            Tags=shelf.environment.tags(),
        )
    )


def _url(shelf: Shelf, version: Version) -> Sub:
    return Sub(f"https://${{{shelf.bucket.title}}}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{version.key}")


def _constrain(t: Template, shelf: Shelf, product: Product, made: CloudFormationProduct, role: Role) -> None:
    """Put a product into the portfolio, under its role and its rules: role, association, constraint, in this order."""
    both: dict[str, Any] = {"PortfolioId": Ref(shelf.portfolio), "ProductId": Ref(made)}
    association = t.add_resource(
        PortfolioProductAssociation(f"{product.title}Offer", DependsOn=logical_id(role), **both)
    )
    t.add_resource(
        LaunchRoleConstraint(
            f"{product.title}LaunchConstraint",
            Description=product.stack,
            LocalRoleName=Ref(role),
            DependsOn=logical_id(association),
            **both,
        )
    )
    if (text := rules(product)) is not None:
        t.add_resource(
            LaunchTemplateConstraint(
                f"{product.title}Rules",
                Description=product.stack,
                Rules=text,
                DependsOn=logical_id(association),
                **both,
            )
        )


def add_tag_options(t: Template, shelf: Shelf) -> None:
    """Add the common tags as tag options: alarms, event rules and event subscriptions take them from the launch."""
    switch = Group(t, "Portfolio").switch(
        "OffersTags",
        label="Tag options",
        description="An account and Region has each key and value once: false where they are there already.",
        default=True,
    )
    condition = when_true(t, switch)
    tags = [
        ("CostCenter", "CostCenter", shelf.environment.cost_center),
        ("ManagedBy", "ManagedBy", "CloudFormation"),
        ("Project", "Project", shelf.environment.project),
        *((f"Environment{name.capitalize()}", "Environment", name) for name in ENVIRONMENTS),
    ]
    for title, key, value in tags:
        option = t.add_resource(TagOption(f"{title}Tag", Key=key, Value=value, Active=True, Condition=condition))
        t.add_resource(
            TagOptionAssociation(
                f"{title}TagOffer", ResourceId=Ref(shelf.portfolio), TagOptionId=Ref(option), Condition=condition
            )
        )


def add_launchers(t: Template, shelf: Shelf) -> None:
    """Add who may launch: roles, groups or users of this account by name. CloudFormation does not share them."""
    group = Group(t, "Launchers")
    for number in range(1, LAUNCHERS + 1):
        name = group.add(
            f"Launcher{number}",
            label=f"Launcher {number}",
            description="Optional. role/, group/ or user/ and a name; * stands for any characters.",
            default="",
            pattern=r"((role|group|user)/[\w+=,.@/*-]{1,512})?",
            otherwise="must be empty, or such as role/Developer*",
        )
        t.add_resource(
            PortfolioPrincipalAssociation(
                f"Launcher{number}Access",
                PortfolioId=Ref(shelf.portfolio),
                PrincipalARN=Sub(f"arn:${{AWS::Partition}}:iam:::${{{name.title}}}"),
                PrincipalType="IAM_PATTERN",
                Condition=when_given(t, name),
            )
        )


def add_shares(t: Template, shelf: Shelf) -> None:
    """Add accounts to share with, each of which needs the launch roles; only the API shares with an organisation."""
    group = Group(t, "Sharing")
    for number in range(1, SHARES + 1):
        account = group.add(
            f"ShareWithAccount{number}",
            label=f"Account {number}",
            description="Optional. An account that imports the portfolio and has the launch roles.",
            default="",
            pattern=r"(\d{12})?",
            otherwise="must be empty or an account's 12 digits",
        )
        t.add_resource(
            PortfolioShare(
                f"Account{number}Share",
                PortfolioId=Ref(shelf.portfolio),
                AccountId=Ref(account),
                ShareTagOptions=True,
                Condition=when_given(t, account),
            )
        )
