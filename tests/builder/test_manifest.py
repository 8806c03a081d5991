"""dist/manifest.json."""

from __future__ import annotations

import hashlib

import pytest

from builder import manifest
from builder.problems import Failure
from tests.conftest import Project

ENTRY = manifest.entry("{}\n", capabilities=("CAPABILITY_IAM",), resources=3)


def test_an_entry_describes_the_file() -> None:
    assert ENTRY.bytes == 3
    assert ENTRY.sha256 == hashlib.sha256(b"{}\n").hexdigest()


def test_what_is_written_is_read_back_sorted_a_line_each(project: Project) -> None:
    text = manifest.text({"b": ENTRY, "a": ENTRY})
    project.write(manifest.FILE, text)
    assert manifest.read(project.root) == {"a": ENTRY, "b": ENTRY}
    assert [line[:3] for line in text.splitlines()] == ["{", '"a"', '"b"', "}"]


def test_before_the_first_build_there_is_none(project: Project) -> None:
    assert manifest.read(project.root) == {}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1}', '{"a": {}}', '{"a": {"sha256": ""}}', '{"../a": {}}', "\udcff"]
)
def test_a_damaged_manifest_is_told_with_the_way_out(project: Project, text: str) -> None:
    path = project.write(manifest.FILE, "")
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Failure, match=r"dist/manifest\.json: is no manifest .*; fix: delete it and run python build"):
        manifest.read(project.root)
