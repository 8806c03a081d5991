"""Renders every template in folders of other authors, and counts what cannot be resolved, and why.

`python -m tests.builder.render.survey FOLDER...` prints the tables of docs/public-templates.md.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from builder.checks.adapter import Unread, completed
from builder.docs.markdown import table
from builder.evaluate import Place, read_template
from builder.problems import Failure, Problem
from builder.render import attempt
from builder.render.sources import beside

ENDINGS = (".json", ".template", ".yaml", ".yml")
# What was said of a template -> why it could not be resolved, in words.
REASONS = {
    r"^line \d+: tag !|^there are \d+ YAML documents": "in a form that is not CloudFormation's (tags of Rain)",
    r"^macro ": "needs a macro, which runs inside AWS",
    r"^null is not allowed": "holds null, which CloudFormation refuses",
    r"^must be a literal string": "a resource type that another tool replaces (modules of Rain)",
    r"^cannot select index": "selects a fourth zone or subnet, where three stand in",
    r"is not created, because its condition": "reads a resource that its own conditions leave out",
}
RULE = "its own Rules refuse the values that stand in"


@dataclass
class Survey:
    """What became of the templates in a folder: how many there are, how many render whole, and why others do not."""

    templates: int = 0
    whole: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def survey(folder: Path) -> Survey:
    """Renders every template in a folder with its defaults; samples stand for parameters without one."""
    found = Survey()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file()):
        problems = _problems(path)
        if problems is None:
            continue
        found.templates += 1
        found.whole += not problems
        found.reasons.update({_reason(problem) for problem in problems})
    return found


def _problems(path: Path) -> tuple[Problem, ...] | None:
    """What keeps a template from being rendered whole; None for a file that is no template."""
    try:
        template = read_template(path)
    except Failure as failure:
        is_template = "AWSTemplateFormatVersion" in path.read_text(encoding="utf-8", errors="replace")
        return failure.problems if is_template and "has no Resources" not in failure.problems[0].what else None
    place = Place(region="us-east-1", stack_name="stack", exports=Unread())
    values, _ = completed(template, {}, path.name, place)
    return attempt(template, values, place, file=path.name, local_templates=beside(path.parent))[1]


def _reason(problem: Problem) -> str:
    if problem.key.startswith("Rules."):
        return RULE
    return next((words for said, words in REASONS.items() if re.search(said, problem.what)), f"{problem.what}")


def main(folders: list[str]) -> None:
    """Prints what became of each folder's templates, then why some could not be resolved."""
    found = {Path(folder).name: survey(Path(folder)) for folder in folders}
    rows = [[name, str(each.templates), str(each.whole)] for name, each in found.items()]
    print(table(["Repository", "Templates", "Rendered whole"], rows))
    reasons = sum((each.reasons for each in found.values()), Counter[str]())
    print("\n" + table(["Why not", "Templates"], [[words, str(count)] for words, count in reasons.most_common()]))


if __name__ == "__main__":
    main(sys.argv[1:])
