"""The checks as rules of cfn-lint, and as the build judges its environments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from builder.checks import RULES
from builder.checks.adapter import matches
from builder.checks.catalogue import CHECKS
from tests.builder.checks.checking import read
from tests.conftest import Project

ALERTS = read("alerts").replace("MetricName: CPUUtilization", "MetricName: CpuUtilization")


class Template:
    """As much of cfn-lint's Template as the adapter looks at."""

    def __init__(self, file: Path | None, template: Any = None, regions: tuple[str, ...] = ("eu-west-1",), *sets: Any):
        self.filename = None if file is None else str(file)
        self.template = template or {}
        self.regions = regions
        self.context = type("Context", (), {"parameter_sets": [type("Set", (), {"parameters": each}) for each in sets]})


def written(tmp_path: Path, text: str, name: str = "t.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_anyone_can_append_the_rules_to_cfn_lint_from_anywhere(tmp_path: Path) -> None:
    path = written(tmp_path, ALERTS)
    cfn_lint = str(Path(sys.executable).with_name("cfn-lint"))
    command = [cfn_lint, "--format", "json", "--append-rules", str(RULES), "--", str(path)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    (match,) = [each for each in json.loads(ran.stdout) if each["Rule"]["Id"] == "E9161"]
    assert "did you mean CPUUtilization?" in match["Message"]
    assert match["Location"]["Path"] == ["Resources", "Alarm", "Properties", "MetricName"]
    assert ALERTS.splitlines()[match["Location"]["Start"]["LineNumber"] - 1].strip() == "MetricName: CpuUtilization"


def test_every_check_is_a_rule_with_its_reason_and_source() -> None:
    from cfnlint.helpers import load_plugins

    rules = {rule.id: rule for rule in load_plugins(str(RULES))}  # type: ignore[no-untyped-call]
    assert set(rules) == {"E9100", *(check.id for check in CHECKS)}
    assert all(rules[check.id].shortdesc == check.reason for check in CHECKS)
    assert all(rules[check.id].source_url == check.source for check in CHECKS)


def test_a_template_is_judged_for_each_parameter_set(tmp_path: Path) -> None:
    text = """
Parameters: {Days: {Type: Number, Default: 7}, Zones: {Type: CommaDelimitedList, Default: a}}
Resources:
  Database: {Type: AWS::RDS::DBInstance, Properties: {BackupRetentionPeriod: !Ref Days}}
"""
    path = written(tmp_path, text)
    assert "E9133" not in matches(Template(path))
    sets: tuple[Any, ...] = ({"Days": 7}, {"Days": 40, "Zones": ["a", "b"], "Strange": None}, {"Days": "41"})
    found = matches(Template(path, None, ("eu-west-1",), *sets))["E9133"]
    assert [message.split(" days")[0] for _, message in found] == ["40", "41"]


def test_values_that_only_a_deployment_gives_are_made_up_by_their_type(tmp_path: Path) -> None:
    text = """
Parameters:
  Subnet1: {Type: "AWS::EC2::Subnet::Id"}
  Subnet2: {Type: "AWS::EC2::Subnet::Id"}
  Zone: {Type: "AWS::EC2::AvailabilityZone::Name"}
  Zones: {Type: "List<AWS::EC2::AvailabilityZone::Name>"}
  Size: {Type: Number, MinValue: 400}
  Kind: {Type: String, AllowedValues: [gp3]}
  Topic: {Type: String, AllowedPattern: "arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+"}
  Word: {Type: String, AllowedPattern: "[a-z]{3}"}
  Odd: {Type: String, AllowedPattern: "(?!)"}
  Any: {Type: String}
  Strange: {Type: Strange}
Resources:
  Group:
    Type: AWS::RDS::DBSubnetGroup
    Properties: {SubnetIds: [!Ref Subnet1, !Ref Subnet2], DBSubnetGroupDescription: !Sub "${Word}${Odd}${Any}"}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !ImportValue theirs, AvailabilityZone: !Ref Zone, CidrBlock: 10.0.0.0/24}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {EvaluationPeriods: 1, ComparisonOperator: GreaterThanThreshold, AlarmActions: [!Ref Topic]}
  Disk:
    Type: AWS::EC2::Volume
    Properties: {AvailabilityZone: !Select [0, !Ref Zones], Size: !Ref Size, VolumeType: !Ref Kind}
"""
    found = matches(Template(written(tmp_path, text), None, ("eu-west-1", "us-gov-west-1")))
    assert set(found) == {"W9231", "W9232"}  # the disk; nothing about made-up values


def test_what_cannot_be_rendered_is_left_to_cfn_lint(tmp_path: Path) -> None:
    path = written(tmp_path, "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}")
    assert matches(Template(path)) == {}


def test_a_template_without_a_file_is_judged_as_cfn_lint_has_read_it() -> None:
    found = matches(Template(None, {"Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}}}))
    assert [path for path, _ in found["W9182"]] == [["Resources", "Log"]]


def test_findings_in_a_nested_template_name_its_file(tmp_path: Path) -> None:
    written(tmp_path, "Resources: {Log: {Type: AWS::Logs::LogGroup}}", "child.yaml")
    stack = "Resources: {Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}"
    found = matches(Template(written(tmp_path, stack)))
    assert found["W9182"] == [
        ([], "child.yaml: Resources.Log.Properties: keeps its logs for ever; fix: give RetentionInDays")
    ]


def test_verdicts_are_made_once_for_all_rules(tmp_path: Path) -> None:
    template = Template(written(tmp_path, ALERTS))
    assert matches(template) is matches(template)


DAYS = """
from troposphere.rds import DBInstance
days = template.add_parameter(Parameter("Days", Type="Number", Default=7))
template.add_resource(DBInstance(
    "Database", DBInstanceClass="db.m6g.large", Engine="postgres", AllocatedStorage="20", StorageEncrypted=True,
    DeletionPolicy="Snapshot", UpdateReplacePolicy="Snapshot", MasterUsername="keeper", ManageMasterUserPassword=True,
    BackupRetentionPeriod=Ref(days)))
"""


@pytest.fixture
def unlinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """cfn-lint finds nothing: it takes seconds, and is not what is tried here."""
    monkeypatch.setattr("builder.lint_pool.run", lambda regions, texts, rules: iter((name, ()) for name in regions))


def test_the_build_judges_every_environment_and_names_those_that_are_wrong(project: Project, unlinted: None) -> None:
    project.stack("data", DAYS, regions=("eu-west-1", "us-gov-west-1"))
    project.params("data", "dev", ["Days=0"])
    for environment in ("prod", "staging"):
        project.params("data", environment, ["Days=45"])
    outcome = project.run("build")
    assert outcome.code == 1
    assert (
        "dist/data.json: Resources.Database.Properties.BackupRetentionPeriod: E9133 45 days is outside 0 to 35 "
        "(in prod, staging); fix: give 0 to 35"
    ) in outcome.err
    assert "(in dev" not in outcome.err
    assert not (project.root / "dist").exists()


def test_an_environment_found_clean_is_not_judged_again_until_something_changes(
    project: Project, unlinted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.stack("data", DAYS)
    project.params("data", "dev", ["Days=0"])
    assert project.run("build").code == 0
    with monkeypatch.context() as patch:
        patch.setattr("builder.checks.judge.judge", lambda *arguments, **named: pytest.fail("was judged again"))
        assert project.run("build").code == 0
    project.params("data", "dev", ["Days=45"])
    assert project.run("build").code == 1


def test_a_parameter_file_that_is_wrong_is_told_once_and_not_judged(project: Project, unlinted: None) -> None:
    project.stack("data", DAYS)
    project.write("params/data/dev.json", "[")
    project.params("data", "prod", ["Days=many"])
    outcome = project.run("build")
    assert outcome.err.count("params/data/dev.json") == 1
    assert "E9" not in outcome.err


def test_what_cfn_lint_has_told_is_not_told_again(project: Project) -> None:
    from builder.assemble import assemble
    from builder.checks.environments import problems
    from builder.problems import Problem

    project.stack("data", DAYS)
    project.params("data", "dev", ["Days=45"])
    (found,) = problems(assemble(project.root))
    what = found.what.removesuffix(" (in dev)")
    told = [Problem(file="dist/data.json:7", key=found.key, what=f"{what}; fix: {found.fix}", fix="change it")]
    assert list(problems(assemble(project.root), told)) == []
