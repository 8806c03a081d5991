"""The settings of PostgreSQL: as real servers told them, and with what RDS adds and changes.

`<major>.json` is what a running server of that major says of itself (`make record-postgres`). `rds.json` is written by
hand: every row names the page that it was read from. Names are in lower case, as RDS writes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_FOLDER = Path(__file__).parent

MAJORS = ("14", "15", "16", "17", "18")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is known of one setting in one major version.

    `type` is bool, integer, real, enum, string or list (members separated by commas). `unit` is what a bare number
    counts: B, kB, 8kB, MB, ms, s or min; `minimum` and `maximum` are in it. `values` are those of an enum or of a
    list's members; `synonyms` are what an enum takes for one of them. A `static` setting changes at a reboot only.
    `context` is pg_settings' word for who may change it when, and None for what the server itself does not know.
    `default` is the server's, where RDS's own is not cited, or a formula of RDS; None where there is none or it is not
    known. `source` says who says so.
    """

    name: str
    type: str
    static: bool
    source: str
    context: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    default: str | None = None
    modifiable: bool = True


@cache
def recorded(major: str) -> Mapping[str, Setting]:
    """The settings of a server of that major by name, RDS left aside. Raises LookupError for an unknown major."""
    if major not in MAJORS:
        raise LookupError(f"nothing is recorded of PostgreSQL {major}, only of {', '.join(MAJORS)}")
    record = _read(major)
    source = f"PostgreSQL {record['server']}"
    return MappingProxyType({name: _of_server(name, row, source) for name, row in record["settings"].items()})


@cache
def settings(major: str) -> Mapping[str, Setting]:
    """The settings of PostgreSQL of that major on RDS by name. Raises LookupError for an unknown major."""
    known = dict(recorded(major))
    table = _read("rds")
    for name, row in table["own"].items():
        known[name] = _changed(Setting(name=name, type="", static=False, source=""), row, major)
    for name, row in table["changed"].items():
        if name in known and major in row.get("majors", MAJORS):
            known[name] = _changed(known[name], row, major)
    return MappingProxyType(known)


def setting(major: str, name: str) -> Setting | None:
    """One setting of PostgreSQL of that major on RDS; None if there is no such. PostgreSQL ignores case in names."""
    return settings(major).get(name.lower())


def is_static(major: str, name: str) -> bool:
    """Whether a change of that parameter waits for a reboot. Raises LookupError for one that is not known."""
    found = setting(major, name)
    if found is None:
        raise LookupError(f"{name} is not a parameter of PostgreSQL {major} on RDS")
    return found.static


def _of_server(name: str, row: Mapping[str, Any], source: str) -> Setting:
    return Setting(
        name=name,
        type=row["type"],
        static=row["context"] == "postmaster",
        source=source,
        context=row["context"],
        unit=row.get("unit"),
        minimum=row.get("min"),
        maximum=row.get("max"),
        values=tuple(row.get("values", ())),
        synonyms=tuple(row.get("synonyms", ())),
        default=row.get("default"),
        modifiable=row["context"] != "internal",
    )


def _changed(setting: Setting, row: Mapping[str, Any], major: str) -> Setting:
    """What a row of rds.json says takes the place of what was known; `also` adds to the values."""
    default = row.get("default", setting.default)
    return replace(
        setting,
        type=row.get("type", setting.type),
        static=row["apply"] == "static" if "apply" in row else setting.static,
        source=_read("rds")["sources"][row["source"]],
        unit=row.get("unit", setting.unit),
        minimum=row.get("min", setting.minimum),
        maximum=row.get("max", setting.maximum),
        values=(*row.get("values", setting.values), *row.get("also", ())),
        default=default[major] if isinstance(default, dict) else default,
        modifiable=row.get("modifiable", setting.modifiable),
    )


@cache
def _read(table: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((_FOLDER / f"{table}.json").read_text(encoding="utf-8"))
    return read
