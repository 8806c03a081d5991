"""What changing a parameter does to a deployed stack: found by changing it, and comparing as `diff` does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from builder.diff.model import Diff, Effect, ResourceChange, Verdict, When
from builder.diff.result import diff
from builder.diff.sides import Side, Valued
from builder.diff.sources import Source
from builder.docs.catalogue import kind_of, plural
from builder.evaluate import Place
from builder.evaluate.declarations import Declaration, declare
from builder.render import LocalTemplates, attempt
from builder.render.samples import sample
from builder.render.seeds import Seed

_TRIALS = 3  # other values tried for one parameter
_FORMS = ("changed", "changed-1,changed-2,changed-3")  # where no valid value is known, and perhaps a list is meant
_DATA = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DynamoDB::Table")

_IN_PLACE = "in place"
_NOTHING = "nothing with these values"
_RULE = re.compile(r"(^|: )Rules\.")  # of the template, or of one nested in it


def effects(
    template: Mapping[str, Any],
    values: Mapping[str, str | list[str]],
    others: Mapping[str, Iterable[str]],
    place: Place,
    local_templates: LocalTemplates,
) -> dict[str, str]:
    """Parameter -> what changing it does, in words: the worst of all values tried, and what fails.

    `values` are those of a deployed stack, `others` further ones by parameter, such as other environments'. A parameter
    that means nothing to these values, or nothing alone, is tried with all optional ones given, then with the choices
    that others allow. Empty where no other value can be tried.
    """
    declared = {name: declare(name, node) for name, node in template.get("Parameters", {}).items()}
    known = [*declared.values(), *_namesakes(template, local_templates)]
    trials = {
        name: _trials([each for each in known if each.name == name], values[name], others.get(name, ()))
        for name in declared
    }
    few_first = sorted(declared.items(), key=lambda item: len(item[1].allowed_values or ()))
    choices = [(name, value) for name, each in few_first for value in each.allowed_values or ()]
    full = {name: value or trials[name][0] for name, value in values.items()}

    # Defaults and assumptions, which this would tell of, are the same on both sides.
    source = Source(label="template", stack="", template=template, local_templates=local_templates)
    as_given = Valued(source=source, values=values, given={}, texts={}, assumptions=())
    sides: dict[str, Side | None] = {}

    def side(chosen: Mapping[str, str | list[str]]) -> Side | None:
        key = repr(sorted(chosen.items()))
        if key not in sides:
            sides[key] = _side(template, chosen, place, local_templates)
        return sides[key]

    def tried(name: str, base: Mapping[str, str | list[str]], most: int = _TRIALS) -> list[Diff]:
        before = side(base)
        after = [side({**base, name: trial}) for trial in trials[name][:most]] if before else []
        return [diff(before, each, (as_given, as_given)) for each in after if before and each]

    found = {}
    for name in declared:
        changes = tried(name, values)
        told = _told(changes)
        if not told:
            told = _told(tried(name, {**full, name: values[name]})) or _told(tried(name, full))
            told = f"where it is used: {told}" if told and changes else told
        if not told and changes:
            chosen = ({**values, other: value} for other, value in choices if other != name)
            base = next((each for each in chosen if _told(tried(name, each, most=1))), None)
            told = f"where it is used: {_told(tried(name, base))}" if base else _NOTHING
        found[name] = told
    return found


def _side(
    template: Mapping[str, Any], values: Mapping[str, str | list[str]], place: Place, local_templates: LocalTemplates
) -> Side | None:
    rendered, problems = attempt(template, values, place, file="template", local_templates=local_templates)
    if rendered is None or any(not _RULE.search(problem.key) for problem in problems):
        return None
    return Side(rendered=rendered, masked=rendered, local_templates=local_templates)


def _namesakes(template: Mapping[str, Any], local_templates: LocalTemplates) -> Iterator[Declaration]:
    """Parameters of nested stacks: a parent passes them on, mostly under their own names, and knows less of them."""
    for resource in template["Resources"].values():
        url = resource.get("Properties", {}).get("TemplateURL") if isinstance(resource, dict) else None
        child = local_templates(url) if isinstance(url, str) else None
        for name, node in (child or {}).get("Parameters", {}).items():
            yield declare(name, node)


def _trials(
    declarations: Sequence[Declaration], value: str | list[str], others: Iterable[str]
) -> Sequence[str | list[str]]:
    """Other values for a parameter: those valid wherever it is declared, and some of no form where there are none."""
    now = ",".join(value) if isinstance(value, list) else value
    candidates = [*others, *(text for each in declarations for text in _candidates(each, now))]
    valid = [
        text
        for text in dict.fromkeys(candidates)
        if text != now and not any(each.violations(text) for each in declarations)
    ]
    chosen = sorted(valid, key=lambda text: not text)[:_TRIALS] or list(_FORMS)
    return [text.split(",") for text in chosen] if declarations[0].type.is_list else chosen


def _candidates(declaration: Declaration, now: str) -> Iterator[str]:
    yield from declaration.allowed_values or ()
    if declaration.default is not None:
        yield declaration.default
    if now.isdigit():
        yield from (str(int(now) + 1), str(int(now) - 1), str(int(now) * 2))
    for position, letter in enumerate(now):  # an address range, an identifier: one digit is another
        if letter.isdigit():
            yield now[:position] + str((int(letter) + 1) % 10) + now[position + 1 :]
    if now:
        yield from (f"{now}x", f"{now}1", "")
    yield declaration.type.example
    # `(...)?` is how a pattern allows an empty value; what is looked for is another.
    pattern = (declaration.allowed_pattern or "").removesuffix("?")
    for seed in (declaration.name, "another"):
        yield (pattern and sample(pattern, Seed(seed))) or ""


def _told(changes: Sequence[Diff]) -> str:
    """What the changes do, in one cell of a table: the worst of what works, and what fails."""
    failing = [one for one in changes if one.of(Verdict.WILL_FAIL)]
    working = [one for one in changes if one not in failing]
    parts = [_worked([change for one in working for change in one.resources])]
    parts += dict.fromkeys(_failed(change) for one in failing for change in one.of(Verdict.WILL_FAIL)[:1])
    return "; ".join(filter(None, parts))


def _worked(changes: Sequence[ResourceChange]) -> str:
    def of(*verdicts: Verdict) -> list[ResourceChange]:
        return [change for change in changes if change.verdict in verdicts]

    replaced = [
        part
        for verdict, words in ((Verdict.REPLACE, "replaces"), (Verdict.MAY_REPLACE, "may replace"))
        if (part := _replaced(words, of(verdict)))
    ]
    if replaced:
        return "; ".join(replaced)
    moved = [*_moved("adds", of(Verdict.ADD)), *_moved("removes", of(Verdict.REMOVE, Verdict.ORPHAN))]
    return "; ".join(filter(None, [_in_place(of(Verdict.UPDATE)), *moved]))


def _failed(change: ResourceChange) -> str:
    """Why an update fails, without who says so: `diff` tells that."""
    if any(part.effect is Effect.REPLACE for part in change.properties):
        return f"**fails: {change.logical_id} would have to be replaced**, which its fixed name prevents"
    reason = re.split(": | \\(|, which", change.reasons[0])[0]
    return f"**fails** if {re.sub(r'down from .*', 'down', reason)}"


def _replaced(words: str, changes: Sequence[ResourceChange]) -> str:
    """Who is replaced, what holds data first; in bold where that is so."""
    names = dict.fromkeys(change.logical_id for change in changes)
    data = dict.fromkeys(change.logical_id for change in changes if change.type in _DATA)
    shown = list(data or names)[:3]
    rest = len(names) - len(shown)
    text = f"{words} {', '.join(shown)}"
    return (f"**{text}**" if data else text if names else "") + (f" and {plural(rest, 'other')}" if rest else "")


def _in_place(changes: Sequence[ResourceChange]) -> str:
    """When updates take effect, where not simply at once."""
    if not changes:
        return ""
    timings = [part.timing for change in changes for part in change.properties if part.timing]
    windows = [timing for timing in timings if timing.when is not When.NOW or timing.interruption]
    told = dict.fromkeys(str(timing) for timing in windows)
    return f"{_IN_PLACE}, {'; '.join(told)}" if told else _IN_PLACE


def _moved(words: str, changes: Sequence[ResourceChange]) -> Iterator[str]:
    """What comes or goes, by kind where it is many."""
    names = dict.fromkeys(change.logical_id for change in changes)
    if len(names) > 3:
        kinds = dict.fromkeys(kind_of(change.type).noun for change in changes if kind_of(change.type).drawn)
        yield f"{words} {plural(len(names), 'resource')} ({', '.join(kinds)})"
    elif names:
        yield f"{words} {', '.join(names)}"
