"""What the recorded tables say against a value is what the servers say, and nothing else."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builder.postgresql import MAJORS, Setting, problem_with, recorded
from builder.postgresql import settings as on_rds
from builder.postgresql.values import Refused, Value, parse
from tests.builder.postgresql.generated import texts_for
from tests.postgresql.record import MODULES
from tests.postgresql.servers import Cluster

# Servers check more of these than pg_settings shows: they must be multiples of something, within a sum, or within what
# the machine allows. A value of theirs that the tables take may be refused, never the other way round.
_CHECKED_FURTHER = {
    "autovacuum_max_workers",
    "bonjour",
    "commit_timestamp_buffers",
    "io_max_concurrency",
    "max_connections",
    "max_stack_depth",
    "max_wal_senders",
    "max_worker_processes",
    "multixact_member_buffers",
    "multixact_offset_buffers",
    "notify_buffers",
    "serializable_buffers",
    "subtransaction_buffers",
    "transaction_buffers",
    "vacuum_buffer_usage_limit",
}

# The server raises a small value of these.
_RAISED = {"autovacuum_work_mem", "wal_buffers"}

# They cannot be configured.
_NOT_CONFIGURED = {"allow_alter_system", "transaction_deferrable", "transaction_isolation", "transaction_read_only"}


def _judged(major: str) -> list[Setting]:
    """The settings of a server of which the tables know every value: no strings, nothing that cannot be configured."""
    known = recorded(major).values()
    return [
        each
        for each in known
        if each.type != "string" and each.context != "internal" and each.name not in _NOT_CONFIGURED
    ]


def _value(setting: Setting, text: str) -> Value | None:
    """What the tables make of a text; None when they refuse it."""
    try:
        return parse(setting, text)
    except Refused:
        return None


@st.composite
def _attempts(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    """For each major a setting's name and a text for it. None is an extension's: `postgres -C` does not load them."""
    attempts = {}
    for major in MAJORS:
        setting = draw(st.sampled_from([each for each in _judged(major) if "." not in each.name]))
        attempts[major] = (setting.name, draw(texts_for(setting)))
    return attempts


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(dict.fromkeys(MAJORS, ("work_mem", " 0x40 kB ")))
@example(dict.fromkeys(MAJORS, ("vacuum_cost_delay", "0.0025s")))
@example(dict.fromkeys(MAJORS, ("wal_level", "hot_standby")))
@given(attempts=_attempts())
def test_a_text_is_the_same_to_the_tables_and_to_the_server(
    server: Cluster, attempts: dict[str, tuple[str, str]]
) -> None:
    name, text = attempts[server.major]
    setting = recorded(server.major)[name]
    value, read = _value(setting, text), server.read(name, text)
    if read is None:
        assert value is None or name in _CHECKED_FURTHER
        assert problem_with(server.major, name, text) or name in _CHECKED_FURTHER
    else:
        assert value is not None
        assert setting.type == "enum" or name in _RAISED or value == parse(setting, read)


def test_every_setting_ends_where_its_row_says(server: Cluster) -> None:
    """At each limit and beyond it, and at each word of an enum; extensions included."""
    disagreed = []
    with server.server({"shared_preload_libraries": ",".join(MODULES)}) as session:
        for setting in _judged(server.major):
            for text in _borders(setting):
                by_tables, by_server = _value(setting, text) is not None, session.takes(setting.name, text)
                if by_tables != by_server and not (by_tables and setting.name in _CHECKED_FURTHER):
                    disagreed.append((setting.name, text))
    assert disagreed == []


def test_the_lists_that_rds_documents_are_lists_of_the_server(server: Cluster) -> None:
    with server.server({}) as session:
        for setting in _lists(server.major):
            assert [value for value in (*setting.values, "bogus") if not session.takes(setting.name, value)] == [
                "bogus"
            ]


def _lists(major: str) -> list[Setting]:
    """A server looks for libraries when it starts, not before."""
    return [
        each
        for name, each in on_rds(major).items()
        if each.type == "list" and name in recorded(major) and name != "shared_preload_libraries"
    ]


def _borders(setting: Setting) -> list[str]:
    if setting.type == "bool":
        return ["on", "0", "2"]
    if setting.type == "enum":
        return [*setting.values, *setting.synonyms, "no such word"]
    low, high = setting.minimum, setting.maximum
    assert low is not None and high is not None
    return [repr(number) for number in (low, high, low - 1, high + 1)]
