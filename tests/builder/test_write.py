"""Files are written all or none."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from builder.problems import Failure
from builder.write import write


def contents(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_files_are_made_replaced_and_removed(tmp_path: Path) -> None:
    write(tmp_path, {"dist/a": "1\n", "dist/b": "1\n"})
    write(tmp_path, {"dist/a": "2\n", "dist/c": "1\n"}, remove=["dist/b", "dist/never"])
    assert contents(tmp_path) == {"dist/a": "2\n", "dist/c": "1\n"}


def test_the_users_umask_decides_who_may_read(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path, {"a": "1\n"})
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("obstacle", ["dist", "dist/b"])
def test_when_one_cannot_be_written_none_is(tmp_path: Path, obstacle: str) -> None:
    if obstacle == "dist":
        (tmp_path / "dist").write_text("a file where the folder should be")
    else:
        (tmp_path / "dist/b").mkdir(parents=True)
        (tmp_path / "dist/a").write_text("old\n")
    before = contents(tmp_path)
    with pytest.raises(Failure, match=r"dist/[ab]: cannot be written: .*; fix: make dist/ a folder that you may write"):
        write(tmp_path, {"dist/a": "new\n", "dist/b": "new\n"})
    assert contents(tmp_path) == before


def test_an_interrupt_while_preparing_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a": "old\n", "b": "old\n"})
    prepared = Path.write_text

    def interrupted(path: Path, *arguments: str, **options: str) -> int:
        if path.name.startswith(".b"):
            raise KeyboardInterrupt
        return prepared(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, {"a": "new\n", "b": "new\n"})
    assert contents(tmp_path) == {"a": "old\n", "b": "old\n"}


def test_other_threads_can_write_too(tmp_path: Path) -> None:
    thread = threading.Thread(target=write, args=(tmp_path, {"a": "1\n"}))
    thread.start()
    thread.join()
    assert contents(tmp_path) == {"a": "1\n"}


def test_an_interrupt_while_replacing_waits_for_the_last_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        os.kill(os.getpid(), signal.SIGINT)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, {"a": "new\n", "b": "new\n"}, remove=["c"])
    assert contents(tmp_path) == {"a": "new\n", "b": "new\n"}
