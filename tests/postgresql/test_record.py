"""The recorded settings are those of the servers that package.json pins."""

from __future__ import annotations

from tests.conftest import REPOSITORY
from tests.postgresql.record import record, text
from tests.postgresql.servers import Cluster


def test_what_is_recorded_is_what_the_servers_say_now(server: Cluster) -> None:
    recorded = (REPOSITORY / f"builder/postgresql/{server.major}.json").read_text()
    assert text(record(server)) == recorded, "fix: run make record-postgres"
