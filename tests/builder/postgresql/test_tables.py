"""The recorded tables and RDS's own: what is in them, and how they come together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from builder import postgresql
from builder.postgresql import MAJORS, formula, is_static, recorded, setting, settings
from builder.postgresql.values import parse

FOLDER = Path(postgresql.__file__).parent
RDS: dict[str, Any] = json.loads((FOLDER / "rds.json").read_text())
ROWS = {**RDS["own"], **RDS["changed"]}


@pytest.mark.parametrize("major", MAJORS)
def test_a_file_says_which_server_and_package_it_comes_from(major: str) -> None:
    file = json.loads((FOLDER / f"{major}.json").read_text())
    assert file["server"].startswith(f"{major}.")
    assert f"@{file['server']}.0-" in file["package"]
    assert recorded(major)["work_mem"].source == f"PostgreSQL {file['server']}"


@pytest.mark.parametrize("file", [*(f"{major}.json" for major in MAJORS), "rds.json"])
def test_a_file_has_one_setting_a_line_in_the_order_of_names(file: str) -> None:
    text = (FOLDER / file).read_text()
    content = json.loads(text)
    for table in [content[key] for key in ("settings", "own", "changed") if key in content]:
        assert list(table) == sorted(table)
        for name, row in table.items():
            assert f"\n{json.dumps(name)}: {json.dumps(row)}" in text


@pytest.mark.parametrize("major", MAJORS)
def test_every_setting_is_whole(major: str) -> None:
    for name, one in settings(major).items():
        assert name == one.name == name.lower()
        assert one.type in ("bool", "integer", "real", "enum", "list", "string")
        assert one.source
        assert one.type not in ("enum", "list") or one.values
        assert one.minimum is None or one.maximum is None or one.minimum <= one.maximum


@pytest.mark.parametrize("major", MAJORS)
def test_every_default_is_a_value_that_the_setting_takes(major: str) -> None:
    for one in settings(major).values():
        if one.default is not None and one.modifiable:
            default = one.default
            if formula.is_formula(default) and one.type != "string":
                default = str(formula.parse(default).value({"DBInstanceClassMemory": 8 * 2**30}))
            parse(one, default)


@pytest.mark.parametrize(
    ("major", "name", "expected"),
    [
        ("17", "work_mem", {"type": "integer", "unit": "kB", "minimum": 64, "maximum": 2147483647, "default": "4096"}),
        ("17", "shared_buffers", {"unit": "8kB", "static": True, "context": "postmaster"}),
        ("17", "random_page_cost", {"type": "real", "unit": None, "minimum": 0}),
        ("17", "log_statement", {"type": "enum", "values": ("none", "ddl", "mod", "all"), "static": False}),
        ("17", "wal_level", {"synonyms": ("archive", "hot_standby")}),
        ("17", "auto_explain.log_min_duration", {"type": "integer", "unit": "ms", "minimum": -1}),
        ("17", "pg_stat_statements.max", {"static": True}),
        ("17", "block_size", {"modifiable": False}),
        ("18", "autovacuum_worker_slots", {"static": True}),
    ],
)
def test_a_setting_is_what_a_server_says(major: str, name: str, expected: dict[str, object]) -> None:
    one = recorded(major)[name]
    assert {key: getattr(one, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("major", "name", "expected"),
    [
        ("17", "rds.force_ssl", {"type": "bool", "static": False, "default": "1", "context": None}),
        ("14", "rds.force_ssl", {"default": "0"}),
        ("17", "rds.logical_replication", {"type": "bool", "static": True}),
        ("17", "rds.log_retention_period", {"type": "integer", "unit": "min", "minimum": 1440, "maximum": 10080}),
        ("17", "pgaudit.role", {"type": "enum", "values": ("rds_pgaudit",)}),
        ("17", "track_activity_query_size", {"default": "4096", "static": True, "minimum": 100}),
        ("17", "max_connections", {"minimum": 6, "default": "LEAST({DBInstanceClassMemory/9531392},5000)"}),
        ("17", "temp_file_limit", {"static": True, "context": "superuser"}),
        ("17", "archive_command", {"modifiable": False}),
        ("17", "wal_compression", {"values": ("pglz", "on", "off", "lz4", "zstd")}),
        ("17", "log_connections", {"type": "bool"}),
        ("18", "log_connections", {"type": "list"}),
    ],
)
def test_rds_adds_to_the_servers_settings_and_changes_some(major: str, name: str, expected: dict[str, object]) -> None:
    one = settings(major)[name]
    assert {key: getattr(one, key) for key in expected} == expected
    assert one.source == RDS["sources"][ROWS[name]["source"]] or name == "log_connections"


def test_every_source_is_used_and_every_row_has_one() -> None:
    assert {row["source"] for row in ROWS.values()} == set(RDS["sources"])


def test_rds_changes_only_what_some_server_knows_and_adds_only_what_none_does() -> None:
    known = {name for major in MAJORS for name in recorded(major)}
    assert set(RDS["changed"]) <= known
    assert not set(RDS["own"]) & known


def test_a_change_that_a_server_lacks_is_left_out() -> None:
    assert "io_method" not in settings("17")
    assert "io_uring" in settings("18")["io_method"].values


@pytest.mark.parametrize(("name", "static"), [("shared_preload_libraries", True), ("log_statement", False)])
def test_a_change_of_a_static_parameter_waits_for_a_reboot(name: str, static: bool) -> None:
    assert is_static("17", name) is static


def test_case_does_not_matter_in_names() -> None:
    assert setting("17", "TimeZone") == settings("17")["timezone"]
    assert is_static("17", "Max_Connections")


def test_what_is_not_known_is_said() -> None:
    assert setting("17", "bogus") is None
    with pytest.raises(LookupError, match="bogus is not a parameter of PostgreSQL 17"):
        is_static("17", "bogus")
    with pytest.raises(LookupError, match=r"nothing is recorded of PostgreSQL 9\.6, only of 14, 15, 16, 17, 18"):
        settings("9.6")


def test_the_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        settings("17")["work_mem"] = settings("17")["port"]  # type: ignore[index]
