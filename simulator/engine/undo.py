"""Taking resources away: after an update what it left over, in a rollback what it made, at a deletion everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from graphlib import TopologicalSorter

from botocore.exceptions import ClientError

from simulator.engine.engine import Engine
from simulator.engine.model import Journal, Resource, Stack
from simulator.handlers.base import is_not_found, reason

_RETAINING = ("Retain", "RetainExceptOnCreate")


def teardown_order(resources: Iterable[Resource]) -> list[Resource]:
    """What depends on others before these, otherwise the youngest first."""
    found = list(resources)
    graph = {
        index: [other for other, each in enumerate(found) if each.logical_id in resource.needs and each is not resource]
        for index, resource in enumerate(found)
    }
    return [found[index] for index in reversed(list(TopologicalSorter(graph).static_order()))]


def settle(engine: Engine, stack: Stack, live: Collection[str], journal: Journal) -> list[str]:
    """After an update: delete what it replaced and what the template no longer has. Returns what resisted.

    The policy for what was replaced is that of the new template, for what was removed that of the old one.
    """
    policies = {id(each): "Delete" for each in journal.surplus}
    policies |= {id(each): stack.resources[name].replace_policy for name, each in journal.displaced.items()}
    removed = [each for name, each in stack.resources.items() if name not in live]
    policies |= {id(each): each.deletion_policy for each in removed}
    doomed = teardown_order([*journal.surplus, *journal.displaced.values(), *removed])
    failed = [each.logical_id for each in doomed if not remove(engine, stack, each, policies[id(each)])]
    for each in removed:
        del stack.resources[each.logical_id]
    for resource in stack.resources.values():
        finish = engine.handler(resource.type).settle
        if finish:
            finish(engine.context(stack, resource))
    return failed


def revert(engine: Engine, stack: Stack, journal: Journal, skip: Collection[str] = ()) -> list[str]:
    """Bring the resources back to what they were, except `skip`. Returns what could not be; `journal` keeps that."""
    doomed = list(journal.created)
    for logical_id, old in list(journal.displaced.items()):
        current = stack.resources[logical_id]
        if not any(current is each for each in doomed):
            doomed.append(current)  # a custom resource that an update gave another physical ID
        stack.resources[logical_id] = old
        journal.before.pop(logical_id, None)
        engine.note_resource(stack, old, "UPDATE_COMPLETE")
        del journal.displaced[logical_id]
    failed = []
    for old in reversed(teardown_order(journal.before.values())):
        if old.logical_id in skip or _put_back(engine, stack, old):
            del journal.before[old.logical_id]
        else:
            failed.append(old.logical_id)
    journal.created = doomed
    if failed:
        return failed
    engine.note(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    for resource in teardown_order([*journal.surplus, *doomed]):
        remove(engine, stack, resource, _policy_on_rollback(stack, resource))
        if stack.resources.get(resource.logical_id) is resource:
            del stack.resources[resource.logical_id]
    return []


def delete_all(
    engine: Engine, stack: Stack, *, retain: Collection[str] = (), force: bool = False, rollback: bool = False
) -> list[str]:
    """Delete every resource of a stack, or keep it as its policy says. Returns what could not be deleted.

    What a resource that resists depends on stays as well. `force` gives up resources that resist instead.
    """
    failed: list[str] = []
    for resource in teardown_order(stack.resources.values()):
        if any(resource.logical_id in stack.resources[name].needs for name in failed):
            failed.append(resource.logical_id)
            continue
        policy = _policy_on_rollback(stack, resource) if rollback else resource.deletion_policy
        if resource.logical_id in retain:
            policy = "Retain"
        if remove(engine, stack, resource, policy) or force:
            stack.gone[resource.logical_id] = stack.resources.pop(resource.logical_id)
        else:
            failed.append(resource.logical_id)
    return [name for name in failed if stack.resources[name].status == "DELETE_FAILED"]


def remove(engine: Engine, stack: Stack, resource: Resource, policy: str) -> bool:
    """Delete one resource, or keep it, as `policy` says; whether it is out of the stack's way."""
    if not resource.exists:
        return True
    if policy in _RETAINING:
        engine.note_resource(stack, resource, "DELETE_SKIPPED")
        return True
    engine.note_resource(stack, resource, "DELETE_IN_PROGRESS")
    handler = engine.handler(resource.type)
    context = engine.context(stack, resource)
    try:
        if policy == "Snapshot" and handler.delete_after_snapshot:
            handler.delete_after_snapshot(context)
        else:
            handler.delete(context)
    except Exception as error:  # noqa: BLE001 - as in a creation
        if not (isinstance(error, ClientError) and is_not_found(error)):
            engine.note_resource(stack, resource, "DELETE_FAILED", reason(error))
            return False
    engine.note_resource(stack, resource, "DELETE_COMPLETE")
    return True


def _policy_on_rollback(stack: Stack, resource: Resource) -> str:
    """RetainExceptOnCreate deletes what the operation that is rolled back has created."""
    policy = resource.deletion_policy
    if policy == "Retain" and stack.retain_except_on_create:
        policy = "RetainExceptOnCreate"
    return "Delete" if policy == "RetainExceptOnCreate" else policy


def _put_back(engine: Engine, stack: Stack, old: Resource) -> bool:
    current = stack.resources[old.logical_id]
    handler = engine.handler(old.type)
    if handler.restore or current.properties != old.properties or current.status == "UPDATE_FAILED":
        engine.note_resource(stack, current, "UPDATE_IN_PROGRESS")
        try:
            if handler.restore:
                handler.restore(engine.context(stack, current))
            elif handler.update:
                handler.update(engine.context(stack, current, old.properties, current.properties))
        except Exception as error:  # noqa: BLE001 - as in a creation
            engine.note_resource(stack, current, "UPDATE_FAILED", reason(error))
            return False
        engine.note_resource(stack, current, "UPDATE_COMPLETE")
    current.properties, current.metadata, current.needs = old.properties, old.metadata, old.needs
    current.deletion_policy, current.replace_policy = old.deletion_policy, old.replace_policy
    current.attributes = None
    return True
