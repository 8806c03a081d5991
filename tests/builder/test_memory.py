"""What was worked out is not worked out again, until something that it depends on changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import memory


def test_the_same_facts_are_worked_out_once(tmp_path: Path) -> None:
    calls: list[int] = []

    def work_out() -> dict[str, str]:
        calls.append(1)
        return {"a": "b"}

    for facts in ([1], [1], [2]):
        assert memory.recalled(tmp_path / "cache", facts, work_out) == {"a": "b"}
    assert len(calls) == 2


def test_without_a_folder_nothing_is_kept() -> None:
    assert memory.recalled(None, [], lambda: {"a": "b"}) == {"a": "b"}


def test_what_was_written_by_half_is_worked_out_again(tmp_path: Path) -> None:
    memory.recalled(tmp_path, [1], lambda: ["a"])
    next(tmp_path.iterdir()).write_text('["a')
    assert memory.recalled(tmp_path, [1], lambda: ["b"]) == ["b"]
    assert memory.recalled(tmp_path, [1], lambda: ["c"]) == ["b"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert memory.recalled(tmp_path / "file", [1], lambda: ["a"]) == ["a"]


def test_code_counts_wherever_it_lies_and_whatever_of_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digests(place: str, module: str, data: str) -> tuple[str, str, str]:
        """Of a builder of one module and one folder: of the module, of the folder, of all."""
        builder = tmp_path / place
        (builder / "folder").mkdir(parents=True)
        (builder / "module.py").write_text(module)
        (builder / "folder/data.json").write_text(data)
        monkeypatch.setattr(memory, "_BUILDER", builder)
        return memory.code("module.py"), memory.code("folder"), memory.code()

    before = digests("a", "one", "{}")
    assert digests("z/b", "one", "{}") == before
    other_module, other_data = digests("c", "two", "{}"), digests("d", "one", "[]")
    assert [new == old for new, old in zip(other_module, before, strict=True)] == [False, True, False]
    assert [new == old for new, old in zip(other_data, before, strict=True)] == [True, False, False]
