"""What was worked out is not worked out again, until something that it depends on changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from builder import memory

BUILDER = Path(memory.__file__).parent
# What makes templates and hands them on: the templates themselves are facts, to the byte.
MAKERS = {BUILDER / name for name in ("assemble.py", "lint.py", "lint_pool.py", "load.py", "memory.py", "plain.py")}


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


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def file_of(name: str) -> Path:
    """The file of a module, or of the one that has this in it."""
    path = BUILDER.parent.joinpath(*name.split("."))
    found = (path.with_suffix(".py"), path / "__init__.py", path.parent.with_suffix(".py"), path.parent / "__init__.py")
    return next(file for file in found if file.is_file())


def imported(module: Path) -> Iterator[Path]:
    """The builder's modules that a module imports when it runs, anywhere in it."""
    typing = [
        node for node in ast.walk(parsed(module)) if isinstance(node, ast.If) and "TYPE" in ast.unparse(node.test)
    ]
    never = {id(each) for node in typing for each in ast.walk(node)}
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("builder") and id(node) not in never:
            yield from (file_of(f"{node.module}.{alias.name}") for alias in node.names)


@cache
def depended_on() -> dict[str, set[str]]:
    """Whoever asks for what stands for code, and the names that it asks with."""
    asking = [module for module in BUILDER.rglob("*.py") if "memory.code(" in module.read_text(encoding="utf-8")]
    return {
        f"{module.relative_to(BUILDER)}:{node.lineno}": {ast.literal_eval(argument) for argument in node.args}
        for module in asking
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "memory.code" and node.args
    }


@pytest.mark.parametrize("asked", depended_on())
def test_what_is_remembered_depends_on_all_the_code_that_it_comes_from(asked: str) -> None:
    places = [BUILDER / name for name in depended_on()[asked]]
    named = {module for place in places for module in (place.rglob("*.py") if place.is_dir() else [place])}
    reached, due = set(named), list(named)
    for module in due:  # which grows
        new = set(imported(module)) - reached - MAKERS
        reached |= new
        due += new
    assert {str(module.relative_to(BUILDER)) for module in reached - named} == set()
