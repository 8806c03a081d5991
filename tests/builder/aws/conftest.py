"""A project beside a simulated account: what a person at a shell has."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import botocore.session
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from simulator import Aws
from simulator.account import ACCESS_KEY, SECRET_KEY
from tests.conftest import REPOSITORY, Outcome, Project

SUFFIX = 'suffix = template.add_parameter(Parameter("EnvironmentSuffix", Type="String", Default="dev"))'
# Something that an update can change and that costs nothing to make.
TOPIC = """
    from troposphere.sns import Topic
    show = template.add_parameter(Parameter("Show", Type="String", Default="one"))
    template.add_resource(Topic("Alerts", DisplayName=Ref(show)))
"""
# Something with a name of its own that outlives its stack.
LOG_GROUP = """
    from troposphere.logs import LogGroup
    from troposphere import Sub
    template.add_resource(
        LogGroup(
            "Records",
            LogGroupName=Sub("/records/${EnvironmentSuffix}"),
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
        )
    )
"""


def body(*parts: str) -> str:
    """The body of a stack's build(): each part dedented, the parameter EnvironmentSuffix before them."""
    return "\n".join([SUFFIX, *(dedent(part).strip() for part in parts)])


@dataclass(frozen=True)
class Site:
    """A project, and the account that it is deployed to."""

    project: Project
    aws: Aws

    @property
    def cloudformation(self) -> Any:
        return self.aws.client("cloudformation")

    def run(self, *arguments: str) -> Outcome:
        """A command line of build.py that talks to the simulated account."""
        return self.project.run(*arguments, "--endpoint-url", self.aws.endpoint)

    def deploy(self, stack: str, *options: str, env: str = "dev") -> Outcome:
        return self.run("deploy", stack, "--env", env, *options)

    def built(self, name: str, *parts: str, params: Mapping[str, str] | None = None) -> None:
        """A stack of this body, built, with a parameter file for dev that leaves nothing out."""
        self.project.stack(name, body(*parts))
        (self.project.root / f"params/{name}/dev.json").unlink(missing_ok=True)
        assert self.project.run("build", "--no-lint").code == 0
        declared = self.project.template(name)["Parameters"]
        values = {key: node["Default"] for key, node in declared.items() if "NoEcho" not in node} | dict(params or {})
        self.project.params(name, "dev", [f"{key}={value}" for key, value in values.items()])

    def create(self, name: str, stack_name: str = "") -> str:
        """Makes a stack with the template as it is built, and the defaults, without the AWS CLI; its ID."""
        template = (self.project.root / f"dist/{name}.json").read_text()
        for nested in re.findall(r'"\./([a-z-]+\.json)"', template):
            s3, bucket = self.aws.client("s3"), self.bucket()
            s3.put_object(Bucket=bucket, Key=nested, Body=(self.project.root / "dist" / nested).read_bytes())
            template = template.replace(f"./{nested}", f"{self.aws.endpoint}/{bucket}/{nested}")
        stack_name = stack_name or f"{name}-dev"
        made = self.cloudformation.create_stack(StackName=stack_name, TemplateBody=template)
        assert self.status(stack_name) == "CREATE_COMPLETE"
        return str(made["StackId"])

    def protect(self, stack_name: str, on: bool = True) -> None:
        """Switches termination protection."""
        self.cloudformation.update_termination_protection(StackName=stack_name, EnableTerminationProtection=on)

    def real(self) -> None:
        """The stacks and parameter files of this repository, built."""
        (self.project.root / "templates/__init__.py").unlink()
        (self.project.root / "templates").rmdir()
        for name in ("templates", "params"):
            (self.project.root / name).symlink_to(REPOSITORY / name)
        assert self.project.run("build", "--no-lint").code == 0

    def bucket(self) -> str:
        """A bucket for templates."""
        self.aws.client("s3").create_bucket(Bucket="artifacts")
        return "artifacts"

    def status(self, name: str) -> str:
        return str(self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


@pytest.fixture(autouse=True)
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models of AWS's services are read once, not once a command."""
    monkeypatch.setattr(botocore.session, "create_loader", _loader)


_loader = cache(botocore.session.create_loader)


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch, aws_cli: Path) -> None:
    """A shell signed in to the simulated account, and to nothing else."""
    monkeypatch.setattr("sys.executable", str(aws_cli.with_name("python")))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    settings = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def site(project: Project, aws: Aws) -> Site:
    return Site(project, aws)


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes one operation of AWS's, by its name in the API, answer with an error instead."""
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    answers: dict[str, Exception] = {}

    def call(self: BaseClient, operation: str, arguments: Any) -> Any:
        if operation in answers:
            raise answers[operation]
        return original(self, operation, arguments)

    def refuse(operation: str, code: str, message: str = "No.") -> None:
        answers[operation] = ClientError({"Error": {"Code": code, "Message": message}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return refuse
