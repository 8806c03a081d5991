"""Who must agree to a change before it is deployed: the same for a comparison of templates and for a plan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from builder.diff.model import Diff, ResourceChange, Verdict
from builder.problems import ExitCode, Failure, Problem, nearest

_AFFECTED = (Verdict.REMOVE, Verdict.REPLACE, Verdict.MAY_REPLACE)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """`blocked` needs consent that was not given, `warned` may need it, `failing` is refused by AWS anyway."""

    blocked: tuple[ResourceChange, ...]
    warned: tuple[ResourceChange, ...]
    failing: tuple[ResourceChange, ...]

    @property
    def exit_code(self) -> ExitCode:
        if self.blocked:
            return ExitCode.STATEFUL_CHANGE_BLOCKED
        return ExitCode.CHECK_FAILED if self.failing else ExitCode.OK


def judge(diff: Diff, consent: Collection[str] = (), *, strict: bool = False) -> Judgement:
    """What of a change is blocked: stateful resources that are lost, or may be if `strict`, without consent."""
    losing = [change for change in diff.resources if change.loses and change.logical_id not in consent]
    maybe = [change for change in losing if change.verdict is Verdict.MAY_REPLACE]
    return Judgement(
        blocked=tuple(change for change in losing if strict or change not in maybe),
        warned=() if strict else tuple(maybe),
        failing=diff.of(Verdict.WILL_FAIL),
    )


def check_consent(consent: Collection[str], affected: Collection[str]) -> None:
    """Refuses consent for what is not replaced or removed: it would outlive its reason. Raises Failure, exit code 2."""
    problems = []
    for logical_id in sorted(set(consent) - set(affected)):
        near = nearest(logical_id, affected)
        fix = f"did you mean {near}?" if near else "take it out"
        what = "is neither replaced nor removed"
        problems.append(Problem(file="--allow-replace", key=logical_id, what=what, fix=fix))
    if problems:
        raise Failure(problems, ExitCode.USAGE)


def affected(diff: Diff) -> frozenset[str]:
    """The logical IDs that consent can be given for."""
    return frozenset(change.logical_id for change in diff.of(*_AFFECTED))
