"""Derived permissions are kept, and derived again when something that they depend on has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder import layout, memory, schemas
from builder.assemble import Built
from builder.load import Stack
from builder.permissions import files

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}
PARENT = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child.json"}}


def stack(name: str, *resources: dict[str, Any], region: str = "eu-west-1") -> Built:
    template = {"Resources": {f"R{number}": resource for number, resource in enumerate(resources)}}
    made = Stack(name=name, module="", regions=(region,), build=lambda: None, permissions_of=())
    return Built(stack=made, template=template, text=layout.text(template))


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks whose permissions were derived and not read."""
    names: list[str] = []
    real = files._derived

    def noted(built: Built, others: dict[str, Built]) -> Any:
        names.append(built.stack.name)
        return real(built, others)

    monkeypatch.setattr(files, "_derived", noted)
    return names


def test_they_are_derived_once(tmp_path: Path, derived: list[str]) -> None:
    one = stack("one", TOPIC)
    first = files.of_stack(tmp_path, one, {"one": one})
    assert files.of_stack(tmp_path, one, {"one": one}) == first
    assert "sns:CreateTopic" in files.text(first)
    assert derived == ["one"]


def test_they_are_derived_again_for_whatever_they_depend_on(
    tmp_path: Path, derived: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, child = stack("parent", PARENT), stack("child", TOPIC)
    changed = stack("child", TOPIC, TOPIC)
    elsewhere = replace(parent, stack=replace(parent.stack, regions=("us-east-1",)))
    for built, nested in ((parent, child), (parent, changed), (elsewhere, child)):
        files.of_stack(tmp_path, built, {"parent": built, "child": nested})
    assert len(derived) == 3
    monkeypatch.setattr(memory, "code", lambda *names: "another")
    files.of_stack(tmp_path, parent, {"parent": parent, "child": child})
    monkeypatch.setattr(schemas, "version", lambda: "another")
    files.of_stack(tmp_path, parent, {"parent": parent, "child": child})
    assert len(derived) == 5


def test_a_memory_written_by_half_or_not_at_all_costs_only_time(tmp_path: Path, derived: list[str]) -> None:
    one = stack("one", TOPIC)
    whole = files.of_stack(tmp_path, one, {"one": one})
    (kept,) = (tmp_path / files.CACHE).iterdir()
    kept.write_text(kept.read_text()[:-5])
    assert files.of_stack(tmp_path, one, {"one": one}) == whole
    (tmp_path / "file").touch()
    assert files.of_stack(tmp_path / "file", one, {"one": one}) == whole
    assert derived == ["one", "one", "one"]
