"""What the rules of builder/checks/rules need: the verdicts on a template that cfn-lint is looking at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

from builder.checks.judge import UNRESOLVED, Verdict, judge, one_region_a_partition
from builder.evaluate import Place, parameter_values, read_template
from builder.evaluate.declarations import Declaration, declare
from builder.evaluate.errors import EvaluationError
from builder.evaluate.nodes import scalar_text
from builder.problems import Failure
from builder.render import arns
from builder.render.samples import sample
from builder.render.seeds import Seed
from builder.render.sources import beside

_Match: TypeAlias = tuple[list[str | int], str]
_known: WeakKeyDictionary[Any, dict[str, list[_Match]]] = WeakKeyDictionary()

_MEMBERS = 3  # of a list that only a deployment gives: enough to select from

# How the IDs of the AWS types begin, for a parameter that only a deployment gives.
_PREFIXES = {
    "AWS::EC2::Image::Id": "ami-",
    "AWS::EC2::Instance::Id": "i-",
    "AWS::EC2::SecurityGroup::Id": "sg-",
    "AWS::EC2::Subnet::Id": "subnet-",
    "AWS::EC2::VPC::Id": "vpc-",
    "AWS::EC2::Volume::Id": "vol-",
}


class Unread(dict[str, str]):
    """The exports of other stacks, which are not known here: each is a text that says whose it is."""

    def __missing__(self, name: str) -> str:
        return f"export-{name}"


def matches(cfn: Any) -> Mapping[str, list[_Match]]:
    """Check -> path and message of what it finds in a cfn-lint `Template`; judged once for all rules."""
    if cfn not in _known:
        found: dict[str, list[_Match]] = {}
        for verdict in dict.fromkeys(_verdicts(cfn)):
            finding = verdict.finding
            inside = verdict.file != (cfn.filename or "")
            note = f"{verdict.file}: {'.'.join(map(str, finding.path))}: " if inside else ""
            match = (
                _existing(finding.path if not inside else (), cfn.template),
                f"{note}{finding.what}; fix: {finding.fix}",
            )
            if match not in (known := found.setdefault(verdict.check.id, [])):
                known.append(match)
        _known[cfn] = found
    return _known[cfn]


def _verdicts(cfn: Any) -> Iterator[Verdict]:
    file = cfn.filename or ""
    template = _template(cfn, file)
    local = beside(Path(file).resolve().parent)
    given = [parameter_set.parameters for parameter_set in cfn.context.parameter_sets or ()] or [{}]
    for values in given:
        for region in one_region_a_partition(cfn.regions):
            place = Place(region=region, stack_name=Path(file).stem or "stack", exports=Unread())
            complete, made_up = completed(template, values, file, place)
            for verdict in judge(template, complete, place, file=file, local_templates=local):
                # cfn-lint tells itself of what cannot be resolved; what is made up here is nobody's mistake.
                if verdict.check is not UNRESOLVED and not any(text in verdict.finding.what for text in made_up):
                    yield verdict


def _template(cfn: Any, file: str) -> Mapping[str, Any]:
    """The template as its file holds it: cfn-lint changes what it has read when it transforms it."""
    try:
        return read_template(file)
    except Failure:
        template: Mapping[str, Any] = cfn.template
        return template


def completed(
    template: Mapping[str, Any], given: Mapping[str, Any], file: str, place: Place
) -> tuple[dict[str, str | list[str]], set[str]]:
    """The values given, the defaults, and samples for what is missing; then the samples alone."""
    made_up: set[str] = set()
    texts = {name: _text(value) for name, value in given.items() if name in template.get("Parameters", {})}
    values = dict(parameter_values(template, texts, file=file).values)
    declared = template.get("Parameters")
    for name, node in declared.items() if isinstance(declared, dict) else ():
        if name not in values:
            try:
                declaration = declare(name, node)
            except EvaluationError:
                continue
            number = _MEMBERS if declaration.type.is_list else 1
            members = [_made_up(declaration, place, Seed(f"{name}/{index}")) for index in range(number)]
            values[name] = members if declaration.type.is_list else members[0]
            if not declaration.allowed_values:
                made_up |= {text for text in members if len(text) > 2}
    return values, made_up


def _made_up(declaration: Declaration, place: Place, seed: Seed) -> str:
    """A value of the right type."""
    pattern = declaration.allowed_pattern
    if declaration.allowed_values:
        return declaration.allowed_values[0]
    if declaration.type.item == "Number":
        return str(declaration.range[0] or 1)
    if declaration.type.item == "AWS::EC2::AvailabilityZone::Name":
        return f"{place.region}a"
    if prefix := _PREFIXES.get(declaration.type.item):
        return prefix + seed.hex(17)
    if pattern is not None:
        return arns.sampled(pattern, place, seed) or sample(pattern, seed) or declaration.name.lower()
    return declaration.name.lower()


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return scalar_text(value) or ""


def _existing(path: tuple[str | int, ...], node: Any) -> list[str | int]:
    """As much of a path as the template as written has: the rest came out of functions."""
    found: list[str | int] = []
    for name in path:
        try:
            node = node[name]
        except (IndexError, KeyError, TypeError):
            break
        found.append(name)
    return found
