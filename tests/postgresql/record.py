"""Writes builder/postgresql/<major>.json: what running servers say of their settings.

python -m tests.postgresql.record
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from builder import write
from builder.postgresql import MAJORS
from tests.conftest import REPOSITORY
from tests.postgresql import servers
from tests.postgresql.client import Connection
from tests.postgresql.servers import Cluster, cluster

# The modules of PostgreSQL itself that RDS lets one preload, and that have settings.
MODULES = ("auto_explain", "pg_prewarm", "pg_stat_statements")

_COLUMNS = "vartype, context, unit, min_val, max_val, array_to_json(enumvals), boot_val"

# What enums take but do not show: booleans they once were, and older words. (config_enum_entry.hidden in guc_tables.c)
_HIDDEN = ("true", "false", "yes", "no", "on", "off", "1", "0", "debug", "info", "archive", "hot_standby")

# Paths of the machine that the packages were built on.
_OF_THE_BUILD = ("krb_server_keyfile",)


def record(found: Cluster) -> dict[str, Any]:
    """The content of a major's file."""
    with found.server({"shared_preload_libraries": ",".join(MODULES)}) as session:
        rows = observed(session)
        for name, row in rows.items():
            if row["type"] == "enum":
                shown = [value.lower() for value in row["values"]]
                synonyms = [word for word in _HIDDEN if word not in shown and session.takes(name, word)]
                row |= {"synonyms": synonyms} if synonyms else {}
        version = session.show("server_version")
    return {"server": version, "package": servers.package(found.major), "modules": list(MODULES), "settings": rows}


def observed(session: Connection) -> dict[str, dict[str, Any]]:
    """The settings that a server has, by name, as pg_settings shows them."""
    rows = sorted(session.query(f"SELECT lower(name), {_COLUMNS} FROM pg_settings"))
    return {str(name): _row(str(name), *columns) for name, *columns in rows}


def _row(name: str, *columns: str | None) -> dict[str, Any]:
    vartype, context, unit, least, most, enum, boot = columns
    row = {
        "type": vartype,
        "context": context,
        "unit": unit,
        "min": _number(least),
        "max": _number(most),
        "values": None if enum is None else json.loads(enum),
        "default": None if name in _OF_THE_BUILD else boot,
    }
    return {key: value for key, value in row.items() if value is not None}


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def text(content: dict[str, Any]) -> str:
    """The file's text: one setting a line."""
    settings = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in content["settings"].items())
    head = "".join(f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in content.items() if key != "settings")
    return f'{{\n{head}"settings": {{\n{settings}\n}}\n}}\n'


def _recorded(major: str) -> str:
    with cluster(major) as found:
        return text(record(found))


def main() -> None:
    servers.install()
    with ThreadPoolExecutor(2) as pool:
        texts = dict(zip(MAJORS, pool.map(_recorded, MAJORS), strict=True))
    write.write(REPOSITORY, {f"builder/postgresql/{major}.json": text for major, text in texts.items()})
    for major, content in texts.items():
        record = json.loads(content)
        print(f"builder/postgresql/{major}.json: {len(record['settings'])} settings of PostgreSQL {record['server']}")


if __name__ == "__main__":
    try:
        main()
    except servers.Unavailable as problem:
        sys.exit(f"record: {problem}")
