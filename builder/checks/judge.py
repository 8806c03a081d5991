"""Judges rendered templates by every check: what the build and cfn-lint's rules both call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from builder.checks.catalogue import CHECKS
from builder.checks.check import Check, Finding
from builder.evaluate import EvaluationError, Place, partition_of
from builder.render import LocalTemplates, Rendered, attempt
from builder.suppressions import suppressed

# cfn-lint's own range for users' rules, as the checks' IDs.
UNRESOLVED = Check(
    id="E9100",
    reason="what cannot be resolved cannot be deployed, nor judged",
    source="CloudFormation user guide, intrinsic-function-reference and rules-section-structure",
    find=lambda rendered: (),
)
ALL = (UNRESOLVED, *CHECKS)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A finding with the check that made it, and the file of the template that it is about."""

    check: Check
    file: str
    finding: Finding


def findings(rendered: Rendered, checks: Sequence[Check] = CHECKS) -> Iterator[Verdict]:
    """What the checks find in a rendered template, those that its resources suppress left out.

    A resource suppresses a check as it does one of cfn-lint's: by ID in its metadata (builder.suppressions).
    """
    ignored = {logical_id: tuple(suppressed(resource)) for logical_id, resource in rendered.resources.items()}
    for check in checks:
        for finding in _found(check, rendered):
            resource = str(finding.path[1]) if finding.path[:1] == ("Resources",) else ""
            if not any(check.id.startswith(each) for each in ignored.get(resource, ())):
                yield Verdict(check=check, file=rendered.file, finding=finding)


def _found(check: Check, rendered: Rendered) -> Iterator[Finding]:
    """What a check finds until it asks for something that cannot be resolved, which is told of itself."""
    with suppress(EvaluationError):
        yield from check.find(rendered)


def judge(
    template: Mapping[str, Any],
    values: Mapping[str, str | list[str]],
    place: Place,
    *,
    file: str,
    local_templates: LocalTemplates | None = None,
    checks: Sequence[Check] = CHECKS,
) -> tuple[Verdict, ...]:
    """Renders a template and judges it with all that it nests; what cannot be resolved is a finding too."""
    rendered, problems = attempt(template, values, place, file=file, local_templates=local_templates)
    unresolved = (
        Verdict(
            check=UNRESOLVED,
            file=file,
            finding=Finding(path=tuple(problem.key.split(".")), what=problem.what, fix=problem.fix),
        )
        for problem in problems
    )
    judged = (verdict for each in _family(rendered) for verdict in findings(each, checks))
    return tuple(dict.fromkeys((*unresolved, *judged)))


def one_region_a_partition(regions: Iterable[str]) -> tuple[str, ...]:
    """The first Region of each partition: templates differ by partition more than by Region."""
    chosen: dict[str, str] = {}
    for region in regions:
        chosen.setdefault(partition_of(region)[0], region)
    return tuple(chosen.values())


def _family(rendered: Rendered | None) -> Iterator[Rendered]:
    if rendered is not None:
        yield rendered
        for child in rendered.nested.values():
            yield from _family(child)
