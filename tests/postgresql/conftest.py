"""What needs real servers runs with `make test-postgres` only: everything here has the mark `postgresql`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builder.postgresql import MAJORS
from tests.postgresql import servers
from tests.postgresql.servers import Cluster, cluster

_MARK = "postgresql"
_REPORT = "report"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{_MARK}: needs real PostgreSQL servers, which `make test-postgres` fetches")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(_MARK)
    if _MARK not in config.option.markexpr:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests reported, each line once; they may have run in several processes."""
    passed = terminalreporter.getreports("passed")
    for line in sorted({str(line) for test in passed for key, line in test.user_properties if key == _REPORT}):
        terminalreporter.write_line(line)


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line to print when all tests have run."""
    return lambda line: record_property(_REPORT, line)


@pytest.fixture(scope="session", params=[pytest.param(major, marks=pytest.mark.xdist_group(major)) for major in MAJORS])
def server(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster of each major in turn."""
    assert servers.installed(), "the servers are not here; fix: run make test-postgres"
    with cluster(request.param) as made:
        yield made
