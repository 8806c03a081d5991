"""The worker processes that run cfn-lint, imported only when there is something to lint."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from builder import lint_worker
from builder.lint_worker import Finding
from builder.progress import progress

# cfn-lint's patched schemas and rules take some 200 MB in each process, and more processes than these gain little.
MOST_WORKERS = 4


def run(
    due: Mapping[str, tuple[str, ...]], texts: Mapping[str, str], append_rules: Sequence[str]
) -> Generator[tuple[str, tuple[Finding, ...] | Exception]]:
    """Lints the templates due, given with their Regions; yields each name with what was found, as they are finished.

    All `texts` lie beside each other in one folder meanwhile. An exception stands for a run that came to no verdict.
    """
    # The longest first: then no worker is left alone with it at the end.
    names = sorted(due, key=lambda name: (-len(texts[name]) * len(due[name]), name))
    with tempfile.TemporaryDirectory() as folder, progress("Linting", len(due)) as tell, _pool(len(due)) as pool:
        for name, text in texts.items():
            (Path(folder) / f"{name}.json").write_text(text, encoding="ascii")
        with _interrupts_not_passed_on():
            waiting: dict[Future[tuple[Finding, ...]], str] = {
                pool.submit(lint_worker.findings, f"{folder}/{name}.json", due[name], tuple(append_rules)): name
                for name in names
            }
        for future in as_completed(waiting):
            try:
                outcome: tuple[Finding, ...] | Exception = future.result()
            except Exception as error:  # noqa: BLE001 - whatever cfn-lint stumbles over, the others are still linted
                outcome = error
            tell(waiting[future])
            yield waiting[future], outcome


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Workers for so many jobs, ended with the block also when it is left by an interrupt."""
    workers = min(jobs, os.cpu_count() or 1, MOST_WORKERS)
    others = set(multiprocessing.active_children())
    # Not forked: a fork would copy the thread that draws the progress half, and the memory whole.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=lint_worker.prepare)
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_not_passed_on() -> Iterator[None]:
    """Processes started in the block never see SIGINT, which they inherit as blocked.

    A terminal sends it to them too, and each would print a traceback; it is for this process to end them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
