"""Resources that got another logical ID: to CloudFormation one that goes and one that comes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from builder.diff.cascade import Comparison
from builder.diff.model import Verdict
from builder.diff.values import normal
from builder.render import Rendered

# The share of properties that must be the same.
_ALIKE = 0.75
# Pairs of one type that are compared; where there are more, nobody could tell which is which either.
_MOST = 2_500


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    logical_id: str
    type: str
    content: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str]:
        """What equal ones have in common."""
        return self.type, json.dumps(self.content, sort_keys=True)


def renames(comparison: Comparison) -> dict[str, str]:
    """New logical ID -> old one, of the resources that are the same but for it; the most alike are paired first."""
    old, new = comparison.old.rendered, comparison.new.rendered
    gone = [
        _candidate(old, change.logical_id)
        for change in comparison.changes.values()
        if change.verdict in (Verdict.REMOVE, Verdict.ORPHAN)
    ]
    come = [_candidate(new, logical_id) for logical_id in comparison.changes if logical_id not in old.resources]
    found = _same(gone, come)
    taken = set(found.values())
    gone = [each for each in gone if each.logical_id not in taken]
    come = [each for each in come if each.logical_id not in found]
    for _, after, before in sorted(_pairs(gone, come), key=lambda pair: -pair[0]):
        if after not in found and before not in taken:
            found[after] = before
            taken.add(before)
    return found


def _same(gone: list[_Candidate], come: list[_Candidate]) -> dict[str, str]:
    """Those that have the very same properties, in the order of the templates."""
    left: dict[tuple[str, str], list[str]] = {}
    for old in reversed(gone):
        left.setdefault(old.key, []).append(old.logical_id)
    return {new.logical_id: left[new.key].pop() for new in come if left.get(new.key)}


def _pairs(gone: list[_Candidate], come: list[_Candidate]) -> Iterator[tuple[float, str, str]]:
    """Likeness, new and old logical ID of whatever is alike enough."""
    by_type = {of_type: list(group) for of_type, group in groupby(sorted(gone, key=_type_of), key=_type_of)}
    for of_type, group in groupby(sorted(come, key=_type_of), key=_type_of):
        after, before = list(group), by_type.get(of_type, [])
        if len(after) * len(before) <= _MOST:
            for new in after:
                for old in before:
                    if (likeness := _likeness(old.content, new.content)) >= _ALIKE:
                        yield likeness, new.logical_id, old.logical_id


def _type_of(candidate: _Candidate) -> str:
    return candidate.type


def _candidate(rendered: Rendered, logical_id: str) -> _Candidate:
    """A resource with its properties as texts, its own logical ID left out of generated names."""
    resource = rendered.resources[logical_id]
    properties = resource.get("Properties", {})
    texts = {
        name: json.dumps(normal(value), sort_keys=True).replace(logical_id, "") for name, value in properties.items()
    }
    return _Candidate(logical_id=logical_id, type=str(resource["Type"]), content=texts)


def _likeness(old: Mapping[str, str], new: Mapping[str, str]) -> float:
    """The share of properties that are equal; 1 where there is none on either side."""
    names = {*old, *new}
    return sum(name in old and old[name] == new.get(name) for name in names) / len(names) if names else 1.0
