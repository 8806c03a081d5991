"""Who asks for which action: every handler of every resource, and what the supplement adds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from builder import authorization
from builder.permissions import supplement
from builder.permissions.declared import Declared, Unit
from builder.permissions.patterns import properties_named
from builder.permissions.supplement import Extra
from builder.problems import Problem

# `list` serves AWS Config and Cloud Control, and no deployment. (CloudFormation CLI user guide, resource-type-handlers)
HANDLERS = ("create", "read", "update", "delete")
TEMPLATE = "(template)"


@dataclass(frozen=True, kw_only=True, order=True)
class Need:
    """One action that somebody asks for.

    `resource` is a logical ID, TEMPLATE for the template itself, `Parameters.X` for a parameter; `handler` is what asks
    (create, read, update, delete), or the supplement's source.
    """

    action: str
    resource: str
    type: str
    handler: str


def needs(unit: Unit, resources: Sequence[Declared]) -> tuple[list[Need], list[Problem]]:
    """What a template asks for, only actions that exist, and the types that nothing is known of."""
    found = [*_of_template(unit)]
    problems: list[Problem] = []
    for one in resources:
        asked = [*_of_handlers(one), *_of_supplement(one)]
        known = _registered(one.type) in supplement.BY_TYPE
        if not asked and not known:
            what = f"{one.type} has no handlers in the registry, and the supplement does not cover it"
            fix = f"add it to builder/permissions/supplement.py, with a source, for Resources.{one.path}"
            problems.append(Problem(file=one.unit.file, key=f"Resources.{one.path}", what=what, fix=fix))
        found += asked
    return sorted({need for need in found if authorization.exists(need.action)}), problems


def _of_handlers(one: Declared) -> Iterator[Need]:
    schema = one.schema
    if schema is not None:
        for handler in HANDLERS:
            for action in schema.permissions.get(handler, ()):
                yield Need(action=action, resource=one.path, type=one.type, handler=handler)


def _of_supplement(one: Declared) -> Iterator[Need]:
    extras = list(supplement.BY_TYPE.get(_registered(one.type), ()))
    if any(properties_named(one.properties, lambda name: bool(supplement.NAMES_A_KEY.fullmatch(name)))):
        extras.append(supplement.KEY_USE)
    for extra in extras:
        yield from _asked(extra, one.path, one.type)


def _of_template(unit: Unit) -> Iterator[Need]:
    for extra in supplement.ALWAYS:
        yield from _asked(extra, TEMPLATE, "")
    for name, parameter in unit.template.get("Parameters", {}).items():
        if (looked_up := supplement.of_parameter(str(parameter.get("Type")))) is not None:
            yield from _asked(looked_up, f"Parameters.{name}", str(parameter["Type"]))
    if '"Fn::ImportValue"' in json.dumps(unit.template.get("Resources", {})):
        yield from _asked(supplement.IMPORTS, TEMPLATE, "")


def _asked(extra: Extra, resource: str, type_name: str) -> Iterator[Need]:
    for action in extra.actions:
        yield Need(action=action, resource=resource, type=type_name, handler=extra.source)


def _registered(type_name: str) -> str:
    return supplement.CUSTOM_RESOURCE if type_name.startswith("Custom::") else type_name
