"""AWS::CloudFormation: what is nothing but a name. Nested stacks and custom resources are the engine's own."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.handlers.base import Context, Handler


def _url(context: Context) -> str:
    return f"{context.clients.endpoint}/_simulator/wait/{context.name('')}"


HANDLERS: Mapping[str, Handler] = {
    "AWS::CloudFormation::WaitConditionHandle": Handler(
        create=_url,
        update=lambda _: None,
        delete=lambda _: None,
        attributes=lambda context: {"Id": context.id},
    )
}
