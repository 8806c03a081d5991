"""Sharing a portfolio with an organisation or a unit of it: CloudFormation shares with single accounts only."""

from __future__ import annotations

import re
import time

from builder.aws.account import Account
from builder.aws.catalog import products
from builder.problems import ExitCode, Failure, Problem

PATIENCE = 600  # s; a share with an organisation reaches every account of it
PAUSE = 5  # s

_NODE = re.compile(r"(?P<organisation>o-[a-z0-9]{10,32})|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}")


def share(account: Account, product: str, node: str, *, name: str) -> bool:
    """Shares the product's portfolio with an organisation (o-...) or a unit of it (ou-...); whether it was not yet.

    The account must be the organisation's own, or its delegated administrator for Service Catalog. Raises Failure if
    `node` is none, if the product is not in one portfolio, or if a share cannot be made for every account.
    """
    found = _NODE.fullmatch(node)
    if found is None:
        what, fix = f"is {node!r}, no organisation or unit", "give an ID such as o-abcdef1234 or ou-ab12-cdef3456"
        raise Failure([Problem(file="--share-org", what=what, fix=fix)], ExitCode.USAGE)
    portfolios = products.portfolios(account, product)
    if len(portfolios) != 1:
        names = ", ".join(f"{each.name} ({each.id})" for each in portfolios) or "none"
        what, fix = f"is not in one portfolio but in: {names}", "put it into one, or share the others by hand"
        raise Failure([Problem(file=name, what=what, fix=fix)], ExitCode.AWS_REFUSED)
    portfolio = portfolios[0].id
    if any(each.rpartition("/")[2] == node for each in products.shared_with(account, portfolio)):  # IDs or ARNs
        return False
    kind = "ORGANIZATION" if found["organisation"] else "ORGANIZATIONAL_UNIT"
    # With the tag options, which the constraints of the portfolio count on; the principals are each account's own.
    made = account.client("servicecatalog").create_portfolio_share(
        PortfolioId=portfolio, OrganizationNode={"Type": kind, "Value": node}, ShareTagOptions=True
    )
    undo = (
        f"aws servicecatalog delete-portfolio-share --portfolio-id {portfolio} --organization-node"
        f" Type={kind},Value={node}"
    )
    _wait(account, made["PortfolioShareToken"], portfolios[0].name, undo)
    return True


def _wait(account: Account, token: str, portfolio: str, undo: str) -> None:
    """Waits until every account has the share. `undo` takes it back: to share once more would have no effect."""
    began = time.monotonic()
    while True:
        answer = account.client("servicecatalog").describe_portfolio_share_status(PortfolioShareToken=token)
        status = answer["Status"]
        if status == "COMPLETED":
            return
        if status in ("COMPLETED_WITH_ERRORS", "ERROR"):
            errors = answer.get("ShareDetails", {}).get("ShareErrors", [])
            told = "; ".join(f"{', '.join(each['Accounts'])}: {each['Message']}" for each in errors) or status
            fix = f"put right what it names, take the share back ({undo}), then share again"
            raise Failure([Problem(file=portfolio, what=f"could not be shared: {told}", fix=fix)], ExitCode.AWS_REFUSED)
        if time.monotonic() - began > PATIENCE:
            what = f"is still being shared after {PATIENCE} s"
            fix = f"follow it: aws servicecatalog describe-portfolio-share-status --portfolio-share-token {token}"
            raise Failure([Problem(file=portfolio, what=what, fix=fix)], ExitCode.AWS_REFUSED)
        time.sleep(PAUSE)
