"""From what an API call gives to a source that can be evaluated; everything that CloudFormation refuses at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from builder import capabilities
from builder.evaluate import parameter_values
from simulator.engine import lookups, template
from simulator.engine.engine import Engine
from simulator.engine.model import Refused, Source

MAX_TAGS = 50  # CloudFormation API reference, Tags of CreateStack


def make(
    engine: Engine,
    region: str,
    *,
    body: str,
    parameters: Iterable[Mapping[str, Any]],
    previous: Source | None,
    acknowledged: Iterable[str],
    tags: Mapping[str, str],
    notification_arns: Iterable[str],
    unknown: str = "",
) -> Source:
    """The source of a stack's next state; raises Refused with CloudFormation's words for what is wrong.

    `parameters` are the API's: ParameterKey with ParameterValue or UsePreviousValue, which `previous` answers. A value
    that contains the text `unknown`, unless that is empty, is one that nobody knows yet: it is not judged.
    """
    parsed = template.parse(body)
    template.check(parsed, region)
    acknowledged = tuple(acknowledged)
    _require_capabilities(parsed, acknowledged)
    if len(tags) > MAX_TAGS or any(key.startswith("aws:") for key in tags):
        raise Refused(f"Tags: at most {MAX_TAGS}, and no key may begin with aws:")
    declared: Mapping[str, Mapping[str, Any]] = parsed.get("Parameters", {})
    given = _given(declared, parameters, previous)
    later = {name for name, value in given.items() if unknown and unknown in value}
    values = _values(engine, region, parsed, given, later)
    lookups.require_existing(engine.clients, region, parsed, values)
    values |= {name: _unknown(str(declared[name]["Type"]), unknown) for name in later}
    return Source(
        body=body,
        template=parsed,
        given={name: given.get(name, str(declared[name].get("Default", ""))) for name in declared},
        values=values,
        tags=dict(tags),
        capabilities=acknowledged,
        notification_arns=tuple(notification_arns),
    )


def _given(
    declared: Mapping[str, Any], parameters: Iterable[Mapping[str, Any]], previous: Source | None
) -> dict[str, str]:
    given: dict[str, str] = {}
    strangers = []
    for parameter in parameters:
        name = parameter["ParameterKey"]
        if name not in declared:
            strangers.append(name)
        elif not parameter.get("UsePreviousValue"):
            given[name] = parameter.get("ParameterValue", "")
        elif previous is not None and name in previous.given:
            given[name] = previous.given[name]
        else:
            raise Refused(
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                "key not in the previous template"
            )
    if strangers:
        raise Refused(f"Parameters: [{', '.join(strangers)}] do not exist in the template")
    if missing := [name for name, each in declared.items() if name not in given and "Default" not in each]:
        raise Refused(f"Parameters: [{', '.join(missing)}] must have values")
    return given


def _values(
    engine: Engine, region: str, parsed: Mapping[str, Any], given: Mapping[str, str], later: Collection[str]
) -> dict[str, str | list[str]]:
    """The values of all parameters but those that only come `later`."""
    parameters = parameter_values(
        parsed,
        {name: value for name, value in given.items() if name not in later},
        file="template",
        ssm_parameter=lambda name: lookups.ssm_parameter(engine.clients, region, name),
    )
    for problem in parameters.problems:
        if problem.severity == "error" and problem.key not in later:
            raise Refused(f"Parameter {problem.key} failed to satisfy constraint: {problem.what}")
    return {name: value for name, value in parameters.values.items() if name not in later}


def _unknown(of_type: str, text: str) -> str | list[str]:
    return [text] if "List<" in of_type or of_type == "CommaDelimitedList" else text


def _require_capabilities(parsed: Mapping[str, Any], acknowledged: tuple[str, ...]) -> None:
    needed = set(required_capabilities(parsed)) - set(acknowledged)
    if capabilities.NAMED_IAM in acknowledged:
        needed.discard(capabilities.IAM)
    if template.transforms(parsed):
        needed.discard(capabilities.AUTO_EXPAND)  # AWS::LanguageExtensions, the only one that comes here, needs none
    if needed:
        raise Refused(f"Requires capabilities : [{', '.join(sorted(needed))}]", "InsufficientCapabilitiesException")


def required_capabilities(parsed: Mapping[str, Any]) -> tuple[str, ...]:
    """What a template's own resources need acknowledged; nested ones are asked when they are created."""
    return capabilities.capabilities("template", {"template": parsed})
