"""The Query protocol by botocore's model of CloudFormation: requests parsed, answers and errors serialised."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from moto.core.utils import get_service_model
from werkzeug.wrappers import Request, Response

from simulator.api import change_sets, describe, stacks, templates
from simulator.engine.engine import Engine
from simulator.engine.model import Refused

Action = Callable[[Engine, str, Mapping[str, Any]], Mapping[str, Any]]

ACTIONS: Mapping[str, Action] = {
    "ContinueUpdateRollback": stacks.continue_update_rollback,
    "CreateChangeSet": change_sets.create,
    "CreateStack": stacks.create,
    "DeleteChangeSet": change_sets.delete,
    "DeleteStack": stacks.delete,
    "DescribeChangeSet": change_sets.describe,
    "DescribeStackEvents": describe.events,
    "DescribeStackResource": describe.resource,
    "DescribeStackResources": describe.resources,
    "DescribeStacks": describe.stacks,
    "ExecuteChangeSet": change_sets.execute,
    "GetStackPolicy": stacks.get_policy,
    "GetTemplate": templates.get,
    "GetTemplateSummary": templates.summary,
    "ListChangeSets": change_sets.list_all,
    "ListExports": describe.exports,
    "ListImports": describe.imports,
    "ListStackResources": describe.resource_summaries,
    "ListStacks": describe.summaries,
    "RollbackStack": stacks.roll_back,
    "SetStackPolicy": stacks.set_policy,
    "UpdateStack": stacks.update,
    "UpdateTerminationProtection": stacks.update_termination_protection,
    "ValidateTemplate": templates.validate,
}


class _Answer(Exception):
    """An error in the form that the serialiser reads."""

    def __init__(self, refused: Refused) -> None:
        self.code = refused.code
        self.message = refused.message
        super().__init__(refused.message)


def respond(engine: Engine, region: str, request: Request) -> Response:
    """The answer to one request of the cloudformation service."""
    model = get_service_model("cloudformation")
    name = request.values.get("Action", "")
    action = ACTIONS.get(name)
    operation = model.operation_model(name if action else "DescribeStacks")
    result: Mapping[str, Any] | Exception
    try:
        if action is None:
            raise Refused(f"The simulator does not have the action {name} of CloudFormation.")
        parsed = QueryParser(operation).parse({"values": request.values})  # type: ignore[typeddict-item]
        result = action(engine, region, parsed)
    except Refused as refused:
        result = _Answer(refused)
    except ClientError as error:  # of a service that the engine asked
        answer = error.response["Error"]
        result = _Answer(Refused(answer.get("Message", str(error)), answer.get("Code", "ValidationError")))
    serializer = QuerySerializer(operation, SerializationContext(request_id=str(uuid4())))
    serialised = serializer.serialize(result)
    return Response(serialised["body"], serialised["status_code"], serialised["headers"])
