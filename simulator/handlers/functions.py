"""AWS::Lambda: functions and permissions. moto keeps a function; only a custom resource runs one (`engine.custom`)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler, random_text
from simulator.handlers.translate import accepted

_EXTENSIONS = {"nodejs": "js", "python": "py"}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time of a zip's entry, so that equal code gives equal bytes


def _code(context: Context) -> dict[str, Any]:
    """The Code of CreateFunction: inline text becomes index.* in an archive, as CloudFormation makes it."""
    code = dict(context.get("Code", {}))
    if "ZipFile" not in code:
        return code
    runtime = str(context.get("Runtime", ""))
    extension = next((each for prefix, each in _EXTENSIONS.items() if runtime.startswith(prefix)), "")
    if not extension:
        raise ResourceFailure(f"ZipFile can only be used when Runtime is set to nodejs or python, not {runtime}")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr(zipfile.ZipInfo(f"index.{extension}", _EPOCH), code["ZipFile"])
    return {**code, "ZipFile": archive.getvalue()}


def _create(context: Context) -> str:
    name = context.name("FunctionName", limit=64)
    properties = {**context.properties, "FunctionName": name}
    leave = ("Code", "ReservedConcurrentExecutions")
    context.send("lambda", "create_function", properties, leave=leave, Code=_code(context))
    context.made(name)
    _concurrency(context)
    return name


def _concurrency(context: Context) -> None:
    if context.changed("ReservedConcurrentExecutions"):
        name, given = {"FunctionName": context.id}, context.get("ReservedConcurrentExecutions")
        if given is None:
            context.call("lambda", "delete_function_concurrency", **name)
        else:
            context.call("lambda", "put_function_concurrency", **name, ReservedConcurrentExecutions=int(given))


def _update(context: Context) -> None:
    name = {"FunctionName": context.id}
    if context.changed("Code", "Architectures"):
        architectures = {"Architectures": given} if (given := context.get("Architectures")) else {}
        context.call("lambda", "update_function_code", **name, **architectures, **_code(context))
    settings = accepted(context.properties, context.input_of("lambda", "update_function_configuration"))
    if any(settings.get(key) != context.old.get(key) for key in settings):
        context.send("lambda", "update_function_configuration", {**settings, **name})
    _concurrency(context)
    context.retag("lambda", _arn(context))


def _arn(context: Context) -> str:
    return context.arn("lambda", f"function:{context.id}")


def _permit(context: Context) -> str:
    statement = f"{context.stack.name}-{context.resource.logical_id}-{random_text(12)}"
    context.send("lambda", "add_permission", context.properties, StatementId=statement)
    return statement


HANDLERS: Mapping[str, Handler] = {
    "AWS::Lambda::Function": Handler(
        create=_create,
        update=_update,
        delete=lambda context: context.call("lambda", "delete_function", FunctionName=context.id),
        attributes=lambda context: {"Arn": _arn(context)},
        name="FunctionName",
        exists=lambda context: context.call("lambda", "get_function", FunctionName=context.id),
    ),
    "AWS::Lambda::Permission": Handler(
        create=_permit,
        delete=lambda context: context.call(
            "lambda", "remove_permission", FunctionName=context.get("FunctionName"), StatementId=context.id
        ),
    ),
}
