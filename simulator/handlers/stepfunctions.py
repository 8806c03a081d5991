"""AWS::StepFunctions: state machines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import text

_RENAME = {"StateMachineName": "name", "StateMachineType": "type"}
_DEFINITION = ("Definition", "DefinitionString", "DefinitionSubstitutions")


def _definition(context: Context) -> str:
    """The definition's text with its substitutions made."""
    written = context.get("DefinitionString") or text(context.get("Definition", {}))
    values = context.get("DefinitionSubstitutions", {})
    return re.sub(r"\$\{(\w+)\}", lambda match: text(values[match[1]]) if match[1] in values else match[0], written)


def _create(context: Context) -> str:
    properties = {**context.properties, "StateMachineName": context.name("StateMachineName", limit=80)}
    answer = context.send(
        "stepfunctions",
        "create_state_machine",
        properties,
        rename=_RENAME,
        leave=_DEFINITION,
        definition=_definition(context),
    )
    return str(answer["stateMachineArn"])


def _update(context: Context) -> None:
    settings: dict[str, Any] = {
        name: value for name, value in context.properties.items() if name not in (*_DEFINITION, *_RENAME, "Tags")
    }
    context.send(
        "stepfunctions",
        "update_state_machine",
        settings,
        definition=_definition(context),
        stateMachineArn=context.id,
    )
    context.retag("stepfunctions", context.id)


HANDLERS: Mapping[str, Handler] = {
    "AWS::StepFunctions::StateMachine": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("stepfunctions", "delete_state_machine", stateMachineArn=context.id),
        attributes=lambda context: {"Arn": context.id, "Name": context.id.rpartition(":")[2]},
        name="StateMachineName",
        exists=lambda context: context.call("stepfunctions", "describe_state_machine", stateMachineArn=context.id),
    )
}
