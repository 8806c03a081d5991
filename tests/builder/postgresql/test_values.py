"""Values as a server reads them; tests/postgresql holds the same against real servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.postgresql import recorded
from builder.postgresql.tables import Setting
from builder.postgresql.values import Refused, boolean, parse

NUMBER = Setting(name="number", type="integer", static=False, source="", minimum=-(2**31), maximum=2**31 - 1)
KILOBYTES = Setting(name="kilobytes", type="integer", static=False, source="", unit="kB", minimum=0, maximum=2**31 - 1)
LIST = Setting(name="list", type="list", static=False, source="", values=("ddl", "role"))


def of(name: str, text: str) -> object:
    return parse(recorded("17")[name], text)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("work_mem", "4096", 4096),
        ("work_mem", "4MB", 4096),
        ("work_mem", " 1.5 GB ", 1572864),
        ("work_mem", "0x40", 64),
        ("work_mem", "0100", 64),
        ("work_mem", "65536.4B", 64),
        ("work_mem", "1e2", 100),
        ("work_mem", "100.5", 100),  # to the even neighbour, as C's rint
        ("shared_buffers", "128MB", 16384),
        ("shared_buffers", "8191kB", 1024),
        ("max_wal_size", "2GB", 2048),
        ("max_stack_depth", "2MB", 2048),
        ("track_activity_query_size", "4kB", 4096),
        ("idle_in_transaction_session_timeout", "1h", 3600000),
        ("statement_timeout", "1500us", 2),
        ("statement_timeout", ".5", 0),
        ("checkpoint_timeout", "5min", 300),
        ("log_rotation_age", "1d", 1440),
        ("log_min_duration_statement", "-1", -1),
        ("random_page_cost", "1.1", 1.1),
        ("random_page_cost", "0x1p2", 4.0),
        ("vacuum_cost_delay", "2500us", 2.5),
        ("vacuum_cost_delay", "0.0025s", 2.0),  # to the next smaller unit,
        ("wal_level", "Logical", "logical"),
        ("wal_level", "hot_standby", "hot_standby"),
        ("autovacuum", "on", True),
        ("search_path", '"$user", public', '"$user", public'),
    ],
)
def test_a_value_is_read_in_the_settings_own_unit(name: str, text: str, value: object) -> None:
    assert of(name, text) == value
    assert type(of(name, text)) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("work_mem", "", "is not a whole number"),
        ("work_mem", "many", "is not a whole number"),
        ("work_mem", " .5", "is not a whole number"),
        ("work_mem", "63", "is outside 64 to 2147483647, counted in kB"),
        ("work_mem", "64 mb", "has none of the units TB, GB, MB, kB, B"),
        ("work_mem", "10s", "has none of the units TB, GB, MB, kB, B"),
        ("work_mem", "08", "has none of the units"),
        ("work_mem", "2TB1", "has none of the units"),
        ("work_mem", "2TB", "is beyond the range of integers"),
        ("work_mem", "99999999999999999999", "is beyond the range of integers"),
        ("work_mem", 5000 * "9", "is beyond the range of numbers"),
        ("work_mem", "1e999", "is beyond the range of numbers"),
        ("work_mem", "0x1e9.8p9999", "is beyond the range of numbers"),
        ("work_mem", "1e308TB", "is beyond the range of integers"),
        ("statement_timeout", "1MB", "has none of the units d, h, min, s, ms, us"),
        ("max_connections", "100kB", "takes no unit"),
        ("max_connections", "0", "is outside 1 to 262143"),
        ("random_page_cost", "cheap", "is not a number"),
        ("random_page_cost", "-1", "is outside 0"),
        ("random_page_cost", "inf", "is outside 0"),
        ("random_page_cost", "nan", "is not a number"),
        ("random_page_cost", "1e-999", "is beyond the range of numbers"),
        ("log_statement", "some", "is none of none, ddl, mod, all"),
        ("autovacuum", "maybe", "is not a boolean"),
    ],
)
def test_what_a_server_refuses_is_refused_with_the_reason(name: str, text: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        of(name, text)
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["on", "ON", "true", "tr", "t", "yes", "y", "1"])
def test_true_has_many_forms(text: str) -> None:
    assert boolean(text) is True


@pytest.mark.parametrize("text", ["off", "of", "False", "f", "no", "n", "0"])
def test_so_has_false(text: str) -> None:
    assert boolean(text) is False


@pytest.mark.parametrize("text", ["", "o", "2", "onn", " on", "truely"])
def test_others_are_no_boolean(text: str) -> None:
    with pytest.raises(Refused, match="is not a boolean"):
        boolean(text)


def test_a_list_is_read_member_by_member() -> None:
    assert parse(LIST, "") == ""
    assert parse(LIST, "DDL, role") == "ddl,role"
    with pytest.raises(Refused, match="is none of ddl, role"):
        parse(LIST, "ddl,,role")


def test_a_range_may_have_one_end() -> None:
    with pytest.raises(Refused, match="is outside 3 or more"):
        parse(Setting(name="number", type="integer", static=False, source="", minimum=3), "2")


@given(st.integers(-(2**31), 2**31 - 1))
def test_every_integer_is_itself_however_it_is_written(number: int) -> None:
    assert parse(NUMBER, str(number)) == parse(NUMBER, hex(number)) == parse(NUMBER, f" {number:+d}.0e0 ") == number


@given(st.integers(0, 2**31 - 1), st.sampled_from(["B", "kB", "MB", "GB", "TB"]))
def test_a_size_is_the_same_in_every_unit(kilobytes: int, unit: str) -> None:
    size = {"B": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}[unit]
    whole = kilobytes * 2**10 // size
    assert parse(KILOBYTES, f"{whole}{unit}") == whole * size / 2**10


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("work_mem", "random_page_cost", "wal_level", "autovacuum", "statement_timeout"):
        try:
            of(name, text)
        except Refused as refused:
            assert str(refused)
