"""Old versions: marked DEPRECATED, which hides nothing, or retired, which hides them from who launches anew.

CloudFormation can do neither, so this goes through the API for every product, however its versions were published.
(cloudformation-coverage-roadmap #1356)
"""

from __future__ import annotations

from collections.abc import Sequence

from builder.aws.account import Account
from builder.aws.catalog import products
from builder.aws.catalog.products import Version
from builder.problems import ExitCode, Failure, Problem


def deprecate(account: Account, product: str, found: Sequence[Version], keep: int) -> tuple[str, ...]:
    """Marks all but the newest `keep` active versions, of those given oldest first, DEPRECATED; those newly marked."""
    active = [version for version in found if version.active]
    marked = []
    for version in active[: max(0, len(active) - keep)]:
        if not version.deprecated:
            account.client("servicecatalog").update_provisioning_artifact(
                ProductId=product, ProvisioningArtifactId=version.id, Guidance="DEPRECATED"
            )
            marked.append(version.name)
    return tuple(marked)


def retire(
    account: Account, product: str, found: Sequence[Version], wanted: str, *, name: str, elsewhere: bool
) -> bool:
    """Deactivates the version `wanted`, unless it was; whether it did. What was launched from it keeps running.

    Raises Failure if there is no such version, if anything launched from it exists here, or if the product is shared
    with accounts that cannot be looked into from here, unless `elsewhere` says that somebody has looked.
    """
    version = next((each for each in found if each.name == wanted), None)
    if version is None:
        known = ", ".join(each.name for each in found) or "none"
        raise _refusal(name, wanted, "is no version of the product", f"choose one of: {known}")
    if not version.active:
        return False
    if using := products.users(account, product, version):
        what = f"is in use: {', '.join(using)}"
        raise _refusal(name, wanted, what, "update these products to another version first")
    shared = sorted(
        {
            each
            for portfolio in products.portfolios(account, product)
            for each in products.shared_with(account, portfolio.id)
        }
    )
    if shared and not elsewhere:
        what = f"may be in use where it cannot be seen from here: the portfolio is shared with {', '.join(shared)}"
        search = f"aws servicecatalog search-provisioned-products --filters SearchQuery=productId:{product}"
        raise _refusal(name, wanted, what, f"look there ({search}), then add --checked-elsewhere")
    account.client("servicecatalog").update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=version.id, Active=False
    )
    return True


def _refusal(name: str, version: str, what: str, fix: str) -> Failure:
    return Failure([Problem(file=name, key=version, what=what, fix=fix)], ExitCode.AWS_REFUSED)
