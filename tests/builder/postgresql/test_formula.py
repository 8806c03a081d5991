"""The formulas of RDS parameter groups. Cases without a comment are of the user guide, "Specifying DB parameters"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builder.postgresql.formula import VARIABLES, FormulaError, is_formula, parse

GIB = 2**30
OF_16_GIB = {
    "AllocatedStorage": 100 * GIB,
    "DBInstanceClassMemory": 16 * GIB,
    "DBInstanceVCPU": 4,
    "EndPointPort": 5432,
}

Known: TypeAlias = tuple[str, int]
Function: TypeAlias = Callable[[list[int]], int]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LEAST({DBInstanceClassMemory/9531392},5000)", 1802),
        ("GREATEST({DBInstanceClassMemory/9868951},80)", 1740),
        ("GREATEST({DBInstanceClassMemory/63963136*1024},65536)", 274432),  # the division is cut off first
        ("LEAST({DBInstanceClassMemory/256},10485760)", 10485760),
        ("{DBInstanceClassMemory*3/4}", 12 * GIB),
        ("{log(DBInstanceClassMemory/8187281418)*1000}", 1000),
        ("{DBInstanceClassMemory/32768}", 524288),
        ("sum( {DBInstanceClassMemory/12038} , -50003 )", 1377133),  # Aurora's shared_buffers, in lower case
        ("GREATEST(${DBInstanceVCPU*2},8)", 8),  # Aurora's max_worker_processes
        ("{EndPointPort}", 5432),
        ("{AllocatedStorage/1073741824}", 100),
        ("GREATEST({DBInstanceVCPU},2,-3)", 4),
    ],
)
def test_a_formula_gives_an_integer(text: str, value: int) -> None:
    assert is_formula(text)
    assert not parse(text).is_boolean
    assert parse(text).value(OF_16_GIB) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{DBInstanceVCPU} > 2", 1),
        ('"{DBInstanceVCPU} > 2"', 1),
        ("{DBInstanceVCPU} > 4", 0),
        ("{DBInstanceVCPU} >= 4", 1),
        ("4 => {DBInstanceVCPU}", 1),
        ("{DBInstanceVCPU} < 4", 0),
        ("LEAST({DBInstanceVCPU},3) <= 3", 1),
        ("3 =< {DBInstanceVCPU}", 1),
    ],
)
def test_a_comparison_gives_a_boolean(text: str, value: int) -> None:
    assert is_formula(text)
    assert parse(text).is_boolean
    assert parse(text).value(OF_16_GIB) == value


@pytest.mark.parametrize("text", ["5000", "-1", "on", "pg_stat_statements,pgaudit", "least", ""])
def test_a_plain_value_is_no_formula(text: str) -> None:
    assert not is_formula(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{DBInstanceClassMemory/9531392", "ends without '}'"),
        ("LEAST({DBInstanceVCPU},5000", "ends without ')'"),
        ("LEAST {DBInstanceVCPU}", "has '{' where '(' must be"),
        ("LEAST()", "has ')' where an integer or {...} must be"),
        ("LEAST(1,,2)", "has ',' where an integer or {...} must be"),
        ("LEAST(LEAST(1,2),3)", "has 'LEAST' where an integer or {...} must be"),
        ("LEAST(-{DBInstanceVCPU})", "has '-' where an integer or {...} must be"),
        ("LEAST(1,-", "has '-' where an integer or {...} must be"),
        ("LEAST(", "ends too early"),
        ("{", "ends too early"),
        ("{}", "has '}' where a variable or an integer must be"),
        ("{DBInstanceClassMemory/}", "has '}' where a variable or an integer must be"),
        ("{dbinstanceclassmemory}", "names dbinstanceclassmemory, which is none of AllocatedStorage"),
        ("{DBInstanceClassHugePagesDefault}", "names DBInstanceClassHugePagesDefault, which is none of"),
        ("IF({DBInstanceVCPU},1,2)", "names IF outside braces, which is none of GREATEST, LEAST, SUM"),
        ("DBInstanceClassMemory", "names DBInstanceClassMemory outside braces"),
        ("{DBInstanceClassMemory+1}", "has '+', but knows only * and /; SUM adds"),
        ("{log(DBInstanceVCPU-1)}", "has '-', but knows only * and /; SUM adds"),
        ("{log(log(DBInstanceVCPU))}", "names log, which is none of"),
        ("{" + 20 * "9" + "}", "holds or gives a number of more than 64 bits"),
        ("{" + 5000 * "9" + "}", "holds or gives a number of more than 64 bits"),
        ("{(DBInstanceVCPU)}", "has '(' where a variable or an integer must be"),
        ("{DBInstanceVCPU} {DBInstanceVCPU}", "goes on with '{' where it must end"),
        ("{DBInstanceVCPU} > 2 > 1", "goes on with '>' where it must end"),
        ("{DBInstanceVCPU} >", "ends too early"),
        ("", "ends too early"),
    ],
)
def test_a_mistake_is_told(text: str, why: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{1/DBInstanceVCPU}", "divides by zero"),
        ("{log(DBInstanceVCPU)}", "takes the logarithm of zero"),
        ("{EndPointPort}", "needs a value of EndPointPort"),
        ("{4611686018427387904*2}", "more than 64 bits"),
        ("SUM(9223372036854775807,1)", "more than 64 bits"),
    ],
)
def test_a_formula_without_a_value_is_told(text: str, why: str) -> None:
    with pytest.raises(FormulaError, match=why):
        parse(text).value({"DBInstanceVCPU": 0})


# Formulas whose value is known by construction.
_variables = st.sampled_from(VARIABLES).map(lambda name: (name, OF_16_GIB[name]))
_integers = st.integers(1, 10**6).map(lambda number: (str(number), number))
_64_BITS = 2**63


def _product(parts: tuple[Known, list[tuple[str, Known]]]) -> Known:
    (text, value), rest = parts
    for sign, (other, number) in rest:
        sign = sign if value * number < _64_BITS else "/"
        text, value = f"{text}{sign}{other}", value * number if sign == "*" else value // number
    return f"{{{text}}}", value


_braces = st.tuples(
    _variables | _integers, st.lists(st.tuples(st.sampled_from("*/"), _variables | _integers), max_size=3)
).map(_product)
_arguments = st.lists(_braces | st.integers(-(10**9), 10**9).map(lambda number: (str(number), number)), min_size=1)


@given(_braces)
def test_braces_are_computed_from_left_to_right(known: Known) -> None:
    text, value = known
    assert parse(text).value(OF_16_GIB) == value


@given(st.sampled_from([("GREATEST", max), ("Least", min), ("SUM", sum)]), _arguments)
def test_functions_take_any_number_of_arguments(named: tuple[str, Function], arguments: list[Known]) -> None:
    name, function = named
    text = f"{name}({', '.join(text for text, _ in arguments)})"
    assume(function([value for _, value in arguments]) < _64_BITS)
    assert parse(text).value(OF_16_GIB) == function([value for _, value in arguments])


@given(st.lists(st.sampled_from([*'{}(),*/+-<>=$" 019', "LEAST", "log", "DBInstanceVCPU"])).map("".join))
def test_any_text_is_a_formula_or_a_mistake(text: str) -> None:
    try:
        assert isinstance(parse(text).value(OF_16_GIB), int)
    except FormulaError as error:
        assert str(error)
