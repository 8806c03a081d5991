"""AllowedPattern has the meaning that Java gives it."""

from __future__ import annotations

import pytest

from builder.evaluate.patterns import PatternError, matches


@pytest.mark.parametrize(
    ("pattern", "value", "result"),
    [
        ("", "", True),
        ("a|ab", "ab", True),
        ("^[a-z][a-z0-9-]{0,9}$", "dev-1", True),
        ("^a$", "a\n", False),
        ("(?i)dev", "DEV", True),
        (r"\d+", "42", True),
        (r"\d+", "٤٢", False),
        (r"\w+", "a_1", True),
        (r"\w+", "é", False),
        (r"\W", "é", True),
        (r"\D", "x", True),
        (r"a\sb", "a b", True),
        (r"a\sb", "a\u00a0b", False),
        (r"\S+", "ab", True),
        (r"[\w.-]+@[\w.-]+", "a.b-c@d.e", True),
        (r"[^\d]+", "abc", True),
        (r"[^\d]+", "ab1", False),
        (r"\p{Alpha}+", "abC", True),
        (r"\p{Alpha}+", "é", False),
        (r"\P{Alpha}+", "é1", True),
        (r"\p{L}+", "é", True),
        (r"\p{Punct}+", "!/:@[`{~", True),
        (r"\p{Punct}", "a", False),
        (r"[\p{Lower}\p{Digit}]+", "a1", True),
        ("[a-z&&[^b]]+", "abc", False),
        ("[a-z&&[^b]]+", "acd", True),
        ("a++b", "aab", True),
        ("a++a", "aaa", False),
        ("(?>a|ab)c", "abc", False),
        (r"\Qa.b\E\d", "a.b1", True),
        (r"\Qa.b\E", "axb", False),
        (r"\Q[(", "[(", True),
        (r"(?<x>a|b)\k<x>", "bb", True),
        (r"(?<x>a|b)\k<x>", "ab", False),
        (r"\x{e9}\x41\u0042", "éAB", True),
        (r"\0101\e\cA", "A\x1b\x01", True),
        (r"\.\-\\", ".-\\", True),
        (r"(\d{1,3}\.){3}\d{1,3}", "10.0.0.1", True),
        ("(?!-)[a-z-]+(?<!-)", "a-b", True),
        ("(?!-)[a-z-]+(?<!-)", "-ab", False),
    ],
)
def test_means_what_java_means(pattern: str, value: str, result: bool) -> None:
    assert matches(pattern, value) is result


@pytest.mark.parametrize("pattern", ["[", "(", "a{2,1}", "*", r"\p{Nonsense}", r"\x{ffffffff}", "(?<a>x)(?<1>y)"])
def test_what_is_no_pattern_is_told(pattern: str) -> None:
    with pytest.raises(PatternError, match="is not a regular expression"):
        matches(pattern, "a")
