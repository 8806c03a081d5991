"""Every command of every runbook, in order: parsed by the pinned AWS CLI, by our own command line or against
the Makefile, and run on the simulator where that can serve it.

The variables are those that the runbooks set, from a stack that is deployed there. Where the simulator has no answer,
an example of AWS's stands for it, so that the commands that follow can be read.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import click
import pytest

from builder import layout, params
from builder.cli import cli
from simulator import Aws
from simulator.environment import child_environment
from simulator.standin_databases import stand_in_databases
from simulator.standins import stand_in
from tests.conftest import REPOSITORY
from tests.runbooks.aws_cli import AwsCli, in_process
from tests.runbooks.pages import INDEX, VARIABLE, Line, page, pages
from tests.simulator.products import built

STACK, ENV = "rds-high-availability-existing-vpc", "prod"
INSTANCE = "postgres-tap-prod"
BESIDE = (
    "rds-alert-path",
    "rds-archive",
    "rds-cluster",
    "rds-high-availability-own-secret",
    "rds-operations",
    "rds-proxy",
    "rds-read-replica",
    "rds-restore",
    "rds-restore-tests",
)
# A database of another name, and a replica of another Region's, as RDS keeps the password of the one here.
CHANGED: Mapping[str, dict[str, str]] = {
    "rds-high-availability-own-secret": {"EnvironmentSuffix": "other"},
    "rds-read-replica": {"SourceDatabaseArn": f"arn:aws:rds:eu-west-1:123456789012:db:{INSTANCE}"},
}

# What else may stand in a block of shell; whether it is right is not judged here.
OTHERS = ("jq", "pg_dump", "psql")

# What stands for the output of the command before.
PIPED = "piped"

# Values that a person is to replace by their own, and what the tests put there.
OWN: Mapping[tuple[str, str], str] = {
    ("adopt-an-existing-instance.md", "INSTANCE"): INSTANCE,
    ("adopt-an-existing-instance.md", "STACK"): "orders",
    ("promote-from-another-region.md", "SOURCE"): INSTANCE,
}

# Service and operation that neither moto nor our own engine has: only parsed and validated.
NOT_SERVED = frozenset(
    {
        "backup DescribeRegionSettings",
        "backup ListBackupJobs",
        "backup ListCopyJobs",
        "backup ListRestoreJobs",
        "backup StartBackupJob",
        "backup DisassociateRecoveryPoint",
        "cloudformation DetectStackDrift",
        "cloudwatch DescribeAlarmHistory",
        "pi DescribeDimensionKeys",
        "rds DescribeCertificates",
        "rds DescribeDBEngineVersions",
        "rds DescribePendingMaintenanceActions",
        "stepfunctions GetExecutionHistory",
    }
)
# The simulator has a database in one Region, and goes one of two ways where a runbook offers both.
ELSEWHERE = frozenset({"us-west-2", "--delete-target"})

# What a variable is given where the simulator has nothing to give: no execution, no backup, no deleted stack.
EXAMPLES: Mapping[str, str] = {
    "BACKUPS": "arn:aws:rds:us-west-2:123456789012:auto-backup:ab-abcdefghijklmnopqrstuvwxyz",
    "CONTINUOUS": "arn:aws:backup:us-east-1:123456789012:recovery-point:continuous:db-an-example-1a2b3c4d",
    "EXECUTION": "arn:aws:states:us-east-1:123456789012:execution:tap-prod-FailoverDrill:1a2b3c4d",
    "OWNER": "arn:aws:backup:us-east-1:123456789012:recovery-point:continuous:db-an-example-1a2b3c4d",
    "PARAMETER_GROUP": "rds-high-availability-existing-vpc-prod-databaseparametergroup-1a2b3c4d",
    "ROLE": "arn:aws:iam::123456789012:role/an-example",
    "SECURITY_GROUP": "sg-0123456789abcdef0",
    "SNAPSHOT": "rds-high-availability-existing-vpc-prod-snapshot-database-1a2b3c4d",
    "SUBNET_GROUP": "rds-high-availability-existing-vpc-prod-databasesubnetgroup-1a2b3c4d",
}


@dataclass
class Shell:
    """Reads the lines of runbooks one after the other, keeping variables as a shell does."""

    cli: AwsCli
    variables: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def read(self, line: Line) -> None:
        if missing := [name for name in VARIABLE.findall(line.text) if name not in self.variables]:
            self.wrong.append(f"{line}: {', '.join(missing)} is not set before")
            return
        text = VARIABLE.sub(lambda match: self.variables[match[1]], line.text)
        if line.is_value:
            self.variables[line.sets] = OWN.get((line.page, line.sets), text)
            return
        for words in piped(text):
            self._run(line, words)

    def _run(self, line: Line, words: Sequence[str]) -> None:
        if words[0] == "aws":
            self._aws(line, words[1:])
        elif words[0] == "make":
            self._complain(line, make_mistake(words[1:]))
        elif words[:2] == [".venv/bin/python", "build.py"]:
            self._complain(line, build_mistake(words[2:]))
        elif words[0] not in OTHERS:
            self._complain(line, f"{words[0]} is none of aws, make, build.py, {', '.join(OTHERS)}")

    def _aws(self, line: Line, words: Sequence[str]) -> None:
        done = self.cli.run(words)
        self._complain(line, done.err.strip() if done.code else "")
        if line.sets:
            captured = done.out.strip()
            known = captured if captured not in ("", "None") else EXAMPLES.get(line.sets, "")
            self._complain(line, "" if known else f"gives {line.sets} nothing, and EXAMPLES has nothing for it")
            self.variables[line.sets] = known

    def _complain(self, line: Line, mistake: str) -> None:
        if mistake:
            self.wrong.append(f"{line}: {mistake}")


def piped(text: str) -> Iterator[Sequence[str]]:
    """The words of a command, or of each in a pipe.

    Nothing goes through the pipe: what a command reads from the one before is a word that stands for it.
    """
    parts = shlex.shlex(text, posix=True, punctuation_chars="|")
    parts.whitespace_split = True
    parts.commenters = ""
    for is_pipe, words in groupby(parts, "|".__eq__):
        if not is_pipe:
            yield [PIPED if word == "file:///dev/stdin" else word for word in words]


def make_mistake(words: Sequence[str]) -> str:
    """What is wrong with the arguments of make; empty for nothing."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    target, *settings = words
    rule = re.search(rf"^{re.escape(target)}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    if rule is None:
        return f"there is no target {target}"
    given = {each.partition("=")[0] for each in settings}
    needed = set(re.findall(r"need,(\w+)", rule[1]))
    known = needed | set(re.findall(r"\$\(([A-Z]+)\)", rule[1]))
    if needed - given:
        return f"{target} needs {', '.join(sorted(needed - given))}"
    return f"{target} does not read {', '.join(sorted(given - known))}" if given - known else ""


def build_mistake(words: Sequence[str]) -> str:
    """What our own command line says of arguments that it does not take; empty for nothing."""
    name, *arguments = words
    try:
        context = click.Context(cli, obj=REPOSITORY)
        command = cli.get_command(context, name)
        assert command is not None
        command.make_context(name, list(arguments), parent=context)
    except click.ClickException as error:
        return error.format_message()
    return ""


def serves(service: str, operation: str, words: Sequence[str]) -> bool:
    """Whether the simulator is asked."""
    return f"{service} {operation}" not in NOT_SERVED and not ELSEWHERE.intersection(words)


@pytest.fixture(scope="module")
def deployed(simulated: Aws) -> Aws:
    """An account with a database of production in it and all that may stand beside it, as the runbooks presuppose."""
    simulated.reset()
    cloudformation = simulated.client("cloudformation")
    for stack in (STACK, *BESIDE):
        values = params.read(REPOSITORY / f"params/{stack}/{ENV}.json") | CHANGED.get(stack, {})
        values, _ = stand_in(simulated.client("ec2"), values)
        stand_in_databases(simulated, values)
        cloudformation.create_stack(
            StackName=f"{stack}-{ENV}",
            TemplateBody=layout.text(built(stack)),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        assert simulated.stack(f"{stack}-{ENV}").status == "CREATE_COMPLETE"
    return simulated


@pytest.fixture(scope="module")
def signed_in(deployed: Aws) -> Iterator[AwsCli]:
    """The AWS CLI, signed in to that account."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in child_environment(deployed.endpoint, deployed.region, deployed.home).items():
            patch.setenv(name, value)
        with in_process(deployed.endpoint, deployed.region, serves) as started:
            yield started


@pytest.fixture
def shell(signed_in: AwsCli, deployed: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A person's shell in a folder where `import-map` wrote something to import."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / f".cache/import-map/orders-{ENV}"
    folder.mkdir(parents=True)
    group = {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "Properties": {"LogGroupName": "/orders"}}
    named = {"ResourceType": group["Type"], "LogicalResourceId": "Log", "ResourceIdentifier": group["Properties"]}
    (folder / "template.json").write_text(json.dumps({"Resources": {"Log": group}}))
    (folder / "resources.json").write_text(json.dumps([named]))
    return Shell(signed_in)


def test_every_command_is_one_that_its_program_takes_and_the_simulator_obeys(shell: Shell, deployed: Aws) -> None:
    deployed.client("logs").create_log_group(logGroupName="/orders")
    for line in page(INDEX).lines():
        shell.read(line)
    first = dict(shell.variables)
    for each in pages():
        shell.variables = dict(first)
        for line in each.lines() if each.name != INDEX else ():
            shell.read(line)
    assert shell.wrong == [], "\n".join(shell.wrong)
    assert shell.cli.asked >= NOT_SERVED, "no runbook has these commands"
    assert deployed.stack(f"orders-{ENV}").status == "IMPORT_COMPLETE"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("aws rds describe-db-instance", "Invalid choice"),
        ("aws rds describe-db-instances --identifier x", "Unknown options: --identifier, x"),
        ("aws rds reboot-db-instance", "--db-instance-identifier"),
        ("aws rds modify-db-instance --db-instance-identifier x --allocated-storage much", "invalid literal for int"),
        ("aws pi describe-dimension-keys --service-type RDS --identifier x --start-time 2026-01-01T00:00:00Z "
         "--end-time 2026-01-01T00:00:00Z --metric db.load.avg --group-by Limit=10", "Group"),
        ("aws rds describe-db-instances --query 'DBInstances[0'", "query"),
        ("aws rds describe-db-instances --db-instance-identifier nobody", "DBInstanceNotFound"),
        ("aws rds wait db-instance-awake", "Invalid choice"),
        ("aws rds describe-db-instances --db-instance-identifier $NOBODY", "NOBODY is not set before"),
        ("make deply STACK=x", "there is no target deply"),
        ("make deploy STACK=x", "deploy needs ENV"),
        ("make deploy STACK=x ENV=y BUKET=z", "deploy does not read BUKET"),
        (".venv/bin/python build.py recreat x", "No such command 'recreat'"),
        (".venv/bin/python build.py recreate x --env y --dryrun", "No such option"),
        (".venv/bin/python build.py import-map x", "Missing option '--instance'"),
        ("aws rds describe-db-instances --query '[a || b]' | aws rds describe-db-instance", "Invalid choice"),
        ("rm -rf /", "rm is none of aws, make, build.py"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_told(shell: Shell, text: str, told: str) -> None:
    shell.read(Line("some.md", 1, text))
    (wrong,) = shell.wrong
    assert told in wrong


def test_a_capture_of_nothing_is_told(shell: Shell) -> None:
    shell.read(
        Line("some.md", 1, "aws rds describe-db-instances --output text --query 'DBInstances[0].Last'", sets="LAST")
    )
    assert shell.wrong[0].endswith("gives LAST nothing, and EXAMPLES has nothing for it")
