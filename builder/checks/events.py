"""EventBridge patterns that no event can match, and transformers that read what they do not have.

Source: EventBridge user guide, "Comparison operators" and "Input transformation"; builder/checks/data/events.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from builder.checks.check import Check, Finding, Path, at, entries, listed, table
from builder.problems import nearest
from builder.render import Rendered

_RULE = "AWS::Events::Rule"
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.-]+)>")


def _patterns(rendered: Rendered) -> Iterator[tuple[Path, Any]]:
    for rule, properties in rendered.of_type(_RULE):
        pattern = properties.get("EventPattern")
        if isinstance(pattern, str):
            with suppress(ValueError):  # told as a pattern that is no object
                pattern = json.loads(pattern)
        if pattern is not None:
            yield at(rule, "EventPattern"), pattern


def impossible(rendered: Rendered) -> Iterator[Finding]:
    for path, pattern in _patterns(rendered):
        if not isinstance(pattern, Mapping):
            yield Finding(path=path, what="is no object", fix="write an object of fields with lists of values")
            continue
        known = table("events")["fields"]
        for name in pattern:
            if name not in known:
                near = nearest(str(name), known)
                fix = f"did you mean {near}?" if near else "put it under detail"
                yield Finding(path=(*path, name), what="no event has this field", fix=fix)
        yield from _shape(pattern, path)


def _shape(pattern: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Every leaf is a list of values or of known operators; $or is a list of patterns."""
    for name, node in pattern.items():
        here = (*path, name)
        if name == "$or":
            if not isinstance(node, list) or len(node) < 2 or not all(isinstance(each, Mapping) for each in node):
                yield Finding(path=here, what="$or takes a list of two or more patterns", fix="write it as one")
                continue
            for index, each in enumerate(node):
                yield from _shape(each, (*here, index))
        elif isinstance(node, Mapping):
            if not node:
                yield Finding(path=here, what="matches nothing: it is empty", fix="name a field, or leave it out")
            yield from _shape(node, here)
        elif not isinstance(node, list):
            yield Finding(path=here, what=f"{node!r} is no list", fix=f"write [{json.dumps(node)}]")
        elif not node:
            yield Finding(path=here, what="an empty list matches nothing", fix="give a value, or leave it out")
        else:
            yield from _values(node, here)


def _values(values: list[Any], path: Path) -> Iterator[Finding]:
    operators = table("events")["operators"]
    for index, value in enumerate(values):
        if isinstance(value, list):
            yield Finding(path=(*path, index), what="a list in a list matches nothing", fix="write the values flat")
        if not isinstance(value, Mapping):
            continue
        if len(value) != 1 or next(iter(value)) not in operators:
            shown = ", ".join(map(str, value)) or "nothing"
            what = f"{shown} is no operator of a pattern"
            yield Finding(path=(*path, index), what=what, fix=f"take one of {', '.join(operators)}")
            continue
        ((operator, argument),) = value.items()
        if operator == "exists" and not isinstance(argument, bool) and str(argument) not in ("true", "false"):
            yield Finding(path=(*path, index), what="exists takes true or false", fix="write true or false")
        if operator == "numeric" and not (isinstance(argument, list) and len(argument) in (2, 4)):
            yield Finding(path=(*path, index), what="numeric takes [operator, number]", fix='write [">", 0]')
        if operator == "wildcard" and "**" in str(argument):
            yield Finding(path=(*path, index), what="two * in a row are refused", fix="write one")


def never_sent(rendered: Rendered) -> Iterator[Finding]:
    """Sources, types, fields and values that the services known here never send."""
    sources = table("events")["sources"]
    for path, pattern in _patterns(rendered):
        if not isinstance(pattern, Mapping):
            continue
        names = [str(each) for each in listed(pattern.get("source")) if isinstance(each, str)]
        for name in names:
            if name not in sources and (near := nearest(name, sources, cutoff=0.8)):
                yield Finding(path=(*path, "source"), what=f"nothing sends as {name!r}", fix=f"did you mean {near}?")
        if len(names) != 1 or names[0] not in sources:
            continue
        facts = sources[names[0]]
        types = [str(each) for each in listed(pattern.get("detail-type")) if isinstance(each, str)]
        for kind in types:
            if kind not in facts["detail-types"]:
                near = nearest(kind, facts["detail-types"])
                fix = f"did you mean {near!r}?" if near else "take one that the service sends"
                yield Finding(path=(*path, "detail-type"), what=f"{names[0]} sends no {kind!r}", fix=fix)
        for where, detail in _details(pattern, path):
            yield from _detail(facts, types, detail, where)


def _details(pattern: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every set of fields that a pattern asks of an event's detail, the branches of $or apart."""
    detail = pattern.get("detail")
    if isinstance(detail, Mapping):
        yield (*path, "detail"), detail
        for index, branch in entries(detail.get("$or")):
            yield (*path, "detail", "$or", index), branch
    for index, branch in entries(pattern.get("$or")):
        yield from _details(branch, (*path, "$or", index))


def _detail(facts: Mapping[str, Any], types: list[str], detail: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    fields = facts.get("detail")
    for name in detail:
        if fields and name not in fields and name != "$or":
            near = nearest(str(name), fields)
            fix = f"did you mean {near}?" if near else f"take one of {', '.join(fields)}"
            yield Finding(path=(*path, name), what="these events have no such field", fix=fix)
        if types and all(name in facts.get("not", {}).get(kind, ()) for kind in types):
            what = f"{' and '.join(map(repr, types))} have no {name!r}, but state"
            yield Finding(path=(*path, name), what=what, fix="match state")
    for name, allowed in facts.get("values", {}).items():
        for value in listed(detail.get(name)):
            if isinstance(value, str) and value not in allowed:
                what = f"{name} is never {value!r}"
                yield Finding(path=(*path, name), what=what, fix=f"take one of {', '.join(allowed)}")
    states = [facts["detail-types"].get(kind) for kind in types]
    if states and all(states):
        possible = {state for known in states for state in known}
        for value in listed(detail.get("state")):
            if isinstance(value, str) and value not in possible:
                what = f"state is never {value!r}"
                fix = f"take one of {', '.join(sorted(possible))}"
                yield Finding(path=(*path, "state"), what=what, fix=fix)


def transformers(rendered: Rendered) -> Iterator[Finding]:
    for rule, properties in rendered.of_type(_RULE):
        for index, target in entries(properties.get("Targets")):
            transformer = target.get("InputTransformer")
            if not isinstance(transformer, Mapping):
                continue
            path = at(rule, "Targets", index, "InputTransformer")
            stated = transformer.get("InputPathsMap")
            paths = stated if isinstance(stated, Mapping) else {}
            for name in dict.fromkeys(_PLACEHOLDER.findall(str(transformer.get("InputTemplate")))):
                if name not in paths and not name.startswith("aws.events."):
                    what = f"<{name}> is in no path of InputPathsMap, and comes out empty"
                    yield Finding(path=(*path, "InputTemplate"), what=what, fix=f"add {name} to InputPathsMap")
            for name, where in paths.items():
                if not str(where).startswith("$"):
                    what = f"{where!r} is no path into the event"
                    yield Finding(path=(*path, "InputPathsMap", name), what=what, fix="begin it with $.")


_GUIDE = "EventBridge user guide"
CHECKS = (
    Check(
        id="E9191",
        reason="a pattern of a shape that matches no event",
        source=f"{_GUIDE}, eb-create-pattern-operators",
        find=impossible,
    ),
    Check(
        id="E9192",
        reason="a pattern for events that the service never sends",
        source="builder/checks/data/events.json",
        find=never_sent,
    ),
    Check(
        id="E9193",
        reason="an input transformer reads what its map names",
        source=f"{_GUIDE}, eb-transform-target-input",
        find=transformers,
    ),
)
