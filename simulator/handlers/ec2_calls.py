"""The calls that most EC2 types share: one makes, one deletes, and some properties have calls of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from simulator.engine.model import ResourceFailure
from simulator.handlers.base import Context, Handler
from simulator.handlers.translate import tags_from, tags_to_cloudformation


def tagged(resource_type: str, context: Context) -> dict[str, Any]:
    """The TagSpecifications of a creation, none where there are no tags."""
    tags = tags_to_cloudformation(tags_from(context.get("Tags")), as_map=False)
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": tags}]} if tags else {}


def retag(context: Context) -> None:
    """Bring the tags of an EC2 resource, whose ID the physical ID is, to those of its properties."""
    before, after = tags_from(context.old.get("Tags")), tags_from(context.get("Tags"))
    gone = [{"Key": key} for key in before if key not in after]
    fresh = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]
    if gone:
        context.call("ec2", "delete_tags", Resources=[context.id], Tags=gone)
    if fresh:
        context.call("ec2", "create_tags", Resources=[context.id], Tags=fresh)


def ec2(
    create: str,
    delete: str,
    *,
    answer: str,
    identifier: str,
    taggable: str = "",
    leave: Collection[str] = (),
    rename: Mapping[str, str] | None = None,
    settings: Callable[[Context], None] | None = None,
    describe: str = "",
    attributes: Callable[[Context, Mapping[str, Any]], Mapping[str, object]] = lambda _, found: {},
) -> Handler:
    """A handler of an EC2 type by its calls.

    `answer` is where the ID is in the answer to `create`, `taggable` the type in its TagSpecifications. `settings`
    brings about, after a creation and in an update, the properties in `leave`, which have calls of their own.
    `describe` is the call that lists it, taking its ID in a list; `attributes` adds, from that call's answer, what
    Fn::GetAtt gives beside the ID.
    """

    def made(context: Context) -> str:
        extra = tagged(taggable, context) if taggable else {}
        response = context.send("ec2", create, context.properties, rename=rename, leave=(*leave, "Tags"), **extra)
        context.made(str(at(response, answer)))
        if settings:
            settings(context)
        return context.id

    def changed(context: Context) -> None:
        if settings:
            settings(context)
        if taggable:
            retag(context)

    def listed(context: Context) -> dict[str, Any]:
        response = context.call("ec2", describe, **{f"{identifier}s": [context.id]})
        (entries,) = (value for key, value in response.items() if key not in ("ResponseMetadata", "NextToken"))
        if not entries:
            raise ResourceFailure(f"The {identifier} '{context.id}' does not exist")
        return dict(entries[0])

    def read(context: Context) -> Mapping[str, object]:
        return {identifier: context.id, "Id": context.id, **(attributes(context, listed(context)) if describe else {})}

    return Handler(
        create=made,
        update=changed,
        delete=lambda context: context.call("ec2", delete, **{identifier: context.id}),
        attributes=read,
        exists=listed if describe else None,
    )


def at(value: Any, path: str) -> Any:
    """The value at a dotted path; numbers are positions in lists."""
    for step in path.split("."):
        value = value[int(step)] if step.isdecimal() else value[step]
    return value
