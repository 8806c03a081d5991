"""Where a template to compare comes from: a file, standard input, a revision of the repository, or a fresh build."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from builder import git, limits
from builder.evaluate import parse_template, read_template
from builder.evaluate.read import decode
from builder.problems import Failure, Problem
from builder.render import LocalTemplates
from builder.render.sources import beside

STANDARD_INPUT = "-"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A template, its name for people, and the templates beside it. `stack` is the stack that it is for.

    `revision` is the one that it comes from, empty for none.
    """

    label: str
    stack: str
    template: Mapping[str, Any]
    local_templates: LocalTemplates
    revision: str = ""


def read(text: str, root: Path) -> Source:
    """The template that a person names: a file, `-`, or `git:REV:path`. A Failure tells what is wrong with it.

    A path in git is from the top of the repository, as git itself reads it; `root` lies in it.
    """
    if text == STANDARD_INPUT:
        label = "standard input"
        template = _parsed(decode(sys.stdin.buffer.read(), label), label)
        return Source(label=label, stack="", template=template, local_templates=lambda url: None)
    if text.startswith(git.PREFIX):
        revision, colon, path = text.removeprefix(git.PREFIX).partition(":")
        if not (revision and colon and path):
            raise Failure([Problem(file=text, what="is not a revision and a path", fix="write git:REV:path")])
        return committed(revision, path, root)
    file = Path(text)
    template = read_template(file)
    _refuse_too_large(file.stat().st_size, text)
    return Source(label=text, stack=file.stem, template=template, local_templates=beside(file.parent))


def committed(revision: str, path: str, root: Path) -> Source:
    """The template at a path of a revision. A Failure tells why there is none."""
    text = show(revision, path, root)

    def beside_it(url: str) -> Mapping[str, Any] | None:
        file = PurePosixPath(path).parent / url
        if "://" in url or str(file) not in git.listing(revision, str(file), root):
            return None
        return parse_template(show(revision, str(file), root), f"{git.PREFIX}{revision}:{file}")

    label = f"{git.PREFIX}{revision}:{path}"
    return Source(
        label=label,
        stack=PurePosixPath(path).stem,
        template=_parsed(text, label),
        local_templates=beside_it,
        revision=revision,
    )


def _parsed(text: str, label: str) -> Mapping[str, Any]:
    template = parse_template(text, label)
    _refuse_too_large(len(text.encode()), label)
    return template


def _refuse_too_large(size: int, label: str) -> None:
    """Raises Failure for a template that could not be deployed, whatever is in it."""
    if size > limits.BODY:
        what = f"has {size:,} bytes, and CloudFormation takes {limits.BODY:,} at most"
        raise Failure([Problem(file=label, what=what, fix="split it into nested stacks")])


def show(revision: str, path: str, root: Path) -> str:
    """The text of a file of a revision. A Failure tells why there is none, in git's words."""
    return decode(git.read(revision, path, root), f"{git.PREFIX}{revision}:{path}")
