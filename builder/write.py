"""Files written all or none: an interrupted command leaves what was there."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from builder.problems import Failure, Problem


def write(root: Path, texts: Mapping[str, str | bytes], remove: Iterable[str] = ()) -> None:
    """Replaces files by their new texts, in the order given, then removes others; names are from the project's root.

    All new texts are on the disk before the first file is replaced, and signals wait until the last one is. Raises
    Failure, nothing changed, when one cannot be written. Text is written as UTF-8.
    """
    temporary = {name: _temporary(root / name) for name in texts}
    name = ""
    try:
        for name, text in texts.items():
            if (root / name).is_dir():
                raise IsADirectoryError("there is a folder of that name")
            temporary[name].parent.mkdir(parents=True, exist_ok=True)
            if isinstance(text, bytes):
                temporary[name].write_bytes(text)
            else:
                temporary[name].write_text(text, encoding="utf-8", newline="\n")
        with _signals_held():
            for name in texts:
                temporary[name].replace(root / name)
            for name in remove:
                (root / name).unlink(missing_ok=True)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        fix = f"make {Path(name).parent.as_posix()}/ a folder that you may write, on a disk with space"
        raise Failure([Problem(file=name, what=what, fix=fix)]) from error
    finally:
        for path in temporary.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    # Beside its target, because a rename is atomic only within one file system; hidden, so that nothing takes it for
    # a result.
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals that would end the process take effect when the block is over.

    Not by a mask, which holds for one thread only: any other would take the signal. Outside of the main thread Python
    handles no signals, and none interrupts it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    arrived: list[int] = []
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(each, lambda number, _: arrived.append(number)) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
        for number in arrived:
            signal.raise_signal(number)
