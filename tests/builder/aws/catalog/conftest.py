"""A project with a product and a portfolio, beside a simulated account that has a Service Catalog."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from textwrap import dedent
from typing import Any

import pytest
from botocore.model import OperationModel

from builder import build, write
from builder.aws import account
from builder.aws.catalog import api, publish, sharing
from tests.builder.aws.catalog.service_catalog import ServiceCatalog
from tests.builder.aws.conftest import TOPIC, Site
from tests.conftest import Outcome

# The portfolio of these tests: a resource for each version of catalog/versions.json.
PORTFOLIO = """
    import json
    from pathlib import Path
    from troposphere.cloudformation import WaitConditionHandle
    ledger = Path(__file__).parents[2] / "catalog/versions.json"
    for number, entry in enumerate(json.loads(ledger.read_text()) if ledger.exists() else []):
        template.add_resource(WaitConditionHandle(f"Version{number}", Metadata=entry))
    template.add_resource(WaitConditionHandle("Portfolio"))
    template.add_parameter(Parameter("ArtifactBucket", Type="String", Default="artifacts"))
"""
PUBLISH = ("publish", "small", "--bucket", "artifacts")


class Killed(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Life:
    """Ends the process after so many steps, a step being a call of AWS or the writing of files; 0 for never."""

    ends_after: int = 0
    steps: int = 0

    def step(self, **_: Any) -> None:
        self.steps += 1
        if self.steps == self.ends_after:
            raise Killed


@dataclass
class Shop:
    """What these tests publish from, and where to."""

    site: Site
    catalog: ServiceCatalog = field(default_factory=ServiceCatalog)
    life: Life = field(default_factory=Life)
    refused: dict[str, Exception] = field(default_factory=dict)  # operation -> what is said

    def answered(self, model: OperationModel, **_: Any) -> None:
        if model.name in self.refused:
            raise self.refused[model.name]

    def change(self, word: str) -> None:
        """Gives the product other content."""
        self.site.built("small", TOPIC.replace('"one"', f'"{word}"'))

    def publish(self, version: str, *options: str) -> Outcome:
        return self.site.run(*PUBLISH, "--version", version, *options)

    def run(self, *options: str) -> Outcome:
        return self.site.run("publish", "small", *options)

    def ledger(self) -> list[dict[str, str]]:
        path = self.site.project.root / "catalog/versions.json"
        found: list[dict[str, str]] = json.loads(path.read_text()) if path.exists() else []
        return found

    def objects(self) -> dict[str, bytes]:
        """What is in the bucket."""
        s3 = self.site.aws.client("s3")
        listed = s3.list_objects_v2(Bucket="artifacts").get("Contents", [])
        return {each["Key"]: s3.get_object(Bucket="artifacts", Key=each["Key"])["Body"].read() for each in listed}

    def portfolio(self) -> list[dict[str, str]]:
        """The versions that the portfolio's template in dist/ has."""
        resources = self.site.project.template("service-catalog")["Resources"]
        return [body["Metadata"] for body in resources.values() if "Metadata" in body]

    def state(self) -> object:
        """All that publishing may change."""
        return self.objects(), self.ledger(), self.portfolio(), self.catalog.versions


@pytest.fixture
def shop(site: Site, monkeypatch: pytest.MonkeyPatch) -> Shop:
    made = Shop(site)
    _connect(made, monkeypatch)
    _count_writes(made, monkeypatch)
    for module in (api, sharing):
        monkeypatch.setattr(module, "PAUSE", 0)
    # cfn-lint has its own tests, and takes seconds.
    monkeypatch.setattr(publish, "build", partial(build.build, lint=False))
    site.bucket()
    site.project.stack("service-catalog", dedent(PORTFOLIO))
    made.change("one")
    return made


def _connect(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every client ends with the process; that of Service Catalog is answered here."""
    make: Callable[..., Any] = account._client

    def client(session: Any, service: str, *place: str) -> Any:
        made = make(session, service, *place)
        if service == "servicecatalog":
            made.meta.events.register("before-call.service-catalog.*", shop.catalog.answer)
        made.meta.events.register("before-call.*.*", shop.answered)
        made.meta.events.register("after-call.*.*", shop.life.step)
        return made

    monkeypatch.setattr(account, "_client", client)


def _count_writes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(*arguments: Any, **options: Any) -> None:
        write.write(*arguments, **options)
        shop.life.step()

    monkeypatch.setattr(publish, "write", written)
    monkeypatch.setattr("builder.build.write", written)
