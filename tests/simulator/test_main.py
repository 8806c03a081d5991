"""The command line: what a person sees who tries a stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder import manifest
from simulator import __main__ as command
from simulator import running
from tests.simulator.stacks import TAKEN, topic

STACK = {
    "Parameters": {
        "EnvironmentSuffix": {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "must be a word"},
        "VpcId": {"Type": "AWS::EC2::VPC::Id"},
    },
    "Resources": {
        "Topic": topic(DisplayName={"Ref": "VpcId"}),
        "Alarm": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "TRUE"}},
        "Vault": {"Type": "AWS::Backup::BackupVault", "Properties": {"AccessPolicy": {"Statement": []}}},
    },
    "Outputs": {"Suffix": {"Value": {"Ref": "EnvironmentSuffix"}}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simulated: object) -> Iterator[Path]:
    """A project of one built stack. The simulator of the other tests stands in for the command's own."""

    class Already:
        def __init__(self, region: str) -> None:
            assert region

        def __enter__(self) -> Any:
            simulated.reset()  # type: ignore[attr-defined]
            return simulated

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr("simulator.aws.running", Already)
    write(tmp_path, STACK)
    values = ["EnvironmentSuffix=dev", "VpcId=vpc-0123456789abcdef0"]
    (tmp_path / "params" / "small").mkdir(parents=True)
    (tmp_path / "params" / "small" / "dev.json").write_text(json.dumps(values))
    yield tmp_path


def write(root: Path, template: dict[str, Any]) -> None:
    text = json.dumps(template)
    (root / "dist").mkdir(exist_ok=True)
    (root / "dist" / "small.json").write_text(text)
    entry = manifest.entry(text, capabilities=(), resources=len(template["Resources"]))
    (root / "dist" / "manifest.json").write_text(manifest.text({"small": entry}))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["simulator", *arguments])
    return command.main()


def test_it_shows_resources_their_state_and_outputs(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "small") == 0

    shown = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if "AWS::" in line}
    assert rows["Topic"][-1] == "held"
    assert rows["Alarm"][-1] == "recorded"
    assert rows["Vault"][-5:] == ["held,", "1", "recorded", "in", "part"]
    assert "\nOutputs of small\nOutput  Value\nSuffix  dev\n" in shown, "plain columns, as nobody looks at a terminal"
    assert "3 resources: 2 held, 1 recorded. A simulator is not AWS" in shown


def test_a_stack_without_outputs_shows_no_empty_table(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, {name: part for name, part in STACK.items() if name != "Outputs"})
    assert run(monkeypatch, "small") == 0
    assert "Outputs" not in capsys.readouterr().out


def test_it_says_what_stands_in_for_ids_of_the_parameter_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "small")

    shown = capsys.readouterr().out
    assert "vpc-0123456789abcdef0 does not exist here: vpc-" in shown


def test_a_parameter_can_be_set(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "small", "dev", "--set", "EnvironmentSuffix=other") == 0
    assert "other" in capsys.readouterr().out

    assert run(monkeypatch, "small", "--set", "EnvironmentSuffix=1") == 1
    assert "must be a word" in capsys.readouterr().err


def test_a_failure_shows_the_resource_that_it_began_with(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    again = {**TAKEN, "DependsOn": "Taken"}
    write(project, {**STACK, "Resources": {"Taken": TAKEN, "Again": again}})

    assert run(monkeypatch, "small") == 1

    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("Again (AWS::S3::Bucket): CREATE_FAILED: taken already exists")
    assert second == "small is in ROLLBACK_COMPLETE."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope",), "dist/nope.json: is not built; fix: run make build, or give one of the built stacks: small"),
        (
            ("small", "prod"),
            "params/small/prod.json: does not exist; fix: write it, or give one of the environments: dev",
        ),
        (("small", "--set", "Key"), "--set: Key: has no value; fix: write --set KEY=VALUE"),
        ((), "Missing argument 'STACK'"),
    ],
)
def test_wrong_input_is_told_before_anything_starts(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert message in capsys.readouterr().err


def test_asking_for_help_imports_nothing_slow() -> None:
    code = "import sys, simulator.__main__; print(sorted({'boto3', 'moto', 'rich', 'troposphere'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))

    assert done.stdout.strip() == "[]", done.stderr


def test_running_can_be_imported_from_the_package() -> None:
    assert callable(running)
