"""Runs cfn-lint on one template, in the workers of builder.lint_pool: nothing else imports it."""

from __future__ import annotations

import functools
import gc
import glob
import logging
import multiprocessing
import multiprocessing.process
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from builder import lint_memory

if TYPE_CHECKING:
    from cfnlint.runner import Runner


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One match of one rule. `path` is logical, such as Resources.Database.Properties.Port; `line` counts from 1."""

    rule: str
    message: str
    path: str
    line: int
    source: str


def prepare() -> None:
    """Sets a worker process up."""
    logging.getLogger("cfnlint").addHandler(logging.NullHandler())
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent.join()
    os._exit(1)


def findings(template: str, regions: tuple[str, ...], append_rules: tuple[str, ...]) -> tuple[Finding, ...]:
    """What cfn-lint says about a template file in the Regions given, by line, informational checks included.

    Only these arguments count: a `.cfnlintrc` of the user or the folder is not read, because it would switch checks off
    globally, and unseen.
    """
    from cfnlint.config import ConfigMixIn

    runner = _runner(append_rules)
    runner.config = ConfigMixIn(
        _options(append_rules), regions=list(regions), include_checks=["I"], templates=[glob.escape(template)]
    )
    found = (
        Finding(
            rule=match.rule.id,
            message=match.message,
            path=".".join(map(str, getattr(match, "path", ()))),
            line=match.linenumber,
            source=match.rule.source_url,
        )
        for match in runner.run()
        if match.parent_id is None  # the others only explain their parent
    )
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.rule, finding.path, finding.message)))


@functools.cache
def _runner(append_rules: tuple[str, ...]) -> Runner:
    """The rules, loaded once for all templates of a process, as cfn-lint's own command does for its arguments."""
    from cfnlint.config import ConfigMixIn
    from cfnlint.runner import Runner

    lint_memory.install()
    runner = Runner(ConfigMixIn(_options(append_rules)))
    # The rules live as long as the process: looking through them at each collection, and as often as Python does by
    # itself, took a fifth of the time. Without any collection the largest templates would take 1.2 GB, not 260 MB.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    return runner


def _options(append_rules: tuple[str, ...]) -> list[str]:
    return ["--config-file", os.devnull, *(f"--append-rules={folder}" for folder in append_rules)]
