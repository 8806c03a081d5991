"""The actions on change sets. Executing one is the same as creating or updating its stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from builder.schemas import schema
from simulator.api import describe as shown
from simulator.api import nested_change_sets
from simulator.api.stacks import begin_creation, begin_update, differs_beside_resources, source_of
from simulator.engine import operations
from simulator.engine.engine import Engine
from simulator.engine.model import Change, ChangeSet, PropertyChange, Refused, Source, Stack, now
from simulator.engine.names import arn, checked, new_stack
from simulator.engine.plan import plan

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


def create(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    if request.get("ImportExistingResources"):
        raise Refused("The simulator imports no resources by itself: name them in ResourcesToImport")
    kind = request.get("ChangeSetType") or "UPDATE"
    name = checked(request["ChangeSetName"], "changeSetName")
    stack = _stack_for(engine, region, request["StackName"], kind, name)
    _free_name(stack, name)
    fresh = stack.id not in engine.store.stacks
    source = source_of(engine, region, request, None if fresh or not stack.source else stack)
    imports = {each["LogicalResourceId"]: each["ResourceIdentifier"] for each in request.get("ResourcesToImport") or []}
    if kind == "IMPORT":
        _check_import(engine, stack, source, imports)
    change_set = ChangeSet(
        id=arn(region, f"changeSet/{name}/{uuid4()}"),
        name=name,
        type=kind,
        created=now(),
        source=source,
        imports=imports,
        with_nested=bool(request.get("IncludeNestedStacks")),
        description=request.get("Description", ""),
        on_failure=request.get("OnStackFailure", ""),
        role_arn=request.get("RoleARN", ""),
    )
    try:
        _fill(engine, stack, change_set)
    except Refused as refused:
        if not refused.late:
            raise
        change_set.status, change_set.execution, change_set.reason = "FAILED", "UNAVAILABLE", refused.message
    stack.change_sets[change_set.id] = change_set
    if fresh:
        engine.store.add(stack)
        engine.note(stack, "REVIEW_IN_PROGRESS", "User Initiated")
    if change_set.with_nested and change_set.status != "FAILED":
        _include_nested(engine, stack, change_set)
    return {"Id": change_set.id, "StackId": stack.id}


def describe(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack, change_set = _find(engine, region, request)
    with_values = bool(request.get("IncludePropertyValues"))
    changes, token = shown.page(change_set.changes, request.get("NextToken"))
    return {
        "Capabilities": list(change_set.source.capabilities),
        "Changes": [_change(each, change_set.nested.get(each.logical_id, ""), with_values) for each in changes],
        "NextToken": token,
        "NotificationARNs": list(change_set.source.notification_arns),
        "Parameters": shown.parameters_of(change_set.source.template, change_set.source.given),
        "RollbackConfiguration": {},
        "Tags": shown.tags_of(change_set.source.tags),
        "OnStackFailure": change_set.on_failure or None,
        **_head(stack, change_set),
    }


def execute(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack, change_set = _find(engine, region, request)
    if change_set.execution != "AVAILABLE":
        raise Refused(
            f"ChangeSet [{change_set.id}] cannot be executed in its current status of [{change_set.status}]",
            "InvalidChangeSetStatus",
        )
    disable_rollback = bool(request.get("DisableRollback"))
    settings = {**request, "RoleARN": change_set.role_arn}
    if change_set.type == "UPDATE":
        operations.require_updatable(stack, disable_rollback)
    change_set.execution = "EXECUTE_COMPLETE"
    nested_change_sets.withdraw(engine, stack, change_set)  # what it nests is found anew while it is executed
    stack.change_sets = {change_set.id: change_set}  # the others were made against a state that is over
    if change_set.type == "CREATE":
        on_failure = "DO_NOTHING" if disable_rollback else change_set.on_failure or "ROLLBACK"
        begin_creation(engine, stack, change_set.source, on_failure, settings)
    elif change_set.type == "UPDATE":
        begin_update(engine, stack, change_set.source, disable_rollback, settings, stack.policy)
    else:
        engine.note(stack, "IMPORT_IN_PROGRESS", "User Initiated")
        engine.start(stack, lambda: operations.adopt(engine, stack, change_set.source, change_set.imports))
    return {}


def delete(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack, change_set = _find(engine, region, request)
    if change_set.parent_id:
        raise Refused(f"Change set {change_set.id} is nested: delete its root {change_set.root_id}")
    nested_change_sets.withdraw(engine, stack, change_set)
    return {}


def list_all(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.find(request["StackName"], region)
    waiting = [each for each in stack.change_sets.values() if each.execution != "EXECUTE_COMPLETE"]
    found, token = shown.page(waiting, request.get("NextToken"))
    return {"Summaries": [_head(stack, each) for each in found], "NextToken": token}


def _free_name(stack: Stack, name: str) -> None:
    """Refuse a name that is taken by a change set which can still be executed.

    On AWS one that failed keeps its name too; but the AWS CLI names change sets by the second, and here a deployment
    may take less than that.
    """
    for change_set in [each for each in stack.change_sets.values() if each.name == name]:
        if change_set.execution == "AVAILABLE":
            raise Refused(f"ChangeSet {name} already exists", "AlreadyExistsException")
        del stack.change_sets[change_set.id]


def _stack_for(engine: Engine, region: str, name: str, kind: str, change_set: str) -> Stack:
    """The stack that a change set is for: a new one, not stored yet, or one in a state that allows it."""
    stack = engine.store.get(name, region)
    if stack is None:
        if kind == "UPDATE":
            raise Refused(f"Stack [{name}] does not exist")
        return new_stack(checked(name), region)
    if kind == "CREATE" and stack.status != "REVIEW_IN_PROGRESS":
        raise Refused(f"Stack [{name}] already exists and cannot be created again with the changeSet [{change_set}].")
    if kind == "UPDATE" or stack.status != "REVIEW_IN_PROGRESS":
        # Whether the rollback is disabled is only known when the change set is executed.
        operations.require_updatable(stack, disable_rollback=True)
    return stack


def _fill(engine: Engine, stack: Stack, change_set: ChangeSet) -> None:
    change_set.changes = plan(engine, stack, change_set.source, change_set.imports)
    if change_set.type == "IMPORT":
        _refuse_other_changes(change_set)
    elif change_set.type == "UPDATE" and not (
        change_set.changes or stack.journal or differs_beside_resources(engine, stack, change_set.source)
    ):
        raise Refused(NO_CHANGES, late=True)


def _include_nested(engine: Engine, stack: Stack, change_set: ChangeSet) -> None:
    try:
        nested_change_sets.include(engine, stack, change_set)
    except Refused as refused:
        change_set.status, change_set.execution, change_set.reason = "FAILED", "UNAVAILABLE", refused.message


def _check_import(engine: Engine, stack: Stack, source: Source, imports: Mapping[str, Mapping[str, str]]) -> None:
    if not imports:
        raise Refused("You must specify ResourcesToImport when ChangeSetType is IMPORT")
    for logical_id, identifier in imports.items():
        resource = source.template["Resources"].get(logical_id)
        if resource is None:
            raise Refused(f"Resource [{logical_id}] to import is not in the template")
        if "DeletionPolicy" not in resource:
            raise Refused(
                f"The following resources to import [{logical_id}] must have DeletionPolicy attribute specified in the "
                "template."
            )
        if logical_id in stack.resources:
            raise Refused(f"The resource [{logical_id}] to import is already in the stack")
        if engine.handler(resource["Type"]).exists is None:
            raise Refused(f"ResourceTypes [{resource['Type']}] are not supported for Import by the simulator")
        facts = schema(resource["Type"], stack.region)
        wanted = {".".join(path) for path in facts.primary_identifier} if facts else set()
        if set(identifier) != wanted:
            raise Refused(f"The identifier of [{logical_id}] must be {sorted(wanted)}")


def _refuse_other_changes(change_set: ChangeSet) -> None:
    others = [each.logical_id for each in change_set.changes if each.action != "Import"]
    if others:
        raise Refused(
            f"You have modified resources [{', '.join(others)}] in your template that are not being imported. Update, "
            "create or delete operations cannot be executed during import operations."
        )


def _find(engine: Engine, region: str, request: Mapping[str, Any]) -> tuple[Stack, ChangeSet]:
    wanted = request["ChangeSetName"]
    name = request.get("StackName")
    candidates = [engine.store.find(name, region)] if name else engine.store.of(region)
    for stack in candidates:
        for change_set in stack.change_sets.values():
            if wanted == change_set.id or (request.get("StackName") and wanted == change_set.name):
                return stack, change_set
    raise Refused(f"ChangeSet [{wanted}] does not exist", "ChangeSetNotFoundException")


def _head(stack: Stack, change_set: ChangeSet) -> dict[str, Any]:
    return {
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "CreationTime": change_set.created,
        "Description": change_set.description or None,
        "ExecutionStatus": change_set.execution,
        "IncludeNestedStacks": change_set.with_nested,
        "ParentChangeSetId": change_set.parent_id or None,
        "RootChangeSetId": change_set.root_id or None,
        "StackId": stack.id,
        "StackName": stack.name,
        "Status": change_set.status,
        "StatusReason": change_set.reason or None,
    }


def _change(change: Change, nested: str, with_values: bool) -> dict[str, Any]:
    """A change as it is shown; `nested` is the ID of the change set for what the resource nests, if there is one."""
    resource: dict[str, Any] = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.type,
        "Scope": sorted({each.attribute for each in change.details}),
        "Details": [_detail(each, with_values) for each in change.details],
    }
    optional = {
        "PhysicalResourceId": change.physical_id,
        "PolicyAction": change.policy,
        "Replacement": change.replacement,
        "ChangeSetId": nested,
    }
    if with_values:
        optional |= {
            name: json.dumps({"Properties": properties}, default=str)
            for name, properties in (("BeforeContext", change.before), ("AfterContext", change.after))
            if properties is not None
        }
    return {"Type": "Resource", "ResourceChange": resource | {k: value for k, value in optional.items() if value}}


def _detail(change: PropertyChange, with_values: bool) -> dict[str, Any]:
    of_property = change.attribute in ("Properties", "Tags")
    target: dict[str, Any] = {"Attribute": change.attribute, "RequiresRecreation": change.recreation}
    if of_property and change.name:
        target["Name"] = change.name
    if with_values:
        target["Path"] = f"/{change.attribute}/{change.name}".rstrip("/")
        kind = "Add" if change.before is None else "Remove" if change.after is None else "Modify"
        target["AttributeChangeType"] = kind
        target |= {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in (("BeforeValue", change.before), ("AfterValue", change.after))
            if value is not None
        }
    source = "ResourceReference" if change.cause else "DirectModification"
    if not change.known and not change.cause:
        # A parameter of a nested stack, or a nested stack of which nothing else is known.
        source = "ParameterReference" if change.name else "Automatic"
    detail: dict[str, Any] = {
        "Target": target,
        "Evaluation": "Static" if change.known else "Dynamic",
        "ChangeSource": source,
    }
    return detail | ({"CausingEntity": change.cause} if change.cause else {})
