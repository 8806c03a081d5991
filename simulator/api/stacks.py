"""The actions that start something on a stack, and its two safeguards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.engine import operations, policy, sources, template
from simulator.engine.engine import Engine
from simulator.engine.model import Refused, Source, Stack
from simulator.engine.names import checked, new_stack
from simulator.engine.plan import changes_outputs, plan
from simulator.handlers.translate import tags_from


def create(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    name = checked(request["StackName"])
    if engine.store.get(name, region):
        raise Refused(f"Stack [{name}] already exists", "AlreadyExistsException")
    source = source_of(engine, region, request, None)
    stack = new_stack(name, region)
    stack.policy = policy_of(engine, region, request, "StackPolicy") or ""
    plan(engine, stack, source, {})
    engine.store.add(stack)
    stack.protected = bool(request.get("EnableTerminationProtection"))
    on_failure = request.get("OnFailure") or ("DO_NOTHING" if request.get("DisableRollback") else "ROLLBACK")
    begin_creation(engine, stack, source, on_failure, request)
    return {"StackId": stack.id}


def update(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.find(request["StackName"], region)
    disable_rollback = bool(request.get("DisableRollback"))
    operations.require_updatable(stack, disable_rollback)
    source = source_of(engine, region, request, stack)
    changes = plan(engine, stack, source, {})
    if not (changes or differs_beside_resources(engine, stack, source) or stack.journal):
        raise Refused("No updates are to be performed.")
    lasting = policy_of(engine, region, request, "StackPolicy")
    during = policy_of(engine, region, request, "StackPolicyDuringUpdate")
    if lasting is not None:
        stack.policy = lasting
    begin_update(engine, stack, source, disable_rollback, request, stack.policy if during is None else during)
    return {"StackId": stack.id}


def delete(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.get(request["StackName"], region)
    if stack is None or stack.status == "DELETE_COMPLETE":
        return {}  # deleting what is not there succeeds, as on AWS
    if stack.protected:
        raise Refused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
        raise Refused(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
    retain = request.get("RetainResources") or []
    if retain and stack.status != "DELETE_FAILED":
        raise Refused(
            f"Invalid operation on stack [{stack.id}]. Resources can be retained only by a stack in DELETE_FAILED"
        )
    if unknown := [each for each in retain if each not in stack.resources]:
        raise Refused(f"The following resources to retain do not exist in the stack: [{', '.join(unknown)}]")
    force = request.get("DeletionMode") == "FORCE_DELETE_STACK"
    stack.token = request.get("ClientRequestToken", "")
    engine.note(stack, "DELETE_IN_PROGRESS", "User Initiated")
    engine.start(stack, lambda: operations.delete(engine, stack, retain=retain, force=force))
    return {}


def roll_back(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Back to the last stable state; a stack that never had one loses its resources (API reference, RollbackStack)."""
    stack = engine.store.find(request["StackName"], region)
    if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
        raise Refused(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
    if stack.stable is None:
        engine.note(stack, "ROLLBACK_IN_PROGRESS", "User Initiated")
        engine.start(stack, lambda: operations.roll_back_creation(engine, stack))
    else:
        engine.note(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        engine.start(stack, lambda: operations.roll_back_update(engine, stack))
    return {"StackId": stack.id}


def continue_update_rollback(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.find(request["StackName"], region)
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise Refused(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
    skip = request.get("ResourcesToSkip") or []
    engine.note(stack, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    engine.start(stack, lambda: operations.roll_back_update(engine, stack, skip))
    return {}


def set_policy(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.find(request["StackName"], region)
    text = policy_of(engine, region, request, "StackPolicy")
    if text is None:
        raise Refused("Either StackPolicyBody or StackPolicyURL must be specified.")
    stack.policy = text
    return {}


def get_policy(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    text = engine.store.find(request["StackName"], region).policy
    return {"StackPolicyBody": text} if text else {}


def update_termination_protection(engine: Engine, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    stack = engine.store.find(request["StackName"], region)
    if stack.parent_id:
        raise Refused(f"Termination protection of the nested stack {stack.name} follows that of its root stack")
    stack.protected = bool(request["EnableTerminationProtection"])
    return {"StackId": stack.id}


def source_of(engine: Engine, region: str, request: Mapping[str, Any], stack: Stack | None) -> Source:
    """The source that a request asks for; what it leaves out is as it was."""
    previous = stack.source if stack else None
    if request.get("UsePreviousTemplate") and previous:
        body = previous.body
    else:
        body = template.fetch(engine.clients, region, request.get("TemplateBody", ""), request.get("TemplateURL", ""))
    tags = request.get("Tags")
    topics = request.get("NotificationARNs")
    return sources.make(
        engine,
        region,
        body=body,
        parameters=request.get("Parameters") or [],
        previous=previous,
        acknowledged=request.get("Capabilities") or [],
        tags=previous.tags if tags is None and previous else tags_from(tags),
        notification_arns=previous.notification_arns if topics is None and previous else topics or [],
    )


def policy_of(engine: Engine, region: str, request: Mapping[str, Any], prefix: str) -> str | None:
    """A stack policy from the Body or URL of a request, checked; None when it has neither."""
    body, url = request.get(f"{prefix}Body"), request.get(f"{prefix}URL")
    if not body and not url:
        return None
    return policy.checked(body or template.from_s3(engine.clients, region, str(url)))


def differs_beside_resources(engine: Engine, stack: Stack, source: Source) -> bool:
    """Whether an update that changes no resource still changes something: tags, topics or outputs."""
    assert stack.source is not None, stack.id
    before = (stack.source.tags, stack.source.notification_arns)
    return before != (source.tags, source.notification_arns) or changes_outputs(engine, stack, source)


def begin_creation(engine: Engine, stack: Stack, source: Source, on_failure: str, request: Mapping[str, Any]) -> None:
    stack.disable_rollback = on_failure == "DO_NOTHING"
    _take(stack, request)
    engine.note(stack, "CREATE_IN_PROGRESS", "User Initiated")
    engine.start(stack, lambda: operations.create(engine, stack, source, on_failure=on_failure))


def begin_update(
    engine: Engine, stack: Stack, source: Source, disable_rollback: bool, request: Mapping[str, Any], text: str
) -> None:
    stack.disable_rollback = disable_rollback
    _take(stack, request)
    engine.note(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    engine.start(
        stack,
        lambda: operations.update(engine, stack, source, disable_rollback=disable_rollback, policy=text),
    )


def _take(stack: Stack, request: Mapping[str, Any]) -> None:
    stack.token = request.get("ClientRequestToken", "")
    stack.role_arn = request.get("RoleARN") or stack.role_arn
    stack.retain_except_on_create = bool(request.get("RetainExceptOnCreate"))
