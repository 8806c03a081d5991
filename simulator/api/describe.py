"""What the engine knows, in the shapes of CloudFormation's API: stacks, resources, events, exports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.engine.engine import Engine
from simulator.engine.model import Event, Output, Refused, Resource, Stack

PAGE = 100  # the largest page of CloudFormation's lists (API reference)

Answer = dict[str, Any]


def page(items: Sequence[Any], token: str | None) -> tuple[Sequence[Any], str | None]:
    """One page of a list and the token of the next; a token is the number of items before it."""
    if token and not token.isdecimal():
        raise Refused(f"Invalid NextToken: {token}")
    start = int(token or 0)
    more = start + PAGE < len(items)
    return items[start : start + PAGE], str(start + PAGE) if more else None


def stacks(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    name = request.get("StackName")
    if name:
        return {"Stacks": [_stack(engine.store.find(name, region))]}
    live = [stack for stack in engine.store.of(region) if stack.status != "DELETE_COMPLETE"]
    shown, token = page(live, request.get("NextToken"))
    return {"Stacks": [_stack(stack) for stack in shown], "NextToken": token}


def summaries(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    wanted = request.get("StackStatusFilter")
    found = [stack for stack in engine.store.of(region) if not wanted or stack.status in wanted]
    shown, token = page(found, request.get("NextToken"))
    return {"StackSummaries": [_summary(stack) for stack in shown], "NextToken": token}


def events(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    stack = engine.store.find(request.get("StackName", ""), region)
    shown, token = page(stack.events[::-1], request.get("NextToken"))
    return {"StackEvents": [_event(stack, each) for each in shown], "NextToken": token}


def resource(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    stack = engine.store.find(request["StackName"], region)
    found = _listed(stack).get(request["LogicalResourceId"])
    if found is None:
        raise Refused(f"Resource {request['LogicalResourceId']} does not exist for stack {stack.name}")
    detail = _of_stack(stack) | _resource(found) | {"LastUpdatedTimestamp": found.changed}
    if found.metadata is not None:
        detail["Metadata"] = json.dumps(found.metadata)
    return {"StackResourceDetail": detail}


def resources(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    if physical_id := request.get("PhysicalResourceId"):
        owner = next((s for s in engine.store.of(region) if _has(s, physical_id)), None)
        if owner is None:
            raise Refused(f"Stack for {physical_id} does not exist")
    else:
        owner = engine.store.find(request.get("StackName", ""), region)
    logical_id = request.get("LogicalResourceId")
    found = [each for each in _listed(owner).values() if logical_id in (None, each.logical_id)]
    return {"StackResources": [_of_stack(owner) | _resource(each) | {"Timestamp": each.changed} for each in found]}


def resource_summaries(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    stack = engine.store.find(request["StackName"], region)
    shown, token = page(list(_listed(stack).values()), request.get("NextToken"))
    return {
        "StackResourceSummaries": [_resource(each) | {"LastUpdatedTimestamp": each.changed} for each in shown],
        "NextToken": token,
    }


def exports(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    found = [
        {"ExportingStackId": stack.id, "Name": name, "Value": value}
        for name, (value, stack) in sorted(engine.store.exports(region).items())
    ]
    shown, token = page(found, request.get("NextToken"))
    return {"Exports": shown, "NextToken": token}


def imports(engine: Engine, region: str, request: Mapping[str, Any]) -> Answer:
    export = request["ExportName"]
    users = engine.store.importers(export, region)
    if not users:
        raise Refused(f"Export '{export}' is not imported by any stack.")
    shown, token = page(users, request.get("NextToken"))
    return {"Imports": shown, "NextToken": token}


def parameters_of(stack_template: Mapping[str, Any], given: Mapping[str, str]) -> list[dict[str, str]]:
    """Parameters with their values, those with NoEcho hidden."""
    declared = stack_template.get("Parameters", {})
    return [
        {"ParameterKey": name, "ParameterValue": "****" if _hidden(declared[name]) else value}
        for name, value in given.items()
    ]


def tags_of(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _hidden(declaration: Mapping[str, Any]) -> bool:
    return str(declaration.get("NoEcho", "")).lower() == "true"


def _has(stack: Stack, physical_id: str) -> bool:
    return any(each.physical_id == physical_id for each in stack.resources.values())


def _listed(stack: Stack) -> dict[str, Resource]:
    """A stack's resources; those of a deleted stack stay listed, as deleted or as retained."""
    return {**stack.gone, **stack.resources}


def _of_stack(stack: Stack) -> Answer:
    return {"StackName": stack.name, "StackId": stack.id}


def _stack(stack: Stack) -> Answer:
    source = stack.source
    shown: Answer = _of_stack(stack) | {
        "CreationTime": stack.created,
        "DeletionTime": stack.deleted,
        "DisableRollback": stack.disable_rollback,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        "EnableTerminationProtection": stack.protected,
        "LastUpdatedTime": stack.updated,
        "NotificationARNs": list(source.notification_arns) if source else [],
        "Outputs": [_output(each) for each in stack.outputs],
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "Tags": tags_of(source.tags) if source else [],
    }
    if source:
        shown["Description"] = source.template.get("Description")
        shown["Parameters"] = parameters_of(source.template, source.given)
        shown["Capabilities"] = list(source.capabilities)
    optional = {
        "StackStatusReason": stack.reason,
        "ParentId": stack.parent_id,
        "RootId": stack.root_id,
        "RoleARN": stack.role_arn,
    }
    return shown | {key: value for key, value in optional.items() if value}


def _summary(stack: Stack) -> Answer:
    shown = _of_stack(stack) | {
        "CreationTime": stack.created,
        "DeletionTime": stack.deleted,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        "LastUpdatedTime": stack.updated,
        "StackStatus": stack.status,
        "TemplateDescription": stack.source.template.get("Description") if stack.source else None,
    }
    optional = {"StackStatusReason": stack.reason, "ParentId": stack.parent_id, "RootId": stack.root_id}
    return shown | {key: value for key, value in optional.items() if value}


def _output(output: Output) -> Answer:
    optional = {"Description": output.description, "ExportName": output.export}
    shown = {"OutputKey": output.key, "OutputValue": output.value}
    return shown | {key: value for key, value in optional.items() if value}


def _event(stack: Stack, event: Event) -> Answer:
    shown = _of_stack(stack) | {
        "EventId": event.id,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceStatus": event.status,
        "ResourceType": event.type,
        "Timestamp": event.time,
    }
    optional = {
        "ClientRequestToken": event.token,
        "ResourceProperties": event.properties,
        "ResourceStatusReason": event.reason,
    }
    return shown | {key: value for key, value in optional.items() if value}


def _resource(resource: Resource) -> Answer:
    shown = {
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceStatus": resource.status,
        "ResourceType": resource.type,
    }
    return shown | ({"ResourceStatusReason": resource.reason} if resource.reason else {})
