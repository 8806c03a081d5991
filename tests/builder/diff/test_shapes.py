"""What it would do to deploy one of the project's own templates over a stack of another."""

from __future__ import annotations

from builder.diff.model import Diff, ResourceChange, Verdict
from tests.builder.diff.comparing import change, compared
from tests.templates.rendering import built, parameter_file

INSTANCE = "rds-high-availability-existing-vpc"


def over(old: str, new: str) -> Diff:
    return compared(built(old), built(new), given=parameter_file(old, "prod"), changed=parameter_file(new, "prod"))


def changed(diff: Diff, logical_id: str) -> dict[str, tuple[object, object]]:
    return {each.path: (each.old, each.new) for each in change(diff, logical_id).properties}


def lost(diff: Diff) -> tuple[ResourceChange, ...]:
    return tuple(each for each in diff.resources if each.loses)


def test_a_managed_secret_becomes_the_stacks_own_in_place() -> None:
    """And back: whoever wants replicas later changes the template, not the database."""
    for old, new in ((INSTANCE, "rds-high-availability-own-secret"), ("rds-high-availability-own-secret", INSTANCE)):
        diff = over(old, new)
        assert not diff.of(Verdict.REPLACE, Verdict.MAY_REPLACE, Verdict.WILL_FAIL)
        assert not lost(diff)
        assert {"ManageMasterUserPassword", "MasterUserPassword"} <= set(changed(diff, "Database"))
        assert [each.where for each in diff.exports] == ["MasterSecretArn"], (
            "importers of the old secret stand in its way"
        )
