"""Service Catalog, which the simulator lacks: a state of its own behind the real client.

Requests are built and validated by botocore before they come here, and what is answered must be of the shape that
botocore's model names, as with its Stubber.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel, StructureShape
from botocore.validate import validate_parameters

Answer = dict[str, Any]
_DAWN = datetime(2026, 1, 1, tzinfo=UTC)
_SIZE = 2  # of a page: small, so that every list has several


@dataclass
class Version:
    id: str
    name: str
    description: str
    url: str
    token: str
    active: bool = True
    guidance: str = "DEFAULT"
    status: str = "CREATING"
    created: datetime = _DAWN


@dataclass
class ServiceCatalog:
    """One account's Service Catalog. `slow` is how often a version is asked for before it is there.

    It answers nothing that deletes: whoever asks that, fails.
    """

    products: dict[str, str] = field(default_factory=dict)  # ID -> name
    versions: dict[str, list[Version]] = field(default_factory=dict)
    launched: list[tuple[str, str, str]] = field(default_factory=list)  # name, product, version's ID
    portfolios: dict[str, list[str]] = field(default_factory=dict)  # product -> portfolios
    shares: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # portfolio -> kind, principal
    share_errors: list[Answer] = field(default_factory=list)
    slow: int = 1
    ends: str = "AVAILABLE"
    calls: list[str] = field(default_factory=list)

    def product(self, name: str, *, portfolio: str = "port-1") -> str:
        product = f"prod-{len(self.products) + 1}"
        self.products[product] = name
        self.versions[product] = []
        self.portfolios[product] = [portfolio]
        return product

    def version(self, product: str, name: str, description: str = "") -> Version:
        """A version that is there already."""
        made = self._add(product, name, description, url="", token=name)
        made.status = "AVAILABLE"
        return made

    def shown(self, product: str) -> list[tuple[str, bool, str]]:
        """The versions as people see them: name, active, guidance."""
        return [(each.name, each.active, each.guidance) for each in self.versions[product]]

    def answer(self, model: OperationModel, params: Answer, **_: Any) -> tuple[AWSResponse, Answer]:
        """botocore's `before-call`: what is returned stands for what AWS would have answered."""
        self.calls.append(model.name)
        operation: Callable[[Answer], Answer] = getattr(self, f"_{model.name}")
        answer = operation(json.loads(params["body"]))
        assert isinstance(model.output_shape, StructureShape)
        validate_parameters(answer, model.output_shape)
        return AWSResponse("", 200, HTTPHeaders(), None), answer

    def _SearchProductsAsAdmin(self, request: Answer) -> Answer:
        views = [
            {"ProductViewSummary": {"Id": f"view-{product}", "ProductId": product, "Name": name}}
            for product, name in self.products.items()
        ]
        return _page(views, request, "ProductViewDetails")

    def _ListProvisioningArtifacts(self, request: Answer) -> Answer:
        return {"ProvisioningArtifactDetails": [_detail(each) for each in self.versions[request["ProductId"]]]}

    def _CreateProvisioningArtifact(self, request: Answer) -> Answer:
        product, token = request["ProductId"], request["IdempotencyToken"]
        made = next((each for each in self.versions[product] if each.token == token), None)
        wanted = request["Parameters"]
        if made is None:
            made = self._add(
                product, wanted["Name"], wanted["Description"], wanted["Info"]["LoadTemplateFromURL"], token
            )
        return {"ProvisioningArtifactDetail": _detail(made), "Info": {"TemplateUrl": made.url}, "Status": made.status}

    def _DescribeProvisioningArtifact(self, request: Answer) -> Answer:
        found = self._find(request)
        self.slow -= 1
        if self.slow < 0:
            found.status = self.ends
        return {"ProvisioningArtifactDetail": _detail(found), "Status": found.status}

    def _UpdateProvisioningArtifact(self, request: Answer) -> Answer:
        found = self._find(request)
        found.active = request.get("Active", found.active)
        found.guidance = request.get("Guidance", found.guidance)
        return {"ProvisioningArtifactDetail": _detail(found), "Status": found.status}

    def _SearchProvisionedProducts(self, request: Answer) -> Answer:
        assert request["AccessLevelFilter"] == {"Key": "Account", "Value": "self"}
        (query,) = request["Filters"]["SearchQuery"]
        found = [
            {"Name": name, "ProductId": product, "ProvisioningArtifactId": version}
            for name, product, version in self.launched
            if query == f"productId:{product}"
        ]
        return _page(found, request, "ProvisionedProducts")

    def _ListPortfoliosForProduct(self, request: Answer) -> Answer:
        found = [{"Id": each, "DisplayName": f"Portfolio {each}"} for each in self.portfolios[request["ProductId"]]]
        return _page(found, request, "PortfolioDetails")

    def _DescribePortfolioShares(self, request: Answer) -> Answer:
        found = [
            {"PrincipalId": principal, "Type": kind, "Accepted": True}
            for kind, principal in self.shares.get(request["PortfolioId"], [])
            if kind == request["Type"]
        ]
        return _page(found, request, "PortfolioShareDetails")

    def _CreatePortfolioShare(self, request: Answer) -> Answer:
        node = request["OrganizationNode"]
        self.shares.setdefault(request["PortfolioId"], []).append((node["Type"], node["Value"]))
        return {"PortfolioShareToken": "share-1"}

    def _DescribePortfolioShareStatus(self, request: Answer) -> Answer:
        assert request["PortfolioShareToken"] == "share-1"
        self.slow -= 1
        if self.slow >= 0:
            return {"Status": "IN_PROGRESS"}
        if self.share_errors:
            return {"Status": "COMPLETED_WITH_ERRORS", "ShareDetails": {"ShareErrors": self.share_errors}}
        return {"Status": "COMPLETED"}

    def _add(self, product: str, name: str, description: str, url: str, token: str) -> Version:
        number = len(self.versions[product]) + 1
        made = Version(f"pa-{number}", name, description, url, token, created=_DAWN + timedelta(days=number))
        self.versions[product].append(made)
        return made

    def _find(self, request: Answer) -> Version:
        return next(
            each for each in self.versions[request["ProductId"]] if each.id == request["ProvisioningArtifactId"]
        )


def _detail(version: Version) -> Answer:
    return {
        "Id": version.id,
        "Name": version.name,
        "Description": version.description,
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "CreatedTime": version.created,
        "Active": version.active,
        "Guidance": version.guidance,
    }


def _page(found: list[Answer], request: Answer, member: str) -> Answer:
    start = int(request.get("PageToken", 0))
    more = {"NextPageToken": str(start + _SIZE)} if len(found) > start + _SIZE else {}
    return {member: found[start : start + _SIZE], **more}
