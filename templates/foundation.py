"""What any database stands on, of whatever kind it is: who its stack is, its keys, how it logs and alerts, its port."""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import Parameter, Template

from templates import keys
from templates.access import PORT_CHANGE, add_port
from templates.alerts import Alerts, add_alerts
from templates.carrier import carrier
from templates.environment import Environment
from templates.keys import Key
from templates.logs import Logging, add_logging
from templates.retention import PROTECTED, Retention

LOG_DAYS = 365


@carrier
class Base:
    """What is there before the network and the database."""

    environment: Environment
    database_key: Key
    alerts_key: Key
    logs_key: Key
    logging: Logging
    alerts: Alerts
    port: Parameter

    @property
    def keys(self) -> dict[str, Key]:
        """The keys by what outputs call them."""
        return {"Database": self.database_key, "Alerts": self.alerts_key, "Logs": self.logs_key}


def add_base(
    t: Template,
    environment: Environment,
    log_groups: Sequence[str],
    *,
    retention: Retention = PROTECTED,
    log_days: int = LOG_DAYS,
    concern: str = "",
    alerts_prefix: str = "rds",
    port_change: str = PORT_CHANGE,
) -> Base:
    """Add what comes before the network and the database.

    `log_groups` are the names of all that the stack will have, as `keys.add_logs_key` takes them. `concern` begins the
    logical IDs of the keys, and is itself the database's, `alerts_prefix` the topic's name: a cluster stands beside an
    instance of the same name. `port_change` is what a change of the port does.
    """
    alerts_key = keys.add_alerts_key(t, environment, retention, concern=f"{concern}Alerts")
    alerts = add_alerts(t, environment, alerts_key, prefix=alerts_prefix)
    logs_key = keys.add_logs_key(t, environment, retention, log_groups, concern=f"{concern}Logs")
    return Base(
        environment=environment,
        database_key=keys.add_database_key(t, environment, retention, concern=concern or "Database"),
        alerts_key=alerts_key,
        logs_key=logs_key,
        logging=add_logging(t, environment, logs_key, retention, default_days=log_days),
        alerts=alerts,
        port=add_port(t, description=port_change),
    )
