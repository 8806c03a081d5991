"""Parameter files, params/<stack>/<env>.json: a list of "Key=Value" strings, the one form that both AWS CLIs accept.

Stricter than AWS, because `aws cloudformation deploy --parameter-overrides file://...` is too lenient: keys that the
template does not have are dropped without a word, and keys that the file omits keep their previous value on an update.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from builder.evaluate import Evaluation, EvaluationError, Parameters, Place, parameter_values
from builder.evaluate.declarations import declare
from builder.evaluate.nodes import kind
from builder.evaluate.read import read_text
from builder.evaluate.strict_json import parse_json
from builder.problems import Failure, Problem

_ENVIRONMENT = "EnvironmentSuffix"
_PLACES = ("AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::URLSuffix")  # what differs between Regions
_SHOWN = 40  # characters of an item that is not understood


def read(path: str | Path) -> dict[str, str]:
    """The values in a parameter file, by key, in its order. A Failure tells everything that is wrong with its form."""
    return parse(read_text(path), str(path))


def parse(text: str, file: str) -> dict[str, str]:
    """The values in the text of a parameter file; `file` is its name for people. A Failure as of `read`."""
    document = parse_json(text, file)
    if not isinstance(document, list):
        what = f'is {kind(document)}, not a list of "Key=Value" strings'
        raise Failure([Problem(file=file, what=what, fix='write ["Key=Value", ...]')])
    values, problems = _pairs(document, file)
    if problems:
        raise Failure(problems)
    return values


def _pairs(items: Sequence[Any], file: str) -> tuple[dict[str, str], list[Problem]]:
    """As the AWS CLI reads them: split at the first "=", nothing trimmed (awscli, deploy.py, parse_key_value_arg)."""
    values: dict[str, str] = {}
    problems = []
    for position, item in enumerate(items, start=1):
        key, equals, value = item.partition("=") if isinstance(item, str) else ("", "", "")
        if not isinstance(item, str):
            what, fix = f"item {position} is {kind(item)}, not a string", 'write "Key=Value"'
        elif not _is_text(item):
            what, fix = f"item {position} holds bytes that are no text", "give it in UTF-8"
        elif not equals:
            what, fix = f"item {position}, {item[:_SHOWN]!r}, has no =", 'write "Key=Value"'
        elif not key:
            what, fix = f"item {position} has no key before =", 'write "Key=Value"'
        elif not key.isprintable():
            what, fix = f"item {position} has {key[:_SHOWN]!r} as its key", 'write "Key=Value"'
        elif key in values:
            what, fix = f"item {position} gives {key!r} a second time", "remove one of them"
        else:
            values[key] = value
            continue
        problems.append(Problem(file=file, what=what, fix=fix))
    return values, problems


def _is_text(item: str) -> bool:
    """Python smuggles bytes of the command line that are not UTF-8 into text, as halves of surrogate pairs."""
    try:
        item.encode()
    except UnicodeEncodeError:
        return False
    return True


def overrides(in_file: Mapping[str, str], command_line: Iterable[str] = ()) -> dict[str, str]:
    """What to deploy with: the file's values, overridden by `K=V` of the command line.

    Template defaults rank below both: they stand where neither gives a key. A Failure tells what is wrong with the
    command line.
    """
    given, problems = _pairs(list(command_line), "command line")
    if problems:
        raise Failure(problems)
    return {**in_file, **given}


def validate(
    template: Mapping[str, Any], path: str | Path, *, regions: Iterable[str] = ("us-east-1",)
) -> tuple[Problem, ...]:
    """Everything that is wrong with a parameter file for a template, in a stable order; warnings among the errors.

    The template's Rules are judged in each of `regions`; those that only AWS can decide are left alone.
    """
    file = str(path)
    try:
        text = read_text(path)
        given = parse(text, file)
    except Failure as failure:
        return failure.problems
    problems = [*_misread(text, file), *_misplaced(template, given, file)]
    problems += check(template, given, file=file, regions=regions)
    return tuple(problems)


def check(
    template: Mapping[str, Any], given: Mapping[str, str], *, file: str, regions: Iterable[str] = ("us-east-1",)
) -> tuple[Problem, ...]:
    """Everything that is wrong with values for a template, wherever they came from; `file` names the source."""
    parameters = parameter_values(template, given, file=file)
    problems = [*parameters.problems, *_empty_elements(parameters, given, file)]
    if not problems:
        problems += _broken_rules(template, parameters, file, regions)
    return tuple(dict.fromkeys(problems))


def _empty_elements(parameters: Parameters, given: Mapping[str, str], file: str) -> list[Problem]:
    """An empty element is legal in a CommaDelimitedList, yet a slip of the pen; an empty list is not."""
    return [
        Problem(file=file, key=name, what="has an empty element", fix="remove the extra comma")
        for name, value in parameters.values.items()
        if name in given and isinstance(value, list) and len(value) > 1 and "" in value
    ]


def _broken_rules(
    template: Mapping[str, Any], parameters: Parameters, file: str, regions: Iterable[str]
) -> list[Problem]:
    problems = []
    told = json.dumps(template.get("Rules", {}))
    # Most rules say the same wherever they are judged, and a stack may declare many Regions.
    differs = any(f'"{name}"' in told for name in _PLACES)
    for region in regions if differs else itertools.islice(regions, 1):
        place = Place(region=region, stack_name="params")
        try:
            findings = Evaluation(template, parameters.values, place).broken_rules()
        except EvaluationError as error:
            problems.append(Problem(file=file, key=error.path, what=error.what, fix="correct the template"))
            continue
        fix = "change the parameters that the rule names"
        problems += [Problem(file=file, key=each.path, what=each.description.rstrip("."), fix=fix) for each in findings]
    return problems


def _misread(text: str, file: str) -> list[Problem]:
    """The AWS CLI opens the file in the locale's encoding, whatever that is (awscli, compat.py, compat_open)."""
    if text.isascii():
        return []
    what = "holds characters outside ASCII, which the AWS CLI decodes by the locale of whoever runs it"
    return [Problem(file=file, what=what, fix=r"write them as \uXXXX", severity="warning")]


def _misplaced(template: Mapping[str, Any], given: Mapping[str, str], file: str) -> list[Problem]:
    """What is fine for AWS but not in a file: a secret, a name that is not the environment's, an omitted default."""
    problems = []
    declared = template.get("Parameters")
    for name, node in declared.items() if isinstance(declared, dict) else ():
        try:
            declaration = declare(name, node)
        except EvaluationError:
            continue  # told by `check`
        if name in given and declaration.no_echo:
            what, fix = "is a secret (NoEcho) in a file", "remove it and give it on the command line"
            problems.append(Problem(file=file, key=name, what=what, fix=fix))
        if name not in given and not declaration.no_echo and declaration.default is not None:
            what = "is omitted: an update keeps its previous value, not the template's default"
            fix = f'add "{name}={declaration.default}"'
            problems.append(Problem(file=file, key=name, what=what, fix=fix, severity="warning"))
        environment = given.get(name, declaration.default)
        if name == _ENVIRONMENT and environment is not None and environment != Path(file).stem:
            what = f"is {environment!r}, but the file is named {Path(file).name!r}"
            fix = f"name the file {environment}.json, or set {_ENVIRONMENT}={Path(file).stem}"
            problems.append(Problem(file=file, key=name, what=what, fix=fix))
    return problems
