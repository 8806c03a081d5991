"""Copies of this project to measure in, so that caches can be emptied and stacks added."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
_COPIED = ("builder", "catalog", "templates", "params", "dist", "docs", "build.py", "pyproject.toml")
_STACK = '''"""Topic {number}."""

from troposphere import Parameter, Ref, Template
from troposphere.sns import Topic

REGIONS = ("eu-west-1",)


def build() -> Template:
    t = Template(Description="Topic {number}")
    suffix = t.add_parameter(Parameter("EnvironmentSuffix", Type="String", Default="dev"))
    for number in range(10):
        t.add_resource(Topic(f"Topic{{number}}", DisplayName=Ref(suffix)))
    return t
'''


@contextmanager
def copy() -> Iterator[Path]:
    """This project in a temporary folder, built, with nothing cached."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        root.mkdir()
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.is_file():
                shutil.copy(source, root / name)
        subprocess.run([PYTHON, "build.py", "build", "--no-lint"], cwd=root, check=True, capture_output=True)
        yield root


@contextmanager
def generated(stacks: int, parameter_files: int) -> Iterator[Path]:
    """A project of so many small stacks of ten resources, with so many parameter files for the first of them."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(ROOT / "builder", root / "builder", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "build.py", root)
        modules = root / "templates" / "stacks"
        modules.mkdir(parents=True)
        for package in (modules.parent, modules):
            (package / "__init__.py").write_text("")
        for number in range(1, stacks + 1):
            (modules / f"topic_{number}.py").write_text(_STACK.format(number=number))
        values = root / "params" / "topic-1"
        values.mkdir(parents=True)
        for number in range(parameter_files):
            (values / f"e{number}.json").write_text(json.dumps([f"EnvironmentSuffix=e{number}"]))
        yield root


def large(cidr: str, prefix: str = "") -> dict[str, Any]:
    """A template of 500 resources that take from each other: as many as CloudFormation admits."""
    found: dict[str, Any] = {}
    for number in range(100):
        vpc, role = f"{prefix}Vpc{number}", f"{prefix}Role{number}"
        found[vpc] = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}
        found[f"{prefix}Subnet{number}"] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": vpc}, "CidrBlock": "10.0.1.0/24"},
        }
        rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": cidr}
        found[f"{prefix}Group{number}"] = {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "d", "VpcId": {"Ref": vpc}, "SecurityGroupIngress": [rule]},
        }
        found[role] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": []}}}
        found[f"{prefix}Topic{number}"] = {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::GetAtt": [role, "Arn"]}},
        }
    return {"Resources": found}
