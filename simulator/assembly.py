"""Puts the parts together: a server, moto behind it, the engine with every handler."""

from __future__ import annotations

from functools import cache

from moto.core.config import default_user_config

from simulator import moto_mends, recovery_points
from simulator.clients import Clients
from simulator.engine import custom, nested
from simulator.engine.engine import CUSTOM_RESOURCE, STACK_TYPE, Engine
from simulator.handlers import HANDLERS
from simulator.server import Application, Server


@cache
def _complete_moto() -> None:
    """Once for the process."""
    default_user_config["lambda"]["use_docker"] = False
    moto_mends.mend()
    recovery_points.install()


def assemble(settle: float) -> tuple[Server, Engine]:
    """A server that listens, and its engine; `settle` as in `simulator.running`."""
    _complete_moto()
    application = Application()
    server = Server(application)
    engine = Engine(clients=Clients(server.endpoint, application), handlers={}, settle=settle)
    application.engine, application.mailbox = engine, custom.Mailbox()
    engine.handlers = {
        **HANDLERS,
        STACK_TYPE: nested.handler(engine),
        CUSTOM_RESOURCE: custom.handler(engine, application.mailbox),
    }
    return server, engine
