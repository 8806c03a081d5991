"""What is said against a parameter of a parameter group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.postgresql import MAJORS, FormulaError, Setting, evaluated, problem_with, settings
from builder.postgresql.formula import is_formula
from builder.postgresql.values import parse
from tests.builder.postgresql.generated import texts_for

OF_8_GIB = {"DBInstanceClassMemory": 8 * 2**30, "DBInstanceVCPU": 2}
FORMULA = "LEAST({DBInstanceClassMemory/9531392},5000)"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_connections", "405"),
        ("max_connections", FORMULA),
        ("log_connections", "1"),
        ("autovacuum", "{DBInstanceVCPU} > 2"),
        ("wal_compression", "{DBInstanceVCPU} > 2"),
        ("wal_compression", "zstd"),
        ("random_page_cost", "1.1"),
        ("TimeZone", "UTC"),
        ("log_line_prefix", "{%t}"),
        ("shared_preload_libraries", "pg_stat_statements,pgaudit"),
        ("pgaudit.log", "all,-misc"),
        ("rds.force_ssl", "1"),
        ("rds.accepted_password_auth_method", "scram"),
        ("auto_explain.log_min_duration", "1000"),
        ("postgis.gdal_enabled_drivers", "ENABLE_ALL"),  # of an extension that is not known here
    ],
)
def test_a_value_that_rds_takes_is_no_problem(name: str, value: str) -> None:
    assert problem_with("17", name, value, OF_8_GIB) is None


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("work_memory", "4096", "work_memory is not a parameter of PostgreSQL 17; fix: did you mean work_mem?"),
        ("rds.force_tls", "1", "rds.force_tls is not a parameter of PostgreSQL 17; fix: did you mean rds.force_ssl?"),
        ("rsd.force_ssl", "1", "rsd.force_ssl is not a parameter of PostgreSQL 17; fix: did you mean rds.force_ssl?"),
        ("zzz", "1", "zzz is not a parameter of PostgreSQL 17; fix: remove it"),
        (
            "Old_Snapshot_Threshold",
            "1",
            "old_snapshot_threshold is a parameter of PostgreSQL 14, 15, 16, not of 17; fix: remove it",
        ),
        ("block_size", "8192", "block_size cannot be changed (PostgreSQL 17.10); fix: remove it"),
        (
            "work_mem",
            "63",
            "'63' is outside 64 to 2147483647, counted in kB; "
            "fix: give a whole number of at least 64 and at most 2147483647, in kB",
        ),
        ("work_mem", "64MB", "'64MB' is not a plain number, and RDS takes no other; fix: give 65536, in kB"),
        ("pg_bigm.similarity_limit", "inf", "'inf' is not a plain number, and RDS takes no other; fix: give a number"),
        ("random_page_cost", " 1.1", "' 1.1' is not a plain number, and RDS takes no other; fix: give 1.1"),
        ("autovacuum", "maybe", "'maybe' is not a boolean; fix: give 1 or 0"),
        ("log_statement", "dll", "'dll' is none of none, ddl, mod, all; fix: give one of none, ddl, mod, all"),
        (
            "log_destination",
            "syslog",
            "'syslog' is none of stderr, csvlog; fix: give some of stderr, csvlog, separated by commas",
        ),
        (
            "rds.log_retention_period",
            "60",
            "'60' is outside 1440 to 10080, counted in min; "
            "fix: give a whole number of at least 1440 and at most 10080, in min",
        ),
        ("cron.max_running_jobs", "few", "'few' is not a whole number; fix: give a whole number"),
        (
            "seq_page_cost",
            "{DBInstanceVCPU}",
            "the formula '{DBInstanceVCPU}' cannot give a real: RDS evaluates integers and booleans only; "
            "fix: correct it, or give a number of at least 0 and at most 1.79769e+308",
        ),
        (
            "log_statement",
            "{DBInstanceVCPU}",
            "the formula '{DBInstanceVCPU}' cannot give an enum: RDS evaluates integers and booleans only; "
            "fix: correct it, or give one of none, ddl, mod, all",
        ),
        (
            "autovacuum",
            "{DBInstanceVCPU}",
            "the formula '{DBInstanceVCPU}' gives an integer, not a boolean; fix: correct it, or give 1 or 0",
        ),
        (
            "port",
            "{DBInstanceVCPU} > 2",
            "the formula '{DBInstanceVCPU} > 2' gives a boolean, not an integer; "
            "fix: correct it, or give a whole number of at least 1 and at most 65535",
        ),
        (
            "port",
            "{VCPU}",
            "the formula '{VCPU}' names VCPU, which is none of AllocatedStorage, DBInstanceClassMemory, "
            "DBInstanceVCPU, EndPointPort; fix: correct it, or give a whole number of at least 1 and at most 65535",
        ),
        (
            "port",
            "{DBInstanceClassMemory}",
            "'{DBInstanceClassMemory}' comes to 8589934592, which is beyond the range of integers; "
            "fix: give a whole number of at least 1 and at most 65535",
        ),
    ],
)
def test_a_problem_says_what_is_wrong_and_what_to_do(name: str, value: str, problem: str) -> None:
    assert problem_with("17", name, value, OF_8_GIB) == problem


def test_what_rds_keeps_to_itself_is_told_with_its_source() -> None:
    problem = problem_with("17", "cron.host", "localhost")
    assert problem is not None
    assert problem.startswith("cron.host cannot be changed (https://docs.aws.amazon.com/")


def test_without_an_instance_only_the_form_of_a_formula_is_judged() -> None:
    assert problem_with("17", "port", "{DBInstanceClassMemory}") is None
    assert problem_with("17", "port", "{DBInstanceClassMemory") is not None


def test_a_parameter_is_judged_by_its_own_major() -> None:
    assert problem_with("17", "log_connections", "receipt") is not None
    assert problem_with("18", "log_connections", "receipt,authorization") is None
    with pytest.raises(LookupError):
        problem_with("13", "log_connections", "1")


@pytest.mark.parametrize(
    ("name", "value", "given"),
    [
        ("max_connections", FORMULA, "901"),
        ("max_connections", "100", "100"),
        ("autovacuum", "{DBInstanceVCPU} > 1", "1"),
        ("log_line_prefix", "{%t}", "{%t}"),
        ("bogus", "{DBInstanceVCPU}", "{DBInstanceVCPU}"),
    ],
)
def test_the_server_is_given_what_a_formula_comes_to(name: str, value: str, given: str) -> None:
    assert evaluated("17", name, value, OF_8_GIB) == given


def test_a_formula_without_a_value_cannot_be_given() -> None:
    with pytest.raises(FormulaError, match="needs a value of EndPointPort"):
        evaluated("17", "port", "{EndPointPort}", OF_8_GIB)


@st.composite
def _settings(draw: st.DrawFn) -> tuple[str, Setting]:
    major = draw(st.sampled_from(MAJORS))
    return major, draw(st.sampled_from([one for one in settings(major).values() if one.modifiable]))


@given(_settings(), st.data())
def test_a_value_of_the_settings_row_is_no_problem(setting: tuple[str, Setting], data: st.DataObject) -> None:
    major, one = setting
    assert problem_with(major, one.name, data.draw(_values_of(one))) is None


def _values_of(one: Setting) -> st.SearchStrategy[str]:
    """Plain values within a row: what a parameter group should hold."""
    match one.type:
        case "bool":
            return st.sampled_from(("1", "0", "on", "off"))
        case "enum":
            return st.sampled_from((*one.values, *one.synonyms))
        case "list":
            return st.lists(st.sampled_from(one.values)).map(",".join)
        case "integer":
            high = 2**31 - 1 if one.maximum is None else int(one.maximum)
            low = -(2**31) if one.minimum is None else int(one.minimum)
            return st.integers(low, high).map(str)
        case "real":
            return st.floats(
                one.minimum, one.maximum, allow_subnormal=False, allow_infinity=False, allow_nan=False
            ).map(repr)
    return st.text()


@given(_settings(), st.data())
def test_what_is_no_problem_is_a_value_of_the_settings_row(setting: tuple[str, Setting], data: st.DataObject) -> None:
    major, one = setting
    text = data.draw(texts_for(one))
    problem = problem_with(major, one.name, text)
    assert problem is None or "; fix: " in problem
    if problem is None and not is_formula(text):
        parse(one, text)


@given(_settings())
def test_a_number_just_outside_the_settings_row_is_a_problem(setting: tuple[str, Setting]) -> None:
    major, one = setting
    for limit, step in ((one.minimum, -1), (one.maximum, 1)):
        if limit is not None and one.type == "integer":
            assert problem_with(major, one.name, str(limit + step)) is not None
