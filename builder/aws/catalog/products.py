"""Products as they stand in Service Catalog: found by their exact name, their versions, and who uses them.

What is asked here changes nothing. Where botocore has no paginator, pages are followed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from builder.aws.account import Account
from builder.aws.errors import code_of
from builder.problems import ExitCode, Failure, Problem

_PAGE = 20  # "PageSize" in the Service Catalog API reference: at most
_SHA256 = re.compile(r"\bsha256:([0-9a-f]{64})\b")
_SHARES = ("ACCOUNT", "ORGANIZATION", "ORGANIZATIONAL_UNIT", "ORGANIZATION_MEMBER_ACCOUNT")


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a product, which the API calls a provisioning artifact.

    `sha256` is that of its template, as its description tells it; empty where it tells none. The address that the API
    gives for a template is that of a copy, which says nothing of where it came from.
    """

    id: str
    name: str
    sha256: str
    active: bool
    deprecated: bool
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A portfolio, by its ID and the name that people see."""

    id: str
    name: str


def named(account: Account, name: str) -> tuple[str, ...]:
    """The IDs of the account's own products of exactly this name."""
    pages = account.client("servicecatalog").get_paginator("search_products_as_admin")
    found = pages.paginate(PaginationConfig={"PageSize": _PAGE}).search("ProductViewDetails[].ProductViewSummary")
    return tuple(sorted({each["ProductId"] for each in found if each and each["Name"] == name}))


def only(account: Account, name: str) -> str:
    """The ID of the one product of this name. Raises Failure, with the IDs, if there is none or are several."""
    found = named(account, name)
    if len(found) == 1:
        return found[0]
    place = f"Service Catalog of {account.number} in {account.region}"
    if found:
        what = f"is the name of {len(found)} products in {place}: {', '.join(found)}"
        fix = "rename all but the one that is meant"
    else:
        what = f"is no product in {place}"
        fix = "deploy the stack service-catalog, or create the product, or choose another --region"
    raise Failure([Problem(file=name, what=what, fix=fix)], ExitCode.AWS_REFUSED)


def maker(account: Account, product: str) -> str:
    """The name of the stack that a product was made by; empty when none made it."""
    try:
        found = account.client("cloudformation").describe_stack_resources(PhysicalResourceId=product)
    except ClientError as error:
        if code_of(error) == "ValidationError":  # how CloudFormation says that it knows no such resource
            return ""
        raise
    return next((each["StackName"] for each in found["StackResources"]), "")


def versions(account: Account, product: str) -> tuple[Version, ...]:
    """The versions of a product, oldest first."""
    # It has no pages: a product has at most a hundred.
    found = account.client("servicecatalog").list_provisioning_artifacts(ProductId=product)
    made = [
        Version(
            id=each["Id"],
            name=each["Name"],
            sha256=_told(each.get("Description", "")),
            active=each["Active"],
            deprecated=each.get("Guidance") == "DEPRECATED",
            created=each["CreatedTime"],
        )
        for each in found["ProvisioningArtifactDetails"]
    ]
    return tuple(sorted(made, key=lambda each: (each.created, each.id)))


def users(account: Account, product: str, version: Version) -> tuple[str, ...]:
    """The names of what people have launched of a version, in this account and Region."""
    pages = _pages(
        account,
        "search_provisioned_products",
        "ProvisionedProducts",
        AccessLevelFilter={"Key": "Account", "Value": "self"},
        Filters={"SearchQuery": [f"productId:{product}"]},
    )
    return tuple(sorted(each["Name"] for each in pages if each.get("ProvisioningArtifactId") == version.id))


def portfolios(account: Account, product: str) -> tuple[Portfolio, ...]:
    """The portfolios that a product is in."""
    pages = account.client("servicecatalog").get_paginator("list_portfolios_for_product")
    found = pages.paginate(ProductId=product).search("PortfolioDetails[]")
    return tuple(Portfolio(id=each["Id"], name=each["DisplayName"]) for each in found if each)


def shared_with(account: Account, portfolio: str) -> tuple[str, ...]:
    """The accounts, organisational units and organisations that a portfolio is shared with."""
    found = [
        each["PrincipalId"]
        for kind in _SHARES
        for each in _pages(
            account, "describe_portfolio_shares", "PortfolioShareDetails", PortfolioId=portfolio, Type=kind
        )
    ]
    return tuple(sorted(set(found)))


def described(description: str, sha256: str) -> str:
    """A version's description with what `versions` reads its content from."""
    return f"{description} sha256:{sha256}".lstrip()


def _told(description: str) -> str:
    found = _SHA256.search(description)
    return found[1] if found else ""


def _pages(account: Account, operation: str, member: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The members of every page of an operation that takes and gives page tokens."""
    call = getattr(account.client("servicecatalog"), operation)
    token: dict[str, str] = {}
    while True:
        answer = call(**arguments, **token)
        yield from answer[member]
        if not answer.get("NextPageToken"):
            return
        token = {"PageToken": answer["NextPageToken"]}
