"""Pages whose generated parts are renewed, and whose prose is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.docs.markdown import anchor, code, page, prose, renewed, table
from builder.problems import Failure

PARTS = {"one": ("", "first"), "two": ("Second", "text")}
TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=30)


def test_a_new_page_has_its_title_its_headings_and_its_parts() -> None:
    made = page("Title", PARTS)
    assert made.startswith("# Title\n")
    assert "<!-- generated: one -->\n\nfirst\n\n<!-- end -->\n\n## Second\n\n<!-- generated: two -->" in made


def test_renewing_a_fresh_page_changes_nothing() -> None:
    assert renewed(page("Title", PARTS), PARTS, "x.md") == page("Title", PARTS)


@given(before=TEXTS, between=TEXTS)
def test_prose_around_parts_is_kept_and_only_they_change(before: str, between: str) -> None:
    old = (
        page("Title", PARTS)
        .replace("# Title", f"# Title\n\n> {before}")
        .replace("## Second", f"## Second\n\n> {between}")
    )
    new = renewed(old, {"one": ("", "other"), "two": ("Second", "text")}, "x.md")
    assert new == old.replace("\nfirst\n", "\nother\n")


def test_a_part_that_a_page_lacks_is_added_at_its_end() -> None:
    old = page("Title", {"one": ("", "first")})
    assert renewed(old, PARTS, "x.md") == old + "\n## Second\n\n<!-- generated: two -->\n\ntext\n\n<!-- end -->\n"
    assert renewed("", {"one": ("", "first")}, "x.md").endswith("<!-- generated: one -->\n\nfirst\n\n<!-- end -->\n")


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ("<!-- generated: one -->\nx\n", "line 1: one has no <!-- end -->"),
        ("<!-- generated: one -->\n<!-- generated: two -->\n", "line 2: one of line 1 has no"),
        ("<!-- end -->\n", "line 1: <!-- end --> ends nothing"),
        ("<!-- generated: three -->\n<!-- end -->\n", "line 1: there is no part 'three'; fix: choose of: one, two"),
        ("<!-- generated: one -->\n<!-- end -->\n" * 2, "line 3: one is there a second time"),
    ],
)
def test_marks_that_do_not_pair_are_refused_with_their_line(old: str, told: str) -> None:
    with pytest.raises(Failure, match=told):
        renewed(old, PARTS, "x.md")


@given(TEXTS, TEXTS)
def test_a_table_stays_one_whatever_its_cells_hold(first: str, second: str) -> None:
    lines = table(["A", "B"], [[first + "|\n|", second]]).splitlines()
    assert len(lines) == 3
    assert lines[2].replace("\\|", "").count("|") == 3


def test_code_and_prose_show_what_they_are_given() -> None:
    assert (code("a"), code("a`b"), code("")) == ("`a`", "``a`b``", "")
    assert prose("a*b_<c>[d]`") == r"a\*b\_\<c\>\[d\]\`"
    assert anchor("`DatabaseSilent`: what to do, first!") == "databasesilent-what-to-do-first"
