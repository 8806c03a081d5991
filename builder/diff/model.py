"""What a change does, as data: the verdict on each resource, what changes in it and why, and what else to know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What happens to a resource, the worst last."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    ORPHAN = "ORPHAN"  # leaves the stack and lives on
    REMOVE = "REMOVE"
    MAY_REPLACE = "MAY REPLACE"
    REPLACE = "REPLACE"
    WILL_FAIL = "WILL FAIL"


class Effect(StrEnum):
    """What a changed property does to its resource, the worst last."""

    UPDATE = "updates"
    MAY_REPLACE = "may replace"
    REPLACE = "replaces"
    FAIL = "fails"

    @property
    def rank(self) -> int:
        return tuple(Effect).index(self)


class Fate(StrEnum):
    """What becomes of the resource that was there."""

    DELETED = "deleted"
    SNAPSHOTTED = "deleted, after a snapshot"
    RETAINED = "retained"


class When(StrEnum):
    """When a change of an RDS instance takes effect."""

    NOW = "now"
    WINDOW = "at the maintenance window"
    REBOOT = "at a reboot that someone must make"
    OWN_REBOOT = "now, by a reboot that CloudFormation makes"


@dataclass(frozen=True, kw_only=True)
class Timing:
    """When a change takes effect, and whether it interrupts: "" for no, else in words."""

    when: When
    interruption: str = ""

    def __str__(self) -> str:
        return f"{self.when.value}, {self.interruption}" if self.interruption else self.when.value


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One value that differs, or that will once resources are replaced.

    `path` is from the resource on, e.g. `DBName` or `Tags.Owner`; `old` and `new` are as they may be shown, None where
    there is none. `source` says who says what the effect is. `via` is what replaces a value that is the same in both
    templates: the cause path behind this property.
    """

    path: str
    old: object
    new: object
    effect: Effect = Effect.UPDATE
    source: str = ""
    via: tuple[str, ...] = ()
    timing: Timing | None = None

    @property
    def name(self) -> str:
        """The property, or attribute of the resource, that it is in."""
        return self.path.partition(".")[0].partition("[")[0]


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """What happens to one resource. In a nested stack its ID has the stack's in front: `Stack/Database`.

    `cause` is the path that a replacement comes by, the resource itself first: `("Database", "DBSubnetGroupName",
    "SubnetGroup", ...)`. `fate` is what becomes of the old one, if it goes. `holds` is what a stateful resource would
    lose, empty for one that is not. `reasons` say why the update fails; `notes` what else is to be known.
    `counterpart` is the ID of the other half of a rename.
    """

    logical_id: str
    type: str
    verdict: Verdict
    properties: tuple[PropertyChange, ...] = ()
    cause: tuple[str, ...] = ()
    fate: Fate | None = None
    holds: str = ""
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    counterpart: str = ""

    @property
    def loses(self) -> bool:
        """Whether something stateful goes, or may go, without a snapshot or being retained."""
        gone = self.verdict in (Verdict.REMOVE, Verdict.REPLACE, Verdict.MAY_REPLACE)
        return gone and bool(self.holds) and self.fate is Fate.DELETED


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something to know about a change. `where` is a logical ID, a parameter or an output."""

    where: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Diff:
    """A change as a whole.

    `policies` are weakened deletion and replacement policies, `security` what becomes wider open, `defaults` those that
    do not reach existing stacks, `exports` what other stacks may miss, `assumptions` what was not known here.
    Only a plan has `disagreements`, where AWS itself says otherwise than the templates, and `drift`, what is no longer
    as it was deployed.
    """

    resources: tuple[ResourceChange, ...] = ()
    security: tuple[Notice, ...] = ()
    policies: tuple[Notice, ...] = ()
    defaults: tuple[Notice, ...] = ()
    exports: tuple[Notice, ...] = ()
    assumptions: tuple[Notice, ...] = ()
    disagreements: tuple[Notice, ...] = ()
    drift: tuple[Notice, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether a deployment would change nothing."""
        return not (self.resources or self.security or self.policies or self.defaults or self.exports)

    def of(self, *verdicts: Verdict) -> tuple[ResourceChange, ...]:
        """The changes with one of these verdicts."""
        return tuple(change for change in self.resources if change.verdict in verdicts)
