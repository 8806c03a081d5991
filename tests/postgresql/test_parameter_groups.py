"""Every parameter group that the templates emit, tried on the servers that it is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from builder.postgresql import evaluated, problem_with, recorded, settings
from builder.postgresql.values import parse
from tests.postgresql.groups import Group, groups
from tests.postgresql.servers import Cluster, NotStarted

_PRELOADED = "shared_preload_libraries"

# "As part of applying this parameter, also set the parameters wal_level, ..." (Amazon RDS User Guide, "Working with
# PostgreSQL features supported by Amazon RDS for PostgreSQL"): what RDS makes of its own parameters.
_RDS_SETS = {("rds.logical_replication", "1"): ("wal_level", "logical")}


def test_the_tables_object_to_none() -> None:
    assert groups()
    problems = {
        problem_with(group.major, name, value, group.variables)
        for group in groups()
        for name, value in group.parameters.items()
    }
    assert problems == {None}


def test_a_server_starts_with_each_and_shows_what_was_asked_for(
    server: Cluster, report: Callable[[str], None], subtests: pytest.Subtests
) -> None:
    ours = [group for group in groups() if group.major == server.major]
    if not ours:
        pytest.skip(f"no template is for PostgreSQL {server.major}")
    different = {tuple(group.parameters.items()): group for group in ours}
    for group in different.values():
        with subtests.test(stack=group.stack, environment=group.environment, instance_class=group.instance_class):
            given, left_out = _for_server(server, group)
            for line in left_out:
                report(line)
            assert _shown_otherwise(server, given) == {}
    stacks, environments, classes = (
        len({getattr(group, what) for group in ours}) for what in ("stack", "environment", "instance_class")
    )
    report(
        f"PostgreSQL {server.major}: {len(ours)} parameter groups of {stacks} stacks, {environments} environments and "
        f"{classes} classes, {len(different)} of them different"
    )


def _for_server(server: Cluster, group: Group) -> tuple[dict[str, str], list[str]]:
    """A group's parameters as a server outside RDS takes them, and what had to be left out."""
    given: dict[str, str] = {}
    left_out: list[str] = []
    for name, text in group.parameters.items():
        value = evaluated(group.major, name, text, group.variables)
        if name == _PRELOADED:
            there = [library for library in value.split(",") if server.has_library(library)]
            left_out += [
                f"left out: {library} of {name}: the server's package does not have it"
                for library in value.split(",")
                if library not in there
            ]
            given[name] = ",".join(there)
        elif name in recorded(group.major):
            given[name] = value
        elif (name, value) in _RDS_SETS:
            given |= [_RDS_SETS[name, value]]
        else:
            left_out.append(f"left out: {name}={value}: RDS or an extension knows it, the server does not")
    return given, left_out


def _shown_otherwise(server: Cluster, given: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The settings that a server with these shows otherwise, as (asked for, shown)."""
    try:
        with server.server(given) as session:
            shown = {name: session.show(name) for name in given}
    except NotStarted as problem:
        pytest.fail(f"the server does not start: {problem}")
    known = settings(server.major)
    return {
        name: (value, shown[name])
        for name, value in given.items()
        if parse(known[name], value) != parse(known[name], shown[name])
    }
