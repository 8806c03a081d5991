"""Step Functions: definitions that cannot run, calls of APIs that do not exist, and roles that may not call them.

Source: Amazon States Language specification; Step Functions developer guide, "AWS SDK service integrations".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from builder import sdk_names
from builder.checks import lookup
from builder.checks.check import Check, Finding, Path, at, entries, listed
from builder.checks.policies import like, statements
from builder.render import Rendered

_MACHINE = "AWS::StepFunctions::StateMachine"
_TYPES = ("Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait")
_ENDS = ("Choice", "Fail", "Succeed")


def _definitions(rendered: Rendered) -> Iterator[tuple[str, Path, Any]]:
    """Machine, path and definition: an object, or None for a text that is none."""
    for machine, properties in rendered.of_type(_MACHINE):
        substitutions = properties.get("DefinitionSubstitutions") or {}
        for name in ("Definition", "DefinitionString"):
            definition = properties.get(name)
            if definition is None:
                continue
            text = definition if isinstance(definition, str) else json.dumps(definition)
            for variable, value in substitutions.items() if isinstance(substitutions, Mapping) else ():
                text = text.replace(f"${{{variable}}}", str(value))
            try:
                parsed = json.loads(text)
            except ValueError:
                parsed = None
            yield machine, at(machine, name), parsed if isinstance(parsed, dict) else None


def malformed(rendered: Rendered) -> Iterator[Finding]:
    for _, path, definition in _definitions(rendered):
        if definition is None:
            yield Finding(path=path, what="is no JSON object", fix="write the definition as an object")
        else:
            yield from _flow(definition, path)


def _flow(definition: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """One set of states: where it starts, where each goes on, and whether all are reached and some end."""
    states = definition.get("States")
    if not isinstance(states, Mapping) or not states:
        yield Finding(path=path, what="has no States", fix="name at least one")
        return
    start = str(definition.get("StartAt"))
    if start not in states:
        yield Finding(path=(*path, "StartAt"), what=f"starts at {start!r}, which is no state", fix="name a state of it")
    reached = {start}
    for name, state in states.items():
        here = (*path, "States", name)
        if not isinstance(state, Mapping) or state.get("Type") not in _TYPES:
            yield Finding(path=here, what="has no Type that there is", fix=f"take one of {', '.join(_TYPES)}")
            continue
        following = _following(state)
        reached |= set(following)
        for target in following:
            if target not in states:
                what = f"goes on to {target!r}, which is no state here"
                yield Finding(path=here, what=what, fix=f"name one of {', '.join(states)}")
        ends = state.get("End") is True
        if state["Type"] not in _ENDS and ends == ("Next" in state):
            what = "has both Next and End" if ends else "has neither Next nor End"
            yield Finding(path=here, what=what, fix="give exactly one")
        if state["Type"] == "Choice" and not listed(state.get("Choices")):
            yield Finding(path=here, what="offers no choice", fix="give Choices")
        if state["Type"] == "Task" and not state.get("Resource"):
            yield Finding(path=here, what="has no Resource", fix="name what it does")
        for inner in (state.get("ItemProcessor"), state.get("Iterator"), *listed(state.get("Branches"))):
            if isinstance(inner, Mapping):
                yield from _flow(inner, here)
            elif inner is not None:
                yield Finding(path=here, what="has states that are no object", fix="write StartAt and States")
    for name in states:
        if name not in reached:
            yield Finding(path=(*path, "States", name), what="is never reached", fix="go on to it, or remove it")


def _following(state: Mapping[str, Any]) -> list[str]:
    """The states that one may go on to."""
    targets = [state.get("Next"), state.get("Default")]
    for name in ("Choices", "Catch"):
        targets += [each.get("Next") for _, each in entries(state.get(name))]
    return [str(target) for target in targets if target is not None]


def _calls(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Name, state and resource of every call of an AWS SDK; none in a definition that is malformed."""
    for name, state in sdk_names.states(definition) if not list(_flow(definition, ())) else ():
        resource = str(state.get("Resource", ""))
        if ":states:::aws-sdk:" in resource:
            yield name, state, resource


def unknown_calls(rendered: Rendered) -> Iterator[Finding]:
    for _, path, definition in _definitions(rendered):
        for name, state, resource in _calls(definition or {}):
            here = (*path, "States", *name.split("/")[:1])
            try:
                action = sdk_names.action(resource)
            except sdk_names.UnknownName as error:
                yield Finding(path=here, what=f"{name}: {error}", fix="name an action of the AWS SDK in camelCase")
                continue
            given = state.get("Arguments", state.get("Parameters"))
            for argument in given if isinstance(given, Mapping) else ():
                plain = str(argument).removesuffix(".$")
                if plain not in action.members:
                    what = f"{name}: {action.name} takes no {plain!r}"
                    fix = f"take one of {', '.join(action.members) or 'none'}; names are those of the Java SDK"
                    yield Finding(path=here, what=what, fix=fix)
            for kind in ("Catch", "Retry"):
                for _, handler in entries(state.get(kind)):
                    for caught in listed(handler.get("ErrorEquals")):
                        if str(caught).split(".")[0] == action.prefix and caught not in action.errors:
                            what = f"{name}: {action.name} never fails with {caught!r}"
                            fix = f"take one of {', '.join(sorted(action.errors))}"
                            yield Finding(path=here, what=what, fix=fix)


def not_permitted(rendered: Rendered) -> Iterator[Finding]:
    for machine, path, definition in _definitions(rendered):
        role = lookup.role(rendered, rendered.resources[machine]["Properties"].get("RoleArn"))
        if role is None or lookup.managed_elsewhere(rendered, role):
            continue
        for name, _, resource in _calls(definition or {}):
            try:
                needed = sdk_names.action(resource).iam_actions()
            except sdk_names.UnknownName:
                continue
            missing = [action for action in sorted(needed) if not _mentions(rendered, role, action)]
            if missing:
                what = f"{name}: {role} may not {', '.join(missing)}"
                here = (*path, "States", *name.split("/")[:1])
                yield Finding(path=here, what=what, fix=f"allow it in a policy of {role}")


def _mentions(rendered: Rendered, role: str, action: str) -> bool:
    """Whether a role is allowed an action on anything: on what exactly, only the running machine knows."""
    return any(
        statement.get("Effect") == "Allow"
        and any(like(str(each), action, fold=True) for each in listed(statement.get("Action")))
        for document in lookup.identity_documents(rendered, role)
        for _, statement in statements(document)
    )


CHECKS = (
    Check(
        id="E9271",
        reason="a state machine that cannot start, go on, or end",
        source="Amazon States Language specification",
        find=malformed,
    ),
    Check(
        id="E9272",
        reason="a call of an API, an argument or an error that does not exist",
        source="botocore's models in the Java SDK's spelling; Step Functions guide, supported-services-awssdk",
        find=unknown_calls,
    ),
    Check(
        id="E9273",
        reason="the role of a state machine may make its calls",
        source="Step Functions developer guide, service-integration-iam-templates",
        find=not_permitted,
    ),
)
