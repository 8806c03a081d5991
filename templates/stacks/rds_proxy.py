"""An add-on for any RDS PostgreSQL instance: a proxy in front of it, by TLS and IAM from the client to the database."""

from __future__ import annotations

from troposphere import GetAtt, Output, Template

from templates import edition, keys
from templates.access import add_port
from templates.alerts import use_alerts
from templates.edition import new_template
from templates.environment import add_environment
from templates.logs import add_logging
from templates.network import use_network
from templates.operations import use_instance
from templates.parameters import arrange
from templates.proxy import LOG_GROUP, PROXY_PORT, add_proxy, add_proxy_policy, add_target, stand_before, watch_proxy
from templates.retention import DISPOSABLE

REGIONS = edition.REGIONS

GROUPS = ("Environment", "Alerts", "Database", "Network", "Pool", "Observation")


def build() -> Template:
    t = new_template(__doc__)
    environment = add_environment(t, part="proxy")
    logs_key = keys.add_logs_key(t, environment, DISPOSABLE, [LOG_GROUP])
    logging = add_logging(t, environment, logs_key, DISPOSABLE, default_days=365)
    target = add_target(t, use_instance(t, "The RDS PostgreSQL instance behind the proxy: output DatabaseIdentifier."))
    port, network = add_port(t), use_network(t)
    security_group = stand_before(t, environment, network, port, target)
    proxy = add_proxy(t, environment, logging, network, security_group, target)
    policy = add_proxy_policy(t, proxy, target)
    watch_proxy(t, environment, proxy, use_alerts(t))
    for name, value, description in (
        ("ProxyEndpoint", GetAtt(proxy, "Endpoint"), "Host name: reads and writes, at the primary, in every subnet"),
        ("ProxyPort", str(PROXY_PORT), "Port"),
        ("ProxyConnectPolicyArn", policy, "Connect as ApplicationUser"),
    ):
        t.add_output(Output(name, Value=value, Description=description))
    arrange(t, GROUPS)
    return t
