"""The resources of a template and of all that it nests, with what their names and ARNs may become.

Every declared resource counts, whatever its condition: a role must serve any choice of parameters.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from pathlib import PurePosixPath
from typing import Any

from builder import authorization, schemas
from builder.evaluate.nodes import is_function_name
from builder.permissions import supplement
from builder.permissions.patterns import ANYTHING, patterns, properties_named
from builder.problems import Problem
from builder.render import LocalTemplates, arns, shapes
from builder.render.placeholders import STACK
from builder.schemas import Schema

_PLACE = {"region": "${AWS::Region}", "account": "${AWS::AccountId}"}
_ARN = "arn:${AWS::Partition}:"
# How ARNs end that are written without their end in some requests: a log group's, and a secret's before it is made.
# (CloudWatch Logs user guide, IAM; what CreateSecret says it was refused on)
_LEFT_OUT: Mapping[str, str] = {"AWS::Logs::LogGroup": ":*", "AWS::SecretsManager::Secret": "-*"}
_NO_VALUE = '"AWS::NoValue"'


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One template in its place: `path` is the logical ID of the stack that nests it, with a dot; empty for none.

    `stack` is a pattern of the names that its stacks may have.
    """

    template: Mapping[str, Any]
    file: str
    region: str
    stack: str
    path: str = ""

    def reference(self, name: str) -> frozenset[str]:
        """What `Ref` of a name may give."""
        if name == "AWS::StackName":
            return frozenset({self.stack})
        resource = self.template.get("Resources", {}).get(name)
        if not isinstance(resource, Mapping):
            return frozenset({ANYTHING})
        one = Declared(unit=self, logical_id=name, type=str(resource["Type"]), properties=_properties(resource))
        return one.names if one.is_named_by_reference else frozenset({ANYTHING})


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One resource as it is declared."""

    unit: Unit
    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(repr=False)

    @property
    def path(self) -> str:
        """The logical ID, those of the stacks around it before it."""
        return f"{self.unit.path}{self.logical_id}"

    @property
    def schema(self) -> Schema | None:
        return schemas.schema(self.type, self.unit.region)

    @property
    def is_named_by_reference(self) -> bool:
        """Whether `Ref` gives the name that the template or CloudFormation chose, and not an ID of the service's."""
        schema = self.schema
        return schema is not None and not set(schema.primary_identifier) & set(schema.read_only)

    @property
    def names(self) -> frozenset[str]:
        """The patterns of its name: as given, or as CloudFormation makes one, of the stack's for most types."""
        schema = self.schema
        assert schema is not None
        stack = self.unit.stack if self.unit.stack.endswith(ANYTHING) else f"{self.unit.stack}-*"
        made = f"{self.logical_id}-*" if self.type in shapes.NAMED_WITHOUT_STACK else stack
        generated = shapes.as_kept(self.type, made)
        for name in arns.name_properties(schema):
            if name in self.properties:
                given = patterns(self.properties[name], self.unit.reference)
                missing = {generated} if _NO_VALUE in json.dumps(self.properties[name]) else set()
                return given | missing
        return frozenset({generated})

    def arns(self) -> Iterator[str]:
        """The patterns of the ARNs of the resource and of what its service makes beside it."""
        form = arns.OWN.get(self.type)
        if form is not None:
            values = {name: self._values(name) for name in ("name", *arns.DEFAULTS) if f"{{{name}}}" in form}
            for combination in product(*values.values()):
                made = form.format_map(defaultdict(lambda: ANYTHING, zip(values, combination, strict=True)) | _PLACE)
                yield _ARN + made
                yield _ARN + made.removesuffix(_LEFT_OUT.get(self.type, ""))
        for beside in supplement.MADE_BESIDE.get(self.type, ()):
            yield _ARN + beside.format_map(_PLACE)

    def used(self) -> Iterator[tuple[str, re.Pattern[str]]]:
        """The patterns of the ARNs of what its properties name, declared or not, and who is asked for on that."""
        for name, value in properties_named(self.properties, supplement.NAMES_ANOTHER.__contains__):
            use = supplement.NAMES_ANOTHER[name]
            for each in patterns(value, self.unit.reference):
                yield _ARN + use.arn.format(name=each, **_PLACE), use.actions

    def _values(self, name: str) -> frozenset[str]:
        if name == "name":
            return self.names
        default = frozenset({arns.DEFAULTS[name]})
        return patterns(self.properties[name], self.unit.reference) if name in self.properties else default


def declared(unit: Unit, local_templates: LocalTemplates) -> tuple[list[Declared], list[Problem]]:
    """The resources of a template and of those that it nests, and what could not be read."""
    found: list[Declared] = []
    problems: list[Problem] = []
    for logical_id, resource in unit.template.get("Resources", {}).items():
        key = f"Resources.{unit.path}{logical_id}"
        if not isinstance(resource, Mapping) or "Type" not in resource or is_function_name(logical_id):
            what = "is a loop, or no resource: what it makes is not known here"
            problems.append(Problem(file=unit.file, key=key, what=what, fix="give the template without it"))
            continue
        one = Declared(unit=unit, logical_id=logical_id, type=str(resource["Type"]), properties=_properties(resource))
        found.append(one)
        if one.type == STACK:
            inner, told = _nested(one, key, local_templates)
            found += inner
            problems += told
    return found, problems


def _nested(one: Declared, key: str, local_templates: LocalTemplates) -> tuple[list[Declared], list[Problem]]:
    url = one.properties.get("TemplateURL")
    template = local_templates(url) if isinstance(url, str) else None
    if template is None:
        what = f"nests {url!r}, which is not at hand"
        fix = "name a template beside this one, or deploy that one for itself"
        return [], [Problem(file=one.unit.file, key=f"{key}.Properties.TemplateURL", what=what, fix=fix)]
    unit = Unit(
        template=template,
        file=PurePosixPath(str(url)).name,
        region=one.unit.region,
        stack=one.unit.stack if one.unit.stack.endswith(ANYTHING) else f"{one.unit.stack}-*",
        path=f"{one.path}.",
    )
    return declared(unit, local_templates)


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    found = resource.get("Properties", {})
    return found if isinstance(found, Mapping) else {}


def widest(arns: Collection[str]) -> tuple[str, ...]:
    """Some patterns of ARNs, sorted, without those that another one holds."""
    return tuple(sorted(arn for arn in arns if not any(fnmatchcase(arn, other) for other in arns if other != arn)))


def known_arns(arns: Iterable[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Service and resource type -> which of some patterns of ARNs are of that type, the widest; no entry for none."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for arn in set(arns):
        service = arn.removeprefix(_ARN).partition(":")[0]
        for kind, beginning in _beginnings(service):
            if arn.startswith(beginning):
                found[service, kind].add(_of_kind(service, kind, arn))
    return {key: widest(each) for key, each in found.items()}


@cache
def _beginnings(service: str) -> tuple[tuple[str, str], ...]:
    """Each resource type of a service with how its ARNs begin; a type may have several forms."""
    types = authorization.reference().get(service, {}).get("Resources", {})
    forms = ((kind, _written(form)) for kind in types for form in authorization.arn_formats(service, kind))
    return tuple((kind, form.removesuffix(ANYTHING)) for kind, form in forms)


@cache
def every_arn(service: str, kind: str) -> tuple[str, ...]:
    """The patterns of all ARNs of a resource type in the account and Region."""
    forms = authorization.arn_formats(service, kind)
    return tuple(_of_kind(service, kind, _written(form)) for form in forms)


def _of_kind(service: str, kind: str, arn: str) -> str:
    """An ARN, which the reference cuts to the same beginning for a bucket and what is in it."""
    return f"{arn}/*" if (service, kind) == ("s3", "object") else arn


def _written(form: str) -> str:
    """An ARN's format as a pattern of ours."""
    for name, ours in (("Partition", "Partition"), ("Region", "Region"), ("Account", "AccountId")):
        form = form.replace(f"${{{name}}}", f"${{AWS::{ours}}}")
    return form.replace(".*", ANYTHING)
