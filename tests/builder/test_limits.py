"""Templates at a limit pass, templates over it do not."""

from __future__ import annotations

from typing import Any

import pytest

from builder import layout, limits


def keys(template: dict[str, Any], text: str | None = None) -> list[str]:
    found = limits.problems(template, layout.text(template) if text is None else text, "dist/one.json")
    return [problem.key for problem in found]


def entries(section: str, number: int) -> dict[str, Any]:
    return {section: {f"Entry{index}": {} for index in range(number)}}


@pytest.mark.parametrize(
    ("section", "limit"), [("Parameters", 200), ("Mappings", 200), ("Resources", 500), ("Outputs", 200)]
)
def test_the_number_of_entries_is_limited(section: str, limit: int) -> None:
    assert keys(entries(section, limit)) == []
    assert keys(entries(section, limit + 1)) == [section]


@pytest.mark.parametrize("section", ["Parameters", "Mappings", "Resources", "Outputs"])
def test_the_length_of_names_is_limited(section: str) -> None:
    assert keys({section: {"N" * 255: {}}}) == []
    assert keys({section: {"N" * 256: {}}}) == [f"{section}.{'N' * 256}"]


@pytest.mark.parametrize(
    ("template", "key"),
    [
        (lambda size: {"Description": "d" * size}, "Description"),
        (lambda size: {"Outputs": {"Port": {"Description": "d" * size}}}, "Outputs.Port.Description"),
    ],
)
def test_descriptions_are_limited_to_1024_bytes(template: Any, key: str) -> None:
    assert keys(template(1024)) == []
    assert keys(template(1025)) == [key]


def test_bytes_are_counted_not_characters() -> None:
    assert keys({"Description": "\u00e9" * 512}) == []
    assert keys({"Description": "\u00e9" * 513}) == ["Description"]


def test_a_parameters_default_and_description_are_limited() -> None:
    parameter = {"Default": "v" * 4096, "Description": "d" * 4000}
    assert keys({"Parameters": {"Size": parameter}}) == []
    parameter = {"Default": "v" * 4097, "Description": "d" * 4001}
    assert keys({"Parameters": {"Size": parameter}}) == ["Parameters.Size.Description", "Parameters.Size.Default"]
    assert keys({"Parameters": {"Size": {"Default": 5432}}}) == []


def test_a_mappings_rows_and_their_attributes_are_limited() -> None:
    attributes = {f"A{index}": "" for index in range(201)}
    rows = {f"Row{index}": {"A": ""} for index in range(200)}
    assert keys({"Mappings": {"Sizes": rows}}) == []
    assert keys({"Mappings": {"Sizes": rows | {"One": attributes}}}) == ["Mappings.Sizes", "Mappings.Sizes.One"]


def test_dynamic_references_are_limited_to_60() -> None:
    reference = "{{resolve:ssm:/name}}"
    assert keys({"Metadata": reference * 60}) == []
    assert keys({"Metadata": reference * 61}) == [""]


def test_the_body_is_limited_to_a_million_bytes() -> None:
    assert keys({}, "x" * 1_000_000) == []
    (problem,) = limits.problems({}, "x" * 1_000_001, "dist/one.json")
    assert str(problem) == (
        "dist/one.json: its size in bytes is 1,000,001, the limit is 1,000,000; fix: split the stack"
    )


def test_what_cannot_be_sent_inline_needs_a_bucket() -> None:
    assert not limits.needs_bucket(51_200)
    assert limits.needs_bucket(51_201)
