"""Launch roles: with them Service Catalog deploys a product, so that whoever launches it needs no rights of their own.

Their policies are derived from the products' templates; they name the stacks that Service Catalog makes, which begin
with `SC-`. In a portfolio that is shared, each account has the roles under the same names: a launch constraint names
one by name alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troposphere import Ref, Sub, Template
from troposphere.iam import ManagedPolicy, Role

from templates.environment import Environment
from templates.permissions import Policies
from templates.policy import for_account, trust
from templates.portfolio_products import PRODUCTS, Product

_PLACE = "${AWS::"


def add_launch_roles(
    t: Template, environment: Environment, permissions: Mapping[str, Policies], accounts: Sequence[Any]
) -> dict[Product, Role]:
    """Add the launch role of every product, with its managed policies; `accounts` are those that Service Catalog may
    act for when it assumes one."""
    return {product: _add_role(t, environment, product, permissions[product.stack], accounts) for product in PRODUCTS}


def role_name(environment: Environment, product: Product) -> Sub:
    """The name of a product's launch role in every account: 63 characters at the most, of the 64 that IAM takes."""
    return environment.name(f"{{}}-{product.stack}-role")


def _add_role(
    t: Template, environment: Environment, product: Product, policies: Policies, accounts: Sequence[Any]
) -> Role:
    attached = [
        t.add_resource(
            ManagedPolicy(
                f"{product.title}LaunchPolicy{number}",
                PolicyDocument={"Version": "2012-10-17", "Statement": [_placed(each) for each in policy]},
            )
        )
        for number, policy in enumerate(policies, start=1)
    ]
    return t.add_resource(
        Role(
            f"{product.title}LaunchRole",
            RoleName=role_name(environment, product),
            AssumeRolePolicyDocument=trust("servicecatalog.amazonaws.com", when=[for_account(*accounts)]),
            ManagedPolicyArns=[Ref(policy) for policy in attached],
            Tags=environment.tags(),
        )
    )


def _placed(node: Any) -> Any:
    """Derived text with pseudo-parameters, as CloudFormation fills them in."""
    if isinstance(node, dict):
        return {key: _placed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_placed(each) for each in node]
    return Sub(node) if _PLACE in node else node
