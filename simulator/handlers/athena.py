"""AWS::Athena: workgroups."""

from __future__ import annotations

from collections.abc import Mapping

from simulator import moto_mends
from simulator.handlers.base import Context, Handler

_LEAVE = ("RecursiveDeleteOption", "State")
_RENAME = {"WorkGroupConfiguration": "Configuration"}
# An update names the parts of a configuration otherwise than a creation.
_RENAME_UPDATED = {
    "Name": "WorkGroup",
    "WorkGroupConfiguration": "ConfigurationUpdates",
    "ManagedQueryResultsConfiguration": "ManagedQueryResultsConfigurationUpdates",
    "ResultConfiguration": "ResultConfigurationUpdates",
}


def _create(context: Context) -> str:
    name = str(context.get("Name"))
    context.send("athena", "create_work_group", context.properties, rename=_RENAME, leave=_LEAVE)
    context.made(name)
    return name


def _update(context: Context) -> None:
    leave = ("RecursiveDeleteOption", "Tags")
    context.send("athena", "update_work_group", context.properties, rename=_RENAME_UPDATED, leave=leave)
    moto_mends.change_work_group(context.region, context.id, context.resource.requests[-1].parameters)
    context.retag("athena", context.arn("athena", f"workgroup/{context.id}"))


def _delete(context: Context) -> None:
    recursive = context.true("RecursiveDeleteOption")
    context.call("athena", "delete_work_group", WorkGroup=context.id, RecursiveDeleteOption=recursive)


HANDLERS: Mapping[str, Handler] = {
    "AWS::Athena::WorkGroup": Handler(
        create=_create,
        update=_update,
        delete=_delete,
        name="Name",
        exists=lambda context: context.call("athena", "get_work_group", WorkGroup=context.id),
    ),
}
